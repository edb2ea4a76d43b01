//! What a command gets from outside: clock, random numbers, environment, paths and streams.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the adapter for the environment"
)]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

use super::error::{CommandError, Exit, Result};
use super::folders::Folders;
use super::hint::{Given, Hint};
#[cfg(feature = "age")]
use super::host::IdentityPaths;
use super::host::{AppHost, PassphraseSource, ui_beside, waiting_for};
use super::unlock_duration::{DEFAULT_UNLOCK, UnlockDuration};
use crate::ui::{ColorChoice, Ui};
use crate::vault::format::{Random, RandomError};
use crate::vault::repository::Repository;
use crate::vault::storage::StateDir;

/// Options that every command takes.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Globals {
    /// The vault file [default: vault.json in the data folder] [env: MFA_VAULT]
    #[arg(long, global = true, hide = true, value_name = "PATH")]
    pub vault: Option<PathBuf>,
    /// Read the passphrase from the first line of PATH [env: MFA_PASSPHRASE_FILE]
    #[arg(long, global = true, hide = true, value_name = "PATH")]
    pub passphrase_file: Option<PathBuf>,
    /// Use colours: auto, always or never
    #[arg(
        long,
        global = true,
        hide = true,
        value_name = "WHEN",
        value_enum,
        default_value_t
    )]
    #[arg(hide_possible_values = true)]
    pub color: ColorChoice,
}

/// Everything outside the program that a command uses.
pub(crate) struct Context {
    pub ui: Ui,
    pub random: OsRandom,
    /// The options of this run, for commands to try.
    pub(crate) given: Given,
    pub(crate) repository: Repository,
    /// The default path of the vault; `None` without a home folder.
    usual_vault: Option<PathBuf>,
    /// Connects the vault to the terminal, the random numbers and the state folder.
    pub(crate) host: AppHost,
    /// Whether `--vault` or `MFA_VAULT` set the vault's path.
    pub(crate) vault_was_named: bool,
    /// What this machine remembers between runs.
    pub(crate) state: StateDir,
    /// The person's own shell, from `SHELL`.
    pub(crate) shell: Option<PathBuf>,
}

/// Why no path can be told.
pub(crate) const NO_HOME: &str = if cfg!(windows) {
    "no home folder: APPDATA is not set"
} else {
    "no home folder: HOME is not set"
};

/// Parses the value of `MFA_UNLOCK_FOR`.
fn unlock_for(text: Option<OsString>) -> Result<Duration> {
    let Some(text) = text else {
        return Ok(DEFAULT_UNLOCK);
    };
    let text = text.to_string_lossy();
    text.parse()
        .map(|UnlockDuration(time)| time)
        .map_err(|why: String| {
            CommandError::new(Exit::Usage, format!("MFA_UNLOCK_FOR={text}: {why}"))
        })
}

impl Context {
    /// Reads the environment and looks at the streams. Fails without a home folder, unless a vault
    /// is named.
    pub(crate) fn new(globals: Globals, given: Given) -> Result<Self> {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let path = |name| variable(name).map(PathBuf::from);
        let no_color = variable("NO_COLOR").is_some();
        let folders = Folders::new();
        let no_home = || CommandError::new(Exit::Failed, NO_HOME).with_hint("mfa --vault PATH …");
        let named = globals.vault.or_else(|| path("MFA_VAULT"));
        let vault_was_named = named.is_some();
        let usual_vault = folders.as_ref();
        let usual_vault = usual_vault.map(|folders| folders.data.join("vault.json"));
        let vault = match (named, &usual_vault) {
            (Some(path), _) => path,
            (None, Some(usual)) => usual.clone(),
            (None, None) => return Err(no_home()),
        };
        let state = match &folders {
            Some(folders) => folders.state.clone(),
            // Without a home folder, the state folder is next to the vault.
            None => std::path::absolute(&vault)
                .unwrap_or_else(|_| vault.clone())
                .with_added_extension("state"),
        };
        let passphrase = PassphraseSource {
            file: globals
                .passphrase_file
                .or_else(|| path("MFA_PASSPHRASE_FILE")),
            command: variable("MFA_PASSPHRASE_COMMAND"),
            variable: variable("MFA_PASSPHRASE").is_some(),
        };
        let ui = Ui::new(globals.color, no_color);
        let mut repository = Repository::new(&vault, unlock_for(variable("MFA_UNLOCK_FOR"))?);
        repository.named = vault_was_named.then_some(vault);
        let state = StateDir::new(state).telling(|holder| ui_beside().note(&waiting_for(holder)));
        Ok(Self {
            ui: ui.clone(),
            random: OsRandom,
            given: given.clone(),
            repository,
            usual_vault,
            host: AppHost {
                ui,
                given,
                random: OsRandom,
                state: state.clone(),
                passphrase,
                #[cfg(feature = "age")]
                identities: IdentityPaths::new(path("MFA_AGE_IDENTITY"), folders.as_ref()),
            },
            vault_was_named,
            state,
            shell: path("SHELL"),
        })
    }
}

impl Context {
    /// The person's own shell, or the system's.
    #[cfg(feature = "aws")]
    pub(crate) fn own_shell(&self) -> String {
        let (variable, usual) = if cfg!(windows) {
            (std::env::var_os("COMSPEC").map(PathBuf::from), "cmd.exe")
        } else {
            (self.shell.clone(), "/bin/sh")
        };
        let shell = variable.and_then(|path| path.into_os_string().into_string().ok());
        shell.unwrap_or_else(|| usual.to_owned())
    }

    /// Returns a command to type next, with the options of this run.
    pub(crate) fn command(&self, hint: impl Into<Hint>) -> String {
        self.given.command(hint)
    }

    /// Whether `path` belongs to the default vault.
    pub(super) fn usual_vault_owns(&self, path: &Path) -> bool {
        let usual = self.usual_vault.as_deref();
        usual.is_some_and(|usual| Repository::new(usual, Duration::ZERO).owns(path))
    }
}

/// The operating system's random number generator.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OsRandom;

impl Random for OsRandom {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(bytes).map_err(|error| RandomError(error.to_string()))
    }
}

/// Reads `MFA_PASSPHRASE`. Fails if it is not UTF-8, so that no vault is created without the
/// passphrase that was given.
pub(crate) fn passphrase_variable() -> Result<Option<Zeroizing<String>>> {
    let Some(value) = std::env::var_os("MFA_PASSPHRASE") else {
        return Ok(None);
    };
    let bytes = Zeroizing::new(value.into_encoded_bytes());
    let text = std::str::from_utf8(&bytes).map_err(|_| {
        CommandError::new(
            Exit::Locked,
            "the passphrase in MFA_PASSPHRASE is not UTF-8",
        )
    })?;
    Ok(Some(Zeroizing::new(text.to_owned())))
}

/// The name of this computer; empty if it is unknown.
#[cfg(not(unix))]
pub(crate) fn computer_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}
