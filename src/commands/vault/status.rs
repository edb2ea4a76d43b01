//! `mfa vault status`: describes the vault without opening it.

use serde::Serialize;

use crate::app::context::Context;
use crate::app::error::Result;
use crate::app::vault::unlocked_until;
use crate::commands::Run;
use crate::ui::escape;
use crate::vault::format::SlotFormat;
use crate::vault::unlock::key_file_path;
use crate::vault::unlock::session_key::{self, Cached, Place};
use crate::vault::{Header, SlotKind};

/// The text of [`SlotKind::describe`] for an age or SSH key.
const AGE_KEY: &str = "age or SSH key";

/// Show where the vault is and how it unlocks
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  mfa vault status")]
pub(crate) struct Args {
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Status {
    path: String,
    exists: bool,
    format: Option<u32>,
    revision: Option<u64>,
    epoch: Option<u32>,
    slots: Vec<&'static str>,
    /// What opens the vault, for people.
    #[serde(skip)]
    opens_by: Vec<String>,
    key_file: Option<String>,
    backups: usize,
    session: Session,
}

/// The key that is cached for this session.
#[derive(Serialize)]
struct Session {
    /// Where: `session`, `user` or `store`; `null` if no key can be cached.
    keyring: Option<&'static str>,
    /// Unix time; `null` if no key is cached.
    unlocked_until: Option<u64>,
    #[serde(skip)]
    text: String,
}

impl Session {
    fn of(context: &Context, header: Option<&Header>) -> Self {
        let place = session_key::place();
        let fits = |cached: &Cached| header.is_some_and(|h| cached.key.matches(&h.key_commit));
        let cached = context.repository.cached_key(&context.host);
        let until = cached.filter(fits).map(|cached| cached.until);
        let text = match (&place, until) {
            (Err(error), _) => error.to_string(),
            (Ok(place), None) => {
                format!("not unlocked; 'mfa unlock' unlocks it {}", place.describe())
            }
            (Ok(place), Some(until)) => unlocked_until(until, *place),
        };
        Self {
            keyring: place.ok().map(Place::name),
            unlocked_until: until,
            text,
        }
    }
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let envelope = context.repository.load()?;
        let header = envelope.as_ref().map(|envelope| &envelope.header);
        let vault = context.repository.path();
        let kinds = header.iter().flat_map(|h| &h.slots).map(|slot| &slot.kind);
        let has_key_file = kinds
            .clone()
            .any(|kind| matches!(kind, SlotKind::KeyFile(_)));
        let key_file = key_file_path(vault).display().to_string();
        let status = Status {
            path: vault.display().to_string(),
            exists: header.is_some(),
            format: header.map(|_| 1),
            revision: header.map(|h| h.rev),
            epoch: header.map(|h| h.epoch),
            slots: kinds.clone().map(SlotFormat::name).collect(),
            opens_by: kinds.map(|kind| kind.describe(vault)).collect(),
            key_file: has_key_file.then_some(key_file),
            backups: context.repository.count_backups(),
            session: Session::of(context, header),
        };
        if self.json {
            return Ok(context.ui.print_json(&status)?);
        }
        context.ui.print(&lines(&status))?;
        if let Some(envelope) = envelope {
            let header = &envelope.header;
            let opens =
                context.with_vault(|vault, host| Ok(vault.unlock_without_asking(host, header)))?;
            if opens {
                // Only opening shows whether the vault is damaged or an older copy.
                context.open()?;
            }
        }
        Ok(())
    }
}

fn lines(status: &Status) -> String {
    if !status.exists {
        return format!(
            "vault       {} (does not exist yet)\n",
            escape(&status.path)
        );
    }
    let mut text = format!("vault       {}\n", escape(&status.path));
    for (label, value) in [
        ("revision", status.revision.map(|rev| rev.to_string())),
        ("key epoch", status.epoch.map(|epoch| epoch.to_string())),
        ("opens by", Some(counted(&status.opens_by).join(", "))),
        ("session", Some(status.session.text.clone())),
        ("backups", Some(status.backups.to_string())),
    ] {
        text.push_str(&format!(
            "{label:<11} {}\n",
            escape(&value.unwrap_or_default())
        ));
    }
    text
}

/// Counts the age and SSH keys, such as `3 age or SSH keys`, and puts them last.
fn counted(ways: &[String]) -> Vec<String> {
    let (shared, mut counted): (Vec<_>, Vec<_>) =
        ways.iter().cloned().partition(|way| way == AGE_KEY);
    match shared.len() {
        0 => {}
        1 => counted.push(format!("one {AGE_KEY}")),
        n => counted.push(format!("{n} {AGE_KEY}s")),
    }
    counted
}
