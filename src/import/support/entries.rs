//! Entries of password managers: one may have several keys, which share its title, user and tags.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::import::ingest::Contents;
use crate::import::support::json::{Rows, Text};
use crate::import::support::row::{check_count, from_field, unreadable};
use crate::import::support::shared::Shared;
use crate::import::{Found, ImportError, Row, SetAside};

/// What the keys of one entry share.
#[derive(Default)]
pub(crate) struct Entry {
    /// The service, such as `GitHub`.
    pub(crate) title: String,
    /// The account name at the service.
    pub(crate) user: String,
    pub(crate) tags: Vec<String>,
    pub(crate) set_aside: Option<SetAside>,
}

/// The accounts of a file's entries. Each has the place of its entry, such as `item 3`.
pub(crate) struct Entries {
    what: &'static str,
    number: usize,
    rows: Vec<Row>,
    shared: Shared,
}

impl Entries {
    pub(crate) fn new(what: &'static str) -> Self {
        Self {
            what,
            number: 0,
            rows: Vec::new(),
            shared: Shared::default(),
        }
    }

    /// Calls `add` for each entry. An unreadable one is skipped with a reason.
    pub(crate) fn each<T>(
        &mut self,
        list: Rows<T>,
        mut add: impl FnMut(&mut Self, T) -> Result<(), ImportError>,
    ) -> Result<(), ImportError> {
        for entry in list.0 {
            self.number += 1;
            match entry {
                Some(entry) => add(self, entry)?,
                None => self.push(unreadable(self.place()))?,
            }
        }
        Ok(())
    }

    /// Adds the accounts of the current entry: one for each key, which `row` makes at the given place.
    pub(crate) fn add<K>(
        &mut self,
        entry: &Entry,
        keys: Vec<K>,
        row: impl Fn(K, &str) -> Row,
    ) -> Result<(), ImportError> {
        let labels = [entry.title.as_str(), entry.user.as_str()];
        self.shared.take(keys.len(), labels, &entry.tags)?;
        let place = self.place();
        for key in keys {
            let row = row(key, &place).map(|found| Found {
                tags: entry.tags.clone(),
                ..found.set_aside(entry.set_aside)
            });
            self.push(row)?;
        }
        Ok(())
    }

    /// Adds the accounts of the current entry, whose keys are base32 or URIs. Empty ones are no keys.
    pub(crate) fn add_texts(
        &mut self,
        entry: &Entry,
        keys: impl IntoIterator<Item = Text>,
    ) -> Result<(), ImportError> {
        let filled = keys.into_iter().filter(|key| !key.trim().is_empty());
        self.add(entry, filled.collect(), |key, place| {
            from_field(&key, &entry.title, &entry.user, place)
        })
    }

    pub(crate) fn into_contents(self) -> Contents {
        Contents::from_rows(self.rows)
    }

    fn place(&self) -> String {
        format!("{} {}", self.what, self.number)
    }

    fn push(&mut self, row: Row) -> Result<(), ImportError> {
        self.rows.push(row);
        check_count(&self.rows)
    }
}

/// The texts of a JSON value of any type: itself, those of a list, or the member `value` of an object.
/// Password managers keep such in fields whose type their users choose.
#[derive(Default)]
pub(crate) struct Values(pub(crate) Vec<Text>);

impl Values {
    /// The first text that is not blank.
    pub(crate) fn first(&self) -> Option<&str> {
        let texts = self.0.iter().map(|text| text.trim());
        texts.into_iter().find(|text| !text.is_empty())
    }

    /// Those of the texts that are `otpauth` URIs.
    pub(crate) fn uris(self) -> impl Iterator<Item = Text> {
        self.0.into_iter().filter(|text| is_uri(text))
    }
}

/// Whether a text is an `otpauth` URI, and no key, code or password.
pub(crate) fn is_uri(text: &str) -> bool {
    let start = text.trim_start().get(..10);
    start.is_some_and(|start| start.eq_ignore_ascii_case("otpauth://"))
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Each)
    }
}

struct Each;

fn one(text: impl Into<String>) -> Values {
    Values(vec![Text(zeroize::Zeroizing::new(text.into()))])
}

impl<'de> Visitor<'de> for Each {
    type Value = Values;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Values, E> {
        Ok(one(text))
    }

    fn visit_string<E>(self, text: String) -> Result<Values, E> {
        Ok(one(text))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Values, E> {
        Ok(one(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Values, E> {
        Ok(one(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Values, E> {
        Ok(one(number.to_string()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Values, E> {
        Ok(Values::default())
    }

    fn visit_unit<E>(self) -> Result<Values, E> {
        Ok(Values::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Values, A::Error> {
        let mut all = Values::default();
        while let Some(mut values) = list.next_element::<Values>()? {
            all.0.append(&mut values.0);
        }
        Ok(all)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Values, A::Error> {
        let mut all = Values::default();
        while let Some(name) = map.next_key::<String>()? {
            if name == "value" {
                all.0.append(&mut map.next_value::<Values>()?.0);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_any_type_has_texts() {
        let texts = |json: &str| -> Vec<String> {
            let values: Values = serde_json::from_str(json).unwrap();
            values.0.iter().map(|text| text.to_string()).collect()
        };
        assert_eq!(texts(r#""a""#), ["a"]);
        assert_eq!(texts("[1, [\"b\"], null, true]"), ["1", "b"]);
        assert_eq!(texts(r#"{"fieldType": "string", "value": "c"}"#), ["c"]);
        assert_eq!(texts(r#"{"number": "d"}"#), [""; 0]);
    }

    #[test]
    fn a_uri_is_known_by_its_scheme() {
        assert!(is_uri(" OTPAUTH://totp/x") && is_uri("otpauth://hotp/"));
        assert!(!is_uri("123456") && !is_uri("otpauth:") && !is_uri("ééééééé"));
    }
}
