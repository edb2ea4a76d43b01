//! `mfa aws keys list`: the access keys in the vault, without their secrets.

use serde::Serialize;

use crate::app::aws::keys::owner;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::app::local_time::local_time;
use crate::aws::Host;
use crate::commands::Run;
use crate::ui::table;
use crate::vault::{ProfileKey, Rotation};

/// List the access keys in the vault
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  mfa aws keys list")]
pub(crate) struct Args {
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    profile: &'a str,
    access_key_id: &'a str,
    arn: Option<&'a str>,
    /// When it was added, in Unix seconds.
    created: u64,
    updated: u64,
    /// The second key that AWS has, or may have.
    other: Option<Other<'a>>,
}

/// The second key during a rotation, or after it.
#[derive(Serialize)]
struct Other<'a> {
    /// `creating`, `proving`, `active` or `inactive`.
    state: &'static str,
    access_key_id: Option<&'a str>,
    /// When it may be deleted, in Unix seconds.
    delete_after: Option<u64>,
}

impl<'a> Other<'a> {
    fn of(key: &'a ProfileKey) -> Option<Self> {
        let (state, access_key_id, delete_after) = match key.rotation.as_ref()? {
            Rotation::Creating { .. } => ("creating", None, None),
            Rotation::Proving { key, .. } => ("proving", Some(key.id()), None),
            Rotation::Old {
                id,
                is_active,
                delete_after,
            } => {
                let state = if *is_active { "active" } else { "inactive" };
                (state, Some(id.as_str()), *delete_after)
            }
        };
        Some(Self {
            state,
            access_key_id,
            delete_after,
        })
    }

    /// What is left to do, for people.
    fn text(&self, now: u64) -> String {
        let id = self.access_key_id.unwrap_or_default();
        match (self.state, self.delete_after) {
            ("inactive", Some(time)) if time <= now => format!("old key {id} is due for deletion"),
            ("inactive", Some(time)) => {
                format!("old key {id} is inactive, kept until {}", local_time(time))
            }
            ("inactive", None) => format!("old key {id} is inactive"),
            _ => "rotation not finished".to_owned(),
        }
    }
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let vault = context.accounts()?;
        context.note_unusable(&vault);
        let keys = &vault.aws_keys.entries;
        let rows = keys.iter().map(|key| Row {
            profile: &key.profile,
            access_key_id: key.key.id(),
            arn: key.arn.as_deref(),
            created: key.created,
            updated: key.updated,
            other: Other::of(key),
        });
        if self.json {
            return Ok(context.ui.print_json(&rows.collect::<Vec<_>>())?);
        }
        if keys.is_empty() {
            let command = context.command("mfa aws keys import");
            context.ui.note(&format!(
                "no access keys in the vault; to move yours there: {command}"
            ));
            return Ok(());
        }
        let now = context.unix_seconds();
        let heading = ["PROFILE", "ACCESS KEY", "USER", "SINCE", ""].map(str::to_owned);
        let line = |key: &ProfileKey| {
            let other = Other::of(key).map(|other| other.text(now));
            vec![
                key.profile.clone(),
                key.key.id().to_owned(),
                owner(key),
                local_time(key.created),
                other.unwrap_or_default(),
            ]
        };
        let lines = std::iter::once(heading.to_vec()).chain(keys.iter().map(line));
        let text = table(&lines.collect::<Vec<_>>(), context.ui.width());
        context.ui.print(&text)?;
        if keys.iter().any(|key| key.rotation.is_some()) {
            let command = context.command("mfa aws keys rotate --profile NAME --delete-old");
            context.ui.note(&format!("to finish a rotation: {command}"));
        }
        Ok(())
    }
}
