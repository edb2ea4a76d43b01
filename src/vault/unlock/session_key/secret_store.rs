//! macOS and Windows: an item in the secret store. Stores do not expire items, so the item contains its
//! expiry time. Windows drops it when the person logs out; the keychain keeps it until the next `mfa unlock`
//! or `mfa lock`. Run under Wine; untested on macOS.

use zeroize::Zeroizing;

use super::{CacheError, Place};

#[cfg(feature = "keyring")]
pub(crate) use with_store::{forget, get, place, put};
#[cfg(not(feature = "keyring"))]
pub(crate) use without::{forget, get, place, put};

#[cfg(feature = "keyring")]
mod with_store {
    use super::{CacheError, Place, Zeroizing};
    use crate::vault::unlock::secret_store as store;

    pub(crate) fn place() -> Result<Place, CacheError> {
        Ok(Place::Store)
    }

    pub(crate) fn get(description: &str) -> Option<Zeroizing<[u8; 40]>> {
        let bytes = store::get(description).ok()?;
        <[u8; 40]>::try_from(bytes.as_slice())
            .ok()
            .map(Zeroizing::new)
    }

    pub(crate) fn put(description: &str, bytes: &[u8; 40], _: u64) -> Result<Place, CacheError> {
        store::put(description, bytes, store::Lifetime::Session)
            .map(|()| Place::Store)
            .map_err(|error| CacheError(error.to_string()))
    }

    pub(crate) fn forget(description: &str) -> Result<bool, CacheError> {
        match store::remove(description) {
            Ok(()) => Ok(true),
            Err(store::SecretStoreError::NoEntry) => Ok(false),
            Err(error) => Err(CacheError(error.to_string())),
        }
    }
}

#[cfg(not(feature = "keyring"))]
mod without {
    use super::{CacheError, Place, Zeroizing};

    pub(crate) fn place() -> Result<Place, CacheError> {
        Err(CacheError(
            "this build has no access to the system's secret store".to_owned(),
        ))
    }

    pub(crate) fn get(_: &str) -> Option<Zeroizing<[u8; 40]>> {
        None
    }

    pub(crate) fn put(_: &str, _: &[u8; 40], _: u64) -> Result<Place, CacheError> {
        place()
    }

    pub(crate) fn forget(_: &str) -> Result<bool, CacheError> {
        Ok(false)
    }
}
