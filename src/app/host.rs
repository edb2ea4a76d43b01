//! Gives the vault access to the terminal, the environment and the state folder.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::clock::Clock;
use super::context::OsRandom;
use super::error::{CommandError, Exit, Result};
#[cfg(feature = "age")]
use super::folders::{self, Folders};
use super::hint::Given;
#[cfg(feature = "age")]
use super::user_files::read_file;
use crate::ui::{Ui, needs_winpty};
use crate::vault::format::{Random, RandomError};
#[cfg(feature = "age")]
use crate::vault::host::IdentityFile;
#[cfg(feature = "age")]
use crate::vault::host::PluginPrompts;
use crate::vault::host::{Answer, Host, HostError, Question, Turn};
use crate::vault::init::{KeyringPolicy, PrimarySlot, VaultInit};
use crate::vault::storage::{StateDir, StoreError, holder_name};

/// What is shown while a passphrase is tried.
const UNLOCKING: &str = "unlocking the vault";
/// How often the user may try a passphrase.
const TRIES: usize = 3;
/// Maximum size of a file with private keys, in bytes.
#[cfg(feature = "age")]
const MAX_IDENTITY_BYTES: usize = 1 << 20;

/// Implements [`Host`] with the terminal, the environment and the state folder.
pub(crate) struct AppHost {
    /// Where the user is asked.
    pub(super) ui: Ui,
    /// The options of this run, for commands to try.
    pub(super) given: Given,
    pub(super) random: OsRandom,
    /// What this machine remembers about vaults.
    pub(super) state: StateDir,
    /// Where a passphrase may come from without a prompt.
    pub(super) passphrase: PassphraseSource,
    /// Where age's private keys may be.
    #[cfg(feature = "age")]
    pub(super) identities: IdentityPaths,
}

/// The ways to give a passphrase without a prompt, in the order of precedence.
#[derive(Debug, Clone, Default)]
pub(crate) struct PassphraseSource {
    /// The value of `--passphrase-file` or `MFA_PASSPHRASE_FILE`.
    pub(super) file: Option<PathBuf>,
    /// The value of `MFA_PASSPHRASE_COMMAND`.
    pub(super) command: Option<OsString>,
    /// Whether `MFA_PASSPHRASE` is set.
    pub(super) variable: bool,
}

impl PassphraseSource {
    /// Whether a passphrase may come without a prompt.
    pub(super) const fn is_given(&self) -> bool {
        self.file.is_some() || self.command.is_some() || self.variable
    }
}

/// Where private keys of age or SSH may be.
#[cfg(feature = "age")]
#[derive(Debug, Clone, Default)]
pub(crate) struct IdentityPaths {
    /// The value of `MFA_AGE_IDENTITY`.
    named: Option<PathBuf>,
    /// age's own file in the configuration folder.
    own: Option<PathBuf>,
    /// The default files of SSH keys.
    ssh: Vec<PathBuf>,
}

#[cfg(feature = "age")]
impl IdentityPaths {
    pub(super) fn new(named: Option<PathBuf>, folders: Option<&Folders>) -> Self {
        let home = folders::home();
        let ssh = home
            .iter()
            .flat_map(|home| ["id_ed25519", "id_rsa"].map(|name| home.join(".ssh").join(name)));
        Self {
            named,
            own: folders.map(|folders| folders.config.join("identities.txt")),
            ssh: ssh.collect(),
        }
    }

    /// The named file, or the default files that exist.
    fn list(&self, with_ssh: bool) -> Vec<PathBuf> {
        if let Some(named) = &self.named {
            return vec![named.clone()];
        }
        let ssh = self.ssh.iter().filter(|_| with_ssh);
        let usual = self.own.iter().chain(ssh).filter(|path| path.is_file());
        usual.cloned().collect()
    }
}

impl Random for AppHost {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        self.random.fill(bytes)
    }
}

impl Host for AppHost {
    fn now(&self) -> u64 {
        Clock::machine_seconds()
    }

    fn waiting(&mut self, holder: Option<u32>) {
        self.ui.note(&waiting_for(holder));
    }

    fn state(&self) -> &StateDir {
        &self.state
    }

    fn given_secret(&mut self) -> Result<Option<Zeroizing<String>>, HostError> {
        Ok(self.given_passphrase()?)
    }

    fn turn_to_ask(&mut self) -> Turn {
        if !self.ui.can_prompt() {
            return Turn::Own(None);
        }
        // A line about the waiting would be written into the other's prompt.
        let state = self.state.clone().telling(|_| {});
        match state.lock_briefly(&lock_of_terminal()) {
            Ok(turn) => Turn::Own(Some(turn)),
            // A stopped process asks nobody.
            Err(StoreError::Held { holder, .. }) if !holder.is_some_and(is_stopped) => Turn::Others,
            // Without a lock, both ask.
            Err(_) => Turn::Own(None),
        }
    }

