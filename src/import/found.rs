//! The results of an import: accounts, and those that cannot be used.

use thiserror::Error;

use crate::otp::{AwsLink, Draft, MAX_LABEL_BYTES, Note, Parsed};

/// An account found in a file, or why it cannot be used.
pub type Row = Result<Found, Skipped>;

/// An account found in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The account, not yet in a vault.
    pub draft: Draft,
    /// Its groups, folders or labels in the file.
    pub tags: Vec<String>,
    /// Its AWS device; only our own vaults store one.
    pub aws: Option<AwsLink>,
    /// What is unusual about it.
    pub notes: Vec<Note>,
    /// What the file does not say, as sentences for the user.
    pub remarks: Vec<&'static str>,
    /// Where the program keeps it, if its user has set it aside.
    pub set_aside: Option<SetAside>,
}

/// Where a program keeps entries that its user no longer sees. `mfa import` takes them only if asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SetAside {
    /// Deleted, but still in the recycle bin.
    InTrash,
    /// In the archive, out of the daily view.
    Archived,
}

/// An account in a file that cannot be used. Its message quotes no key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{place}{}: {reason}", quoted(.name))]
pub struct Skipped {
    /// Where it is in the file, such as `entry 3` or `line 7`.
    pub place: String,
    /// Its name; empty if it has none.
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
            set_aside: None,
        }
    }
}

impl Found {
    #[must_use]
    pub(crate) const fn set_aside(mut self, place: Option<SetAside>) -> Self {
        self.set_aside = place;
        self
    }

    /// Fills in issuer and name if they are empty.
    #[must_use]
    pub(crate) fn or_named(mut self, issuer: &str, name: &str) -> Self {
        // Many accounts of a file may share one long title, so each copy is cut.
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
