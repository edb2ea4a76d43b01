//! Parses the arguments, runs the command, and maps its result to an exit code.

mod completions;
pub mod fuzzing;
mod help;
mod init;
mod man;
mod markdown;
mod near;
mod usage;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{ArgMatches, Command, FromArgMatches};

use crate::app::context::{Context, Globals};
use crate::app::error::{CommandError, Exit, Result};
use crate::app::hint::Given;
use crate::commands::{self, Run};
use crate::ui::{ColorChoice, Ui, escape};

/// A command in the table below. Its options are built only when it is called: building those of all
/// commands takes most of the start-up time.
struct Entry {
    name: &'static str,
    /// Short names, such as `ls`.
    aliases: &'static [&'static str],
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
        aliases: &[],
        about,
        augment: C::augment_args,
        run: run::<C>,
    }
}

impl Entry {
    const fn or(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }
}

fn find_entry(name: &str) -> Option<&'static Entry> {
    let is_it = |entry: &&Entry| entry.name == name || entry.aliases.contains(&name);
    ENTRIES.iter().find(is_it)
}

const ENTRIES: &[Entry] = &[
    entry::<commands::add::Args>("add", "Add accounts from QR pictures, URIs or secret keys"),
    entry::<commands::code::Args>("code", "Print the current code of an account").or(&["get"]),
    #[cfg(feature = "desktop")]
    entry::<commands::code::Copy>("cp", "Copy the current code of an account"),
    entry::<commands::list::Args>("list", "List the accounts").or(&["ls"]),
    entry::<commands::watch::Args>(
        "watch",
        "Show all codes live; search, copy, both codes for AWS",
    ),
    entry::<commands::show::Args>("show", "Show an account's details, without its secret key"),
    entry::<commands::qr::Args>(
        "qr",
        "Show an account as a QR code (reveals the secret key)",
    ),
    entry::<commands::rename::Args>("rename", "Rename an account").or(&["mv"]),
    entry::<commands::edit::Args>("edit", "Change an account's details"),
    entry::<commands::remove::Args>("remove", "Remove an account ('mfa undo' restores it)")
        .or(&["rm"]),
    entry::<commands::undo::Args>("undo", "Undo the last change; repeat to go further back"),
    entry::<commands::redo::Args>(
        "redo",
        "Redo what 'mfa undo' took back; repeat to go further",
    ),
    #[cfg(feature = "aws")]
    entry::<commands::aws::Args>("aws", "Manage AWS MFA devices and sessions"),
    entry::<commands::import::Args>(
        "import",
        "Import accounts from files of other authenticators",
    ),
    entry::<commands::export::Args>("export", "Export accounts for another authenticator"),
    entry::<commands::unlock::Args>(
        "unlock",
        "Unlock the vault for a while, so that no passphrase is needed",
    ),
    entry::<commands::lock::Args>("lock", "Lock the vault again after 'mfa unlock'"),
    entry::<commands::vault::Args>(
        "vault",
        "Manage the vault: how it unlocks, backups, sharing",
    ),
    entry::<commands::sync::Args>("sync", "Keep the vaults of several machines the same"),
    entry::<commands::scan::Args>("scan", "Print the content of every QR code in pictures"),
    entry::<commands::doctor::Args>(
        "doctor",
        "Check the clock, the vault, its files and the set-up",
    ),
    entry::<init::Args>(
        "init",
        "Print the set-up of a shell: completions, and awslogin for AWS sessions",
    ),
    entry::<completions::Args>("completions", "Print a shell completion script"),
    entry::<help::Args>("help", "Print help on a command or a topic"),
    entry::<man::Args>("man", "Show the manual page"),
];

/// `{usage}` is filled in by clap. At most 24 lines of 80 columns, to fit a small terminal.
const HELP: &str = "\
Two-factor codes for the terminal, made first for AWS

{usage-heading} {usage}

Commands:
  add                     Add accounts from QR pictures, URIs or secret keys
  code, list              Print the code of an account; list all accounts
  watch                   Show all codes live (also 'mfa' alone)
  show, qr                Show an account's details, or its QR code
  rename, edit, remove    Change or remove an account
  undo, redo              Undo the last change, or redo what was undone
  import, export, scan    Move accounts in and out; read any QR code
  aws                     Manage AWS MFA devices and sessions
  vault, unlock, lock     Manage the vault, its passphrase and backups
  sync                    Keep the vaults of several machines the same
  init, doctor, help, man Set up your shell and completions, check the set-up

Global options:
  --vault PATH            The vault file [env: MFA_VAULT]
  --passphrase-file PATH  Read the passphrase from the first line of PATH
  --color WHEN            Use colours: auto, always or never
  -h, --help, --version   Print help, or the version{after-help}";

const EXAMPLE: &str = "Example: mfa add --qr aws.png, then: mfa code my-iam-user";

const LONG_EXAMPLE: &str = "Examples:
  mfa add --qr aws.png     Add the account in a screenshot
  mfa code my-iam-user     Print its current code
  mfa list                 List your accounts
  mfa help aws             Read about AWS; 'mfa help help' lists the topics

Short names:
  ls  list    rm  remove    mv  rename    get  code    cp  code --copy

Environment variables:
  MFA_VAULT                The vault file
  MFA_PASSPHRASE_FILE      A file with the passphrase in its first line
  MFA_PASSPHRASE_COMMAND   A command that prints the passphrase
  MFA_PASSPHRASE           The passphrase
  MFA_UNLOCK_FOR           How long a typed passphrase serves [default: 8h]
  MFA_AGE_IDENTITY         A file with age or SSH private keys
  NO_COLOR                 Turn colours off

Exit codes: 'mfa help exit-codes'";

