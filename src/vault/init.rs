//! How a new vault is unlocked: the host decides, and the repository carries it out.

use zeroize::Zeroizing;

/// The ways to unlock a new vault.
#[derive(Clone)]
pub(crate) struct VaultInit {
    /// The slot that it has in any case.
    pub(crate) primary: PrimarySlot,
    /// Whether the system's keyring opens it too.
    pub(crate) keyring: KeyringPolicy,
}

/// The first slot of a new vault.
#[derive(Clone)]
pub(crate) enum PrimarySlot {
    /// A key file beside the vault.
    KeyFile,
    Passphrase(Zeroizing<String>),
    /// An item in the system's keyring.
    Keyring,
}

/// Whether the system's keyring also opens a new vault, besides its first slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyringPolicy {
    Off,
    /// It does if it answers. The passphrase was typed, so the session caches the key as well.
    IfAvailable,
    /// Without the keyring, no vault is made.
    Required,
}

impl VaultInit {
    /// Only a key file; prompts for nothing.
    pub(crate) const KEY_FILE: Self = Self {
        primary: PrimarySlot::KeyFile,
        keyring: KeyringPolicy::Off,
    };
}
