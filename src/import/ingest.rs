//! What accounts are read into, by `mfa add` and `mfa import` alike: from the texts of QR codes, lines
//! and arguments, and from files of other programs.

use crate::import::{Found, Row, Skipped};
use crate::otp::migration::{self, MigrationError, Part};
use crate::otp::{AccountId, Note, Parsed};

/// What was read from one source.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    /// Its accounts, in order.
    pub(crate) rows: Vec<Row>,
    /// The parts of Google Authenticator exports that were in it.
    pub(crate) parts: Parts,
    /// Remarks on the source as a whole.
    pub(crate) notes: Vec<String>,
}

/// Parts of Google Authenticator exports, each once: a large export is a batch of several QR codes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts(Vec<Part>);

/// An account on its way into a vault, with the id that it is stored under.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) id: AccountId,
    pub(crate) found: Found,
}

impl Contents {
    /// Accounts, without parts and notes.
    pub(crate) fn from_rows(rows: Vec<Row>) -> Self {
        Self {
            rows,
            ..Self::default()
        }
    }

    pub(crate) fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds what one text has: a part of a Google Authenticator export, or one URI, which `read_uri`
    /// reads. `place` is the place of accounts in an export that cannot be used.
    ///
    /// # Errors
    /// Those of `read_uri`, and when an export cannot be read at all.
    pub(crate) fn add_text<E: From<MigrationError>>(
        &mut self,
        text: &str,
        place: &str,
        read_uri: impl FnOnce(&str) -> Result<Row, E>,
    ) -> Result<(), E> {
        if !migration::is_migration(text) {
            self.rows.push(read_uri(text)?);
            return Ok(());
        }
        let batch = migration::parse(text)?;
        self.parts.insert(batch.part);
        let rows = batch.accounts.into_iter().map(|account| match account {
            Ok(draft) => Ok(Found::from(Parsed {
                draft,
                notes: Vec::<Note>::new(),
            })),
            Err(skipped) => Err(Skipped {
                place: place.to_owned(),
                name: skipped.name,
                reason: skipped.reason,
            }),
        });
        self.rows.extend(rows);
        Ok(())
    }
}

impl Parts {
    /// Whether no export was read.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// For each incomplete export, how many parts it has and the numbers of the missing ones, from 1.
    #[must_use]
    pub fn missing(&self) -> Vec<(usize, Vec<usize>)> {
        let mut incomplete = Vec::new();
        for part in &self.0 {
            let is_same = |other: &&Part| (other.batch, other.size) == (part.batch, part.size);
            let is_first = self.0.iter().find(is_same) == Some(part);
            // A hostile size is not counted through.
            let indexes = 0..part.size.min(1000);
            let missing: Vec<_> = indexes
                .filter(|&index| !self.0.contains(&Part { index, ..*part }))
                .map(|index| index + 1)
                .collect();
            if is_first && !missing.is_empty() {
                incomplete.push((part.size, missing));
            }
        }
        incomplete
    }

    pub(crate) fn insert(&mut self, part: Part) {
        if !self.0.contains(&part) {
            self.0.push(part);
        }
    }

    /// Adds those of another source.
    pub(crate) fn merge(&mut self, other: Self) {
        for part in other.0 {
            self.insert(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(list: &[(i32, usize, usize)]) -> Parts {
        let mut parts = Parts::default();
        for &(batch, index, size) in list {
            parts.insert(Part { batch, index, size });
        }
        parts
    }

    #[test]
    fn parts_of_several_sources_make_one_export() {
        let mut all = parts(&[(7, 1, 3), (7, 1, 3), (9, 0, 1)]);
        assert_eq!(all.missing(), [(3, vec![1, 3])]);
        all.merge(parts(&[(7, 0, 3), (8, 0, 2)]));
        assert_eq!(all.missing(), [(3, vec![3]), (2, vec![2])]);
        all.merge(parts(&[(7, 2, 3), (8, 1, 2)]));
        assert_eq!(all.missing(), []);
    }

    #[test]
    fn a_text_is_a_uri_or_part_of_an_export() {
        let mut contents = Contents::default();
        let read = |uri: &str| {
            Ok::<_, MigrationError>(crate::import::support::row::from_uri(uri, "line 1"))
        };
        contents
            .add_text("otpauth://totp/x?secret=JBSWY3DPEHPK3PXP", "line 1", read)
            .unwrap();
        let export =
            "otpauth-migration://offline?data=Ch8KFDEyMzQ1Njc4OTAxMjM0NTY3ODkwEgF4IAEoATACEAEYAQ";
        contents.add_text(export, "line 2", read).unwrap();
        assert!(contents.rows.iter().all(Result::is_ok) && contents.rows.len() == 2);
        assert!(!contents.parts.is_empty() && contents.parts.missing().is_empty());
        let broken = contents.add_text("otpauth-migration://offline", "line 3", read);
        assert_eq!(broken, Err(MigrationError::NoData));
    }
}
