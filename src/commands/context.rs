//! What a command gets from outside: the clock, randomness, the environment, paths, streams.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the adapter for clock and environment"
)]

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use directories::ProjectDirs;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zeroize::{Zeroize, Zeroizing};

use super::failure::{Exit, Failure, Outcome};
use crate::ui::{ColorChoice, Ui};
use crate::vault::file::FileStore;
use crate::vault::file::state::StateDir;
use crate::vault::keys::{DataKey, Random, RandomError};

/// Options that every command takes.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Globals {
    /// The vault file [default: vault.json in the data folder]
    #[arg(
        long,
        global = true,
        value_name = "PATH",
        env = "MFA_VAULT",
        hide_env_values = true
    )]
    pub vault: Option<PathBuf>,
    /// Read the passphrase from the first line of a file
    #[arg(
        long,
        global = true,
        value_name = "PATH",
        env = "MFA_PASSPHRASE_FILE",
        hide_env_values = true
    )]
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
    /// What this machine remembers.
    pub state: StateDir,
    /// Where a passphrase may come from without a prompt.
    pub passphrase: PassphraseSource,
    /// The data key, once the vault was unlocked in this process.
    pub(super) unlocked: Option<DataKey>,
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

impl Context {
    /// Reads environment and streams.
    ///
    /// # Errors
    /// When no home folder is known and no vault was named.
    pub fn new(globals: Globals) -> Outcome<Self> {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let no_color = variable("NO_COLOR").is_some();
        let folders = ProjectDirs::from("", "", "mfa");
        let no_home = || {
            Failure::new(Exit::Failed, "no home folder is known: HOME is not set")
                .with_hint("mfa --vault PATH …")
        };
        let vault = match (globals.vault, &folders) {
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
            file: globals.passphrase_file,
            command: variable("MFA_PASSPHRASE_COMMAND"),
            variable: variable("MFA_PASSPHRASE").is_some(),
        };
        Ok(Self {
            ui: Ui::new(globals.color, no_color),
            clock: Clock::default(),
            random: OsRandom,
            store,
            state: StateDir::new(state),
            passphrase,
            unlocked: None,
        })
    }
}

/// The clock of the machine, or one that was set by `--at` and goes on from there.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock {
    set: Option<(u64, Instant)>,
}

impl Clock {
    /// Makes `at` the present moment, where it is given.
    pub fn set(&mut self, at: Option<When>) {
        self.set = at.map(|When(seconds)| (seconds, Instant::now()));
    }

    /// Unix time.
    ///
    /// # Errors
    /// When the machine's clock stands before 1970.
    pub fn now(&self) -> Outcome<Duration> {
        if let Some((seconds, since)) = self.set {
            return Ok(Duration::from_secs(seconds).saturating_add(since.elapsed()));
        }
        SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| {
            Failure::new(
                Exit::Failed,
                "the clock of this machine stands before 1970: set it right",
            )
        })
    }

    /// Whole seconds of Unix time.
    ///
    /// # Errors
    /// As [`Clock::now`].
    pub fn seconds(&self) -> Outcome<u64> {
        Ok(self.now()?.as_secs())
    }

    /// Waits.
    pub fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

/// A moment given by hand: Unix seconds, or an RFC 3339 instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When(pub u64);

impl std::str::FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(seconds) = text.parse() {
            return Ok(Self(seconds));
        }
        let seconds = match text.parse::<i64>() {
            Ok(seconds) => seconds,
            Err(_) => OffsetDateTime::parse(text, &Rfc3339)
                .map_err(|_| {
                    "give a Unix time, or an instant like 2026-11-22T12:00:00Z".to_owned()
                })?
                .unix_timestamp(),
        };
        u64::try_from(seconds)
            .map(Self)
            .map_err(|_| "it lies before 1970".to_owned())
    }
}

/// A time as people read it, in UTC.
#[must_use]
pub fn rfc3339(time: SystemTime) -> String {
    let time = OffsetDateTime::from(time).replace_nanosecond(0);
    time.ok()
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_default()
}

/// A Unix time as people read it, in UTC.
#[must_use]
pub fn rfc3339_seconds(seconds: u64) -> String {
    UNIX_EPOCH
        .checked_add(Duration::from_secs(seconds))
        .map(rfc3339)
        .unwrap_or_default()
}

/// The operating system's generator.
#[derive(Debug, Clone, Copy)]
pub struct OsRandom;

impl Random for OsRandom {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(bytes).map_err(|error| RandomError(error.to_string()))
    }
}

