//! The results of an import: accounts, and those that cannot be used.

use thiserror::Error;

use crate::otp::{AwsLink, Draft, Label, MAX_LABEL_BYTES, Note, Parsed, Said, decide};

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
    pub(crate) fn with_remark(mut self, remark: Option<&'static str>) -> Self {
        self.remarks.extend(remark);
        self
    }

    #[must_use]
    pub(crate) const fn set_aside(mut self, place: Option<SetAside>) -> Self {
        self.set_aside = place;
        self
    }

    /// Takes issuer and name of the entry around it, where its own are missing or a placeholder.
    #[must_use]
    pub(crate) fn or_named(mut self, issuer: &str, name: &str) -> Self {
        // Many accounts of a file may share one long title, so each copy is cut.
        let cut = |text: &str| text.floor_char_boundary(MAX_LABEL_BYTES);
        let (issuer, name) = (&issuer[..cut(issuer)], &name[..cut(name)]);
        let named = decide(&Said {
            issuer: &self.draft.issuer,
            label: Label::Field(&self.draft.name),
            title: issuer,
            user: name,
        });
        (self.draft.issuer, self.draft.name) = (named.issuer, named.name);
        self
    }
}
