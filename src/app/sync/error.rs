//! Turns errors of sync into messages with commands to try.

use crate::app::error::{CommandError, Exit};
use crate::sync::error::SyncError;
use crate::sync::known::KnownError;
use crate::sync::remote::RemoteError;
use crate::vault::replica::ReplicaError;

impl From<SyncError> for CommandError {
    fn from(error: SyncError) -> Self {
        let (kind, hints): (_, &[&str]) = match &error {
            SyncError::Remote(error) => return error.clone().into(),
            SyncError::Forged { .. } | SyncError::Missing { .. } => {
                (Exit::Damaged, &["mfa sync log", "mfa sync --repair"])
            }
            SyncError::CutOff(_) => (Exit::Damaged, &["mfa sync", "mfa sync --repair"]),
            SyncError::Newer { .. }
            | SyncError::OldKey { .. }
            | SyncError::Unrelated
            | SyncError::Replica(_) => (Exit::Damaged, &[]),
            SyncError::NoPortableSlot => (
                Exit::Failed,
                &["mfa vault passphrase", "mfa vault recovery"],
            ),
            SyncError::Crowded { .. } => (Exit::Failed, &["mfa sync"]),
            SyncError::Empty | SyncError::TooManyDevices | SyncError::NotSealed(_) => {
                (Exit::Failed, &[])
            }
        };
        let error = Self::new(kind, error);
        hints
            .iter()
            .fold(error, |error, hint| error.with_hint(*hint))
    }
}

impl From<RemoteError> for CommandError {
    fn from(error: RemoteError) -> Self {
        let is_unfit = matches!(error, RemoteError::NoConditions(_));
        let error = Self::new(Exit::Failed, error);
        if is_unfit {
            error.with_hint("mfa help sync")
        } else {
            error
        }
    }
}

impl From<KnownError> for CommandError {
    fn from(error: KnownError) -> Self {
        match error {
            KnownError::Store(error) => error.into(),
            KnownError::Damaged(_) | KnownError::Newer(_) => Self::new(Exit::Damaged, error),
            KnownError::Unwritable { .. } => Self::new(Exit::Failed, error),
        }
    }
}

impl From<ReplicaError> for CommandError {
    fn from(error: ReplicaError) -> Self {
        Self::new(Exit::Damaged, error)
    }
}
