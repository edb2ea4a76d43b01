//! JSON as other programs write it: members may be missing, null, or a number in quotes.

use std::fmt;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
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

/// The names of a JSON document's members, some levels deep, for probes. It holds no values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The names of an object's members, each with the shape of its value.
    Object(Vec<(String, Self)>),
    /// The objects and lists of a list.
    Array(Vec<Self>),
    /// Text, a number, true, false or null; or a value below [`LEVELS`].
    Leaf,
}

/// How deep a document is looked at. Enpass, the deepest, needs five: `items`, each, `fields`, each, name.
const LEVELS: usize = 8;

/// Bounds the items of a list that are looked at. They are usually alike, but the first may differ.
const ITEMS: usize = 64;

/// Bounds the members of an object that are looked at. Real ones have a dozen.
const MEMBERS: usize = 256;

/// Bounds the objects and lists that are looked at in all.
const VALUES: usize = 4096;

impl Shape {
    /// Scans a document; `None` if it is not JSON. If it ends early, the names up to there are kept.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let start = text.trim_start();
        if !start.starts_with(['{', '[']) {
            return None;
        }
        let (mut shape, mut left) = (Self::Leaf, VALUES);
        let mut reader = serde_json::Deserializer::from_str(start);
        let whole = Filled {
            shape: &mut shape,
            levels: LEVELS,
            left: &mut left,
        };
        let _ = whole.deserialize(&mut reader);
        Some(shape)
    }

    /// Whether it is an object with all of these members.
    pub(crate) fn has(&self, wanted: &[&str]) -> bool {
        let Self::Object(members) = self else {
            return false;
        };
        let named = |name: &&str| members.iter().any(|(own, _)| own == name);
        wanted.iter().all(named)
    }

    /// Whether it is a list with an object that has all of these members.
    pub(crate) fn is_array_of(&self, wanted: &[&str]) -> bool {
        matches!(self, Self::Array(items) if items.iter().any(|item| item.has(wanted)))
    }

    /// Whether an object that is reached by the members of `path`, one after another and through lists,
    /// has all of `wanted`.
    pub(crate) fn has_at(&self, path: &[&str], wanted: &[&str]) -> bool {
        match (self, path) {
            (Self::Array(items), _) => items.iter().any(|item| item.has_at(path, wanted)),
            (Self::Object(_), []) => self.has(wanted),
            (Self::Object(members), [first, rest @ ..]) => {
                let own = members.iter().filter(|(name, _)| name == first);
                own.into_iter().any(|(_, value)| value.has_at(rest, wanted))
            }
            (Self::Leaf, _) => false,
        }
    }

    /// The names of its own members, and of those of the objects in its lists.
    pub(crate) fn names(&self) -> Vec<&str> {
        match self {
            Self::Object(members) => members.iter().map(|(name, _)| name.as_str()).collect(),
            Self::Array(items) => items.iter().flat_map(Self::names).collect(),
            Self::Leaf => Vec::new(),
        }
    }
}

/// A shape that is filled while its value is read, so that a document that is cut short keeps what
/// there was.
struct Filled<'a> {
    shape: &'a mut Shape,
    levels: usize,
    left: &'a mut usize,
}

impl<'de> DeserializeSeed<'de> for Filled<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        if self.levels == 0 || *self.left == 0 {
            return IgnoredAny::deserialize(reader).map(|_| ());
        }
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Filled<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        *self.left -= 1;
        *self.shape = Shape::Object(Vec::new());
        let Shape::Object(members) = self.shape else {
            return Ok(());
        };
        while let Some(name) = map.next_key::<String>()? {
            if members.len() == MEMBERS {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            members.push((name, Shape::Leaf));
            let (levels, left) = (self.levels - 1, &mut *self.left);
            if let Some((_, shape)) = members.last_mut() {
                map.next_value_seed(Filled {
                    shape,
                    levels,
                    left,
                })?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        *self.left -= 1;
        *self.shape = Shape::Array(Vec::new());
        let Shape::Array(items) = self.shape else {
            return Ok(());
        };
        loop {
            if items.len() == ITEMS {
                if list.next_element::<IgnoredAny>()?.is_none() {
                    return Ok(());
                }
                continue;
            }
            items.push(Shape::Leaf);
            let (levels, left) = (self.levels - 1, &mut *self.left);
            let Some(shape) = items.last_mut() else {
                return Ok(());
            };
            let item = Filled {
                shape,
                levels,
                left,
            };
            if list.next_element_seed(item)?.is_none() {
                items.pop();
                return Ok(());
            }
            if items.last() == Some(&Shape::Leaf) {
                items.pop();
            }
        }
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
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
        let deep = Shape::of(r#"{"a": [{"x": 1}, 2, {"b": [{"c": 1, "d": [3]}]}]}"#).unwrap();
        assert!(deep.has_at(&["a", "b"], &["c", "d"]) && deep.has_at(&["a"], &["x"]));
        assert!(!deep.has_at(&["a", "b"], &["x"]) && !deep.has_at(&["b"], &["c"]));
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
