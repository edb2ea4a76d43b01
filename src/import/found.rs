//! What an import finds: accounts, and those that cannot be used.

use thiserror::Error;

use crate::otp::{AwsLink, Draft, MAX_LABEL_BYTES, Note, Parsed};

/// An account that was found in a file, or why one that is there cannot be used.
pub type Row = Result<Found, Skipped>;

/// An account that was found in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The account.
    pub draft: Draft,
    /// The groups that it was in.
    pub tags: Vec<String>,
    /// Its AWS device, which only our own vaults know.
    pub aws: Option<AwsLink>,
    /// What is unusual about it.
    pub notes: Vec<Note>,
    /// What the file leaves open, as sentences for the user.
    pub remarks: Vec<&'static str>,
}

/// An account of a file that cannot be used. Quotes no key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{place}{}: {reason}", quoted(.name))]
pub struct Skipped {
    /// Where in the file: `entry 3`, `line 7`.
    pub place: String,
    /// Its name, as far as it has one.
    pub name: String,
    /// Why it cannot be used.
    pub reason: String,
}

fn quoted(name: &str) -> String {
    if name.is_empty() {
        String::new()
    } else {
        format!(" '{name}'")
    }
}

impl From<Parsed> for Found {
    fn from(parsed: Parsed) -> Self {
        Self {
            draft: parsed.draft,
            tags: Vec::new(),
            aws: None,
            notes: parsed.notes,
            remarks: Vec::new(),
        }
    }
}

impl Found {
    /// Adds a remark, where there is one.
    #[must_use]
    pub(crate) fn with_remark(mut self, remark: Option<&'static str>) -> Self {
        self.remarks.extend(remark);
        self
    }

    /// Fills in issuer and name where they are empty.
    #[must_use]
    pub(crate) fn or_named(mut self, issuer: &str, name: &str) -> Self {
        // Cut to what has room: many accounts of a file may share one long title.
        let cut = |text: &str| text[..text.floor_char_boundary(MAX_LABEL_BYTES)].to_owned();
        if self.draft.issuer.is_empty() {
            self.draft.issuer = cut(issuer.trim());
        }
        if self.draft.name.is_empty() {
            self.draft.name = cut(name.trim());
        }
        self
    }
}
