//! Files in the state folder that only the vault's owner can read: sealed with a key derived from the
//! vault's data key.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::HEXLOWER;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::{Error, Host};
use crate::vault::format::{DataKey, VaultId};
use crate::vault::storage::StateDir;

/// Seals values as JSON with XChaCha20-Poly1305: 24 bytes of nonce, then the ciphertext. The file's
/// name is authenticated, so no file can replace another.
pub(crate) struct StateSeal {
    vault_id: VaultId,
    key: Zeroizing<[u8; 32]>,
}

impl StateSeal {
    pub(crate) fn new(vault_id: VaultId, data_key: &DataKey) -> Self {
        Self {
            vault_id,
            key: data_key.derived(&vault_id, b"aws sessions"),
        }
    }

    /// The vault's id in hexadecimal.
    pub(super) fn vault_id(&self) -> String {
        HEXLOWER.encode(&self.vault_id)
    }

    /// Reads a value; `None` if there is no such file, or another key sealed it.
    pub(super) fn read<T: DeserializeOwned>(&self, state: &StateDir, file: &str) -> Option<T> {
        let bytes = state.read(file).ok().flatten()?;
        let (nonce, sealed) = bytes.split_first_chunk::<24>()?;
        let payload = Payload {
            msg: sealed,
            aad: file.as_bytes(),
        };
        let plain = self.cipher().decrypt(&XNonce::from(*nonce), payload);
        let plain = Zeroizing::new(plain.ok()?);
        serde_json::from_slice(&plain).ok()
    }

    pub(super) fn write<H: Host>(
        &self,
        host: &mut H,
        file: &str,
        value: &impl Serialize,
    ) -> Result<(), H::Error> {
        let nonce: [u8; 24] = host.random_bytes()?;
        let plain = serde_json::to_vec(value).map_err(|_| Error::Seal(file.to_owned()))?;
        let plain = Zeroizing::new(plain);
        let payload = Payload {
            msg: &plain,
            aad: file.as_bytes(),
        };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| Error::Seal(file.to_owned()))?;
        Ok(host.state().write(file, &[&nonce[..], &sealed].concat())?)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&chacha20poly1305::Key::from(*self.key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::test_host::TestHost;

    #[test]
    fn a_file_opens_under_its_own_name_and_key_only() {
        let mut host = TestHost::new();
        let seal = host.open_vault().unwrap().seal;
        let secret = "a session".to_owned();
        seal.write(&mut host, "aws/one", &secret).unwrap();
        let bytes = host.state.read("aws/one").unwrap().unwrap();
        assert!(!bytes.windows(4).any(|four| four == b"sess"));
        let read = |seal: &StateSeal, file: &str| seal.read::<String>(&host.state, file);
        assert_eq!(read(&seal, "aws/one"), Some(secret));
        host.state.write("aws/two", &bytes).unwrap();
        assert_eq!(read(&seal, "aws/two"), None);
        let other = StateSeal::new([1; 16], &DataKey::from_bytes([8; 32]));
        assert_eq!(read(&other, "aws/one"), None);
        let other = StateSeal::new([2; 16], &host.data_key);
        assert_eq!(read(&other, "aws/one"), None);
        host.state.write("aws/short", &bytes[..20]).unwrap();
        assert_eq!(read(&seal, "aws/short"), None);
    }
}
