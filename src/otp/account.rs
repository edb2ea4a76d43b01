//! An account: its service and name, and how its codes are computed.

use std::collections::HashSet;
use std::fmt;

use uuid::Uuid;

use super::{Algorithm, Digits, Kind, Secret};

/// Longest issuer or name, in bytes. Phone apps stop at 40 characters.
pub(crate) const MAX_LABEL_BYTES: usize = 1024;

/// The longest tag in bytes.
pub(crate) const MAX_TAG_BYTES: usize = 100;

/// The most tags of one account.
pub(crate) const MAX_TAGS: usize = 100;

/// Identifies an account across renames and machines: a `UUIDv7` (RFC 9562 section 5.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(Uuid);

impl AccountId {
    /// Builds an id from its creation time (Unix milliseconds) and ten random bytes.
    #[must_use]
    pub fn new(unix_millis: u64, random: &[u8; 10]) -> Self {
        Self(uuid::Builder::from_unix_timestamp_millis(unix_millis, random).into_uuid())
    }

    /// Reads the hyphenated form; `None` if `text` has another form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text).ok().map(Self)
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// What a code is computed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The key shared with the service.
    pub secret: Secret,
    /// The hash used in the HMAC; Steam always uses SHA-1.
    pub algorithm: Algorithm,
    /// How many characters a code has.
    pub digits: Digits,
    /// What advances the code: the clock (TOTP, Steam) or a counter (HOTP).
    pub kind: Kind,
}

/// The link between an account and an AWS virtual MFA device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsLink {
    /// ARN of the device, for instance `arn:aws:iam::123456789012:mfa/alice`.
    pub serial: String,
    /// The profile in `~/.aws/config` that uses this device, if known.
    pub profile: Option<String>,
}

impl AwsLink {
    /// `user@account` from the serial's ARN, as AWS writes it in its own QR codes.
    pub(crate) fn user_at_account(&self) -> Option<String> {
        let mut parts = self.serial.splitn(6, ':').skip(4);
        let (account, resource) = (parts.next()?, parts.next()?);
        let user = resource.rsplit_once('/')?.1;
        Some(format!("{user}@{account}"))
    }
}

/// An account that was read but is not in a vault yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Service, such as AWS or GitHub. AWS's older QR codes leave it empty.
    pub issuer: String,
    /// Account name at the service; AWS writes `user@account`.
    pub name: String,
    /// What its codes are computed from.
    pub credential: Credential,
}

/// An account stored in a vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Never changes, even when the account is renamed.
    pub id: AccountId,
    /// Service, such as AWS or GitHub (may be empty).
    pub issuer: String,
    /// Account name at the service.
    pub name: String,
    /// What its codes are computed from.
    pub credential: Credential,
    /// The user's own labels.
    pub tags: Vec<String>,
    /// The AWS device that this account belongs to, if known.
    pub aws: Option<AwsLink>,
    /// When the account was added, in Unix seconds.
    pub created: u64,
    /// When the account last changed, in Unix seconds.
    pub updated: u64,
}

impl Account {
    /// Turns a draft into an account: `now` (Unix seconds) becomes both its times.
    #[must_use]
    pub fn from_draft(draft: Draft, id: AccountId, now: u64) -> Self {
        Self {
            id,
            issuer: draft.issuer,
            name: draft.name,
            credential: draft.credential,
            tags: Vec::new(),
            aws: None,
            created: now,
            updated: now,
        }
    }

    /// `issuer:name`, or only the name if there is no issuer. Not escaped for terminals.
    #[must_use]
    pub fn full_name(&self) -> String {
        full_name(&self.issuer, &self.name)
    }

    /// Adds missing tags in the form of [`tidy_tag`], up to [`MAX_TAGS`] in all. Tags that differ only in
    /// case are the same. Returns whether all of them fit.
    pub(crate) fn add_tags<T: AsRef<str>>(&mut self, tags: impl IntoIterator<Item = T>) -> bool {
        let mut own: HashSet<_> = self.tags.iter().map(|tag| tag.to_lowercase()).collect();
        let mut all_fit = true;
        for tag in tags {
            let tag = tidy_tag(tag.as_ref());
            let lower = tag.to_lowercase();
            if tag.is_empty() || own.contains(&lower) {
                continue;
            }
            if self.tags.len() >= MAX_TAGS {
                all_fit = false;
                break;
            }
            own.insert(lower);
            self.tags.push(tag);
        }
        all_fit
    }

