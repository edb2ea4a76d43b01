//! `mfa aws status`: lists cached sessions and when they expire.

use serde::Serialize;

use crate::app::context::Context;
use crate::app::error::Result;
use crate::app::local_time::local_time;
use crate::aws::Host;
use crate::aws::session::cache;
use crate::commands::Run;
use crate::ui::table;

/// List cached sessions and when they expire
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  mfa aws status")]
pub(crate) struct Args {
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Row {
    profile: Option<String>,
    device: Option<String>,
    role: Option<String>,
    /// When it expires, in Unix seconds.
    expires: Option<u64>,
    /// How long it is valid, in seconds.
    left: u64,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let open = context.open_vault()?;
        let now = context.unix_seconds();
        let rows: Vec<_> = cache::all(&context.state, &open)
            .iter()
            .map(|cached| Row {
                profile: cached.profile.clone(),
                device: cached.key.serial.clone(),
                role: cached.key.roles.last().map(|role| role.arn.clone()),
                expires: cached.keys.expires(),
                left: cached.left(now),
            })
            .filter(|row| row.left > 0)
            .collect();
        if self.json {
            return Ok(context.ui.print_json(&rows)?);
        }
        if rows.is_empty() {
            let login = context.command("mfa aws login");
            context
                .ui
                .note(&format!("no sessions; to start one: {login}"));
            return Ok(());
        }
        let heading = ["PROFILE", "EXPIRES", "ROLE OR DEVICE"]
            .map(str::to_owned)
            .to_vec();
        let line = |row: Row| {
            vec![
                row.profile.unwrap_or_else(|| "(environment)".to_owned()),
                row.expires.map(local_time).unwrap_or_default(),
                row.role.or(row.device).unwrap_or_default(),
            ]
        };
        let lines: Vec<_> = std::iter::once(heading)
            .chain(rows.into_iter().map(line))
            .collect();
        Ok(context.ui.print(&table(&lines, context.ui.width()))?)
    }
}
