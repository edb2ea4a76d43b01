//! A vault of our own that a passphrase or people's own keys open, anywhere: `mfa --vault FILE`.

use super::{Export, Sealing, WriteError, file};
use crate::otp::Account;
use crate::vault::format::{DataKey, Random, RandomError, document, random_array, seal};
use crate::vault::{Argon2id, Header, Passphrase, SlotKind, Vault};

/// The random bytes of an export, each of them used once.
struct Noise<'a>(&'a [u8]);

impl Random for Noise<'_> {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        let (taken, rest) = (self.0.split_at_checked(bytes.len()))
            .ok_or_else(|| RandomError("an export has too few".to_owned()))?;
        bytes.copy_from_slice(taken);
        self.0 = rest;
        Ok(())
    }
}

pub(super) fn vault(accounts: &[Account], sealing: &Sealing<'_>) -> Result<Export, WriteError> {
    let mut noise = Noise(sealing.noise);
    let key = DataKey::from_bytes(random_array(&mut noise)?);
    let mut header = Header {
        vault_id: random_array(&mut noise)?,
        epoch: 1,
        rev: 1,
        device: random_array(&mut noise)?,
        key_commit: key.commitment(),
        slots: Vec::new(),
    };
    header.slots = if let Some(share) = sealing.share {
        share(&header, &key).map_err(WriteError::Share)?
    } else {
        let kdf = Argon2id::recommended(random_array(&mut noise)?);
        let with = kdf.derive(sealing.password).ok_or(WriteError::NoMemory)?;
        let kind = SlotKind::Passphrase(Passphrase { kdf });
        vec![seal::wrap(&header, kind, &with, &key, &mut noise)?]
    };
    let vault = Vault {
        accounts: accounts.to_vec(),
        ..Vault::default()
    };
    let plain = document::write(&vault).map_err(|_| WriteError::NoMemory)?;
    let envelope = seal::seal(header, &key, &plain, &mut noise)?;
    Ok(file(envelope.to_json().into(), accounts.len(), Vec::new()))
}
