//! `mfa vault backups`: the states that can be brought back.

use serde::Serialize;

use crate::app::clock::rfc3339;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::commands::Run;
use crate::ui::table;
use crate::vault::envelope::Envelope;
use crate::vault::file::backup::Backup;

/// List the backups; 'mfa vault restore' brings one back
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Row {
    revision: u64,
    written: Option<String>,
    /// `null` when it does not open without being asked for a passphrase.
    accounts: Option<usize>,
    state: &'static str,
    path: String,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let current = context.load().ok().flatten();
        if let Some(envelope) = &current {
            context.unlock_without_asking(envelope);
        }
        let rows: Vec<_> = context
            .store
            .backups()
            .list()
            .iter()
            .map(|backup| row(context, backup, current.as_ref()))
            .collect();
        if self.json {
            return Ok(context.ui.print_json(&rows)?);
        }
        if rows.is_empty() {
            context.ui.note("no backups yet");
            return Ok(());
        }
        let heading = ["REVISION", "WRITTEN", "ACCOUNTS", "STATE"]
            .map(str::to_owned)
            .to_vec();
        let line = |row: Row| {
            let accounts = row
                .accounts
                .map_or_else(|| "locked".to_owned(), |n| n.to_string());
            vec![
                row.revision.to_string(),
                row.written.unwrap_or_default(),
                accounts,
                row.state.to_owned(),
            ]
        };
        let lines: Vec<_> = std::iter::once(heading)
            .chain(rows.into_iter().map(line))
            .collect();
        Ok(context.ui.print(&table(&lines, context.ui.width()))?)
    }
}

fn row(context: &Context, backup: &Backup, current: Option<&Envelope>) -> Row {
    let envelope = backup.read();
    let is_current = envelope
        .as_ref()
        .ok()
        .is_some_and(|envelope| Some(envelope) == current);
    let state = match (&envelope, is_current) {
        (Err(_), _) => "damaged",
        (Ok(_), true) => "current",
        (Ok(_), false) => "good",
    };
    let accounts = envelope.ok().and_then(|e| context.count_quietly(e));
    Row {
        revision: backup.rev,
        written: backup.written.map(rfc3339),
        accounts,
        state,
        path: backup.path.display().to_string(),
    }
}
