//! What the accounts of one entry share: its title, user and tags. An entry may have many keys, and
//! each account gets a copy, so the total is bounded.

use crate::import::support::row::bounded;
use crate::import::{ImportError, MAX_BYTES, MAX_ROWS};
use crate::otp::MAX_LABEL_BYTES;

/// Bounds the keys of one entry; real ones have a handful.
const MAX_KEYS: usize = 100;

/// How much one file may still ask for.
pub(crate) struct Shared {
    rows: usize,
    bytes: usize,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            rows: MAX_ROWS,
            bytes: MAX_BYTES,
        }
    }
}

impl Shared {
    /// Called before the accounts of an entry are made: one for each key, all with these labels and tags.
    /// Fails if the file asks for too much.
    pub(crate) fn take(
        &mut self,
        keys: usize,
        labels: [&str; 2],
        tags: &[String],
    ) -> Result<(), ImportError> {
        let too_costly = |what: &str| ImportError::TooCostly(what.to_owned());
        if keys > MAX_KEYS {
            return Err(too_costly("too many keys in one entry"));
        }
        let rows = self.rows.checked_sub(keys);
        self.rows = rows.ok_or_else(|| too_costly("too many accounts"))?;
        let labels = labels.iter().map(|label| bounded(label).len());
        let size: usize = labels.chain(tags.iter().map(|tag| size(tag))).sum();
        let bytes = self.bytes.checked_sub(size.saturating_mul(keys));
        self.bytes = bytes.ok_or_else(|| too_costly("too many tags and long names"))?;
        Ok(())
    }
}

fn size(tag: &str) -> usize {
    tag.len() + size_of::<String>()
}

/// The tags of an entry, up to a bound: each of its accounts gets a copy.
pub(crate) fn shared_tags(tags: impl Iterator<Item = impl Into<String>>) -> Vec<String> {
    let mut left = 16 * MAX_LABEL_BYTES;
    let fits = |tag: &String| {
        let rest = left.checked_sub(size(tag));
        left = rest.unwrap_or(0);
        rest.is_some()
    };
    tags.map(Into::into).take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_is_given_out_up_to_a_limit() {
        let tags = shared_tags((0..100).map(|n| format!("a tag of some length {n}")));
        assert_eq!(tags.len(), 100);
        let mut shared = Shared::default();
        shared.take(5, ["title", "user"], &tags).unwrap();
        assert!(shared.take(MAX_KEYS + 1, ["", ""], &[]).is_err());
        let many = shared_tags((0..10_000).map(|n| n.to_string()));
        let bytes: usize = many.iter().map(|tag| size(tag)).sum();
        assert!(bytes <= 16 << 10, "{bytes}");
        let given = (0..1000).take_while(|_| shared.take(100, ["", ""], &many).is_ok());
        assert_eq!(given.count(), 41);
    }
}
