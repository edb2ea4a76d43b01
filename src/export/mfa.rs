//! A vault of our own, opened by a passphrase or by people's own keys: `mfa --vault FILE`.

use super::{Export, Options, RandomBytes, Target, WriteError, file};
use crate::otp::Account;
use crate::vault::format::{DataKey, MAX_FILE_BYTES, document, seal};
use crate::vault::{Argon2id, Header, Passphrase, SlotKind, Vault};

pub(super) const TARGET: Target = Target {
    name: "mfa",
    title: "a vault of mfa with a passphrase, or for age keys: mfa --vault FILE",
    is_encrypted: true,
    write,
};

fn write(accounts: &[Account], options: &Options<'_>) -> Result<Export<'static>, WriteError> {
    let mut random = RandomBytes::of(options);
    let key = DataKey::from_bytes(random.array()?);
    let mut header = Header {
        vault_id: random.array()?,
        epoch: 1,
        rev: 1,
        device: random.array()?,
        key_commit: key.commitment(),
        slots: Vec::new(),
    };
    header.slots = if let Some(slots) = options.recipient_slots {
        slots(&header, &key).map_err(WriteError::Recipient)?
    } else {
        let kdf = Argon2id::recommended(random.array()?);
        let key_of_password = kdf.derive(options.password).ok_or(WriteError::NoMemory)?;
        let kind = SlotKind::Passphrase(Passphrase { kdf });
        vec![seal::wrap(
            &header,
            kind,
            &key_of_password,
            &key,
            &mut random,
        )?]
    };
    let vault = Vault {
        accounts: accounts.to_vec(),
        ..Vault::default()
    };
    let plain = document::write(&vault).map_err(|_| WriteError::NoMemory)?;
    let envelope = seal::seal(header, &key, &plain, &mut random)?;
    let json = envelope.to_json();
    if json.len() > MAX_FILE_BYTES {
        return Err(WriteError::TooLarge);
    }
    Ok(file(json.into(), accounts.len(), Vec::new()))
}
