//! Collects accounts for `mfa add` and `mfa import` alike: from the texts of QR codes, lines and
//! arguments, and from files of other programs.

use std::collections::{BTreeSet, HashMap};

use crate::import::{Found, ImportError, MAX_ROWS, Row, Skipped};
use crate::otp::migration::{self, MigrationError, Part};
use crate::otp::{Account, AccountId, Draft, Note, Parsed};

/// The content of one source, such as a file or a QR code.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    /// Its accounts, in order.
    pub(crate) rows: Vec<Row>,
    /// The parts of Google Authenticator exports in it.
    pub(crate) parts: Parts,
    /// Remarks on the source as a whole.
    pub(crate) notes: Vec<String>,
    /// How many unusable accounts would be usable with a password. Others of the source need none.
    pub(crate) locked: usize,
}

/// Parts of Google Authenticator exports, each once. A large export is a batch of several QR codes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// In the order of their first parts.
    exports: Vec<Batch>,
    /// Indices into `exports`, by batch id and size.
    places: HashMap<(i32, usize), usize>,
    count: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Batch {
    id: i32,
    size: usize,
    /// The indices of the parts that were read, from 0.
    read: BTreeSet<usize>,
}

/// Bounds the missing parts that are listed: a hostile file may claim 2^31 parts.
const MAX_MISSING: usize = 1000;

/// An account on its way into a vault, with the id that it is stored under.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) id: AccountId,
    pub(crate) found: Found,
}

impl Incoming {
    /// The account to store, with the name of `draft`.
    pub(crate) fn account(&self, draft: Draft, now: u64) -> Account {
        let mut account = Account::from_draft(draft, self.id, now);
        account.add_tags(&self.found.tags);
        account.aws.clone_from(&self.found.aws);
        account
    }
}

impl Contents {
    pub(crate) fn from_rows(rows: Vec<Row>) -> Self {
        Self {
            rows,
            ..Self::default()
        }
    }

    /// Refuses more than [`MAX_ROWS`] accounts or parts. Called after each of them, so that a line of
    /// millions is not read to its end.
    pub(crate) fn check_count(&self) -> Result<(), ImportError> {
        if self.rows.len().max(self.parts.len()) > MAX_ROWS {
            return Err(ImportError::TooCostly("too many accounts".to_owned()));
        }
        Ok(())
    }

    /// Adds an account that only a password opens, in a source with others that need none.
    pub(crate) fn push_locked(&mut self, place: String, name: String) {
        self.locked += 1;
        let reason = "it is encrypted, and no password was given".to_owned();
        self.rows.push(Err(Skipped {
            place,
            name,
            reason,
        }));
    }

    pub(crate) fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds the accounts of one text: a part of a Google Authenticator export, or a URI, which `read_uri`
    /// reads. An unusable account of an export is reported at `place`.
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
    /// Whether there is no part of any export.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.exports.is_empty()
    }

    pub(crate) const fn len(&self) -> usize {
        self.count
    }

    /// For each incomplete export: its number of parts, and the numbers of the missing ones, from 1. At
    /// most 1000 numbers in all.
    #[must_use]
    pub fn missing(&self) -> Vec<(usize, Vec<usize>)> {
        let mut left = MAX_MISSING;
        let mut incomplete = Vec::new();
        for export in &self.exports {
            let indexes = (0..export.size).filter(|index| !export.read.contains(index));
            let missing: Vec<_> = indexes.take(left).map(|index| index + 1).collect();
            left -= missing.len();
            if !missing.is_empty() {
                incomplete.push((export.size, missing));
            }
        }
        incomplete
    }

    pub(crate) fn insert(&mut self, part: Part) {
        let Part { batch, index, size } = part;
        let next = self.exports.len();
        let place = *self.places.entry((batch, size)).or_insert(next);
        if place == next {
            let read = BTreeSet::new();
            let id = batch;
            self.exports.push(Batch { id, size, read });
        }
        if let Some(export) = self.exports.get_mut(place) {
            self.count += usize::from(export.read.insert(index));
        }
    }

    /// Adds the parts of another source.
    pub(crate) fn merge(&mut self, other: Self) {
        for Batch { id, size, read } in other.exports {
            for index in read {
                let batch = id;
                self.insert(Part { batch, index, size });
            }
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
        assert_eq!(all.len(), 6);
    }

    /// 100 000 exports that claim 2^31 parts each, with one part present. Comparing each with each, or
    /// counting through, would never end.
    #[test]
    fn hostile_sizes_are_not_counted_through() {
        let size = usize::try_from(i32::MAX).unwrap();
        let list: Vec<_> = (0..100_000).map(|batch| (batch, 0, size)).collect();
        let missing = parts(&list).missing();
        assert_eq!(
            missing.iter().map(|(_, list)| list.len()).sum::<usize>(),
            1000
        );
        let one: Vec<_> = (0..100_000).map(|index| (7, index, size)).collect();
        assert_eq!(parts(&one).missing()[0].1[0], 100_001);
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
