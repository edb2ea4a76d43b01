//! XML as a tree. An element is a map of its attributes and children; one with text only is that text.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zeroize::Zeroizing;

use super::tree::{Budget, MAX_DEPTH, Name, Node, too_deep};
use crate::import::ImportError;
use crate::import::support::crypto::damaged;

/// The member that has the text of an element with attributes or children.
pub(super) const TEXT: &str = "#text";

/// An element that is still open.
struct Open {
    name: String,
    members: Vec<(Name, Node)>,
    text: Zeroizing<String>,
}

/// Reads a document. Entities of its own are not expanded. Fails if it is cut short.
pub(crate) fn parse(text: &str, budget: &mut Budget) -> Result<Node, ImportError> {
    let mut reader = Reader::from_str(text);
    let mut open = vec![Open::new(String::new())];
    loop {
        let broken = |_| damaged("the XML is cut short or malformed");
        match reader.read_event().map_err(broken)? {
            Event::Start(tag) => {
                if open.len() == MAX_DEPTH {
                    return Err(too_deep());
                }
                open.push(Open::tag(&tag, budget)?);
            }
            Event::Empty(tag) => {
                let element = Open::tag(&tag, budget)?;
                close(&mut open, element);
            }
            Event::Text(text) => add_text(&mut open, &text),
            Event::CData(data) => add_text(&mut open, &data),
            Event::GeneralRef(name) => {
                let escaped = format!("&{};", &*name);
                let plain = quick_xml::escape::unescape(&escaped);
                add_text(&mut open, plain.as_deref().unwrap_or_default());
            }
            Event::End(_) => {
                if let Some(element) = open.pop() {
                    close(&mut open, element);
                }
            }
            Event::Eof if open.len() > 1 => return Err(damaged("the XML is cut short")),
            Event::Eof => break,
            _ => {}
        }
    }
    let root = open.pop().map(Open::into_node);
    Ok(root.unwrap_or_default())
}

fn add_text(open: &mut [Open], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn close(open: &mut [Open], element: Open) {
    if let Some(parent) = open.last_mut() {
        let name = Zeroizing::new(element.name.clone());
        parent.members.push((name, element.into_node()));
    }
}

impl Open {
    fn new(name: String) -> Self {
        Self {
            name,
            members: Vec::new(),
            text: Zeroizing::default(),
        }
    }

    fn tag(tag: &BytesStart<'_>, budget: &mut Budget) -> Result<Self, ImportError> {
        budget.take()?;
        let mut element = Self::new(tag.local_name().as_ref().to_owned());
        for attribute in tag.attributes().flatten() {
            budget.take()?;
            let name = attribute.key.local_name().as_ref().to_owned();
            let value = quick_xml::escape::unescape(&attribute.value);
            let value =
                value.map_or_else(|_| Node::text(&attribute.value), |value| Node::text(&value));
            element.members.push((Zeroizing::new(name), value));
        }
        Ok(element)
    }

    fn into_node(mut self) -> Node {
        let text = self.text.trim();
        if self.members.is_empty() {
            return match text {
                "" => Node::Empty,
                text => Node::text(text),
            };
        }
        if !text.is_empty() {
            let text = Node::text(text);
            self.members.push((Zeroizing::new(TEXT.to_owned()), text));
        }
        Node::Map(self.members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Node, ImportError> {
        parse(text, &mut Budget::default())
    }

    fn member<'a>(node: &'a Node, name: &str) -> &'a Node {
        let Node::Map(members) = node else {
            panic!("no map");
        };
        let found = members.iter().find(|(own, _)| own.as_str() == name);
        &found.unwrap().1
    }

    #[test]
    fn attributes_and_children_are_members() {
        let root =
            read("<?xml version='1.0'?><a><e n='x&amp;y'>t&lt;u</e><f/><g>h<![CDATA[<i]]></g></a>");
        let root = root.unwrap();
        let a = member(&root, "a");
        assert_eq!(member(member(a, "e"), "n").as_text(), Some("x&y"));
        assert_eq!(member(member(a, "e"), TEXT).as_text(), Some("t<u"));
        assert_eq!(member(a, "f").as_text(), None);
        assert_eq!(member(a, "g").as_text(), Some("h<i"));
    }

    #[test]
    fn hostile_documents_are_refused() {
        assert_eq!(read(&"<a>".repeat(100)).unwrap_err(), too_deep());
        assert!(read("<a><b></b>").is_err());
        assert!(read("<a></b>").is_err());
        let bomb = "<!DOCTYPE a [<!ENTITY x \"yyyy\">]><a>&x;&x;</a>";
        assert!(read(bomb).is_ok_and(|root| member(&root, "a").as_text().is_none()));
    }
}