    /// Removes a tag, ignoring case.
    pub(crate) fn remove_tag(&mut self, tag: &str) {
        let lower = tag.to_lowercase();
        self.tags.retain(|own| own.to_lowercase() != lower);
    }

    /// Whether it has this tag, ignoring case.
    pub(crate) fn has_tag(&self, tag: &str) -> bool {
        let lower = tag.to_lowercase();
        self.tags.iter().any(|own| own.to_lowercase() == lower)
    }
}

/// Normalizes a tag, which may be any text in other programs. Commas become spaces, as they separate
/// tags in output. Spaces are single, and the tag is cut to [`MAX_TAG_BYTES`].
fn tidy_tag(text: &str) -> String {
    let mut tag = String::new();
    let is_gap = |c: char| c.is_whitespace() || c == ',';
    for word in text.split(is_gap).filter(|word| !word.is_empty()) {
        if tag.len() > MAX_TAG_BYTES {
            break;
        }
        if !tag.is_empty() {
            tag.push(' ');
        }
        tag.push_str(word);
    }
    tag.truncate(tag.floor_char_boundary(MAX_TAG_BYTES));
    tag.trim_end().to_owned()
}

impl Draft {
    /// `issuer:name`, or only the name if there is no issuer. Not escaped for terminals.
    #[must_use]
    pub fn full_name(&self) -> String {
        full_name(&self.issuer, &self.name)
    }
}

/// `issuer:name`, or whichever of the two is not empty. Not escaped for terminals.
#[must_use]
pub fn full_name(issuer: &str, name: &str) -> String {
    match (issuer.is_empty(), name.is_empty()) {
        (true, _) => name.to_owned(),
        (false, true) => issuer.to_owned(),
        (false, false) => format!("{issuer}:{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_version_7_and_sort_by_time() {
        let early = AccountId::new(1_000, &[9; 10]);
        let late = AccountId::new(2_000, &[0; 10]);
        assert!(early < late);
        assert_eq!(early.to_string().as_bytes()[14], b'7');
        assert_eq!(AccountId::parse(&early.to_string()), Some(early));
    }

    #[test]
    fn tags_are_tidy_and_each_is_there_once() {
        let draft = crate::otp::parse("otpauth://totp/x?secret=AAAAAAAA")
            .unwrap()
            .draft;
        let mut account = Account::from_draft(draft, AccountId::new(0, &[0; 10]), 0);
        let long = "ä".repeat(1000);
        let tags = [
            " Work ", "", " , ", "wORK", "a,b  c\n", "ÜBER", "über", &long,
        ];
        assert!(account.add_tags(tags));
        assert_eq!(account.tags, ["Work", "a b c", "ÜBER", &"ä".repeat(50)]);
        assert!(account.has_tag("work") && account.has_tag("Über") && !account.has_tag("wor"));
        assert!(!account.add_tags((0..200).map(|n| n.to_string())));
        assert_eq!(account.tags.len(), MAX_TAGS);
        assert!(account.add_tags(["WORK"]), "what is there needs no room");
    }

    #[test]
    fn a_serial_gives_the_name_that_aws_puts_in_its_qr() {
        let link = |serial: &str| AwsLink {
            serial: serial.to_owned(),
            profile: None,
        };
        assert_eq!(
            link("arn:aws:iam::123456789012:mfa/alice")
                .user_at_account()
                .as_deref(),
            Some("alice@123456789012")
        );
        assert_eq!(
            link("arn:aws-cn:iam::123456789012:mfa/team/alice")
                .user_at_account()
                .as_deref(),
            Some("alice@123456789012")
        );
        assert_eq!(link("GAHT12345678").user_at_account(), None);
    }
}
