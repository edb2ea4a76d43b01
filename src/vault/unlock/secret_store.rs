//! The operating system's secret store: the Secret Service on Linux (GNOME Keyring, KWallet,
//! KeePassXC), the keychain on macOS, the credential manager on Windows.
//!
//! Items have the service `mfa`. They contain base64, because KWallet stores only text.

use std::sync::mpsc;
use std::time::Duration;

use data_encoding::BASE64;
use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error};
use thiserror::Error;
use zeroize::Zeroizing;

/// Time limit for a store's answer. A locked store prompts the person first, in a window that may be on
/// another screen.
const PATIENCE: Duration = Duration::from_secs(2);
const SERVICE: &str = "mfa";

#[cfg(target_os = "linux")]
use zbus_secret_service_keyring_store::Store;
#[cfg(target_os = "linux")]
/// This system's kind of store, as vaults name it.
pub(crate) const KIND: &str = "secret-service";

#[cfg(target_os = "macos")]
use apple_native_keyring_store::keychain::Store;
#[cfg(target_os = "macos")]
/// This system's kind of store, as vaults name it.
pub(crate) const KIND: &str = "keychain";

#[cfg(windows)]
use windows_native_keyring_store::Store;
#[cfg(windows)]
/// This system's kind of store, as vaults name it.
pub(crate) const KIND: &str = "credential-manager";

#[cfg(target_os = "linux")]
const NOBODY: &str = ": no Secret Service answers on D-Bus";
#[cfg(not(target_os = "linux"))]
const NOBODY: &str = "";

/// Why the store did not read or write an item.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum SecretStoreError {
    /// There is no store, or this process may not use it.
    #[error("the system's keyring is not available{NOBODY}")]
    Absent,
    /// The store has no such item.
    #[error("the system's keyring has no key for this vault")]
    NoEntry,
    /// The store did not answer in time.
    #[error("the system's keyring is locked, or did not answer within {} s", PATIENCE.as_secs())]
    Slow,
    #[error("the system's keyring failed ({0})")]
    Failed(String),
}

/// Reads an item, within [`PATIENCE`].
pub(crate) fn get(account: &str) -> Result<Zeroizing<Vec<u8>>, SecretStoreError> {
    with(account, |entry| {
        let text = Zeroizing::new(entry.get_secret()?);
        Ok(BASE64.decode(&text).ok().map(Zeroizing::new))
    })?
    .ok_or_else(|| SecretStoreError::Failed("it returned something else".to_owned()))
}

/// Creates or replaces an item, within [`PATIENCE`].
pub(crate) fn put(account: &str, bytes: &[u8]) -> Result<(), SecretStoreError> {
    let text = Zeroizing::new(BASE64.encode(bytes));
    with(account, move |entry| entry.set_secret(text.as_bytes()))
}

/// Removes an item, within [`PATIENCE`].
pub(crate) fn remove(account: &str) -> Result<(), SecretStoreError> {
    with(account, Entry::delete_credential)
}

/// Asks the store on a thread of its own, which is abandoned if the store does not answer.
fn with<T: Send + 'static>(
    account: &str,
    ask: impl FnOnce(&Entry) -> Result<T, Error> + Send + 'static,
) -> Result<T, SecretStoreError> {
    let account = account.to_owned();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let answer = Store::new()
            .map_err(|_| SecretStoreError::Absent)
            .and_then(|store| {
                let entry = store.build(SERVICE, &account, None).map_err(explain)?;
                ask(&entry).map_err(explain)
            });
        let _ = sender.send(answer);
    });
    receiver
        .recv_timeout(PATIENCE)
        .unwrap_or(Err(SecretStoreError::Slow))
}

fn explain(error: Error) -> SecretStoreError {
    match error {
        Error::NoEntry => SecretStoreError::NoEntry,
        Error::NoStorageAccess(_) => SecretStoreError::Slow,
        error => SecretStoreError::Failed(reason(&error)),
    }
}

/// The store's message in one line. Errors that carry data are not quoted.
fn reason(error: &Error) -> String {
    match error {
        Error::PlatformFailure(source) | Error::NoStorageAccess(source) => {
            let text = source.to_string();
            text.lines().next().unwrap_or_default().to_owned()
        }
        Error::NotSupportedByStore(what) => what.clone(),
        _ => "unexpected answer".to_owned(),
    }
}
