//! `mfa sync auto`: turns syncing in the background on or off.

use crate::app::context::Context;
use crate::app::error::Result;
use crate::commands::Run;

/// Sync in the background after each change
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "A command that changes the vault then starts 'mfa sync' and does not wait for it. If it fails three times in a row, the next command on a terminal says so.\n\nExample:\n  mfa sync auto on"
)]
pub(crate) struct Args {
    /// on or off
    #[arg(value_enum, value_name = "on|off")]
    turn: Turn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Turn {
    /// Upload each change as soon as it is made
    On,
    /// Sync only when you run 'mfa sync'
    Off,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let is_on = self.turn == Turn::On;
        let was_on = context.change_known(|known| std::mem::replace(&mut known.auto, is_on))?;
        let done = match (was_on, is_on) {
            (false, true) => "changes now sync in the background",
            (true, true) => "changes already sync in the background",
            (true, false) => "changes no longer sync in the background",
            (false, false) => "changes do not sync in the background",
        };
        context.ui.print(&format!("{done}\n"))?;
        if !is_on {
            let sync = context.command("mfa sync");
            context.ui.note(&format!("to sync: {sync}"));
        }
        Ok(())
    }
}
