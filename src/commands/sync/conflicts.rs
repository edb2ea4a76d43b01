//! `mfa sync conflicts`: keys that lost to a change on another machine.

use serde::Serialize;

use crate::app::clock::{Clock, rfc3339_seconds};
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::hint::Hint;
use crate::app::local_time::local_time;
use crate::app::sync::told::subject;
use crate::commands::Run;
use crate::ui::{escape, table};
use crate::vault::Vault;
use crate::vault::replica::{Conflict, Device};

/// List the keys that lost to a change on another machine
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_long_help = "If two machines change the key of an account at once, the later change counts. The other key is kept here until you decide.\n\nExamples:\n  mfa sync conflicts\n  mfa sync conflicts use 1     # use the other key instead\n  mfa sync conflicts drop 1    # forget the other key"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Use the other key; forget the present one
    Use(Choice),
    /// Forget the other key
    Drop(Choice),
}

#[derive(Debug, clap::Args)]
struct Choice {
    /// Number, from 'mfa sync conflicts'
    number: usize,
    /// Skip the confirmation
    #[arg(long, short)]
    yes: bool,
}

#[derive(Serialize)]
struct Row {
    number: usize,
    /// The account, or the AWS profile.
    name: String,
    id: String,
    key_set: String,
    device: Option<String>,
    used_key_set: String,
    used_device: Option<String>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        context.known()?;
        match self.command {
            None => list(context, self.json),
            Some(Command::Use(choice)) => choice.decide(context, Decision::Use),
            Some(Command::Drop(choice)) => choice.decide(context, Decision::Drop),
        }
    }
}

fn list(context: &mut Context, json: bool) -> Result {
    let vault = context.open_existing()?.vault;
    let conflicts = vault.conflicts()?;
    if json {
        let rows = (1..).zip(&conflicts);
        let rows: Vec<_> = rows.map(|(n, conflict)| row(n, &vault, conflict)).collect();
        return Ok(context.ui.print_json(&rows)?);
    }
    if conflicts.is_empty() {
        context.ui.note("no conflicts");
        return Ok(());
    }
    let heading = ["N", "ACCOUNT", "OTHER KEY", "KEY IN USE"];
    let mut lines = vec![heading.map(str::to_owned).to_vec()];
    for (number, conflict) in (1..).zip(&conflicts) {
        lines.push(vec![
            number.to_string(),
            subject(&vault, conflict),
            set_by(conflict.at.time, conflict.device.as_ref()),
            set_by(conflict.winner_time, conflict.winner.as_ref()),
        ]);
    }
    Ok(context.ui.print(&table(&lines, context.ui.width()))?)
}

/// When and where a key was set: `laptop, 18:05, 5 min ago`.
fn set_by(time: u64, device: Option<&Device>) -> String {
    match device {
        Some(device) => format!("{}, {}", escape(&device.name), local_time(time)),
        None => local_time(time),
    }
}

fn row(number: usize, vault: &Vault, conflict: &Conflict) -> Row {
    let name = |device: &Device| device.name.clone();
    Row {
        number,
        name: subject(vault, conflict),
        id: conflict.id.to_string(),
        key_set: rfc3339_seconds(conflict.at.time),
        device: conflict.device.as_ref().map(name),
        used_key_set: rfc3339_seconds(conflict.winner_time),
        used_device: conflict.winner.as_ref().map(name),
    }
}

#[derive(Clone, Copy)]
enum Decision {
    Use,
    Drop,
}

impl Choice {
    fn decide(&self, context: &mut Context, decision: Decision) -> Result {
        let vault = context.open_existing()?.vault;
        let conflicts = vault.conflicts()?;
        let place = self.number.checked_sub(1);
        let conflict = place.and_then(|place| conflicts.get(place));
        let conflict = conflict.ok_or_else(|| {
            let message = format!("there is no conflict {}", self.number);
            CommandError::new(Exit::NotFound, message).with_hint("mfa sync conflicts")
        })?;
        let name = subject(&vault, conflict);
        let (question, done) = match decision {
            Decision::Use => (
                format!("Use the other key of {name}, and forget the present one?"),
                format!("{name} now has the other key\n"),
            ),
            Decision::Drop => (
                format!("Forget the other key of {name}? It cannot be brought back."),
                format!("forgot the other key of {name}\n"),
            ),
        };
        if !self.is_confirmed(context, &question)? {
            context.ui.note("nothing changed");
            return Ok(());
        }
        let now = Clock::seconds()?;
        context.change_existing(|vault| {
            if !vault.conflicts()?.contains(conflict) {
                let message = "nothing changed: the conflict is gone";
                let error = CommandError::new(Exit::Failed, message);
                return Err(error.with_hint("mfa sync conflicts"));
            }
            match decision {
                Decision::Use => Ok(vault.use_conflict(conflict, now)?),
                Decision::Drop => Ok(vault.drop_conflict(conflict)?),
            }
        })?;
        Ok(context.ui.print(&done)?)
    }

    fn is_confirmed(&self, context: &Context, question: &str) -> Result<bool> {
        if self.yes {
            return Ok(true);
        }
        let Some(prompt) = context.ui.prompt() else {
            let message = "nothing changed: there is no terminal to confirm it";
            let again = Hint::again().word("--yes");
            return Err(CommandError::new(Exit::Usage, message).with_hint(again));
        };
        Ok(prompt.confirm(question)?)
    }
}
