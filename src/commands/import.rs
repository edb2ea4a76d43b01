//! `mfa import`: imports accounts from the files of other authenticators. Stores everything usable
//! in one step, and reports why the rest was left out.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::PathBuf;

use clap_complete::CompletionCandidate;

use super::Run;
use crate::app::clock::Clock;
use crate::app::complete::one_of;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::sources::batch::Batch;
use crate::app::sources::files;
use crate::app::sources::password_store;
use crate::app::typed_secret::passphrase_in;
use crate::import::plan::{Plan, Step};
use crate::import::{FORMATS, Format};
use crate::otp::{Account, AccountId};
use crate::ui::{Choices, escape};
use crate::vault::Vault;

/// Import accounts from files of other authenticators
#[derive(Debug, clap::Args)]
#[command(after_long_help = after_help())]
pub(crate) struct Args {
    /// Files, folders or QR pictures (- for stdin)
    #[arg(value_name = "FILE", required_unless_present = "from")]
    files: Vec<PathBuf>,
    /// File format, if detection fails
    #[arg(long, value_name = "NAME", default_value = "auto", value_parser = format, add = clap_complete::ArgValueCompleter::new(formats))]
    format: Choice,
    /// Read the files' password from the first line of PATH
    #[arg(long, value_name = "PATH")]
    password_file: Option<PathBuf>,
    /// Also import entries in a recycle bin or archive
    #[arg(long)]
    include_trash: bool,
    /// Show what would be added, but add nothing
    #[arg(long)]
    dry_run: bool,
    /// Import from a password store: pass or gopass
    #[arg(long, value_name = "PROGRAM", conflicts_with = "files")]
    from: Option<password_store::Program>,
}

/// The accounts that the user chose to leave out.
type LeftOut = HashSet<AccountId>;

/// The value of `--format`.
#[derive(Debug, Clone, Copy)]
enum Choice {
    Auto,
    As(&'static Format),
}

fn format(name: &str) -> Result<Choice, String> {
    match Format::named(name) {
        Some(format) => Ok(Choice::As(format)),
        None if name == "auto" => Ok(Choice::Auto),
        None => Err("no such format; to list them: mfa import --help".to_owned()),
    }
}

fn formats(typed: &OsStr) -> Vec<CompletionCandidate> {
    let auto = ("auto".to_owned(), Some("Detect the format".to_owned()));
    let values = FORMATS.iter();
    let values = values.map(|format| (format.name.to_owned(), Some(format.title.to_owned())));
    one_of(std::iter::once(auto).chain(values), typed)
}

fn after_help() -> String {
    let width = FORMATS.iter().map(|format| format.name.len()).max();
    let width = width.unwrap_or_default();
    let lines = FORMATS.iter().map(|format| {
        let (name, title) = (format.name, format.title);
        format!("  {name:width$}  {title}\n")
    });
    format!(
        "Importing a file again changes nothing. Encrypted files prompt for a password.\n\n\
         Examples:\n  mfa import backup.json\n  mfa import --dry-run backups/\n\n\
         Formats, detected by content:\n{}",
        lines.collect::<String>()
    )
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let batch = self.read(context)?;
        batch.report_problems(context)?;
        let now = Clock::seconds()?;
        let plan =
            |vault: &Vault, left_out: &LeftOut| Plan::new(vault, &batch.sources, left_out, now);
        let plan = if self.dry_run {
            plan(&context.accounts_if_any()?, &LeftOut::new())
        } else if batch.is_empty() {
            Plan::default()
        } else {
            let left_out = ask_what_to_leave_out(context, &plan)?;
            context.change(|vault| {
                let plan = plan(vault, &left_out);
                plan.apply(vault, now)?;
                Ok(plan)
            })?
        };
        self.report(context, &plan, batch.count_skipped())
    }
}

