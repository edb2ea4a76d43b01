//! `mfa sync log`: lists the commits, and what changed in each.

use std::collections::HashMap;

use serde::Serialize;

use crate::app::clock::rfc3339_seconds;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::app::local_time::local_time;
use crate::app::sync::devices::{hex, shown};
use crate::app::sync::told::{changes, machines};
use crate::commands::Run;
use crate::sync::commit::{Hash, Name};
use crate::sync::engine::{Fetched, last};
use crate::sync::error::SyncError;
use crate::sync::merge::merge;
use crate::ui::{escape, hanging};
use crate::vault::Vault;
use crate::vault::format::DataKey;
use crate::vault::repository::Open;

/// Show the commits, who wrote them, and what changed
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "To bring back the accounts of one: mfa sync restore N\n\nExample:\n  mfa sync log --limit 5"
)]
pub(crate) struct Args {
    /// Show this many commits, the newest ones
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    limit: u16,
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Row {
    commit: Option<u64>,
    time: Option<String>,
    device: Option<String>,
    device_id: Option<String>,
    fingerprint: Option<String>,
    changes: Vec<String>,
    error: Option<String>,
    #[serde(skip)]
    written_at: Option<u64>,
}

/// The opened vaults, by the name and hash of their commit.
type Opened = HashMap<(Name, Hash), Vault>;

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let known = context.known()?;
        let own = context.open_existing()?;
        let mut remote = context.remote(&known.remote)?;
        let limit = usize::from(self.limit);
        // The ones before are needed to tell what changed.
        let mut fetched = last(&mut *remote, &known.vault_id, limit * 2)?;
        let keys = own.keys()?;
        let mut opened = Opened::new();
        for commit in fetched.iter().flatten() {
            if let Ok(open) = commit.clone().open_with(&keys) {
                opened.insert((commit.name, commit.hash), open.vault);
            }
        }
        fetched.truncate(limit);
        let mut rows = Vec::new();
        for commit in fetched {
            rows.push(match commit {
                Ok(commit) => row(&own, &keys, &opened, &commit)?,
                Err(error) => Row::unreadable(&error),
            });
        }
        if self.json {
            return Ok(context.ui.print_json(&rows)?);
        }
        let width = context.ui.width();
        let text: String = rows.iter().map(|row| row.lines(width)).collect();
        Ok(context.ui.print(&text)?)
    }
}

fn row(own: &Open, keys: &[DataKey], opened: &Opened, commit: &Fetched) -> Result<Row> {
    let place = &commit.commit.place;
    let devices = own.vault.devices()?;
    let device = devices.iter().find(|device| device.id == place.device);
    let mut row = Row {
        commit: Some(commit.name.n),
        time: Some(rfc3339_seconds(place.time)),
        device: device.map(|device| device.name.clone()),
        device_id: Some(hex(&place.device)),
        fingerprint: Some(commit.hash.fingerprint()),
        changes: Vec::new(),
        error: None,
        written_at: Some(place.time),
    };
    let Some(after) = opened.get(&(commit.name, commit.hash)) else {
        let why = commit.clone().open_with(keys).err();
        row.error = why.map(|why| match why {
            SyncError::OldKey { .. } => "encrypted with an old key".to_owned(),
            why => why.to_string(),
        });
        return Ok(row);
    };
    let parents = place.parents.iter();
    let mut before: Option<Vault> = None;
    for parent in parents.filter_map(|parent| opened.get(&(parent.name, parent.hash))) {
        before = Some(match before {
            Some(before) => merge(&before, parent)?,
            None => parent.clone(),
        });
    }
    row.changes = match before {
        Some(before) => {
            let mut lines = changes(&before, after, &place.device)?;
            lines.extend(machines(&before, after, &[0; 16])?);
            if lines.is_empty() {
                lines.push("changed how the vault opens or syncs".to_owned());
            }
            lines
        }
        None if place.parents.is_empty() => {
            let count = after.accounts.len();
            let name = device.map_or_else(|| "a machine".to_owned(), shown);
            vec![format!("{name} began with {count} accounts")]
        }
        // The commits before were encrypted with an old key.
        None => vec!["follows commits that do not open here".to_owned()],
    };
    Ok(row)
}

impl Row {
    fn unreadable(error: &SyncError) -> Self {
        Self {
            commit: error.commit().map(|name| name.n),
            time: None,
            device: None,
            device_id: None,
            fingerprint: None,
            changes: Vec::new(),
            error: Some(error.to_string()),
            written_at: None,
        }
    }

    /// `12  18:05, 5 min ago  laptop`, and what changed below it.
    fn lines(&self, width: Option<usize>) -> String {
        let number = self
            .commit
            .map_or("?".to_owned(), |number| number.to_string());
        let time = self.written_at.map(local_time).unwrap_or_default();
        let id = self.device_id.as_deref().unwrap_or_default();
        let device = self.device.as_deref().unwrap_or(&id[..id.len().min(8)]);
        let mut text = format!("{number}  {time}  {}", escape(device));
        text.truncate(text.trim_end().len());
        text.push('\n');
        let error = self.error.as_deref().map(escape).map(String::from);
        for line in self.changes.iter().chain(&error) {
            text.push_str("    ");
            match width {
                Some(width) => text.push_str(&hanging(line, 4, width)),
                None => text.push_str(line),
            }
            text.push('\n');
        }
        text
    }
}
