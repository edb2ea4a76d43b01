//! What the commands of `mfa sync` share.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`address`] | the arguments that name a remote, and the remote itself |
//! | [`auto`] | starts a round in the background, and tells of its failures |
//! | [`devices`] | the machines of the vault, and the name of this one |
//! | `error` | errors as messages with commands to try |
//! | [`retry`] | when a failed round is tried again |
//! | [`round`](mod@round) | one round on this machine: the vault, the state, the clock |
//! | [`told`] | what a round did, in words |

pub(crate) mod address;
pub(crate) mod auto;
pub(crate) mod devices;
mod error;
pub(crate) mod retry;
pub(crate) mod round;
pub(crate) mod told;

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::sync::known::Known;

impl Context {
    /// What this machine knows of the remote.
    ///
    /// # Errors
    /// If the vault does not sync, or the file cannot be read.
    pub(crate) fn known(&self) -> Result<Known> {
        let known = Known::load(&self.state, self.repository.path())?;
        known.ok_or_else(|| match self.repository.exists() {
            Ok(false) => CommandError::new(Exit::Failed, "this machine has no vault that syncs")
                .with_hint("mfa sync join REMOTE")
                .with_hint("mfa sync init REMOTE"),
            _ => CommandError::new(Exit::Failed, "this vault does not sync yet")
                .with_hint("mfa sync init REMOTE"),
        })
    }

    /// Changes what this machine knows, and waits for a round that is under way.
    ///
    /// # Errors
    /// If the vault does not sync, or the file cannot be read or written.
    pub(crate) fn change_known<T>(&self, change: impl FnOnce(&mut Known) -> T) -> Result<T> {
        // A vault that does not sync gets no lock file.
        self.known()?;
        let path = self.repository.path();
        let _lock = Known::lock(&self.state, path)?;
        let mut known = self.known()?;
        let result = change(&mut known);
        known.save(&self.state, path)?;
        Ok(result)
    }
}