/// Reads all of stdin, up to `limit` bytes.
///
/// # Errors
/// When stdin cannot be read, and when there is more.
pub fn read_stdin(limit: usize) -> Outcome<Zeroizing<Vec<u8>>> {
    read_bounded(&mut std::io::stdin().lock(), limit, "stdin")
}

/// Reads a file that the user named, up to `limit` bytes. Folders and FIFOs without a writer are
/// errors, not waits.
///
/// # Errors
/// When it cannot be read, and when there is more.
pub fn read_file(path: &std::path::Path, limit: usize) -> Outcome<Zeroizing<Vec<u8>>> {
    let name = path.display().to_string();
    let failed = |error: std::io::Error| {
        let why = crate::vault::store::plain(&error);
        Failure::new(Exit::Failed, format!("cannot read {name}: {why}"))
    };
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() {
        return Err(Failure::new(
            Exit::Failed,
            format!("cannot read {name}: it is a folder"),
        ));
    }
    if !metadata.is_file() && !is_pipe_of_a_shell(path) {
        return Err(Failure::new(
            Exit::Failed,
            format!("cannot read {name}: it is not a file"),
        ));
    }
    let mut file = std::fs::File::open(path).map_err(failed)?;
    read_bounded(&mut file, limit, &name)
}

/// `<(command)`: a pipe that has its writer.
fn is_pipe_of_a_shell(path: &std::path::Path) -> bool {
    path.starts_with("/dev/fd") || path.starts_with("/proc/self/fd")
}

fn read_bounded(from: &mut impl Read, limit: usize, name: &str) -> Outcome<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(16 * 1024));
    let mut chunk = Zeroizing::new([0; 16 * 1024]);
    loop {
        let count = match from.read(chunk.as_mut_slice()) {
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => {
                let why = crate::vault::store::plain(&error);
                return Err(Failure::new(
                    Exit::Failed,
                    format!("cannot read {name}: {why}"),
                ));
            }
        };
        if count == 0 {
            return Ok(bytes);
        }
        if bytes.len() + count > limit {
            let message = format!("{name} is larger than {} MiB", limit >> 20);
            return Err(Failure::new(Exit::Unusable, message));
        }
        append_wiping(&mut bytes, &chunk[..count]);
    }
}

/// Grows into a new block and wipes the old one: a plain `Vec` would leave copies behind.
fn append_wiping(bytes: &mut Zeroizing<Vec<u8>>, more: &[u8]) {
    let needed = bytes.len() + more.len();
    if needed > bytes.capacity() {
        let mut larger = Vec::with_capacity(needed.next_power_of_two());
        larger.extend_from_slice(bytes);
        bytes.zeroize();
        **bytes = larger;
    }
    bytes.extend_from_slice(more);
}

/// Writes a new file for the user, 0600; an existing one is replaced only with `force`.
///
/// # Errors
/// When there is one already, or it cannot be written.
pub fn write_file(path: &std::path::Path, bytes: &[u8], force: bool) -> Outcome {
    let failed = |error: std::io::Error| {
        let name = path.display();
        let message = format!(
            "cannot write {name}: {}",
            crate::vault::store::plain(&error)
        );
        let failure = Failure::new(Exit::Failed, message);
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            failure.with_hint("mfa qr NAME --output FILE --force")
        } else {
            failure
        }
    };
    if force {
        crate::vault::file::remove(path)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(|error| {
            // Half a picture is of no use to anybody.
            let _ = std::fs::remove_file(path);
            failed(error)
        })
}

/// The value of `MFA_PASSPHRASE`.
#[must_use]
pub fn passphrase_variable() -> Option<Zeroizing<String>> {
    std::env::var("MFA_PASSPHRASE").ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_unix_time_or_rfc_3339() {
        assert_eq!("59".parse(), Ok(When(59)));
        assert_eq!("1970-01-01T00:01:00Z".parse(), Ok(When(60)));
        assert_eq!("1970-01-01T02:00:00.9+01:00".parse(), Ok(When(3600)));
        assert_eq!("18446744073709551615".parse(), Ok(When(u64::MAX)));
        for bad in ["-1", "1969-12-31T23:59:59Z"] {
            assert_eq!(bad.parse::<When>(), Err("it lies before 1970".to_owned()));
        }
        for bad in ["", "now", "2026-11-22", "99999999999999999999"] {
            assert!(bad.parse::<When>().is_err(), "{bad}");
        }
    }

    #[test]
    fn times_are_shown_in_utc() {
        assert_eq!(rfc3339_seconds(1_700_000_000), "2023-11-14T22:13:20Z");
    }
}
