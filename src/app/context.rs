//! What a command gets from outside: the clock, randomness, the environment, paths, streams.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the adapter for clock and environment"
)]

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use directories::ProjectDirs;
use zeroize::Zeroizing;

use super::clock::Clock;
use super::error::{CommandError, Exit, Result};
use super::unlock_duration::{Lifetime, WORKDAY};
use crate::ui::{ColorChoice, Ui};
use crate::vault::file::FileStore;
use crate::vault::file::state::StateDir;
use crate::vault::keys::{DataKey, Random, RandomError};

/// Options that every command takes.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Globals {
    /// The vault file [default: vault.json in the data folder] [env: MFA_VAULT]
    #[arg(long, global = true, value_name = "PATH")]
    pub vault: Option<PathBuf>,
    /// Read the passphrase from the first line of a file [env: MFA_PASSPHRASE_FILE]
    #[arg(long, global = true, value_name = "PATH")]
    pub passphrase_file: Option<PathBuf>,
    /// Use colours: auto, always or never
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    #[arg(hide_possible_values = true)]
    pub color: ColorChoice,
}

/// The world as a command sees it.
pub struct Context {
    /// The streams.
    pub ui: Ui,
    /// Now.
    pub clock: Clock,
    /// The operating system's random numbers.
    pub random: OsRandom,
    /// The vault file.
    pub store: FileStore,
    /// Whether `--vault` or `MFA_VAULT` named it.
    pub vault_was_named: bool,
    /// What this machine remembers.
    pub state: StateDir,
    /// Where a passphrase may come from without a prompt.
    pub passphrase: PassphraseSource,
    /// Where private keys of age may be.
    pub identities: IdentityFiles,
    /// For how long a typed passphrase opens the vault in this session; zero for not at all.
    pub keep_for: Duration,
    /// The data key, once the vault was unlocked in this process.
    pub(crate) unlocked: Option<DataKey>,
}

/// The ways to give a passphrase without being asked, in the order of the contract.
#[derive(Debug, Clone, Default)]
pub struct PassphraseSource {
    /// `--passphrase-file` or `MFA_PASSPHRASE_FILE`.
    pub file: Option<PathBuf>,
    /// `MFA_PASSPHRASE_COMMAND`.
    pub command: Option<OsString>,
    /// Whether `MFA_PASSPHRASE` is set.
    pub variable: bool,
}

/// Files with private keys of age or SSH.
#[derive(Debug, Clone, Default)]
pub struct IdentityFiles {
    /// `MFA_AGE_IDENTITY`.
    pub named: Option<PathBuf>,
    /// Where they are looked for when none is named; they need not exist.
    pub usual: Vec<PathBuf>,
}

impl IdentityFiles {
    fn new(named: Option<PathBuf>, folders: Option<&ProjectDirs>) -> Self {
        let own = folders.map(|folders| folders.config_dir().join("identities.txt"));
        let home = directories::BaseDirs::new();
        let ssh = home.iter().flat_map(|home| {
            ["id_ed25519", "id_rsa"].map(|name| home.home_dir().join(".ssh").join(name))
        });
        Self {
            named,
            usual: own.into_iter().chain(ssh).collect(),
        }
    }
}

/// What `MFA_UNLOCK_FOR` says.
fn keep_for(text: Option<OsString>) -> Result<Duration> {
    let Some(text) = text else {
        return Ok(WORKDAY);
    };
    let text = text.to_string_lossy();
    text.parse()
        .map(|Lifetime(time)| time)
        .map_err(|why: String| {
            CommandError::new(Exit::Usage, format!("MFA_UNLOCK_FOR={text}: {why}"))
        })
}

impl Context {
    /// Reads environment and streams.
    ///
    /// # Errors
    /// When no home folder is known and no vault was named.
    pub fn new(globals: Globals) -> Result<Self> {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let path = |name| variable(name).map(PathBuf::from);
        let no_color = variable("NO_COLOR").is_some();
        let folders = ProjectDirs::from("", "", "mfa");
        let no_home = || {
            CommandError::new(Exit::Failed, "no home folder is known: HOME is not set")
                .with_hint("mfa --vault PATH …")
        };
        let named = globals.vault.or_else(|| path("MFA_VAULT"));
        let vault_was_named = named.is_some();
        let vault = match (named, &folders) {
            (Some(path), _) => path,
            (None, Some(folders)) => folders.data_dir().join("vault.json"),
            (None, None) => return Err(no_home()),
        };
        let store = FileStore::new(&vault);
        let state = match &folders {
            Some(folders) => folders
                .state_dir()
                .unwrap_or(folders.data_local_dir())
                .to_path_buf(),
            // Only the vault was named: what is remembered goes beside it.
            None => store.path().with_added_extension("state"),
        };
        let passphrase = PassphraseSource {
            file: globals
                .passphrase_file
                .or_else(|| path("MFA_PASSPHRASE_FILE")),
            command: variable("MFA_PASSPHRASE_COMMAND"),
            variable: variable("MFA_PASSPHRASE").is_some(),
        };
        Ok(Self {
            ui: Ui::new(globals.color, no_color),
            clock: Clock::default(),
            random: OsRandom,
            store,
            vault_was_named,
            state: StateDir::new(state),
            passphrase,
            identities: IdentityFiles::new(path("MFA_AGE_IDENTITY"), folders.as_ref()),
            keep_for: keep_for(variable("MFA_UNLOCK_FOR"))?,
            unlocked: None,
        })
    }
}

/// The operating system's generator.
#[derive(Debug, Clone, Copy)]
pub struct OsRandom;

impl Random for OsRandom {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(bytes).map_err(|error| RandomError(error.to_string()))
    }
}

/// The value of `MFA_PASSPHRASE`.
#[must_use]
pub fn passphrase_variable() -> Option<Zeroizing<String>> {
    std::env::var("MFA_PASSPHRASE").ok().map(Zeroizing::new)
}
