//! `mfa vault backups`: lists the backups that can be restored.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::app::clock::rfc3339;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::app::local_time::local_time;
use crate::commands::Run;
use crate::ui::table;
use crate::vault::repository::BackupState;

/// List the backups
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "To restore one: mfa vault restore REVISION\n\nExample:\n  mfa vault backups"
)]
pub(crate) struct Args {
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Row {
    revision: u64,
    written: Option<String>,
    #[serde(skip)]
    written_at: Option<SystemTime>,
    /// `null` if the backup opens only with a prompt.
    accounts: Option<usize>,
    state: &'static str,
    path: String,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let backups = context.with_vault(|vault, host| Ok(vault.backups(host)))?;
        let rows: Vec<_> = backups.into_iter().map(Row::from).collect();
        if rows.is_empty() && context.vault_was_named && context.repository.load()?.is_none() {
            return Err(context.repository.no_vault().into());
        }
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
        let lines = std::iter::once(heading).chain(rows.into_iter().map(Row::cells));
        let lines: Vec<_> = lines.collect();
        Ok(context.ui.print(&table(&lines, context.ui.width()))?)
    }
}

impl From<BackupState> for Row {
    fn from(backup: BackupState) -> Self {
        Self {
            revision: backup.rev,
            written: backup.written.map(rfc3339),
            written_at: backup.written,
            accounts: backup.accounts,
            state: match (backup.is_good, backup.is_current) {
                (false, _) => "damaged",
                (true, true) => "current",
                (true, false) => "good",
            },
            path: backup.path.display().to_string(),
        }
    }
}

impl Row {
    fn cells(self) -> Vec<String> {
        let accounts = self.accounts.map(|count| count.to_string());
        let since_1970 = |time: SystemTime| time.duration_since(UNIX_EPOCH).ok();
        let written = self.written_at.and_then(since_1970);
        let written = written.map(|since| local_time(since.as_secs()));
        vec![
            self.revision.to_string(),
            written.unwrap_or_default(),
            accounts.unwrap_or_else(|| "locked".to_owned()),
            self.state.to_owned(),
        ]
    }
}