    fn typed_secret(
        &mut self,
        question: &Question<'_>,
        opens: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Answer, HostError> {
        for why in question.closed {
            self.ui.note(why);
        }
        let Some(mut prompt) = self.ui.prompt() else {
            return Ok(Answer::Nobody);
        };
        for attempt in 1..=TRIES {
            let wanted = text_of(&question.wanted);
            let wanted = if self.ui.asks_beside() {
                format!("mfa: {wanted}")
            } else {
                wanted
            };
            let text = match prompt.hidden(&wanted) {
                // ^D gives no answer, like Enter alone.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
                typed => typed?,
            };
            if text.is_empty() {
                break;
            }
            let progress = self.ui.progress(UNLOCKING);
            let is_open = opens(&text);
            drop(progress);
            if is_open {
                return Ok(Answer::Opened);
            }
            if attempt < TRIES {
                self.ui.note("wrong passphrase");
            }
        }
        Ok(Answer::Wrong)
    }

    fn during(&mut self, what: &str, work: &mut dyn FnMut()) {
        let _progress = self.ui.progress(what);
        work();
    }

    fn new_vault(&mut self, path: &Path) -> Result<VaultInit, HostError> {
        Ok(self.plan_new_vault(path)?)
    }

    #[cfg(feature = "age")]
    fn identities(&self, with_ssh: bool) -> Vec<IdentityFile> {
        let paths = self.identities.list(with_ssh).into_iter();
        let read = paths.map(|path| {
            let content = read_file(&path, MAX_IDENTITY_BYTES);
            let content = content.map_err(|error| error.to_string());
            IdentityFile { path, content }
        });
        read.collect()
    }

    #[cfg(feature = "age")]
    fn plugin_prompts(&self) -> PluginPrompts {
        PluginPrompts {
            show: |message| ui_beside().note(message),
            confirm: |question| ui_beside().prompt()?.confirm(question).ok(),
            ask: |question| ui_beside().prompt()?.hidden(question).ok(),
        }
    }
}

/// Whether a process was stopped, as by ^Z or for reading in the background (proc(5)).
#[cfg(target_os = "linux")]
fn is_stopped(process: u32) -> bool {
    let path = format!("/proc/{process}/stat");
    let text = super::user_files::read_file(Path::new(&path), 4096);
    let text = text.map(|text| String::from_utf8_lossy(&text).into_owned());
    // The name before may contain brackets and spaces.
    let state = text
        .ok()
        .and_then(|text| Some(text.rsplit_once(") ")?.1.starts_with('T')));
    state == Some(true)
}

/// Unknown on other systems.
#[cfg(not(target_os = "linux"))]
const fn is_stopped(_: u32) -> bool {
    false
}

/// The name of the lock for asking on this terminal. All processes on a terminal are in one session. Two
/// terminals seldom share a lock, and a few locks are enough.
fn lock_of_terminal() -> String {
    #[cfg(unix)]
    let session = rustix::process::getsid(None).map_or(0, |session| session.as_raw_nonzero().get());
    #[cfg(not(unix))]
    let session = 0;
    format!("prompt/{}", session % 64)
}

/// The note for a user who waits for another process.
pub(super) fn waiting_for(holder: Option<u32>) -> String {
    format!("waiting for {}", holder_name(holder))
}

/// A [`Ui`] for messages from outside the command: from plugins, and while waiting for a lock.
pub(super) fn ui_beside() -> Ui {
    Ui::new(crate::ui::ColorChoice::Never, true)
}

/// Formats the prompt, such as `Passphrase (or recovery code)`.
fn text_of(wanted: &[&str]) -> String {
    match wanted {
        [first, others @ ..] if !others.is_empty() => {
            format!("{first} (or {})", others.join(", ").to_lowercase())
        }
        _ => wanted.concat(),
    }
}

impl AppHost {
    /// Whether a passphrase may come without a prompt.
    pub(crate) const fn has_given_passphrase(&self) -> bool {
        self.passphrase.is_given()
    }

    /// The file of `--passphrase-file` or `MFA_PASSPHRASE_FILE`.
    pub(super) fn passphrase_file(&self) -> Option<&Path> {
        self.passphrase.file.as_deref()
    }

    /// Decides how a new vault opens: by the given passphrase, by one typed on the terminal, or else by
    /// a key file, which prints a warning.
    ///
    /// # Errors
    /// If a named passphrase source does not provide one.
    fn plan_new_vault(&self, path: &Path) -> Result<VaultInit> {
        if let Some(given) = self.given_passphrase()? {
            return Ok(VaultInit {
                primary: PrimarySlot::Passphrase(given),
                keyring: KeyringPolicy::Off,
            });
        }
        self.ui
            .note(&format!("creating a new vault: {}", path.display()));
        let question = "Choose a passphrase (or press Enter to use a key file)";
        match self.ask_new_passphrase(question)? {
            Some(chosen) if !chosen.is_empty() => Ok(VaultInit {
                primary: PrimarySlot::Passphrase(chosen),
                keyring: KeyringPolicy::IfAvailable,
            }),
            _ if needs_winpty() => {
                let message = "this terminal cannot ask for a passphrase";
                Err(CommandError::new(Exit::Locked, message)
                    .with_hint("winpty mfa vault init")
                    .with_hint("mfa vault init --key-file"))
            }
            _ => {
                self.ui.warn(&format!(
                    "no passphrase: anyone who can read vault.json and vault.key can read your secrets; \
                     to set one: {}",
                    self.given.command("mfa vault passphrase")
                ));
                Ok(VaultInit::KEY_FILE)
            }
        }
    }

    /// Plans a vault that the system's keyring opens, and a passphrase if one is given or typed.
    ///
    /// # Errors
    /// If a named passphrase source does not provide one.
    pub(crate) fn plan_vault_with_keyring(&self) -> Result<VaultInit> {
        let passphrase = match self.given_passphrase()? {
            Some(given) => Some(given),
            None => self
                .ask_new_passphrase("Choose a passphrase as well (or press Enter for none)")?
                .filter(|chosen| !chosen.is_empty()),
        };
        Ok(match passphrase {
            Some(passphrase) => VaultInit {
                primary: PrimarySlot::Passphrase(passphrase),
                keyring: KeyringPolicy::Required,
            },
            None => VaultInit {
                primary: PrimarySlot::Keyring,
                keyring: KeyringPolicy::Off,
            },
        })
    }
}
