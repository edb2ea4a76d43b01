//! `mfa unlock`: the passphrase once, and then no more for a while.

use super::Run;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::app::unlock_duration::UnlockDuration;
use crate::app::vault::unlocked_until;
use crate::vault::repository::RepositoryError;
use crate::vault::unlock::session_key;

/// Unlock the vault for this session, so that codes come without a passphrase
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The key is kept by the kernel, for this session alone where it has a keyring of \
    its own ('mfa vault status' says). A passphrase that is typed anywhere else unlocks too, for \
    8 hours or what MFA_UNLOCK_FOR says; MFA_UNLOCK_FOR=0 turns that off."
)]
pub(crate) struct Args {
    /// For how long: 8h, 30m, 1h30m; at most 30 days [default: 8h] [env: MFA_UNLOCK_FOR]
    #[arg(long = "for", value_name = "TIME")]
    time: Option<UnlockDuration>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        // Before anybody types anything.
        session_key::place().map_err(RepositoryError::from)?;
        let usual = context.repository.unlock_for;
        let time = self.time.map_or(usual, |UnlockDuration(time)| time);
        // What is typed on the way is cached here, once, and for the time that was asked for.
        context.repository.unlock_for = std::time::Duration::ZERO;
        let open = context.open_existing()?;
        let cached = context.repository.cache_key(&context.host, &open.key, time);
        let text = match cached.map_err(RepositoryError::from)? {
            Some((place, until)) => unlocked_until(until, place),
            None => "unlocked for no time at all: nothing is kept".to_owned(),
        };
        Ok(context.ui.print(&format!("{text}\n"))?)
    }
}