impl Args {
    fn read(&self, context: &mut Context) -> Result<Batch> {
        let password = self.password_file.as_deref();
        let password = password.map(passphrase_in).transpose()?;
        let format = match self.format {
            Choice::Auto => None,
            Choice::As(format) => Some(format),
        };
        match self.from {
            Some(program) => password_store::read(context, program, self.include_trash),
            None => files::read(context, &self.files, password, format, self.include_trash),
        }
    }

    fn report(&self, context: &Context, plan: &Plan, unusable: usize) -> Result {
        let verb = if self.dry_run { "would add" } else { "added" };
        let mut text = String::new();
        let (mut added, mut known, mut skipped) = (0, 0, unusable);
        for step in &plan.steps {
            let line = match step {
                Step::Add { account, taken } => {
                    added += 1;
                    added_line(verb, account, taken.as_deref())
                }
                Step::Known {
                    name,
                    own,
                    later_counter,
                } => {
                    known += 1;
                    known_line(name, own, later_counter.map(|(_, counter)| counter))
                }
                Step::LeftOut { name } => {
                    skipped += 1;
                    context.ui.note(&format!("skipped {name}"));
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

fn known_line(name: &str, own: &str, later_counter: Option<u64>) -> String {
    let mut line = format!("already there: {name}");
    if name != own {
        line.push_str(&format!(", as {own}"));
    }
    if let Some(counter) = later_counter {
        line.push_str(&format!("; its counter continues from {counter}"));
    }
    line
}

fn added_line(verb: &str, account: &Account, taken: Option<&str>) -> String {
    let name = account.full_name();
    match taken {
        None => format!("{verb} {name}"),
        Some(taken) => format!("{verb} {name} ({taken} exists with another secret key)"),
    }
}

const KEEP_ALL: &str = "add it, and all that follow";
const SKIP_ALL: &str = "skip it and all that follow";

/// Asks about each account whose name exists with another key, before anything is locked or stored.
/// Without a terminal, all of them are kept under new names.
fn ask_what_to_leave_out(
    context: &mut Context,
    plan: &impl Fn(&Vault, &LeftOut) -> Plan,
) -> Result<LeftOut> {
    let mut left_out = LeftOut::new();
    if !context.ui.can_prompt() {
        return Ok(left_out);
    }
    let vault = context.accounts_if_any()?;
    let Some(mut prompt) = context.ui.prompt() else {
        return Ok(left_out);
    };
    let mut asked = HashSet::new();
    loop {
        // A skipped account frees its name, so each answer changes the plan.
        let steps = plan(&vault, &left_out).steps;
        let mut open = steps.iter().filter_map(|step| match step {
            Step::Add {
                account,
                taken: Some(taken),
            } if !asked.contains(&account.id) => Some((account, taken)),
            _ => None,
        });
        let Some((account, taken)) = open.next() else {
            return Ok(left_out);
        };
        let others: Vec<_> = open.map(|(account, _)| account.id).collect();
        let mut choices = vec![
            format!("add it as {}", account.full_name()),
            "skip it".to_owned(),
        ];
        if !others.is_empty() {
            choices.extend([KEEP_ALL.to_owned(), SKIP_ALL.to_owned()]);
        }
        let question = format!("{taken} exists with another secret key");
        let find = |filter: &str| {
            let fits = |at: &usize| choices[*at].to_lowercase().contains(&filter.to_lowercase());
            (0..choices.len()).filter(fits).collect()
        };
        let picked = prompt.pick(&Choices {
            question: &question,
            names: &choices,
            filter: "",
            find: &find,
        });
        match picked? {
            Some(0) => {
                asked.insert(account.id);
            }
            Some(1) => {
                left_out.insert(account.id);
            }
            Some(2) => return Ok(left_out),
            Some(_) => {
                left_out.insert(account.id);
                left_out.extend(others);
                return Ok(left_out);
            }
            None => {
                let message = "nothing was imported: no answer was given";
                return Err(CommandError::new(Exit::Failed, message));
            }
        }
    }
}
