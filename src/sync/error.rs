//! Why a round, or another look at the remote, stopped. The local vault is then as it was, or has merged
//! commits that were verified.

use thiserror::Error;

use super::commit::{CommitError, Name};
use super::known::MAX_STREAMS;
use super::remote::RemoteError;
use crate::vault::replica::ReplicaError;

/// Why a look at the remote failed. The commands say what to type next. Quotes no secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum SyncError {
    /// The remote was not reached, or refused.
    #[error("{0}")]
    Remote(#[from] RemoteError),
    /// A commit is not what a device of this vault wrote under this name.
    #[error("commit {name} cannot be trusted: {why}")]
    Forged {
        name: Name,
        /// Completes "it cannot be trusted: …".
        why: String,
    },
    /// A commit is gone, though later ones follow it.
    #[error("commit {name} is missing, though commit {follower} follows it")]
    Missing { name: Name, follower: Name },
    /// A commit ends early: a program is still copying it, or it is damaged.
    #[error("commit {0} is incomplete; it may still be being copied")]
    CutOff(Name),
    /// A newer version of this program wrote it.
    #[error("commit {name} was written by a newer mfa ({what}): update mfa")]
    Newer {
        name: Name,
        /// What this version does not know.
        what: String,
    },
    /// The stamps of a commit, or of the vault here, were written by a newer version.
    #[error("{0}")]
    Replica(#[from] ReplicaError),
    /// It was sealed with a key that the vault no longer uses.
    #[error("commit {name} was encrypted with an old key")]
    OldKey { name: Name },
    /// The vault here is not the one whose commits are in the remote.
    #[error("this is another vault than the one that was synced with this remote")]
    Unrelated,
    /// The remote has no commit of the vault.
    #[error("the remote has no commits of this vault")]
    Empty,
    /// Other devices were faster at each try.
    #[error("other devices are writing to the remote: gave up after {tries} tries")]
    Crowded { tries: u32 },
    /// More devices wrote commits than this program remembers.
    #[error("more than {MAX_STREAMS} devices have written commits")]
    TooManyDevices,
    /// All slots of the vault work on this machine only.
    #[error(
        "no other machine could open the vault: it has no passphrase, recovery code or age key"
    )]
    NoPortableSlot,
    /// The commit was not made, for this reason.
    #[error("no commit was made: {0}")]
    NotSealed(String),
}

impl SyncError {
    /// The error for a commit that cannot be read or opened.
    pub(crate) fn of(name: Name, error: CommitError) -> Self {
        match error {
            CommitError::CutOff => Self::CutOff(name),
            CommitError::Newer(what) => Self::Newer { name, what },
            CommitError::NoPortableSlot => Self::NoPortableSlot,
            CommitError::NotSealed(why) => Self::NotSealed(why),
            error => Self::Forged {
                name,
                why: error.to_string(),
            },
        }
    }

    pub(crate) fn forged(name: Name, why: &str) -> Self {
        Self::Forged {
            name,
            why: why.to_owned(),
        }
    }

    /// The commit that it is about.
    pub(crate) const fn commit(&self) -> Option<Name> {
        match self {
            Self::Forged { name, .. }
            | Self::Missing { name, .. }
            | Self::CutOff(name)
            | Self::Newer { name, .. }
            | Self::OldKey { name } => Some(*name),
            _ => None,
        }
    }

    /// Whether `repair` can go on without the commit.
    pub(crate) const fn is_of_a_commit(&self) -> bool {
        matches!(
            self,
            Self::Forged { .. }
                | Self::Missing { .. }
                | Self::CutOff(_)
                | Self::Newer { .. }
                | Self::OldKey { .. }
        )
    }
}
