//! Bugs that the fault tests have to find: what each of them is there for is shown by taking it
//! away. In every build but one this is a constant `false` and leaves nothing behind; the one is
//! made with `--cfg planted`, for `tests/faults/planted.rs` alone.

/// Something that goes wrong without one line of this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// A new file is not made durable before it takes the place of the old one.
    NoFsync,
    /// The folder is not made durable after that.
    NoFolderFsync,
    /// What was written is not read back.
    NoReadBack,
    /// Written over the old file.
    InPlace,
    /// Writers do not wait for each other.
    NoLock,
    /// Temporary files stay.
    TempLeft,
    /// No earlier states are kept.
    NoBackups,
    /// A write over a limit of the file size ends the program.
    SizeSignal,
    /// The header is not a part of what is sealed.
    HeaderNotSealed,
    /// A file may ask for any cost and any number of slots.
    NoBounds,
    /// Files of other users, and files that others can change, are taken.
    NoOwners,
    /// An older vault in the place of a newer one is not noticed.
    NoPin,
    /// Debuggers and core dumps see the keys.
    OpenMemory,
}

/// Whether this bug is in the program.
#[cfg(not(planted))]
#[must_use]
pub const fn planted(_: Bug) -> bool {
    false
}

/// Whether this bug is in the program: the one that `MFA_PLANTED` names.
#[cfg(planted)]
#[expect(clippy::disallowed_methods, reason = "for tests alone")]
#[must_use]
pub fn planted(bug: Bug) -> bool {
    std::env::var("MFA_PLANTED").is_ok_and(|name| name == format!("{bug:?}"))
}
