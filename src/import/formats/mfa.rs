//! Our own vaults (`vault::envelope` says what is in one), opened by a passphrase or a recovery code.

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::crypto::{Plaintext, damaged};
use crate::import::support::row::{Found, Row, Skipped};
use crate::import::{ImportError, Input};
use crate::otp::{Account, Draft};
use crate::vault::envelope::{Envelope, FormatError, Header, SlotKind};
use crate::vault::keys::{DataKey, RecoveryCode};
use crate::vault::{Unusable, document, seal};

pub(crate) const FORMAT: Format = Format {
    name: "mfa",
    title: "a vault of mfa (with a passphrase)",
    probe: |look| certain(look.json_has(&["format", "header", "payload"])),
    read,
};

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let envelope = Envelope::parse(input.bytes).map_err(|error| match error {
        FormatError::Newer(_) => ImportError::Newer(error.to_string()),
        other => damaged(&other.to_string()),
    })?;
    let takes_words = |kind: &SlotKind| {
        matches!(kind, SlotKind::Passphrase(_)) || matches!(kind, SlotKind::Recovery)
    };
    if !(envelope.header.slots.iter()).any(|slot| takes_words(&slot.kind)) {
        let message = "this vault has no passphrase and no recovery code: where it opens, \
                       'mfa --vault FILE export - --format otpauth | mfa import -' brings its accounts";
        return Err(ImportError::Unsupported(message.to_owned()));
    }
    let passphrases = envelope
        .header
        .slots
        .iter()
        .filter_map(|slot| match &slot.kind {
            SlotKind::Passphrase(kdf) => Some(kdf.m_kib),
            _ => None,
        });
    if passphrases.clone().count() > MAX_PASSPHRASES {
        let message = format!("more than {MAX_PASSPHRASES} passphrases to be tried");
        return Err(ImportError::TooCostly(message));
    }
    let words = input.password()?;
    let most = passphrases.max().unwrap_or_default();
    if most >= NOTABLE_MEMORY_KIB {
        let mib = most >> 10;
        (input.progress)(&format!(
            "the file asks for {mib} MiB of memory: this takes a while"
        ));
    }
    let key = unlock(&envelope.header, words).ok_or(ImportError::WrongPassword)?;
    let plain: Plaintext =
        seal::open(envelope, &key).map_err(|error| damaged(&error.to_string()))?;
    let vault = document::parse(&plain).map_err(|error| damaged(&error.to_string()))?;
    let rows = vault.accounts.into_iter().map(|account| Ok(found(account)));
    let rows = rows.chain(vault.unusable.into_iter().map(skipped));
    Ok(Contents::from_rows(rows.collect()))
}

/// Vaults of ours have at most one passphrase; a file may say that it has many, each at a cost.
const MAX_PASSPHRASES: usize = 4;
/// Above this a person is told that it takes a while: 128 MiB.
const NOTABLE_MEMORY_KIB: u32 = 128 << 10;

/// The cost of a slot is within the vault's own bounds, or it does not open.
fn unlock(header: &Header, words: &str) -> Option<DataKey> {
    header.slots.iter().find_map(|slot| {
        let with = match &slot.kind {
            SlotKind::Passphrase(kdf) => kdf.derive(words)?,
            SlotKind::Recovery => RecoveryCode::parse(words)?.derive(&header.vault_id),
            _ => return None,
        };
        let key = seal::unwrap(header, slot, &with)?;
        key.matches(&header.key_commit).then_some(key)
    })
}

fn found(account: Account) -> Found {
    Found {
        draft: Draft {
            issuer: account.issuer,
            name: account.name,
            credential: account.credential,
        },
        tags: account.tags,
        aws: account.aws,
        notes: Vec::new(),
        remarks: Vec::new(),
    }
}

fn skipped(entry: Unusable) -> Row {
    Err(Skipped {
        place: format!("entry {}", entry.position),
        name: String::new(),
        reason: entry.reason,
    })
}
