//! One round: fetch, verify, merge, push.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`round()`] | the order of a round, and what it reports |
//! | `stream` | verifies the commits of one stream against what this machine has seen |
//! | `history` | looks at the remote outside of a round: lists, joins, restores |
//!
//! A commit holds the whole vault and is sealed: who opens it knows that a device of this vault wrote it.
//! Merging one is always safe. So what a remote can do is to hide commits or to change them. Changed ones
//! do not open, or do not have the hash that a later commit states. Hidden ones leave a hole, which is
//! refused, or are the newest ones, which is told: the next commit of any device that saw them brings
//! back all that was in them.

mod history;
mod round;
mod stream;
#[cfg(test)]
mod tests;

pub(crate) use self::history::{Fetched, fetch, head_of, last, numbered, vaults_in};
pub(crate) use self::round::{Outcome, RolledBack, round};
use super::error::SyncError;
use super::known::Known;
use crate::vault::Header;
use crate::vault::format::{DataKey, Random};
use crate::vault::repository::Open;

/// This machine: its vault, its state and its clock.
pub(crate) trait Local {
    type Error: From<SyncError>;

    /// Opens the vault of this machine.
    ///
    /// # Errors
    /// If it is locked, damaged or missing.
    fn open(&mut self) -> Result<Open, Self::Error>;

    /// The data key of a commit that was sealed with another key than the vault here. May ask a person.
    ///
    /// # Errors
    /// If nothing opens its slots.
    fn unlock(&mut self, header: &Header) -> Result<DataKey, Self::Error>;

    /// Merges an opened commit into the vault, under its lock and durably. Returns the vault as it is
    /// then. Its header has the portable slots only.
    ///
    /// # Errors
    /// If the key of the commit does not descend from that of the vault; if the vault cannot be saved.
    fn merge_in(&mut self, incoming: Open) -> Result<Open, Self::Error>;

    /// Saves what this machine knows of the remote, durably.
    ///
    /// # Errors
    /// If it cannot be written.
    fn remember(&mut self, known: &Known) -> Result<(), Self::Error>;

    /// The id of this machine.
    fn device(&self) -> [u8; 16];

    /// The clock of this machine, in Unix seconds.
    fn now(&self) -> u64;

    /// The source of random bytes.
    fn random(&mut self) -> &mut dyn Random;

    /// Waits before the next try, longer each time and not the same on each machine. Tries count from 1.
    ///
    /// # Errors
    /// If the wait was interrupted.
    fn pause(&mut self, attempt: u32) -> Result<(), Self::Error>;
}

/// How a round treats commits that cannot be read or verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Options {
    /// Skips them, and writes a new commit after them.
    pub(crate) repair: bool,
}
