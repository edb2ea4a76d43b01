//! Our own vaults (see `vault::format`), opened with a passphrase or a recovery code.

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::crypto::{NOTABLE_MEMORY_KIB, Plaintext, damaged};
use crate::import::{Found, ImportError, Input, Row, Skipped};
use crate::otp::{Account, Draft};
use crate::vault::format::{FormatError, document, seal};
use crate::vault::unlock::open_by_text;
use crate::vault::{Envelope, SlotKind, Unusable};

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
    let can_be_typed =
        |kind: &SlotKind| matches!(kind, SlotKind::Passphrase(_) | SlotKind::Recovery(_));
    if !(envelope.header.slots.iter()).any(|slot| can_be_typed(&slot.kind)) {
        let message = "this vault has neither a passphrase nor a recovery code: where it opens, run \
                       'mfa --vault FILE export - --format otpauth | mfa import -'";
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
        let message = format!("more than {MAX_PASSPHRASES} passphrases");
        return Err(ImportError::TooCostly(message));
    }
    let passphrase = input.password()?;
    let most = passphrases.max().unwrap_or_default();
    if most >= NOTABLE_MEMORY_KIB {
        let mib = most >> 10;
        (input.progress)(&format!(
            "opening the file takes {mib} MiB of memory and some time"
        ));
    }
    let unlocked = open_by_text(&envelope.header, passphrase).ok_or(ImportError::WrongPassword)?;
    let plain: Plaintext =
        seal::open(envelope, &unlocked.key).map_err(|error| damaged(&error.to_string()))?;
    let vault = document::parse(&plain).map_err(|error| damaged(&error.to_string()))?;
    let rows = vault.accounts.into_iter().map(|account| Ok(found(account)));
    let rows = rows.chain(vault.unusable.into_iter().map(skipped));
    let mut contents = Contents::from_rows(rows.collect());
    let keys = vault.aws_keys.entries.len();
    if keys > 0 {
        let them = if keys == 1 {
            "access key"
        } else {
            "access keys"
        };
        let note = format!("left out {keys} AWS {them}: only accounts are imported");
        contents = contents.with_note(note);
    }
    Ok(contents)
}

/// Our vaults have at most one passphrase. Each more in a hostile file costs a derivation.
const MAX_PASSPHRASES: usize = 4;

fn found(account: Account) -> Found {
    Found {
        set_aside: None,
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
