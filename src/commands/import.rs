//! `mfa import`: accounts out of the files of other authenticators. All that can be used is stored
//! in one step, and of all the rest it is said why not.

mod ask;
mod outside;
mod plan;
mod source;

use std::path::PathBuf;

use super::Run;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::otp::{Account, AccountId, Kind, full_name};
use crate::transfer::{FORMATS, Skipped};
use crate::ui::escape;
use crate::vault::{ChangeError, Vault};
use plan::{Plan, Step};
use source::Batch;

/// Import accounts from files of other authenticators
#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub struct Args {
    /// Files, folders of files, or pictures of QR codes; - is stdin
    #[arg(value_name = "FILE", required_unless_present = "from")]
    files: Vec<PathBuf>,
    /// What the files are, where it is not found out: auto, or a name from the list below
    #[arg(long, value_name = "NAME", default_value = "auto", value_parser = format_name)]
    format: String,
    /// Read the files' password from the first line of a file
    #[arg(long, value_name = "PATH")]
    password_file: Option<PathBuf>,
    /// Show what would be stored, and store nothing
    #[arg(long)]
    dry_run: bool,
    /// Take the entries of a password store by running its program: pass or gopass
    #[arg(long, value_name = "PROGRAM", conflicts_with = "files")]
    from: Option<outside::Program>,
}

fn format_name(name: &str) -> Result<String, String> {
    let known = name == "auto" || FORMATS.iter().any(|format| format.name == name);
    known
        .then(|| name.to_owned())
        .ok_or_else(|| "no such format; 'mfa import --help' lists them".to_owned())
}

fn after_help() -> String {
    let width = FORMATS.iter().map(|format| format.name.len()).max();
    let width = width.unwrap_or_default();
    let lines = FORMATS.iter().map(|format| {
        let (name, title) = (format.name, format.title);
        format!("  {name:width$}  {title}\n")
    });
    format!(
        "Importing the same file again changes nothing. An encrypted file's password is asked \
         for.\n\nFormats, found by content:\n{}",
        lines.collect::<String>()
    )
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let batch = self.read(context)?;
        batch.say_what_is_odd(context);
        let (done, skipped) = (batch.files, batch.skipped);
        if done.iter().all(|file| file.found.is_empty()) && !skipped.is_empty() {
            let message = "no usable account was found";
            return Err(CommandError::new(Exit::Unusable, message));
        }
        let now = context.clock.seconds()?;
        let mut ids = Vec::new();
        for _ in done.iter().flat_map(|file| &file.found) {
            ids.push(context.new_id()?);
        }
        let plan =
            |vault: &Vault, left_out: &[AccountId]| Plan::new(vault, &done, &ids, left_out, now);
        let plan = if self.dry_run {
            plan(&context.accounts()?, &[])
        } else if done.iter().all(|file| file.found.is_empty()) {
            Plan::default()
        } else {
            let left_out = ask::what_to_leave_out(context, &plan)?;
            context.change(|vault| {
                let plan = plan(vault, &left_out);
                for step in &plan.steps {
                    match step {
                        Step::Add { account, .. } => {
                            vault.add((**account).clone(), false)?;
                        }
                        Step::Known {
                            ahead: Some((id, counter)),
                            ..
                        } => move_on(vault, *id, *counter, now)?,
                        Step::Known { .. } | Step::Left { .. } => {}
                    }
                }
                Ok(plan)
            })?
        };
        self.report(context, &plan, &skipped)
    }
}

impl Args {
    fn read(&self, context: &mut Context) -> Result<Batch<'_>> {
        let password = self.password_file.as_deref();
        let password = password.map(Context::passphrase_in).transpose()?;
        let format = Some(self.format.as_str()).filter(|name| *name != "auto");
        let mut batch = Batch::new(password, format);
        match self.from {
            Some(program) => outside::read(context, program, &mut batch)?,
            None => batch.read_all(context, &self.files)?,
        }
        Ok(batch)
    }

    fn report(&self, context: &Context, plan: &Plan, skipped: &[(String, Skipped)]) -> Result {
        let verb = if self.dry_run { "would add" } else { "added" };
        let mut text = String::new();
        let (mut added, mut known, mut skipped) = (0, 0, skipped.len());
        for step in &plan.steps {
            let line = match step {
                Step::Add { account, taken } => {
                    added += 1;
                    added_line(verb, account, taken.as_deref())
                }
                Step::Known { name, own, ahead } => {
                    known += 1;
                    known_line(name, own, ahead.map(|(_, counter)| counter))
                }
                Step::Left { name } => {
                    skipped += 1;
                    context.ui.note(&format!("skipped {name}, as you said"));
                    continue;
                }
            };
            text.push_str(&format!("{}\n", escape(&line)));
        }
        context.ui.print(&text)?;
        context.ui.note(&format!(
            "{added} {}, {known} already there, {skipped} skipped",
            if self.dry_run { "to add" } else { "added" }
        ));
        Ok(())
    }
}

fn move_on(vault: &mut Vault, id: AccountId, counter: u64, now: u64) -> Result<(), ChangeError> {
    vault.update(id, now, |account| {
        account.credential.kind = Kind::Hotp { counter };
    })?;
    Ok(())
}

fn known_line(name: &str, own: &str, ahead: Option<u64>) -> String {
    let mut line = format!("already there: {name}");
    if name != own {
        line.push_str(&format!(", as {own}"));
    }
    if let Some(counter) = ahead {
        line.push_str(&format!("; its counter goes on from {counter}"));
    }
    line
}

fn added_line(verb: &str, account: &Account, taken: Option<&str>) -> String {
    let name = full_name(&account.issuer, &account.name);
    match taken {
        None => format!("{verb} {name}"),
        Some(taken) => format!("{verb} {name}: {taken} has another key"),
    }
}
