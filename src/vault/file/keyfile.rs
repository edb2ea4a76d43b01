//! The key file: 32 random bytes beside the vault, 0600, that open its `keyfile` slot.

use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::atomic::{io_error, replace};
use super::{platform, quoted, read_private};
use crate::vault::keys::SlotKey;
use crate::vault::store::{Durability, StoreError};

const COMMENT: &str = "# mfa key file: whoever has it opens the vault beside it.\n";

/// `vault.key` beside `vault.json`.
#[must_use]
pub fn path_of(vault: &Path) -> PathBuf {
    if vault
        .extension()
        .is_some_and(|extension| extension == "key")
    {
        vault.with_added_extension("key")
    } else {
        vault.with_extension("key")
    }
}

/// Reads a key file; `None` where there is none.
///
/// # Errors
/// [`StoreError`]: readable by others, of another owner, not a key file.
pub fn read(path: &Path) -> Result<Option<SlotKey>, StoreError> {
    let Some(bytes) = read_private(path, 4096)?.map(Zeroizing::new) else {
        return Ok(None);
    };
    let refuse = |problem: &str, fix: Option<String>| {
        Err(StoreError::Unsafe {
            path: path.to_path_buf(),
            problem: problem.to_owned(),
            fix,
        })
    };
    let metadata = fs::symlink_metadata(path).map_err(io_error("read", path))?;
    if platform::mode(&metadata) & 0o077 != 0 {
        let fix = format!("chmod 600 {}", quoted(path));
        return refuse("can be read by other users", Some(fix));
    }
    match parse(&bytes) {
        Some(key) => Ok(Some(key)),
        None => refuse("is not a key file", None),
    }
}

fn parse(bytes: &[u8]) -> Option<SlotKey> {
    let text = std::str::from_utf8(bytes).ok()?;
    let line = text.lines().find(|line| !line.starts_with('#'))?;
    let raw = Zeroizing::new(BASE64.decode(line.trim().as_bytes()).ok()?);
    let key = Zeroizing::new(<[u8; 32]>::try_from(raw.as_slice()).ok()?);
    Some(SlotKey::from_bytes(*key))
}

/// Writes a new key file, durable before the vault that needs it, and read back as that is.
///
/// # Errors
/// [`StoreError`].
pub fn write(path: &Path, key: &SlotKey) -> Result<Durability, StoreError> {
    let encoded = Zeroizing::new(BASE64.encode(key.expose_secret()));
    let text = Zeroizing::new(format!("{COMMENT}{}\n", *encoded));
    replace(path, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_reads_back_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = path_of(&folder.path().join("vault.json"));
        assert_eq!(path.file_name().unwrap(), "vault.key");
        assert!(read(&path).unwrap().is_none());
        write(&path, &SlotKey::from_bytes([7; 32])).unwrap();
        assert_eq!(read(&path).unwrap().unwrap().expose_secret(), &[7; 32]);
        let metadata = fs::metadata(&path).unwrap();
        assert_eq!(platform::mode(&metadata) & 0o777, 0o600);
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
