//! JSON as a tree: one document, or several one after another, as in JSON Lines.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::tree::{Budget, MAX_DEPTH, Node, too_deep};
use crate::import::ImportError;

/// Reads all documents of a text; several are a list. Lines between two of them that are no JSON are
/// skipped. Fails if a document is cut short.
pub(crate) fn parse(text: &str, budget: &mut Budget) -> Result<Node, ImportError> {
    let mut documents = Vec::new();
    let mut rest = text.trim_start();
    while rest.starts_with(['{', '[']) {
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
        let raw = match stream.next() {
            Some(Ok(raw)) => raw.get(),
            Some(Err(error)) => return Err(damaged(&error)),
            None => break,
        };
        documents.push(document(raw, budget)?);
        rest = next_document(&rest[stream.byte_offset()..]);
    }
    Ok(match documents.pop() {
        Some(only) if documents.is_empty() => only,
        Some(last) => {
            documents.push(last);
            Node::List(documents)
        }
        None => Node::Empty,
    })
}

/// The text from the next line on that starts a document.
fn next_document(text: &str) -> &str {
    let mut rest = text.trim_start();
    while !rest.is_empty() && !rest.starts_with(['{', '[']) {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
        rest = rest.trim_start();
    }
    rest
}

/// Reads one document, which is the whole text.
pub(super) fn document(text: &str, budget: &mut Budget) -> Result<Node, ImportError> {
    let mut failure = None;
    let seed = Value {
        budget,
        depth: 0,
        failure: &mut failure,
    };
    let parsed = seed.deserialize(&mut serde_json::Deserializer::from_str(text));
    match failure {
        Some(failure) => Err(failure),
        None => parsed.map_err(|error| damaged(&error)),
    }
}

fn damaged(error: &serde_json::Error) -> ImportError {
    let (line, column) = (error.line(), error.column());
    ImportError::Damaged(format!(
        "it starts as JSON, but is cut short or changed (line {line}, column {column})"
    ))
}

/// Reads one value and what is in it.
struct Value<'a> {
    budget: &'a mut Budget,
    depth: usize,
    /// Why reading stopped, if a bound was exceeded.
    failure: &'a mut Option<ImportError>,
}

impl Value<'_> {
    /// Reads a value within this one.
    fn inner(&mut self) -> Value<'_> {
        Value {
            budget: self.budget,
            depth: self.depth + 1,
            failure: self.failure,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Node, D::Error> {
        let bounded = if self.depth == MAX_DEPTH {
            Err(too_deep())
        } else {
            self.budget.take()
        };
        if let Err(error) = bounded {
            *self.failure = Some(error);
            return Err(D::Error::custom("too large"));
        }
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Node, A::Error> {
        let mut members = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value_seed(self.inner())?;
            members.push((Zeroizing::new(name), value));
        }
        Ok(Node::Map(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(self.inner())? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::text(text))
    }

    fn visit_string<E>(self, text: String) -> Result<Node, E> {
        Ok(Node::Text(Zeroizing::new(text)))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::text(if value { "true" } else { "false" }))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(Node::text(&number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(Node::text(&number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(Node::text(&number.to_string()))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> Result<usize, ImportError> {
        match parse(text, &mut Budget::default())? {
            Node::List(items) => Ok(items.len()),
            Node::Map(members) => Ok(members.len()),
            Node::Text(_) | Node::Empty => Ok(0),
        }
    }

    #[test]
    fn several_documents_are_a_list() {
        assert_eq!(count(r#"{"a":1,"b":[2]}"#), Ok(2));
        assert_eq!(count("{\"a\":1}\n***x***\n{\"a\":2}\r\n\n[3]\n"), Ok(3));
        assert_eq!(count("[1, {}, null]"), Ok(3));
        assert!(matches!(
            count("{\"a\":1}\n{\"b\":"),
            Err(ImportError::Damaged(_))
        ));
        assert!(matches!(count("{\"a\": x}"), Err(ImportError::Damaged(_))));
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(count(&nested(MAX_DEPTH - 1)).is_ok());
        assert_eq!(count(&nested(MAX_DEPTH)), Err(too_deep()));
    }
}
