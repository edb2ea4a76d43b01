//! What the vault needs from outside, and what it tells back. It prints nothing itself.

use std::error::Error;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::format::Random;
use super::init::VaultInit;
use super::storage::StateDir;

/// The world as a vault sees it: clock, random numbers, a person who may type, and the folder in
/// which this machine remembers what it saw.
pub(crate) trait Host: Random {
    /// Unix seconds of the machine's clock.
    fn now(&self) -> u64;

    /// Tells the person that another process is changing the vault, and has been for some time.
    fn waiting(&mut self, holder: Option<u32>);

    /// Where this machine remembers what it last saw.
    fn state(&self) -> &StateDir;

    /// The passphrase that was given ahead: by a file, a command or a variable.
    ///
    /// # Errors
    /// When a source was named and gives none.
    fn given_secret(&mut self) -> Result<Option<Zeroizing<String>>, HostError>;

    /// Asks a person for a secret, until `opens` takes one or the tries are used up.
    ///
    /// # Errors
    /// Those of the terminal.
    fn typed_secret(
        &mut self,
        question: &Question<'_>,
        opens: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Answer, HostError>;

    /// Decides how a new vault at this path opens. A person may be asked.
    ///
    /// # Errors
    /// When a passphrase source was named and gives none, and those of the terminal.
    fn new_vault(&mut self, path: &Path) -> Result<VaultInit, HostError>;

    /// Files with private keys of age or SSH; those of SSH only where a slot asks for one.
    #[cfg(feature = "age")]
    fn identities(&self, with_ssh: bool) -> Vec<IdentityFile>;

    /// How plugins of age talk to the person.
    #[cfg(feature = "age")]
    fn plugin_prompts(&self) -> PluginPrompts;
}

/// Why the host did not do what it was asked to.
pub(crate) type HostError = Box<dyn Error + Send + Sync>;

/// What a person is asked for.
pub(crate) struct Question<'a> {
    /// What would open a slot: `Passphrase`, `Recovery code`.
    pub(crate) wanted: Vec<&'static str>,
    /// Why the ways that need no person did not open.
    pub(crate) closed: &'a [String],
}

/// What came of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// What was typed opened a slot.
    Opened,
    /// Nothing that was typed did.
    Wrong,
    /// Nobody is there to be asked.
    Nobody,
}

/// A file with private keys.
#[cfg(feature = "age")]
pub(crate) struct IdentityFile {
    /// For messages.
    pub(crate) path: PathBuf,
    /// Its content, or why it was not read.
    pub(crate) content: Result<Zeroizing<Vec<u8>>, String>,
}

/// How plugins of age, and identity files with a passphrase of their own, talk to the person.
#[cfg(feature = "age")]
#[derive(Clone, Copy)]
pub(crate) struct PluginPrompts {
    /// Shows a line, such as "touch the token".
    pub(crate) show: fn(&str),
    /// Asks yes or no; `None` where nobody answers.
    pub(crate) confirm: fn(&str) -> Option<bool>,
    /// Asks for a PIN or passphrase; `None` where nobody answers.
    pub(crate) ask: fn(&str) -> Option<Zeroizing<String>>,
}

/// Something to tell the person about what was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Notice {
    /// The vault that was last seen here is gone, with its backups, and a new one was made.
    EarlierVaultGone,
    /// The vault at this path, which is new here, is older than it was seen at another path.
    OlderCopy {
        /// This path.
        copy: PathBuf,
        /// Where it was seen in a later state.
        path: String,
    },
    /// What this machine remembers of the vault cannot be read, for this reason.
    MemoryUnreadable(String),
    /// An older state was trusted, and the codes that HOTP accounts gave out since are not known.
    CountersBehind,
    /// A new vault has a slot in the system's keyring besides the passphrase.
    KeyringOpensToo,
    /// The key file was written; the disk did not confirm it.
    KeyFileDurabilityUnknown {
        /// Where it is.
        path: PathBuf,
        /// What the disk said.
        why: String,
    },
    /// The vault was saved; the disk did not confirm it.
    DurabilityUnknown(String),
    /// The vault was saved, but the state folder does not remember that.
    NotRemembered(String),
    /// The session keeps the key until this Unix time.
    UnlockedUntil(u64),
    /// A way to unlock did not open, and another one did.
    WayClosed(String),
    /// A slot could not be carried over to the new data key.
    SlotLeftBehind {
        /// The slot's kind.
        kind: &'static str,
        /// Why it did not open.
        why: String,
    },
    /// A backup could not be sealed with the new data key: what was taken away still opens it.
    BackupNotResealed {
        /// Its revision.
        rev: u64,
        /// Why not.
        why: String,
    },
}
