//! Keys in the keeping of the operating system: a data key for a while, so that a passphrase is
//! typed once a day, and the key of a slot for good.

pub mod session;
#[cfg(feature = "keyring")]
pub mod store;

use std::path::Path;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// What the vault at `path` is called in the state folder and in keyrings: 32 hexadecimal digits.
#[must_use]
pub fn name_of(path: &Path) -> String {
    let hash = Sha256::digest(path.as_os_str().as_encoded_bytes());
    HEXLOWER.encode(&hash[..16])
}
