//! The vault's files on disk: locked, replaced atomically, private, with backups. Also the small files
//! in which this machine remembers what it last saw.
#![expect(clippy::disallowed_methods, reason = "this is the adapter for files")]

mod atomic;
mod backups;
mod error;
mod file;
mod last_seen;
mod lock;
mod platform;
mod private;
mod quoted;
mod shared_folder;
mod state_dir;

#[cfg(feature = "aws")]
pub(crate) use atomic::remove_leftovers_in;
pub(crate) use atomic::{Pending, folder_of, is_temporary, remove_abandoned_in};
pub(crate) use backups::{Backup, Backups};
pub(crate) use error::{Durability, StoreError, holder_name, plain};
pub(crate) use file::{LockedFile, VaultFile};
pub(crate) use last_seen::{Freshness, Observed, Seen};
pub(crate) use lock::LOCKING;
pub(crate) use platform::create_dir as create_private_dir;
#[cfg(feature = "aws")]
pub(crate) use platform::same_file;
pub(crate) use private::{
    Exposed, Privacy, exposed, read_key_file, read_private, remove, replace_private,
};
pub(crate) use quoted::quoted;
pub(crate) use shared_folder::{SharedFile, SharedFolder};
pub(crate) use state_dir::{StateDir, file_stem_of};
