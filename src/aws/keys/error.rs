//! Errors and messages about access keys. They quote ids, which are no secret, and no secret.

use thiserror::Error;

use crate::aws::config::StaticKeyError;

/// Why keys were not stored, moved or rotated.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum KeysError {
    /// The keys are variables.
    #[error("the access keys are in the environment: name the profile to keep them under")]
    InEnvironment,
    /// The profile gets its keys elsewhere.
    #[error("the AWS profile '{profile}' has no access key of its own: it uses {what}")]
    Elsewhere { profile: String, what: String },
    /// The profile assumes a role with the keys of another profile.
    #[error(
        "the AWS profile '{profile}' has no access key of its own: it uses that of '{keys_of}'"
    )]
    OfAnother { profile: String, keys_of: String },
    /// The files have a key that cannot be moved.
    #[error("cannot import the access key of the AWS profile '{profile}': it is {why}")]
    Static {
        profile: String,
        why: StaticKeyError,
    },
    /// The vault has another key for this profile.
    #[error("the vault has another access key for the AWS profile '{profile}': {stored}")]
    Other { profile: String, stored: String },
    /// AWS's files have another key for this profile, which AWS's tools would use.
    #[error("the AWS profile '{0}' has another access key in AWS's files")]
    InFiles(String),
    /// These profiles of AWS's files have the key that is to be rotated.
    #[error("the access key of '{profile}' is also in AWS's files, where it would stop working")]
    AlsoInFiles {
        profile: String,
        others: Vec<String>,
    },
    /// An interrupted rotation may have created a key, or somebody else did at that time.
    #[error("{user} has the access key {id}, which an interrupted rotation may have created")]
    MaybeLost {
        /// The name of the IAM user.
        user: String,
        id: String,
    },
    /// The vault has no key for this profile.
    #[error("the vault has no access key for the AWS profile '{0}'")]
    NotInVault(String),
    /// The vault was saved, but the system does not vouch for it.
    #[error(
        "the key is in the vault, but may not survive a power loss: it was left in AWS's files too"
    )]
    NotDurable(String),
    /// The user has two keys already.
    #[error("{user} already has two access keys, the most that AWS allows")]
    Quota {
        profile: String,
        /// The name of the IAM user.
        user: String,
        /// Each with its state.
        keys: Vec<String>,
        /// The one that is not in the vault, if the person may list them.
        other: Option<String>,
    },
    /// The old key of the last rotation is to stay until a time in Unix seconds.
    #[error("the old access key {id} is kept for now, and AWS allows two")]
    OldIsKept {
        profile: String,
        id: String,
        /// When it may be deleted, in Unix seconds.
        until: u64,
    },
    /// The new key does not work yet.
    #[error("AWS does not know the new access key {new} yet; {old} is still in use")]
    Unproven {
        profile: String,
        new: String,
        old: String,
    },
}

/// Messages during a rotation.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum KeysNotice {
    /// An interrupted rotation goes on with this key.
    #[error("resuming the rotation to {0}")]
    Resuming(String),
    /// AWS made this key.
    #[error("created {0}; checking that it works")]
    Proving(String),
    /// An interrupted run made this key, and its secret never arrived.
    #[error("deleted {0}: an interrupted run created it, and its secret never arrived")]
    DeletedLost(String),
    /// Somebody deleted the new key of an interrupted rotation.
    #[error("the new key {0} was deleted in AWS; starting over")]
    NewWasDeleted(String),
    /// The old key of an earlier rotation.
    #[error("deleted {0}, the old key of the last rotation")]
    DeletedOld(String),
    /// The new key of a rotation could not be stored, and was deleted again.
    #[error("the new key {0} could not be stored, and was deleted again")]
    DeletedUnstored(String),
}
