//! What an account is marked with while a command is under way, so that the next run goes on.

use std::fmt;

use crate::otp::Account;

/// A mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tag {
    /// A device of this user that is not enabled yet.
    Registering(String),
    /// A device that takes the place of this one, by its serial.
    Replacing(String),
}

const REGISTERING: &str = "aws-registering=";
const REPLACING: &str = "aws-replacing=";

impl Tag {
    /// Reads a mark; `None` of a label of the user's own.
    pub fn parse(text: &str) -> Option<Self> {
        let registering = text.strip_prefix(REGISTERING);
        let replacing = text.strip_prefix(REPLACING);
        registering
            .map(|user| Self::Registering(user.to_owned()))
            .or_else(|| replacing.map(|serial| Self::Replacing(serial.to_owned())))
    }
}

/// Whether a command is under way with an account.
pub fn is_half_done(account: &Account) -> bool {
    account.tags.iter().any(|tag| Tag::parse(tag).is_some())
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registering(user) => write!(f, "{REGISTERING}{user}"),
            Self::Replacing(serial) => write!(f, "{REPLACING}{serial}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_reads_back() {
        let serial = "arn:aws:iam::123456789012:mfa/alice".to_owned();
        for tag in [
            Tag::Registering("al=ice".to_owned()),
            Tag::Replacing(serial),
        ] {
            assert_eq!(Tag::parse(&tag.to_string()), Some(tag));
        }
        assert_eq!(Tag::parse("work"), None);
    }
}
