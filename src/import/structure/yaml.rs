//! YAML as a tree. Aliases are left out: a short document could expand to any size with them.

use saphyr_parser::{Event, Parser};
use zeroize::Zeroizing;

use super::tree::{Budget, MAX_DEPTH, Name, Node, too_deep};
use crate::import::ImportError;

/// A list or map that is still open.
enum Open {
    List(Vec<Node>),
    Map(Vec<(Name, Node)>, Option<Name>),
}

/// Reads all documents of a text; several are a list.
pub(crate) fn parse(text: &str, budget: &mut Budget) -> Result<Node, ImportError> {
    let mut open = vec![Open::List(Vec::new())];
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|_| ImportError::Unrecognised)?;
        let node = match event {
            Event::Scalar(text, ..) => Node::text(&text),
            Event::Alias(_) => Node::Empty,
            Event::SequenceStart(..) => {
                open.push(Open::List(Vec::new()));
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Open::Map(Vec::new(), None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List(items)) => Node::List(items),
                Some(Open::Map(members, _)) => Node::Map(members),
                None => Node::Empty,
            },
            _ => continue,
        };
        if open.len() > MAX_DEPTH {
            return Err(too_deep());
        }
        budget.take()?;
        match open.last_mut() {
            Some(Open::List(items)) => items.push(node),
            Some(Open::Map(members, key)) => match (key.take(), node) {
                (Some(key), value) => members.push((key, value)),
                (None, Node::Text(text)) => *key = Some(text),
                (None, _) => *key = Some(Zeroizing::default()),
            },
            None => {}
        }
    }
    let Some(Open::List(mut documents)) = open.pop() else {
        return Ok(Node::Empty);
    };
    Ok(match documents.len() {
        1 => documents.pop().unwrap_or_default(),
        _ => Node::List(documents),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_lists_and_documents_are_read() {
        let read = |text: &str| parse(text, &mut Budget::default());
        let root = read("- name: 'it''s'\n  tags: [a, b]\n- {x: 1}\n").unwrap();
        let Node::List(items) = &root else {
            panic!("no list");
        };
        let Node::Map(members) = &items[0] else {
            panic!("no map");
        };
        assert_eq!(members[0].1.as_text(), Some("it's"));
        assert!(matches!(&members[1].1, Node::List(tags) if tags.len() == 2));
        assert!(matches!(read("a: 1\n---\nb: 2\n").unwrap(), Node::List(both) if both.len() == 2));
        assert!(read("a: [1").is_err());
        assert!(read(&"[".repeat(100)).is_err());
        let bomb = "a: &a [1, 2]\nb: [*a, *a]\n";
        assert!(read(bomb).is_ok());
    }
}
