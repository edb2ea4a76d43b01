//! The JSON inside the seal: accounts as format 1 stores them. Pure.
//!
//! Each account is read on its own: one that this program cannot use does not hide the others. It is
//! kept byte for byte, and written back.

use std::borrow::Cow;
use std::io;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use thiserror::Error;
use zeroize::Zeroizing;

use super::aws_keys;
use super::bytes::Bytes;
use super::replica;
use crate::crypto::SecretBuffer;
use crate::otp::{
    Account, AccountId, Algorithm, AwsLink, Credential, Digits, Kind, ParamError, Period, Secret,
};
use crate::vault::{Ancestor, Tombstone, Unusable, Vault};

/// The payload is padded to a multiple of this many bytes, to hide how many accounts there are.
const PAGE: usize = 4096;

/// The payload is not the JSON of format 1. The message quotes none of it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("its accounts cannot be read (line {line}, column {column})")]
pub struct DocumentError {
    line: usize,
    column: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read<'a, T> {
    accounts: Vec<T>,
    #[serde(default)]
    tombstones: Vec<TombstoneJson>,
    #[serde(default)]
    undone_to: Option<u64>,
    #[serde(default)]
    ancestors: Vec<AncestorJson>,
    #[serde(borrow, default)]
    aws_keys: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    aws_keys_removed: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    replica: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct Written<'a> {
    accounts: Vec<Entry<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tombstones: Vec<TombstoneJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    undone_to: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ancestors: Vec<AncestorJson>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aws_keys: Vec<aws_keys::Entry<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aws_keys_removed: Vec<aws_keys::RemovedJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replica: Option<&'a RawValue>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Entry<'a> {
    Usable(Box<AccountJson<'a>>),
    Unusable(&'a RawValue),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TombstoneJson {
    id: String,
    deleted: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    counter: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AncestorJson {
    epoch: u32,
    proof: Bytes<32>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountJson<'a> {
    id: Cow<'a, str>,
    #[serde(rename = "type")]
    kind: &'a str,
    secret: &'a str,
    algorithm: &'a str,
    digits: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    period: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    counter: Option<u64>,
    #[serde(borrow)]
    issuer: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    aws: Option<AwsJson<'a>>,
    created: u64,
    updated: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AwsJson<'a> {
    #[serde(borrow)]
    serial: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    profile: Option<Cow<'a, str>>,
}

/// An account that was read; reading it fails if this program cannot use it.
struct Usable(Account);

impl<'de> Deserialize<'de> for Usable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = AccountJson::deserialize(deserializer)?;
        account(json).map(Self).map_err(D::Error::custom)
    }
}

/// Reads the plaintext of a vault.
///
/// # Errors
/// [`DocumentError`] if the frame around the accounts is broken. An unusable account is no error:
/// it goes into [`Vault::unusable`].
pub fn parse(plaintext: &[u8]) -> Result<Vault, DocumentError> {
    // Reading accounts one by one takes a second pass, so it is done only if needed.
    parse_at_once(plaintext).map_or_else(|| parse_one_by_one(plaintext), Ok)
}

/// Reads a vault in which every account is usable; otherwise `None`.
fn parse_at_once(plaintext: &[u8]) -> Option<Vault> {
    // UTF-8 is checked once, and not for each string: that saves a twentieth of `mfa code`.
    let plaintext = std::str::from_utf8(plaintext).ok()?;
    let read: Read<'_, Usable> = serde_json::from_str(plaintext).ok()?;
    Some(Vault {
        accounts: read
            .accounts
            .into_iter()
            .map(|Usable(account)| account)
            .collect(),
        unusable: Vec::new(),
        tombstones: read.tombstones.iter().filter_map(tombstone).collect(),
        undone_to: read.undone_to,
        ancestors: read.ancestors.iter().map(ancestor).collect(),
        aws_keys: aws_keys::read(&read.aws_keys, &read.aws_keys_removed),
        replica: read.replica.map(replica::keep),
    })
}

fn parse_one_by_one(plaintext: &[u8]) -> Result<Vault, DocumentError> {
    let read: Read<'_, &RawValue> =
        serde_json::from_slice(plaintext).map_err(|error| DocumentError {
            line: error.line(),
            column: error.column(),
        })?;
    let mut vault = Vault {
        tombstones: read.tombstones.iter().filter_map(tombstone).collect(),
        undone_to: read.undone_to,
        ancestors: read.ancestors.iter().map(ancestor).collect(),
        aws_keys: aws_keys::read(&read.aws_keys, &read.aws_keys_removed),
        replica: read.replica.map(replica::keep),
        ..Vault::default()
    };
    for (index, raw) in read.accounts.into_iter().enumerate() {
        // serde's own message may quote a value, which may be the key.
        let json = serde_json::from_str(raw.get())
            .map_err(|_| "a field is missing, unknown or of the wrong type".to_owned());
        match json.and_then(account) {
            Ok(account) => vault.accounts.push(account),
            Err(reason) => vault.unusable.push(Unusable {
                position: index + 1,
                reason,
                raw: Zeroizing::new(raw.get().to_owned()),
            }),
        }
    }
    Ok(vault)
}

fn tombstone(json: &TombstoneJson) -> Option<Tombstone> {
    Some(Tombstone {
        id: AccountId::parse(&json.id)?,
        deleted: json.deleted,
        counter: json.counter,
    })
}

fn ancestor(json: &AncestorJson) -> Ancestor {
    Ancestor {
        epoch: json.epoch,
        proof: Zeroizing::new(json.proof.0),
    }
}

pub(super) fn account(json: AccountJson<'_>) -> Result<Account, String> {
    let secret = Secret::from_base32(json.secret).map_err(|error| error.to_string())?;
    let parameters = parse_parameters(&json).map_err(|error| error.to_string())?;
    let (algorithm, digits, kind) = parameters;
    Ok(Account {
        id: AccountId::parse(&json.id).ok_or("its id is not a UUID")?,
        issuer: json.issuer.into_owned(),
        name: json.name.into_owned(),
        credential: Credential {
            secret,
            algorithm,
            digits,
            kind,
        },
        tags: json.tags.into_iter().map(Cow::into_owned).collect(),
        aws: json.aws.map(|aws| AwsLink {
            serial: aws.serial.into_owned(),
            profile: aws.profile.map(Cow::into_owned),
        }),
        created: json.created,
        updated: json.updated,
    })
}

fn parse_parameters(json: &AccountJson<'_>) -> Result<(Algorithm, Digits, Kind), ParamError> {
    let kind = match (json.kind, json.period, json.counter) {
        ("totp", Some(period), None) => Kind::Totp {
            period: Period::new(period)?,
        },
        ("hotp", None, Some(counter)) => Kind::Hotp { counter },
        ("steam", Some(30), None) => Kind::Steam,
        ("totp" | "steam", period, _) => {
            return Err(ParamError::Period(period.unwrap_or_default().to_string()));
        }
        ("hotp", ..) => return Err(ParamError::Counter(String::new())),
        (other, ..) => return Err(ParamError::Kind(other.chars().take(24).collect())),
    };
    Ok((json.algorithm.parse()?, Digits::new(json.digits)?, kind))
}

/// Writes the plaintext of a vault, padded with spaces to a multiple of 4 KiB.
///
/// # Errors
/// Only those of writing to memory, which do not happen.
pub fn write(vault: &Vault) -> io::Result<Zeroizing<Vec<u8>>> {
    let keys: Vec<_> = vault
        .accounts
        .iter()
        .map(|a| a.credential.secret.to_base32())
        .collect();
    let usable = vault
        .accounts
        .iter()
        .zip(&keys)
        .map(|(account, key)| Entry::Usable(Box::new(account_json(account, key))));
    let mut accounts: Vec<_> = usable.collect();
    for entry in &vault.unusable {
        accounts.push(Entry::Unusable(serde_json::from_str(&entry.raw)?));
    }
    let tombstone = |t: &Tombstone| TombstoneJson {
        id: t.id.to_string(),
        deleted: t.deleted,
        counter: t.counter,
    };
    let ancestor = |ancestor: &Ancestor| AncestorJson {
        epoch: ancestor.epoch,
        proof: Bytes(*ancestor.proof),
    };
    let written = Written {
        accounts,
        tombstones: vault.tombstones.iter().map(tombstone).collect(),
        undone_to: vault.undone_to,
        ancestors: vault.ancestors.iter().map(ancestor).collect(),
        aws_keys: aws_keys::entries(&vault.aws_keys)?,
        aws_keys_removed: aws_keys::removed(&vault.aws_keys),
        replica: vault.replica.as_ref().map(replica::raw).transpose()?,
    };
    let mut out = SecretBuffer::with_capacity(PAGE);
    serde_json::to_writer(&mut out, &written)?;
    let padded = out.len().next_multiple_of(PAGE);
    out.reserve_total(padded);
    let mut plaintext = out.into_bytes();
    plaintext.resize(padded, b' ');
    Ok(plaintext)
}

impl AccountJson<'_> {
    /// The same account with another credential, whose key is already there.
    pub(super) fn with_credential(self, credential: &Credential) -> Self {
        Self {
            kind: credential.kind.as_str(),
            algorithm: credential.algorithm.as_str(),
            digits: u64::from(credential.digits.get()),
            period: credential.kind.period().map(Period::get),
            counter: credential.kind.counter(),
            ..self
        }
    }

    /// The same account with a counter, if it has one.
    pub(super) fn with_counter(mut self, counter: Option<u64>) -> Self {
        self.counter = self.counter.max(counter.filter(|_| self.counter.is_some()));
        self
    }
}

pub(super) fn account_json<'a>(account: &'a Account, key: &'a str) -> AccountJson<'a> {
    let credential = &account.credential;
    AccountJson {
        id: account.id.to_string().into(),
        kind: credential.kind.as_str(),
        secret: key,
        algorithm: credential.algorithm.as_str(),
        digits: u64::from(credential.digits.get()),
        period: credential.kind.period().map(Period::get),
        counter: credential.kind.counter(),
        issuer: account.issuer.as_str().into(),
        name: account.name.as_str().into(),
        tags: account.tags.iter().map(|tag| tag.as_str().into()).collect(),
        aws: account.aws.as_ref().map(|aws| AwsJson {
            serial: aws.serial.as_str().into(),
            profile: aws.profile.as_deref().map(Cow::from),
        }),
        created: account.created,
        updated: account.updated,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::vault::AwsKeys;

    fn account(n: u8, issuer: &str, name: &str, kind: Kind) -> Account {
        Account {
            id: AccountId::new(u64::from(n), &[n; 10]),
            issuer: issuer.to_owned(),
            name: name.to_owned(),
            credential: Credential {
                secret: Secret::from_bytes(vec![n; 20]).unwrap(),
                algorithm: Algorithm::Sha256,
                digits: Digits::new(8).unwrap(),
                kind,
            },
            tags: vec!["work".to_owned()],
            aws: Some(AwsLink {
                serial: "arn:aws:iam::1:mfa/x".to_owned(),
                profile: None,
            }),
            created: 1,
            updated: 2,
        }
    }

    #[test]
    fn a_vault_reads_back_as_it_was() {
        let vault = Vault {
            accounts: vec![
                account(
                    1,
                    "A",
                    "x",
                    Kind::Totp {
                        period: Period::THIRTY,
                    },
                ),
                account(2, "", "y\n\"\u{1b}", Kind::Hotp { counter: u64::MAX }),
                account(3, "Steam", "", Kind::Steam),
            ],
            unusable: Vec::new(),
            tombstones: vec![Tombstone {
                id: AccountId::new(9, &[9; 10]),
                deleted: 5,
                counter: Some(7),
            }],
            undone_to: Some(4),
            ancestors: vec![Ancestor {
                epoch: 1,
                proof: Zeroizing::new([6; 32]),
            }],
            aws_keys: AwsKeys::default(),
            replica: None,
        };
        let plaintext = write(&vault).unwrap();
        assert_eq!(plaintext.len(), PAGE);
        assert_eq!(parse(&plaintext), Ok(vault));
    }

    #[test]
    fn an_account_that_cannot_be_used_hides_no_other_and_is_written_back() {
        let good = account(
            1,
            "A",
            "x",
            Kind::Totp {
                period: Period::THIRTY,
            },
        );
        let whole = Vault {
            accounts: vec![good.clone(); 2],
            ..Vault::default()
        };
        let text = String::from_utf8(write(&whole).unwrap().to_vec()).unwrap();
        for (from, to) in [
            ("\"period\":30", "\"period\":0"),
            ("\"digits\":8", "\"digits\":80"),
            ("\"digits\":8", "\"digits\":\"AEAQ\""),
            ("\"type\":\"totp\"", "\"type\":\"motp\""),
            ("\"created\":1", "\"created\":1,\"colour\":7"),
        ] {
            let vault = parse(text.replacen(from, to, 1).as_bytes()).unwrap();
            assert_eq!(vault.accounts, std::slice::from_ref(&good), "{to}");
            assert_eq!(vault.unusable.len(), 1, "{to}");
            assert_eq!(vault.unusable[0].position, 1);
            assert!(
                !vault.unusable[0].reason.contains("AEAQ"),
                "{}",
                vault.unusable[0].reason
            );
            let again = write(&vault).unwrap();
            assert!(std::str::from_utf8(&again).unwrap().contains(to), "{to}");
        }
    }

    #[test]
    fn a_broken_frame_is_an_error_that_quotes_nothing() {
        for text in [
            "",
            "[]",
            "{\"accounts\":[{]}",
            "{\"accounts\":\"JBSWY3DP\"}",
            "{\"accounts\":[],\"x\":1}",
        ] {
            let error = parse(text.as_bytes()).unwrap_err().to_string();
            assert!(!error.contains("JBSWY3DP"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn every_label_and_key_survives(
            labels in proptest::collection::vec(("\\PC{0,40}", ".{0,40}", any::<u8>()), 0..40),
        ) {
            let totp = Kind::Totp { period: Period::THIRTY };
            let accounts = labels.iter().map(|(issuer, name, n)| account(*n, issuer, name, totp));
            let vault = Vault { accounts: accounts.collect(), ..Vault::default() };
            let plaintext = write(&vault).unwrap();
            prop_assert_eq!(plaintext.len() % PAGE, 0);
            prop_assert_eq!(parse(&plaintext), Ok(vault));
        }
    }
}
