//! `mfa vault restore`: the accounts as they were in an earlier revision.

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::session::Open;
use crate::commands::Run;
use crate::commands::undo::differences;
use crate::vault::file::backup::Backup;
use crate::vault::store::Store;

/// Bring back the accounts of a backup, also when the vault is damaged or gone
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Revision, as 'mfa vault backups' lists it
    revision: u64,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let backups = context.store.backups().list();
        let found = backups
            .iter()
            .find(|b| b.rev == self.revision && b.read().is_ok());
        let backup = found.ok_or_else(|| {
            let message = format!("there is no good backup of revision {}", self.revision);
            CommandError::new(Exit::Failed, message).with_hint("mfa vault backups")
        })?;
        let lines = match context.open() {
            Ok(Some(open)) => back_to(context, open, backup)?,
            // Damaged, gone or not to be trusted: the backup takes its place as a whole.
            Ok(None) => replace(context, backup)?,
            Err(error) if error.kind == Exit::Damaged => replace(context, backup)?,
            Err(error) => return Err(error),
        };
        context
            .ui
            .print(&format!("restored revision {}\n{lines}", backup.rev))?;
        Ok(())
    }
}

/// The vault opens: it keeps its key and slots, and gets the accounts of the backup.
fn back_to(context: &mut Context, open: Open, backup: &Backup) -> Result<String> {
    let mut earlier = match context.open_quietly(backup.read()?, &open.key) {
        Some(earlier) => earlier,
        None => context.open_envelope(backup.read()?)?.vault,
    };
    earlier.keep_counters_of(&open.vault);
    earlier.undone_to = Some(backup.rev);
    let lines = differences(&open.vault, &earlier);
    context.change(|vault| {
        *vault = earlier;
        Ok(())
    })?;
    Ok(lines)
}

/// The vault does not open: the backup is written in its place, with its own slots, as a newer
/// revision than all that were seen.
fn replace(context: &mut Context, backup: &Backup) -> Result<String> {
    let mut open = context.open_envelope(backup.read()?)?;
    let store = context.store.clone();
    let mut transaction = store.begin()?;
    open.header.rev = open.header.rev.max(store.backups().highest_rev());
    open.vault.undone_to = Some(backup.rev);
    context.save(&mut transaction, &mut open)?;
    context.pin_anew(&open)?;
    Ok(String::new())
}
