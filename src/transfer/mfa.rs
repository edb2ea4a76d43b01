//! Our own vaults (`vault::format` says what is in one), opened by a passphrase or a recovery code.

use super::crypt::{Plain, damaged};
use super::{Found, Import, ImportError, Input, Row, Skipped};
use crate::otp::{Account, Draft};
use crate::vault::format::{FormatError, document, seal};
use crate::vault::unlock::open_by_text;
use crate::vault::{Envelope, SlotKind, Unusable};

pub(super) fn read(input: &Input<'_>) -> Result<Import, ImportError> {
    let envelope = Envelope::parse(input.bytes).map_err(|error| match error {
        FormatError::Newer(_) => ImportError::Newer(error.to_string()),
        other => damaged(&other.to_string()),
    })?;
    let takes_words =
        |kind: &SlotKind| matches!(kind, SlotKind::Passphrase(_) | SlotKind::Recovery(_));
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
            SlotKind::Passphrase(own) => Some(own.kdf.m_kib),
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
        (input.tell)(&format!(
            "the file asks for {mib} MiB of memory: this takes a while"
        ));
    }
    let unlocked = open_by_text(&envelope.header, words).ok_or(ImportError::WrongPassword)?;
    let plain: Plain =
        seal::open(envelope, &unlocked.key).map_err(|error| damaged(&error.to_string()))?;
    let vault = document::parse(&plain).map_err(|error| damaged(&error.to_string()))?;
    let rows = vault.accounts.into_iter().map(|account| Ok(found(account)));
    let rows = rows.chain(vault.unusable.into_iter().map(skipped));
    Ok(Import::of(rows.collect()))
}

/// Vaults of ours have at most one passphrase; a file may say that it has many, each at a cost.
const MAX_PASSPHRASES: usize = 4;
/// Above this a person is told that it takes a while: 128 MiB.
const NOTABLE_MEMORY_KIB: u32 = 128 << 10;

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
