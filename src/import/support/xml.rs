//! XML as other programs write it, element by element. No entity but the five of XML is known, so none
//! can be fetched or grow; depth is bounded.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zeroize::Zeroizing;

use crate::import::ImportError;
use crate::import::support::crypto::damaged;
use crate::import::support::json;

/// The deepest accepted nesting; real files have some five levels.
const MAX_DEPTH: usize = 64;

/// An open element, with its own text so far.
pub(crate) struct Element {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    pub(crate) text: Zeroizing<String>,
}

impl Element {
    /// The value of an attribute; empty if it has none.
    pub(crate) fn attribute(&self, name: &str) -> &str {
        let mut attributes = self.attributes.iter();
        attributes
            .find(|(own, _)| own == name)
            .map_or("", |(_, value)| value)
    }

    fn open(tag: &BytesStart<'_>) -> Result<Self, ImportError> {
        let mut attributes = Vec::new();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|_| malformed())?;
            let value = quick_xml::escape::unescape(&attribute.value).map_err(|_| entity())?;
            attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
        }
        Ok(Self {
            name: tag.name().as_ref().to_owned(),
            attributes,
            text: Zeroizing::default(),
        })
    }
}

fn malformed() -> ImportError {
    damaged("the XML is cut short or malformed")
}

fn entity() -> ImportError {
    damaged("the XML uses entities of its own")
}

/// What is done at the start (`true`) and at the end of an element, the last one of the path.
pub(crate) type Visit<'a> = dyn FnMut(bool, &[Element]) -> Result<(), ImportError> + 'a;

/// Calls `visit` with the path of open elements, the outermost first: when the last one of them begins
/// (`true`), and when it ends and has its text (`false`).
pub(crate) fn walk(bytes: &[u8], visit: &mut Visit<'_>) -> Result<(), ImportError> {
    let mut reader = Reader::from_str(json::text(bytes)?.trim_start());
    let mut path: Vec<Element> = Vec::new();
    loop {
        match reader.read_event().map_err(|_| malformed())? {
            Event::Start(tag) => enter(&mut path, &tag, visit)?,
            Event::Empty(tag) => {
                enter(&mut path, &tag, visit)?;
                visit(false, &path)?;
                path.pop();
            }
            Event::Text(text) => push(&mut path, &text),
            Event::CData(text) => push(&mut path, &text),
            Event::GeneralRef(name) => {
                let escaped = format!("&{};", &*name);
                let plain = quick_xml::escape::unescape(&escaped).map_err(|_| entity())?;
                push(&mut path, &plain);
            }
            Event::End(_) => {
                visit(false, &path)?;
                path.pop();
            }
            Event::Eof if path.is_empty() => return Ok(()),
            Event::Eof => return Err(malformed()),
            _ => {}
        }
    }
}

fn enter(
    path: &mut Vec<Element>,
    tag: &BytesStart<'_>,
    visit: &mut Visit<'_>,
) -> Result<(), ImportError> {
    if path.len() == MAX_DEPTH {
        return Err(ImportError::TooCostly(
            "elements are nested too deeply".to_owned(),
        ));
    }
    path.push(Element::open(tag)?);
    visit(true, path)
}

fn push(path: &mut [Element], text: &str) {
    if let Some(element) = path.last_mut() {
        element.text.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(xml: &str) -> Result<Vec<String>, ImportError> {
        let mut texts = Vec::new();
        walk(xml.as_bytes(), &mut |begins, path| {
            let element = path.last().unwrap();
            if !begins {
                texts.push(format!(
                    "{}{}={}",
                    element.name,
                    element.attribute("a"),
                    &**element.text
                ));
            }
            Ok(())
        })?;
        Ok(texts)
    }

    #[test]
    fn elements_have_their_own_text_and_attributes() {
        let xml = "\n<?xml version='1.0'?><!DOCTYPE r><r><b a='1&amp;2'>x&lt;<c/>y</b><![CDATA[<z>]]></r>";
        assert_eq!(texts(xml).unwrap(), ["c=", "b1&2=x<y", "r=<z>"]);
    }

    #[test]
    fn entities_depth_and_cut_files_are_refused() {
        let bomb = "<!DOCTYPE r [<!ENTITY a 'x'><!ENTITY e SYSTEM 'file:///etc/passwd'>]>";
        for xml in [
            format!("{bomb}<r>&a;</r>"),
            format!("{bomb}<r>&e;</r>"),
            format!("{bomb}<r b='&a;'/>"),
            "<r><b>".to_owned(),
            "<r></b>".to_owned(),
            "<r>".repeat(MAX_DEPTH + 1),
        ] {
            assert!(texts(&xml).is_err(), "{xml}");
        }
    }
}
