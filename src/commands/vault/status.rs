//! `mfa vault status`: what can be said of the vault without opening it.

use serde::Serialize;

use crate::app::cache::kept_until;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::commands::Run;
use crate::ui::escape;
use crate::vault::envelope::{Header, SlotKind};
use crate::vault::file::keyfile;
use crate::vault::keyring::session::{self, Kept, Place};

/// Say where the vault is and how it opens
#[derive(Debug, clap::Args)]
pub struct Args {
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
    key_file: Option<String>,
    backups: usize,
    session: Session,
}

/// What is kept for this session.
#[derive(Serialize)]
struct Session {
    /// `session`, `user` or `store`; `null` where a key cannot be kept.
    keyring: Option<&'static str>,
    /// Unix time; `null` where no key is kept.
    unlocked_until: Option<u64>,
    #[serde(skip)]
    text: String,
}

impl Session {
    fn of(context: &Context, header: Option<&Header>) -> Self {
        let place = session::place();
        let fits = |kept: &Kept| header.is_some_and(|h| kept.key.matches(&h.key_commit));
        let until = context.kept().filter(fits).map(|kept| kept.until);
        let text = match (&place, until) {
            (Err(error), _) => error.to_string(),
            (Ok(place), None) => format!("not unlocked; {} would serve", place.describe()),
            (Ok(place), Some(until)) => kept_until(until, *place),
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
        let envelope = context.load()?;
        let header = envelope.as_ref().map(|envelope| &envelope.header);
        let slots = header.map(|h| h.slots.iter().map(|s| s.kind.as_str()).collect::<Vec<_>>());
        let has_key_file =
            header.is_some_and(|h| h.slots.iter().any(|slot| slot.kind == SlotKind::KeyFile));
        let key_file = keyfile::path_of(context.store.path()).display().to_string();
        let status = Status {
            path: context.store.path().display().to_string(),
            exists: header.is_some(),
            format: header.map(|_| 1),
            revision: header.map(|h| h.rev),
            epoch: header.map(|h| h.epoch),
            slots: slots.unwrap_or_default(),
            key_file: has_key_file.then_some(key_file),
            backups: context.store.backups().list().len(),
            session: Session::of(context, header),
        };
        if self.json {
            return Ok(context.ui.print_json(&status)?);
        }
        context.ui.print(&lines(&status))?;
        if let Some(envelope) = envelope {
            context.unlock_without_asking(&envelope);
            if context.is_unlocked() {
                // Damage and an older state show only when it is opened.
                context.open()?;
            }
        }
        Ok(())
    }
}

fn lines(status: &Status) -> String {
    if !status.exists {
        return format!("vault       {} (not made yet)\n", escape(&status.path));
    }
    let mut ways: Vec<_> = status.slots.iter().map(|slot| way(slot, status)).collect();
    let shared = status.slots.iter().filter(|slot| **slot == "age").count();
    ways.retain(|way| way != "age");
    match shared {
        0 => {}
        1 => ways.push("one age or SSH key".to_owned()),
        n => ways.push(format!("{n} age or SSH keys")),
    }
    let mut text = format!("vault       {}\n", escape(&status.path));
    for (label, value) in [
        ("revision", status.revision.map(|rev| rev.to_string())),
        ("key epoch", status.epoch.map(|epoch| epoch.to_string())),
        ("opens by", Some(ways.join(", "))),
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

fn way(slot: &str, status: &Status) -> String {
    match (slot, &status.key_file) {
        ("keyfile", Some(path)) => format!("key file {path}"),
        ("recovery", _) => "recovery code".to_owned(),
        ("keyring", _) => "the system's keyring".to_owned(),
        _ => slot.to_owned(),
    }
}
