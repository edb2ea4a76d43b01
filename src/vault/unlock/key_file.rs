//! The key file: 32 random bytes beside the vault, mode 0600, that open its `keyfile` slot.

use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use serde::ser::SerializeMap;
use zeroize::Zeroizing;

use super::{
    Closed, Create, Header, Making, Method, NewSlot, Retained, Slot, SlotKind, UnlockError,
    Unlocked, random_slot_key, retain_by_machine,
};
use crate::vault::format::fields::Fields;
use crate::vault::format::transcript::Transcript;
use crate::vault::format::{FormatError, SlotKey};
use crate::vault::host::{Host, Notice};
use crate::vault::storage::{
    self, Durability, StoreError, read_key_file, read_private, replace_private,
};

const COMMENT: &str = "# mfa key file: whoever has it opens the vault beside it.\n";
const MAX_BYTES: usize = 4096;

/// A slot for the key file. It has no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyFile;

impl Method for KeyFile {
    const NAME: &'static str = "keyfile";
    const IS_BOUND_TO_DEVICE: bool = true;

    fn describe(&self, vault: &Path) -> String {
        format!("key file {}", path_of(vault).display())
    }

    fn read(_: &mut Fields<'_>) -> Result<Self, FormatError> {
        Ok(Self)
    }

    fn write<M: SerializeMap>(&self, _: &mut M) -> Result<(), M::Error> {
        Ok(())
    }

    fn bind(&self, transcript: Transcript) -> Transcript {
        transcript
    }

    fn open(
        vault: &Path,
        _: &dyn Host,
        header: &Header,
        slots: &[(&Slot, &Self)],
    ) -> Result<Option<Unlocked>, Closed> {
        let path = path_of(vault);
        let Some(slot_key) = load(&path)? else {
            return Err(Closed::NoKeyFile(path));
        };
        let mut slots = slots.iter();
        let unlocked =
            slots.find_map(|(slot, _)| Unlocked::by_slot_key(header, slot, slot_key.clone()));
        match unlocked {
            Some(unlocked) => Ok(Some(unlocked)),
            None => Err(Closed::KeyFileMismatch {
                key_file: path,
                vault: vault.to_path_buf(),
            }),
        }
    }

    fn retain(
        &self,
        making: &mut Making<'_>,
        slot: &Slot,
        _: Option<&SlotKey>,
    ) -> Result<Retained, UnlockError> {
        Ok(retain_by_machine(self, making, slot))
    }
}

/// Makes the key file's slot, and the file if there is none. An existing file may belong to a vault that
/// somebody moved away, so it is used and never overwritten.
pub(crate) struct NewKeyFile;

impl Create for NewKeyFile {
    fn create(&self, making: &mut Making<'_>) -> Result<NewSlot, UnlockError> {
        let path = path_of(making.vault);
        let slot_key = if let Some(slot_key) = load(&path)? {
            slot_key
        } else {
            let slot_key = random_slot_key(making.host)?;
            if let Durability::Unknown(why) = save(&path, &slot_key)? {
                let notice = Notice::KeyFileDurabilityUnknown { path, why };
                making.notices.push(notice);
            }
            slot_key
        };
        Ok(NewSlot::sealed(SlotKind::KeyFile(KeyFile), slot_key))
    }
}

/// For `vault.json`, it is `vault.key` in the same folder.
pub(crate) fn path_of(vault: &Path) -> PathBuf {
    if vault
        .extension()
        .is_some_and(|extension| extension == "key")
    {
        vault.with_added_extension("key")
    } else {
        vault.with_extension("key")
    }
}

/// Removes the key file of a vault that no longer has a slot for it.
pub(crate) fn remove(vault: &Path) -> Result<(), StoreError> {
    storage::remove(&path_of(vault))
}

/// Whether a file is a key file, of any vault.
pub(crate) fn is_one(path: &Path) -> bool {
    let bytes = read_private(path, MAX_BYTES).ok().flatten();
    bytes.is_some_and(|bytes| parse(&Zeroizing::new(bytes)).is_some())
}

/// Reads a key file; `None` if there is none. Refuses one that others can read.
fn load(path: &Path) -> Result<Option<SlotKey>, StoreError> {
    let Some(bytes) = read_key_file(path, MAX_BYTES)?.map(Zeroizing::new) else {
        return Ok(None);
    };
    parse(&bytes).map(Some).ok_or_else(|| StoreError::Unsafe {
        path: path.to_path_buf(),
        problem: "is not a key file".to_owned(),
        fix: None,
    })
}

fn parse(bytes: &[u8]) -> Option<SlotKey> {
    let text = std::str::from_utf8(bytes).ok()?;
    let line = text.lines().find(|line| !line.starts_with('#'))?;
    let raw = Zeroizing::new(BASE64.decode(line.trim().as_bytes()).ok()?);
    let key = Zeroizing::new(<[u8; 32]>::try_from(raw.as_slice()).ok()?);
    Some(SlotKey::from_bytes(*key))
}

/// Writes a new key file and reads it back; it is durable before the vault that needs it.
fn save(path: &Path, key: &SlotKey) -> Result<Durability, StoreError> {
    let encoded = Zeroizing::new(BASE64.encode(key.expose_secret()));
    let text = Zeroizing::new(format!("{COMMENT}{}\n", *encoded));
    replace_private(path, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = path_of(&folder.path().join("vault.json"));
        assert_eq!(path.file_name().unwrap(), "vault.key");
        assert!(load(&path).unwrap().is_none());
        save(&path, &SlotKey::from_bytes([7; 32])).unwrap();
        assert_eq!(load(&path).unwrap().unwrap().expose_secret(), &[7; 32]);
    }

    #[test]
    fn what_is_no_key_file_is_refused() {
        for bytes in [
            &b""[..],
            b"# only a comment\n",
            b"AAAA\n",
            b"\xff\xfe",
            b"not base64!\n",
        ] {
            assert!(parse(bytes).is_none());
        }
    }
}
