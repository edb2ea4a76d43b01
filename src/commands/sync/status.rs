//! `mfa sync status`: describes how this machine syncs, without the network.

use serde::Serialize;

use crate::app::clock::rfc3339_seconds;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::app::local_time::local_time;
use crate::app::sync::devices::{hex, own_id};
use crate::commands::Run;
use crate::ui::escape;

/// Show the remote, the newest commit and the last sync
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "It does not use the network: sync first to see the newest commit.\n\nExample:\n  mfa sync status"
)]
pub(crate) struct Args {
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Status {
    remote: String,
    device: String,
    device_id: String,
    commit: Option<u64>,
    committed: Option<String>,
    fingerprint: Option<String>,
    last_sync: Option<String>,
    changes_wait: bool,
    auto: bool,
    failures: Option<Failures>,
    #[serde(skip)]
    committed_at: Option<u64>,
    #[serde(skip)]
    synced_at: Option<u64>,
}

#[derive(Serialize)]
struct Failures {
    count: u32,
    last: String,
    error: String,
    #[serde(skip)]
    last_at: u64,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let known = context.known()?;
        let head = known.heads().max_by_key(|head| head.name);
        let failures = known.failures.as_ref().map(|failures| Failures {
            count: failures.count,
            last: rfc3339_seconds(failures.last),
            error: failures.why.clone(),
            last_at: failures.last,
        });
        let revision = context.repository.load()?.map(|vault| vault.header.rev);
        let status = Status {
            remote: known.remote.to_string(),
            device: known.device_name.clone(),
            device_id: hex(&own_id(context)?),
            commit: head.map(|head| head.name.n),
            committed: known.head_time.map(rfc3339_seconds),
            fingerprint: head.map(|head| head.hash.fingerprint()),
            last_sync: known.last_done.map(rfc3339_seconds),
            changes_wait: revision != known.revision,
            auto: known.auto,
            failures,
            committed_at: known.head_time,
            synced_at: known.last_done,
        };
        if self.json {
            return Ok(context.ui.print_json(&status)?);
        }
        Ok(context.ui.print(&lines(&status))?)
    }
}

fn lines(status: &Status) -> String {
    let commit = status.commit.map(|number| match status.committed_at {
        Some(time) => format!("{number}, of {}", local_time(time)),
        None => number.to_string(),
    });
    let rows = [
        ("remote", Some(status.remote.clone())),
        (
            "device",
            Some(format!("{} ({})", status.device, &status.device_id[..8])),
        ),
        ("commit", commit),
        ("fingerprint", status.fingerprint.clone()),
        (
            "last sync",
            Some(status.synced_at.map_or("never".to_owned(), local_time)),
        ),
        (
            "changes",
            Some(
                if status.changes_wait {
                    "wait for the next sync"
                } else {
                    "none"
                }
                .to_owned(),
            ),
        ),
        (
            "auto",
            Some(if status.auto { "on" } else { "off" }.to_owned()),
        ),
        ("failed", status.failures.as_ref().map(failed)),
    ];
    let rows = rows
        .into_iter()
        .filter_map(|(label, value)| Some((label, value?)));
    let mut text = String::new();
    for (label, value) in rows {
        text.push_str(&format!("{label:<11} {}\n", escape(&value)));
    }
    text
}

fn failed(failures: &Failures) -> String {
    let times = if failures.count == 1 {
        "once"
    } else {
        "in a row"
    };
    let count = if failures.count == 1 {
        String::new()
    } else {
        format!("{} times ", failures.count)
    };
    format!(
        "{count}{times}, last at {}: {}",
        local_time(failures.last_at),
        failures.error
    )
}