fn root() -> Command {
    use clap::Args;

    Globals::augment_args(Command::new("mfa"))
        // Not the name of its file, which is mfa.exe on Windows.
        .bin_name("mfa")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Two-factor codes for the terminal, made first for AWS")
        .max_term_width(80)
        .help_template(HELP)
        .after_help(EXAMPLE)
        .after_long_help(LONG_EXAMPLE)
        .disable_help_subcommand(true)
}

fn subcommand(entry: &Entry) -> Command {
    Command::new(entry.name)
        .about(entry.about)
        .aliases(entry.aliases)
        .defer(entry.augment)
}

/// All commands with all their options, for manual pages and completions.
pub(crate) fn whole_command() -> Command {
    root().subcommands(ENTRIES.iter().map(subcommand))
}

/// Only the command that the first argument names, or all. clap parses the same on a smaller tree.
fn command_for(arguments: &[OsString]) -> Command {
    let first = arguments.get(1).and_then(|argument| argument.to_str());
    match first.and_then(find_entry) {
        Some(entry) => root().subcommand(subcommand(entry)),
        None => whole_command(),
    }
}

/// The command with this name, with its options.
fn definition(name: &str) -> Option<Command> {
    find_entry(name).map(|entry| (entry.augment)(Command::new(entry.name)))
}

/// Parses the arguments of the process, including the program's name.
///
/// # Errors
/// If the usage is wrong; also for `--help` and `--version`.
pub(crate) fn matches(arguments: &[OsString]) -> Result<ArgMatches, clap::Error> {
    command_for(arguments).try_get_matches_from(arguments)
}

/// Runs the program and returns its exit code.
#[must_use]
pub fn run(arguments: Vec<OsString>) -> ExitCode {
    crate::harden::process();
    hide_panics();
    #[cfg(windows)]
    crate::ui::end_on_interrupt();
    if let Some(code) = completions::answer_shell(&arguments) {
        return code;
    }
    #[cfg(feature = "desktop")]
    if let Some(code) = crate::app::clipboard_helper::serve(&arguments) {
        return code;
    }
    let matches = match matches(&arguments) {
        Ok(matches) => matches,
        Err(error) => {
            usage::report(&error, &arguments);
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Usage as u8));
        }
    };
    let matches = Arc::new(matches);
    let given = Given::new(&matches, definition);
    let exit = match dispatch(&matches, &given) {
        Ok(()) => Exit::Done as i32,
        Err(error) => {
            let color = matches.get_one("color").copied().unwrap_or_default();
            report(error, &stderr(color), &given)
        }
    };
    match u8::try_from(exit) {
        Ok(exit) => ExitCode::from(exit),
        Err(_) => end_with(exit),
    }
}

/// Ends with the exit code of a program of Windows, which an [`ExitCode`] cannot hold. All secrets are
/// wiped by then.
#[expect(
    clippy::exit,
    clippy::disallowed_methods,
    reason = "std has no other way"
)]
fn end_with(exit: i32) -> ! {
    std::process::exit(exit)
}

/// Prints only the place of a panic, since its message may contain data.
fn hide_panics() {
    std::panic::set_hook(Box::new(|info| {
        if crate::qr::is_catching_panics() {
            return;
        }
        crate::ui::restore_for_panic();
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let ui = Ui::new(ColorChoice::Never, true);
        ui.error(&format!("this is a bug, at {place}: please report it"));
    }));
}

fn dispatch(matches: &ArgMatches, given: &Given) -> Result {
    let globals = Globals::from_arg_matches(matches)
        .map_err(|error| CommandError::new(Exit::Usage, error.to_string()))?;
    let mut context = Context::new(globals, given.clone())?;
    let Some((name, matches)) = matches.subcommand() else {
        return bare(&mut context);
    };
    let entry = find_entry(name).ok_or_else(|| {
        let message = format!("there is no command '{name}'");
        CommandError::new(Exit::Usage, message).with_hint("mfa --help")
    })?;
    let result = (entry.run)(matches, &mut context);
    if entry.name != "sync" {
        context.after_command();
    }
    result
}

const WELCOME: &str = "\
Welcome to mfa, two-factor codes for the terminal. To begin:
  mfa add --qr aws.png   Add the account in a picture of a QR code
  mfa add                Add one by typing or pasting its key
  mfa help               Read more
";

/// Runs `mfa` without a command: `mfa watch` on a terminal, or a welcome if there is no vault yet.
fn bare(context: &mut Context) -> Result {
    if !context.ui.stdout_is_terminal() || !context.ui.can_draw() {
        let help = root()
            .arg_required_else_help(true)
            .subcommand_required(true);
        let Err(error) = help
            .subcommands(ENTRIES.iter().map(subcommand))
            .try_get_matches_from(["mfa"])
        else {
            return Ok(());
        };
        usage::report(&error, &[]);
        return Err(CommandError::quiet(Exit::Usage));
    }
    if context.repository.exists()? {
        commands::watch::Args::default().run(context)
    } else {
        Ok(context.ui.print(WELCOME)?)
    }
}

/// The terminal for errors, which may occur before the context exists.
#[expect(
    clippy::disallowed_methods,
    reason = "NO_COLOR is needed for errors of the context itself"
)]
fn stderr(color: ColorChoice) -> Ui {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Ui::new(color, no_color)
}

/// Prints an error: what failed and why, then what to try. Returns the exit code.
fn report(error: CommandError, ui: &Ui, given: &Given) -> i32 {
    if let Some(source) = error.source {
        ui.error(&source.to_string());
    }
    for detail in error.details {
        ui.status(&format!("  {}\n", escape(&detail)));
    }
    for hint in error.hints {
        ui.status(&format!("  try: {}\n", escape(&given.command(hint))));
    }
    error.program.unwrap_or(error.kind as i32)
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
