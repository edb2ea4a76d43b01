//! `mfa unlock`: asks for the passphrase once, so that other commands need not ask for a while.

use super::Run;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::app::unlock_duration::UnlockDuration;
use crate::app::vault::unlocked_until;
use crate::vault::repository::RepositoryError;
use crate::vault::unlock::session_key;

/// Where the key is meanwhile.
#[cfg(target_os = "linux")]
macro_rules! about_the_key {
    () => {
        "The kernel keeps the key. If this session has no keyring of its own, all your sessions share the key; 'mfa vault status' shows that."
    };
}
#[cfg(windows)]
macro_rules! about_the_key {
    () => {
        "Windows' credential manager keeps the key until you log out, 'mfa lock', or the first command after that time."
    };
}
#[cfg(not(any(target_os = "linux", windows)))]
macro_rules! about_the_key {
    () => {
        "Your keychain keeps the key until 'mfa lock', or the first command after that time."
    };
}

/// Unlock the vault for a while, so that no passphrase is needed
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = concat!(about_the_key!(), " Typing the passphrase for any other command unlocks the vault too, for 8 hours or MFA_UNLOCK_FOR. MFA_UNLOCK_FOR=0 turns that off.\n\nExample:\n  mfa unlock --for 4h")
)]
pub(crate) struct Args {
    /// How long, such as 8h or 1h30m, at most 30 days [default: 8h] [env: MFA_UNLOCK_FOR]
    #[arg(long = "for", value_name = "TIME")]
    time: Option<UnlockDuration>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        // Fails before the user types anything.
        session_key::place().map_err(RepositoryError::from)?;
        let usual = context.repository.unlock_for;
        let time = self.time.map_or(usual, |UnlockDuration(time)| time);
        // Opening must not cache the key too: it is cached below, for the requested time.
        context.repository.unlock_for = std::time::Duration::ZERO;
        let open = context.open_existing()?;
        let cached = context.repository.cache_key(&context.host, &open.key, time);
        let text = match cached.map_err(RepositoryError::from)? {
            Some((place, until)) => unlocked_until(until, place),
            None => "not unlocked: the time is 0".to_owned(),
        };
        Ok(context.ui.print(&format!("{text}\n"))?)
    }
}
