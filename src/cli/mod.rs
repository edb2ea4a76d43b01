//! From the arguments of the process to a command, and from its outcome to an exit code.

mod completions;
pub mod fuzzing;
mod man;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{ArgMatches, Command, FromArgMatches};

use crate::app::context::{Context, Globals};
use crate::app::error::{CommandError, Exit, Result};
use crate::commands::{self, Run};
use crate::ui::{ColorChoice, Ui, escape, escape_lines, redact};

/// A command in the table below. Its options are built only when it is the one that was called:
/// building all of them is most of what a start-up costs.
struct Entry {
    name: &'static str,
    about: &'static str,
    augment: fn(Command) -> Command,
    run: fn(&ArgMatches, &mut Context) -> Result,
}

const fn entry<C: Run>(name: &'static str, about: &'static str) -> Entry {
    fn run<C: Run>(matches: &ArgMatches, context: &mut Context) -> Result {
        match C::from_arg_matches(matches) {
            Ok(command) => command.run(context),
            Err(error) => Err(CommandError::new(Exit::Usage, error.to_string())),
        }
    }
    Entry {
        name,
        about,
        augment: C::augment_args,
        run: run::<C>,
    }
}

const ENTRIES: &[Entry] = &[
    entry::<commands::add::Args>("add", "Add accounts from QR pictures, otpauth URIs or keys"),
    entry::<commands::code::Args>("code", "Print the current code of an account"),
    entry::<commands::list::Args>("list", "List the accounts"),
    entry::<commands::show::Args>("show", "Show what is stored of an account, without its key"),
    entry::<commands::qr::Args>("qr", "Draw an account as a QR code: reveals the key"),
    entry::<commands::rename::Args>("rename", "Rename an account"),
    entry::<commands::edit::Args>("edit", "Change what is stored of an account"),
    entry::<commands::remove::Args>("remove", "Remove an account; 'mfa undo' brings it back"),
    entry::<commands::undo::Args>(
        "undo",
        "Take back the last change of the accounts; again, the one before it",
    ),
    #[cfg(feature = "aws")]
    entry::<commands::aws::Args>("aws", "AWS: register a device, sessions without a prompt"),
    entry::<commands::import::Args>(
        "import",
        "Import accounts from files of other authenticators",
    ),
    entry::<commands::export::Args>(
        "export",
        "Export accounts for other authenticators: encrypted, unless asked otherwise",
    ),
    entry::<commands::unlock::Args>(
        "unlock",
        "Unlock the vault for this session, so that codes come without a passphrase",
    ),
    entry::<commands::lock::Args>("lock", "Forget the key that is kept for this session"),
    entry::<commands::vault::Args>("vault", "Look after the vault: how it opens, its backups"),
    entry::<commands::scan::Args>(
        "scan",
        "Print every QR payload in pictures, whatever it is: shows keys",
    ),
    entry::<completions::Args>(
        "completions",
        "Print a script that completes commands, options and names",
    ),
    entry::<man::Args>("man", "Print the manual page: mfa man | man -l -"),
];

const AFTER_HELP: &str = "Three commands are all it takes:\n  \
    mfa add --qr aws.png    store the account of a QR picture\n  \
    mfa code my-iam-user    print its current code\n  \
    mfa list                list all accounts\n\n\
    Environment: MFA_VAULT, MFA_PASSPHRASE_FILE, MFA_PASSPHRASE_COMMAND (its first line),\n\
    MFA_PASSPHRASE, MFA_UNLOCK_FOR, MFA_AGE_IDENTITY, NO_COLOR\n\n\
    Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no such account, 4 several match,\n\
    5 vault locked, 6 vault damaged, 7 not a usable account, 8 name exists";

fn root() -> Command {
    use clap::Args;

    Globals::augment_args(Command::new("mfa"))
        .version(env!("CARGO_PKG_VERSION"))
        .about("Two-factor codes for the terminal, made first for AWS")
        .after_help(AFTER_HELP)
        .subcommand_required(true)
        .arg_required_else_help(true)
}

