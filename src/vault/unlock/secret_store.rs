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
/// another screen. The keychain of macOS asks again whenever another version of this program comes, so a
/// person gets the time to answer; without a screen, as over SSH, it refuses at once.
const PATIENCE: Duration = Duration::from_secs(if cfg!(target_os = "macos") { 60 } else { 2 });
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

/// How long an item stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lifetime {
    /// Until it is removed.
    Lasting,
    /// Until the person logs out, where the store can do that: on Windows.
    #[cfg_attr(
        all(target_os = "linux", not(test)),
        expect(dead_code, reason = "the kernel has that key")
    )]
    Session,
}

impl Lifetime {
    /// What the credential manager calls it. By default, it would copy items to the person's other machines,
    /// but the key of a session or of a machine is its own.
    #[cfg(any(windows, test))]
    const fn on_windows(self) -> &'static str {
        match self {
            Self::Lasting => "Local",
            Self::Session => "Session",
        }
    }
}

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
    /// Windows or macOS did not let this process use it.
    #[error("the system's keyring refuses: {0}")]
    #[cfg_attr(
        not(target_os = "macos"),
        expect(dead_code, reason = "others do not say why")
    )]
    Refused(&'static str),
    #[error("the system's keyring failed ({0})")]
    Failed(String),
}

/// Reads an item, within [`PATIENCE`].
pub(crate) fn get(account: &str) -> Result<Zeroizing<Vec<u8>>, SecretStoreError> {
    with(account, Lifetime::Lasting, |entry| {
        let text = Zeroizing::new(entry.get_secret()?);
        Ok(BASE64.decode(&text).ok().map(Zeroizing::new))
    })?
    .ok_or_else(|| SecretStoreError::Failed("it returned something else".to_owned()))
}

/// Creates or replaces an item, within [`PATIENCE`].
pub(crate) fn put(account: &str, bytes: &[u8], lifetime: Lifetime) -> Result<(), SecretStoreError> {
    let text = Zeroizing::new(BASE64.encode(bytes));
    with(account, lifetime, move |entry| {
        entry.set_secret(text.as_bytes())
    })
}

/// Removes an item, within [`PATIENCE`].
pub(crate) fn remove(account: &str) -> Result<(), SecretStoreError> {
    with(account, Lifetime::Lasting, Entry::delete_credential)
}

/// Asks the store on a thread of its own, which is abandoned if the store does not answer.
fn with<T: Send + 'static>(
    account: &str,
    lifetime: Lifetime,
    ask: impl FnOnce(&Entry) -> Result<T, Error> + Send + 'static,
) -> Result<T, SecretStoreError> {
    let account = account.to_owned();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let answer = Store::new()
            .map_err(|_| SecretStoreError::Absent)
            .and_then(|store| {
                let entry = build(&store, &account, lifetime).map_err(explain)?;
                ask(&entry).map_err(explain)
            });
        let _ = sender.send(answer);
    });
    receiver
        .recv_timeout(PATIENCE)
        .unwrap_or(Err(SecretStoreError::Slow))
}

#[cfg(not(windows))]
fn build(store: &Store, account: &str, _: Lifetime) -> Result<Entry, Error> {
    store.build(SERVICE, account, None)
}

#[cfg(windows)]
fn build(store: &Store, account: &str, lifetime: Lifetime) -> Result<Entry, Error> {
    let modifiers = [("persistence", lifetime.on_windows())].into();
    store.build(SERVICE, account, Some(&modifiers))
}

fn explain(error: Error) -> SecretStoreError {
    #[cfg(target_os = "macos")]
    if let Error::PlatformFailure(source) | Error::NoStorageAccess(source) = &error
        && let Some(own) = source.downcast_ref::<security_framework::base::Error>()
        && let Some(why) = keychain_reason(own.code())
    {
        return SecretStoreError::Refused(why);
    }
    match error {
        Error::NoEntry => SecretStoreError::NoEntry,
        Error::NoStorageAccess(_) => SecretStoreError::Slow,
        error => SecretStoreError::Failed(reason(&error)),
    }
}

/// Why the keychain of macOS refuses, by the code in `SecBase.h`.
#[cfg(any(target_os = "macos", test))]
const fn keychain_reason(code: i32) -> Option<&'static str> {
    Some(match code {
        -25308 => {
            "the keychain is locked, and this session has no screen to ask on, as over SSH; \
             'security unlock-keychain' unlocks it"
        }
        -128 | -25293 => "you denied access to the keychain, or its password was wrong",
        -25291 | -25294 | -25295 | -25307 => "this user has no keychain",
        _ => return None,
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_of_the_keychain_is_told_in_plain_words() {
        for code in [-25308, -128, -25293, -25291, -25294, -25307] {
            let why = keychain_reason(code).unwrap();
            assert!(why.contains("keychain"), "{code}: {why}");
        }
        // No such item, and what has its own text.
        for code in [0, -25300, -50] {
            assert_eq!(keychain_reason(code), None, "{code}");
        }
    }

    #[test]
    fn no_item_roams_to_other_machines() {
        let all = [Lifetime::Lasting, Lifetime::Session];
        assert_eq!(all.map(Lifetime::on_windows), ["Local", "Session"]);
    }
}
