//! The members of one JSON object, taken one by one. Each kind of slot takes its own; leftovers are
//! refused.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::error::FormatError;

/// The longest text in a slot (recipient, store, account), in bytes.
const MAX_TEXT_BYTES: usize = 4096;

/// The members of a slot that have not been taken yet.
pub struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Fields<'a> {
    /// Takes a required member. Fails if it is missing or has another type.
    pub(crate) fn take<T: Deserialize<'a>>(&mut self, name: &str) -> Result<T, FormatError> {
        self.take_if_present(name)?
            .ok_or_else(|| damaged(name, "is missing"))
    }

    /// Takes an optional member. Fails if it has another type.
    pub(crate) fn take_if_present<T: Deserialize<'a>>(
        &mut self,
        name: &str,
    ) -> Result<Option<T>, FormatError> {
        let Some(index) = self.0.iter().position(|(own, _)| own == name) else {
            return Ok(None);
        };
        let (_, value) = self.0.swap_remove(index);
        serde_json::from_str(value.get())
            .map(Some)
            .map_err(|_| damaged(name, "has the wrong type"))
    }

    /// Takes a text of 1 to [`MAX_TEXT_BYTES`] bytes.
    pub(crate) fn take_text(&mut self, name: &str) -> Result<String, FormatError> {
        let text: String = self.take(name)?;
        if (1..=MAX_TEXT_BYTES).contains(&text.len()) {
            Ok(text)
        } else {
            Err(damaged(name, "has the wrong length"))
        }
    }

    /// Refuses members that were not taken.
    pub(crate) fn finish(self) -> Result<(), FormatError> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => Err(damaged(
                &name.chars().take(24).collect::<String>(),
                "is unknown",
            )),
        }
    }
}

fn damaged(name: &str, what: &str) -> FormatError {
    FormatError::Damaged(format!("slot: {name} {what}"))
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut members: Vec<(Cow<'de, str>, &'de RawValue)> = Vec::with_capacity(8);
                while let Some((Name(name), value)) = map.next_entry()? {
                    if members.iter().any(|(other, _)| *other == name) {
                        return Err(A::Error::custom("a member occurs twice"));
                    }
                    members.push((name, value));
                }
                Ok(Fields(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

/// The name of a member, borrowed unless it has escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);
