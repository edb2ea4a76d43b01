//! What the vault needs from outside, and what it reports. It prints nothing itself.

use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::format::Random;
use super::init::VaultInit;
use super::storage::StateDir;

/// Whether this process may ask on the terminal now, or another one asks.
pub(crate) enum Turn {
    /// Others wait while the file is open; without one, they do not.
    Own(Option<File>),
    /// To be tried again after some seconds.
    Others,
}

/// What a vault needs: a clock, random numbers, a person who may type, and the state folder, where this
/// machine remembers what it saw.
pub(crate) trait Host: Random {
    /// The machine's clock, in Unix seconds.
    fn now(&self) -> u64;

    /// Tells the person that another process has been changing the vault for some time.
    fn waiting(&mut self, holder: Option<u32>);

    /// Where this machine remembers what it last saw of each vault.
    fn state(&self) -> &StateDir;

    /// The passphrase from a file, a command or a variable; `None` if none is configured. Fails if a
    /// configured source has none.
    fn given_secret(&mut self) -> Result<Option<Zeroizing<String>>, HostError>;

    /// Waits for some seconds until no other process asks on the same terminal, and keeps others waiting
    /// until the file is dropped.
    fn turn_to_ask(&mut self) -> Turn {
        Turn::Own(None)
    }

    /// Asks a person for a secret, until `opens` accepts one or the tries are used up.
    fn typed_secret(
        &mut self,
        question: &Question<'_>,
        opens: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Answer, HostError>;

    /// Decides how a new vault at this path is unlocked. May ask a person. Fails if a configured
    /// passphrase source has none.
    fn new_vault(&mut self, path: &Path) -> Result<VaultInit, HostError>;

    /// Files with age and SSH private keys; SSH keys only if a slot needs one.
    #[cfg(feature = "age")]
    fn identities(&self, with_ssh: bool) -> Vec<IdentityFile>;

    /// Does `work`, which may take long, and shows `what` meanwhile.
    fn during(&mut self, what: &str, work: &mut dyn FnMut()) {
        let _ = what;
        work();
    }

    /// How age plugins communicate with the person.
    #[cfg(feature = "age")]
    fn plugin_prompts(&self) -> PluginPrompts;
}

/// Why the host failed.
pub(crate) type HostError = Box<dyn Error + Send + Sync>;

/// A prompt for a secret.
pub(crate) struct Question<'a> {
    /// What would open a slot: `Passphrase`, `Recovery code`.
    pub(crate) wanted: Vec<&'static str>,
    /// Why the ways that need no person failed.
    pub(crate) closed: &'a [String],
}

/// The result of a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// A typed text opened a slot.
    Opened,
    /// No typed text opened a slot.
    Wrong,
    /// There is nobody to ask.
    Nobody,
}

#[cfg(feature = "age")]
pub(crate) struct IdentityFile {
    pub(crate) path: PathBuf,
    /// Its content, or why it could not be read.
    pub(crate) content: Result<Zeroizing<Vec<u8>>, String>,
}

/// How age plugins, and identity files with a passphrase, communicate with the person.
#[cfg(feature = "age")]
#[derive(Clone, Copy)]
pub(crate) struct PluginPrompts {
    /// Shows a line, such as "touch the token".
    pub(crate) show: fn(&str),
    /// Asks yes or no; `None` if nobody answers.
    pub(crate) confirm: fn(&str) -> Option<bool>,
    /// Asks for a PIN or passphrase; `None` if nobody answers.
    pub(crate) ask: fn(&str) -> Option<Zeroizing<String>>,
}

/// What the person should know about an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Notice {
    /// The vault last seen here is gone, and so are its backups; a new one was made.
    EarlierVaultGone,
    /// A vault that is new at this path was seen in a later state at another path.
    OlderCopy {
        /// The path of the older copy.
        copy: PathBuf,
        /// The path of the later state.
        path: String,
    },
    /// This machine's record of the vault cannot be read, for this reason.
    MemoryUnreadable(String),
    /// An older state was trusted; codes that HOTP accounts gave out since then may repeat.
    CountersBehind,
    /// The system's keyring opens the new vault too, besides the passphrase.
    KeyringOpensToo,
    /// The key file was written, but the disk did not confirm it.
    KeyFileDurabilityUnknown { path: PathBuf, why: String },
    /// The vault was saved, but the disk did not confirm it; holds the disk's error.
    DurabilityUnknown(String),
    /// The vault was saved, but this machine could not record that; holds the reason.
    NotRemembered(String),
    /// The session caches the key until this time, in Unix seconds.
    UnlockedUntil(u64),
    /// One way to unlock failed, for this reason, and another one worked.
    WayClosed(String),
    /// A slot could not be kept under the new data key.
    SlotLeftBehind {
        /// The name of the slot's kind.
        kind: &'static str,
        /// Why the slot could not be opened.
        why: String,
    },
    /// Two machines changed how the vault opens at the same time, and the other one's change counts.
    OtherWayWins,
    /// A backup could not be sealed with the new data key: what was revoked still opens it.
    BackupNotResealed { rev: u64, why: String },
}
