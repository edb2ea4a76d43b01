//! JSON as other programs write it: members may be missing, null, or a number in quotes.

use std::fmt;

use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use zeroize::Zeroizing;

use crate::import::ImportError;
use crate::import::support::row::Key;

/// Text that may be a key; wiped on drop. Null is read as empty.
#[derive(Default, Clone)]
pub(crate) struct Text(pub(crate) Zeroizing<String>);

/// A number or text, perhaps in quotes; `None` for null and for empty text.
#[derive(Default, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scalar(pub(crate) Option<String>);

impl Text {
    /// Uses the text as a base32 key.
    pub(crate) fn key(self) -> Key {
        Key::Base32(self.0)
    }
}

impl std::ops::Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Text(..)")
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Copy;
        impl Visitor<'_> for Copy {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(Text(Zeroizing::new(text.to_owned())))
            }

            fn visit_string<E>(self, text: String) -> Result<Text, E> {
                Ok(Text(Zeroizing::new(text)))
            }

            fn visit_unit<E>(self) -> Result<Text, E> {
                Ok(Text::default())
            }
        }
        deserializer.deserialize_any(Copy)
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or a word")
            }

            fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar(
                    Some(text.to_owned()).filter(|text| !text.is_empty()),
                ))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
                Ok(Scalar(Some(number.to_string())))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
                Ok(Scalar(Some(number.to_string())))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Scalar, E> {
                Ok(Scalar(Some(number.to_string())))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
                Ok(Scalar(Some(value.to_string())))
            }

            fn visit_unit<E>(self) -> Result<Scalar, E> {
                Ok(Scalar(None))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// A list whose items are read one by one: an unreadable one is `None`, and the others are read. Null
/// is an empty list.
pub(crate) struct Rows<T>(pub(crate) Vec<Option<T>>);

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Rows<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each<T>(std::marker::PhantomData<T>);
        impl<'de, T: DeserializeOwned> Visitor<'de> for Each<T> {
            type Value = Rows<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Rows<T>, A::Error> {
                let mut rows = Vec::new();
                while let Some(raw) = list.next_element::<&'de serde_json::value::RawValue>()? {
                    if rows.len() == crate::import::MAX_ROWS {
                        return Err(de::Error::custom("the list is too long"));
                    }
                    rows.push(serde_json::from_str(raw.get()).ok());
                }
                Ok(Rows(rows))
            }

            fn visit_unit<E>(self) -> Result<Rows<T>, E> {
                Ok(Rows(Vec::new()))
            }
        }
        deserializer.deserialize_any(Each(std::marker::PhantomData))
    }
}

/// Accepts null where a list or object is expected.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads a whole document. The error names the place of the damage, and quotes nothing.
pub(crate) fn read<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, ImportError> {
    let text = text(bytes)?;
    serde_json::from_str(text).map_err(|error| {
        let what = match error.classify() {
            serde_json::error::Category::Data => "does not have the expected structure",
            _ => "is cut short or not JSON",
        };
        let (line, column) = (error.line(), error.column());
        ImportError::Damaged(format!("the JSON {what} (line {line}, column {column})"))
    })
}

/// Decodes UTF-8, without a byte order mark.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, ImportError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| ImportError::Damaged("it is not UTF-8 text".to_owned()))?;
    Ok(text.trim_start_matches('\u{feff}'))
}

/// The outermost names of a JSON document, for probes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The names of its members.
    Object(Vec<String>),
    /// The names of the members of each object in it.
    Array(Vec<Vec<String>>),
}

impl Shape {
    /// Scans a document; `None` if it is not JSON. If it ends early, the names up to there are kept.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let start = text.trim_start();
        let mut names = Vec::new();
        let mut reader = serde_json::Deserializer::from_str(start);
        if start.starts_with('{') {
            let _ = reader.deserialize_map(Names(&mut names));
            return Some(Self::Object(names));
        }
        if !start.starts_with('[') {
            return None;
        }
        let mut objects = Vec::new();
        let _ = reader.deserialize_seq(Objects(&mut objects));
        Some(Self::Array(objects))
    }

    /// Whether it is an object with all of these members.
    pub(crate) fn has(&self, wanted: &[&str]) -> bool {
        matches!(self, Self::Object(names) if all(names, wanted))
    }

    /// Whether it is a list with an object that has all of these members.
    pub(crate) fn is_array_of(&self, wanted: &[&str]) -> bool {
        matches!(self, Self::Array(objects) if objects.iter().any(|names| all(names, wanted)))
    }
}

fn all(names: &[String], wanted: &[&str]) -> bool {
    wanted
        .iter()
        .all(|name| names.iter().any(|own| own == name))
}

struct Names<'a>(&'a mut Vec<String>);

impl<'de> Visitor<'de> for Names<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            // Real ones have a dozen.
            if self.0.len() < 256 {
                self.0.push(name);
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// The objects of a list. They are usually alike, but the first may differ.
struct Objects<'a>(&'a mut Vec<Vec<String>>);

/// Bounds the objects whose members are listed.
const LOOKED_AT: usize = 64;

impl<'de> Visitor<'de> for Objects<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(raw) = list.next_element::<&'de serde_json::value::RawValue>()? {
            if self.0.len() < LOOKED_AT && raw.get().starts_with('{') {
                let mut names = Vec::new();
                let mut reader = serde_json::Deserializer::from_str(raw.get());
                let _ = reader.deserialize_map(Names(&mut names));
                self.0.push(names);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_known_by_its_names() {
        let object = Shape::of(r#" {"a": {"x": [1]}, "b": null}"#).unwrap();
        assert!(object.has(&["a", "b"]) && !object.has(&["x"]));
        let list = Shape::of(r#"[null, {"a": 1}, {"b": 2}]"#).unwrap();
        assert!(
            list.is_array_of(&["a"]) && list.is_array_of(&["b"]) && !list.is_array_of(&["a", "b"])
        );
        assert!(!list.has(&["a"]));
        // A text that is cut short has the names up to there.
        assert!(Shape::of(r#"{"a": 1, "b": "#).unwrap().has(&["a", "b"]));
        assert_eq!(Shape::of("text"), None);
    }

    #[test]
    fn numbers_come_in_quotes_and_without() {
        let read = |text: &str| serde_json::from_str::<Scalar>(text).unwrap().0;
        assert_eq!(read("30").as_deref(), Some("30"));
        assert_eq!(read("\"30\"").as_deref(), Some("30"));
        assert_eq!(read("-1").as_deref(), Some("-1"));
        assert_eq!(read("null"), None);
        assert_eq!(read("\"\""), None);
    }

    #[test]
    fn one_member_that_makes_no_sense_spoils_no_other() {
        let list: Rows<Vec<u8>> = serde_json::from_str("[[1], {}, [2, 300], [3]]").unwrap();
        assert_eq!(list.0, [Some(vec![1]), None, None, Some(vec![3])]);
    }
}
