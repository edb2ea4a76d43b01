//! `mfa sync devices`: lists the machines that share the vault.

use serde::Serialize;

use crate::app::clock::rfc3339_seconds;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::app::local_time::local_time;
use crate::app::sync::devices::{devices, hex};
use crate::commands::Run;
use crate::ui::table;

/// List the machines that share the vault
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "To remove a lost one: mfa sync remove-device NAME\n\nExample:\n  mfa sync devices"
)]
pub(crate) struct Args {
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Row {
    name: String,
    id: String,
    added: String,
    #[serde(skip)]
    added_at: u64,
    is_this: bool,
    is_removed: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let (own, devices) = devices(context)?;
        let rows = devices.into_iter().map(|device| Row {
            id: hex(&device.id),
            added: rfc3339_seconds(device.added),
            added_at: device.added,
            is_this: device.id == own,
            is_removed: device.is_removed,
            name: device.name,
        });
        let rows: Vec<_> = rows.collect();
        if self.json {
            return Ok(context.ui.print_json(&rows)?);
        }
        let heading = ["NAME", "ADDED", ""].map(str::to_owned).to_vec();
        let lines = std::iter::once(heading).chain(rows.into_iter().map(Row::cells));
        let lines: Vec<_> = lines.collect();
        Ok(context.ui.print(&table(&lines, context.ui.width()))?)
    }
}

impl Row {
    fn cells(self) -> Vec<String> {
        let state = match (self.is_this, self.is_removed) {
            (true, false) => "this machine",
            (true, true) => "this machine, removed",
            (false, true) => "removed",
            (false, false) => "",
        };
        let name = self.name;
        vec![name, local_time(self.added_at), state.to_owned()]
    }
}
