//! How a new vault opens: decided by the host, carried out by the repository.

use zeroize::Zeroizing;

/// How a new vault opens.
#[derive(Clone)]
pub(crate) struct VaultInit {
    /// The slot that it has for certain.
    pub(crate) primary: PrimarySlot,
    /// Whether the system's keyring opens it too.
    pub(crate) keyring: KeyringPolicy,
}

/// The first slot of a new vault.
#[derive(Clone)]
pub(crate) enum PrimarySlot {
    /// A key file beside the vault.
    KeyFile,
    /// A passphrase.
    Passphrase(Zeroizing<String>),
    /// An item of the system's keyring.
    Keyring,
}

/// Whether the system's keyring opens a new vault besides its first slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyringPolicy {
    /// It does not.
    Off,
    /// It does, where it answers. The passphrase was typed, so the session keeps the key as well.
    IfAvailable,
    /// It has to.
    Required,
}

impl VaultInit {
    /// A key file and nothing else; asks nothing.
    pub(crate) const KEY_FILE: Self = Self {
        primary: PrimarySlot::KeyFile,
        keyring: KeyringPolicy::Off,
    };
}