fn subcommand(entry: &Entry) -> Command {
    Command::new(entry.name)
        .about(entry.about)
        .defer(entry.augment)
}

/// All commands with all their options: for manual pages and completions.
pub(crate) fn whole_command() -> Command {
    root().subcommands(ENTRIES.iter().map(subcommand))
}

/// Only the command that is called, where the first argument names one: clap does the parsing
/// all the same, on a smaller tree.
fn command_for(arguments: &[OsString]) -> Command {
    let first = arguments.get(1).and_then(|argument| argument.to_str());
    match ENTRIES.iter().find(|entry| Some(entry.name) == first) {
        Some(entry) => root().subcommand(subcommand(entry)),
        None => whole_command(),
    }
}

/// Parses the arguments of the process, the program's own name among them.
///
/// # Errors
/// What clap has to say; a request for help is one of these.
pub(crate) fn matches(arguments: Vec<OsString>) -> Result<ArgMatches, clap::Error> {
    command_for(&arguments).try_get_matches_from(arguments)
}

/// Runs the program, and gives what it ends with.
#[must_use]
pub fn run(arguments: Vec<OsString>) -> ExitCode {
    crate::harden::process();
    hide_panics();
    if let Some(code) = completions::answer_shell(&arguments) {
        return code;
    }
    let matches = match matches(arguments) {
        Ok(matches) => matches,
        Err(error) => {
            report_usage(&error);
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Usage as u8));
        }
    };
    let outcome = dispatch(&matches);
    ExitCode::from(report(outcome) as u8)
}

/// A panic shows its place alone: its message may quote data.
fn hide_panics() {
    std::panic::set_hook(Box::new(|info| {
        if crate::qr::is_catching_panics() {
            return;
        }
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let ui = Ui::new(ColorChoice::Never, true);
        ui.note(&format!("a bug was met at {place}: please report it"));
    }));
}

fn dispatch(matches: &ArgMatches) -> Result {
    let globals = Globals::from_arg_matches(matches)
        .map_err(|error| CommandError::new(Exit::Usage, error.to_string()))?;
    let mut context = Context::new(globals)?;
    let (name, matches) = matches
        .subcommand()
        .ok_or_else(|| CommandError::new(Exit::Usage, "no command").with_hint("mfa --help"))?;
    let entry = ENTRIES.iter().find(|entry| entry.name == name);
    let entry = entry.ok_or_else(|| {
        let message = format!("there is no command '{name}'");
        CommandError::new(Exit::Usage, message).with_hint("mfa --help")
    })?;
    (entry.run)(matches, &mut context)
}

/// clap's own words, or its help; what it quotes is escaped, and a URI loses its key.
fn report_usage(error: &clap::Error) {
    let plain = error.to_string();
    let safe = escape_lines(&plain);
    if redact(&safe) == plain {
        // A closed pipe is all that can go wrong here.
        let _ = error.print();
    } else {
        Ui::new(ColorChoice::Never, true).status(&safe);
    }
}

/// Tells of a failure on stderr: what and why, then what to try.
fn report(outcome: Result) -> Exit {
    let Err(error) = outcome else {
        return Exit::Done;
    };
    let ui = Ui::new(ColorChoice::Never, true);
    if let Some(source) = error.source {
        ui.note(&source.to_string());
    }
    for detail in error.details {
        ui.status(&format!("  {}\n", escape(&detail)));
    }
    for hint in error.hints {
        ui.status(&format!("  try: {}\n", escape(&hint)));
    }
    error.kind
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_are_sound() {
        let mut whole = whole_command();
        whole.build();
        whole.debug_assert();
    }

    #[test]
    fn the_table_says_of_each_command_what_its_own_help_says() {
        for entry in ENTRIES {
            let own = (entry.augment)(Command::new(entry.name));
            assert_eq!(
                own.get_about().map(ToString::to_string).as_deref(),
                Some(entry.about)
            );
        }
    }
}
