//! What a vault that syncs remembers besides its accounts: stamps, removed accounts, keys that lost a
//! concurrent change, and the machines. Pure.
//!
//! [`Replica`] is its form in the vault: a text that is parsed only to change or to merge the vault, so
//! that `mfa code` does not pay for it. [`State`] has it together with the accounts. Whatever changes the
//! vault, [`record()`] compares it with the vault before, and stamps the differences. `crate::sync::merge`
//! joins two states.

mod authors;
mod conflicts;
mod devices;
mod entry;
mod record;
mod stamp;
mod state;

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

pub(crate) use conflicts::{Conflict, Kept};
pub(crate) use devices::{Device, MAX_NAME_BYTES};
pub(crate) use entry::{
    AccountState, Entry, FormerKey, History, KeyEntry, KeyState, Latest, Stamps, without_counter,
};
pub(crate) use record::record;
pub(crate) use stamp::{DeviceId, Stamp, short};
pub(crate) use state::State;

/// A removed account can be restored for this long, in seconds: 30 days.
pub(crate) const RESTORABLE: u64 = 30 * 24 * 60 * 60;

/// The stamps of a vault as JSON. It may contain keys, so it is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Replica(pub(crate) Zeroizing<String>);

impl fmt::Debug for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Replica(..)")
    }
}

/// The stamps in a vault cannot be read: a newer version of the program wrote them.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("what it remembers for sync cannot be read (column {0}): a newer version of mfa wrote it")]
pub struct ReplicaError(pub(crate) usize);
