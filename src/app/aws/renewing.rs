//! Runs a program whose SDK renews its session by itself: with a private config file, in which a profile
//! has this program as its `credential_process`. This process waits for the program and removes the file.

use std::fs;
use std::process::Command;

use crate::app::aws::{files, programs as aws_programs};
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::programs;
use crate::aws::config::{EditError, File, ProcessLine, with_renewing_profile};
use crate::aws::session::output::{OVERRIDING, SET};
use crate::aws::{ProfileClient, Selection};
use crate::otp::AccountId;
use crate::vault::storage::{StateDir, StoreError};

/// The folder of the config files, each named after the process that uses it.
const FOLDER: &str = "aws-exec";

/// The private config file of a running program; removed when dropped.
struct PrivateConfig {
    state: StateDir,
    name: String,
    /// Open as long as the program runs.
    _open: fs::File,
}

impl PrivateConfig {
    fn write(state: &StateDir, text: &str) -> Result<Self, StoreError> {
        let name = format!("{FOLDER}/{}", std::process::id());
        state.write(&name, text.as_bytes())?;
        Ok(Self {
            state: state.clone(),
            _open: state.open(&name)?,
            name,
        })
    }
}

impl Drop for PrivateConfig {
    fn drop(&mut self) {
        // If it stays, the next run removes it.
        let _ = self.state.remove(&self.name);
    }
}

/// Runs the program to its end, with a profile that renews itself. The error has its exit code.
pub(crate) fn run_renewing(
    context: &mut Context,
    selection: &Selection,
    client: &ProfileClient,
    program: &[String],
    region: Option<&str>,
) -> Result<CommandError> {
    let Some(source) = client.profile.name.as_deref() else {
        let message = "keys in the environment cannot be renewed: name a profile";
        let hint = "mfa aws exec --refresh --profile NAME";
        return Err(CommandError::new(Exit::Usage, message).with_hint(hint));
    };
    if !context.repository.opens_unattended(&context.host) {
        let message = "the vault must open without a prompt, so that the session can be renewed";
        return Err(CommandError::new(Exit::Locked, message).with_hint("mfa unlock"));
    }
    let account = account_id(context, selection)?;
    let line = ProcessLine {
        program: &aws_programs::own_path(),
        vault: context.vault_was_named.then(|| context.repository.path()),
        source,
        duration: selection.duration,
        account,
    };
    let unwritable = |error: EditError| CommandError::new(Exit::Failed, error.to_string());
    let line = line.text().map_err(unwritable)?;
    let text = files::text_of(File::Config)?;
    let is_taken = |name: &str| client.files.exists(name);
    let (copy, profile) =
        with_renewing_profile(&text, is_taken, &client.profile, &line).map_err(unwritable)?;
    remove_abandoned(&context.state);
    let config = PrivateConfig::write(&context.state, &copy)?;
    let mut command = programs::child(&program[0]);
    command.args(&program[1..]);
    for name in SET
        .iter()
        .chain(&OVERRIDING)
        .filter(|name| !name.ends_with("REGION"))
    {
        command.env_remove(name);
    }
    command
        .env("AWS_CONFIG_FILE", config.state.path(&config.name))
        .env("AWS_PROFILE", &profile)
        .env("AWS_VAULT", source)
        // SDKs of the first generation read the config file only if it is set.
        .env("AWS_SDK_LOAD_CONFIG", "1");
    if let Some(region) = region.or(client.profile.region.as_deref()) {
        command
            .env("AWS_REGION", region)
            .env("AWS_DEFAULT_REGION", region);
    }
    supervise(&mut command)
        .map(CommandError::of_program)
        .map_err(|error| aws_programs::cannot_run(program, &error))
}

/// The account that was named, by id: its name comes from outside.
fn account_id(context: &mut Context, selection: &Selection) -> Result<Option<AccountId>> {
    let Some(name) = &selection.account else {
        return Ok(None);
    };
    let vault = context.accounts()?;
    Ok(Some(context.select(&vault, std::slice::from_ref(name))?.id))
}

impl Context {
    /// Whether the vault opens without asking a person.
    pub(crate) fn opens_without_prompt(&self) -> bool {
        self.host.passphrase.is_given() || self.repository.opens_unattended(&self.host)
    }
}

/// Removes the files of processes that were killed.
pub(crate) fn remove_abandoned(state: &StateDir) {
    state.remove_abandoned(FOLDER);
}

/// Waits for the program. Signals that would end this process are passed on to it.
#[cfg(unix)]
fn supervise(command: &mut Command) -> std::io::Result<std::process::ExitStatus> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
    use signal_hook::iterator::Signals;

    let mut signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2])?;
    let handle = signals.handle();
    crate::ui::pass_signals_on();
    let mut child = programs::start(command)?;
    let process = rustix::process::Pid::from_child(&child);
    let passing_on = std::thread::spawn(move || {
        for signal in signals.forever() {
            // The terminal has sent ^C and ^\ to the program already.
            let is_from_keyboard =
                matches!(signal, SIGINT | SIGQUIT) && crate::ui::is_in_foreground();
            if let Some(signal) = rustix::process::Signal::from_named_raw(signal)
                && !is_from_keyboard
            {
                let _ = rustix::process::kill_process(process, signal);
            }
        }
    });
    let status = child.wait();
    handle.close();
    let _ = passing_on.join();
    status
}

/// Waits for the program. The console sends it ^C too.
#[cfg(not(unix))]
fn supervise(command: &mut Command) -> std::io::Result<std::process::ExitStatus> {
    crate::ui::pass_signals_on();
    programs::start(command).and_then(|mut child| child.wait())
}
