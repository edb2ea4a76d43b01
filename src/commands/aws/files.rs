//! The adapter for what AWS's tools have: their files, their variables, commands that print keys.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the adapter for AWS's files, variables and commands"
)]

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use directories::BaseDirs;
use zeroize::Zeroizing;

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::user_files::read_file;
use crate::aws::agent::Trust;
use crate::aws::ini::{File, Sections};
use crate::aws::keys::Keys;
use crate::aws::profile::{Files, Profile, Source};
use crate::vault::storage::{StoreError, plain};
use crate::vault::storage::{quoted, replace_private};

const MAX_BYTES: usize = 16 << 20;

/// Reads both files and the variables.
pub fn load() -> Result<Files> {
    Ok(Files {
        config: Sections::parse(&text_of(File::Config)?, File::Config),
        credentials: Sections::parse(&text_of(File::Credentials)?, File::Credentials),
        variables: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with("AWS_"))
            .collect(),
    })
}

/// Where a file is: `AWS_CONFIG_FILE`, `AWS_SHARED_CREDENTIALS_FILE`, or in `~/.aws`.
pub fn path_of(file: File) -> Result<PathBuf> {
    let (variable, name) = match file {
        File::Config => ("AWS_CONFIG_FILE", "config"),
        File::Credentials => ("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
    };
    let home = BaseDirs::new().map(|folders| folders.home_dir().to_owned());
    let path = match std::env::var_os(variable).filter(|path| !path.is_empty()) {
        Some(path) => match (Path::new(&path).strip_prefix("~"), home) {
            (Ok(rest), Some(home)) => Some(home.join(rest)),
            _ => Some(path.into()),
        },
        None => home.map(|home| home.join(".aws").join(name)),
    };
    path.ok_or_else(|| CommandError::new(Exit::Failed, "no home folder is known: HOME is not set"))
}

/// The text of a file; nothing where there is none.
pub fn text_of(file: File) -> Result<Zeroizing<String>> {
    let path = path_of(file)?;
    match fs::metadata(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Zeroizing::default()),
        _ => {}
    }
    let bytes = read_file(&path, MAX_BYTES)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| {
        let message = format!("cannot use {}: it is not UTF-8", path.display());
        CommandError::new(Exit::Failed, message)
    })?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Changes a file: under a lock, whole or not at all, 0600, with one backup beside it. Says
/// whether anything changed.
pub fn change(
    context: &Context,
    file: File,
    edit: impl FnOnce(&str) -> String,
) -> Result<Option<PathBuf>> {
    let _turn = context.state.lock("aws-files")?;
    let named = path_of(file)?;
    // A symbolic link stays one: its target is replaced.
    let path = fs::canonicalize(&named).or_else(|_| {
        fs::read_link(&named).map(|to| {
            // Its target is not there yet.
            named.parent().unwrap_or(Path::new("")).join(to)
        })
    });
    let path = path.unwrap_or(named);
    let before = text_of(file)?;
    let after = Zeroizing::new(edit(&before));
    if *after == *before {
        return Ok(None);
    }
    if !before.is_empty() {
        write(&path.with_added_extension("mfa-backup"), &before)?;
    }
    write(&path, &after)?;
    Ok(Some(path))
}

fn write(path: &Path, text: &str) -> Result {
    let written: Result<_, StoreError> = replace_private(path, text.as_bytes());
    Ok(written.map(drop)?)
}

/// Whom to trust: a bundle that `AWS_CA_BUNDLE` names, or the profile's `ca_bundle`, or the machine's.
pub fn trust(profile: &Profile) -> Result<Trust> {
    let named = std::env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty());
    match named.or_else(|| profile.ca_bundle.clone().map(Into::into)) {
        Some(path) => Ok(Trust::Bundle(
            read_file(Path::new(&path), MAX_BYTES)?.to_vec(),
        )),
        None => Ok(Trust::Machine),
    }
}

/// The machine's clock: signatures and answers are compared with it.
pub fn now() -> SystemTime {
    SystemTime::now()
}

/// Gets keys from where the profile says they are.
pub fn keys_from(source: &Source) -> Result<Keys> {
    match source {
        Source::Keys(keys) => Ok(keys.clone()),
        Source::Process(line) => {
            let (shell, flag) = if cfg!(windows) {
                ("cmd", "/C")
            } else {
                ("sh", "-c")
            };
            printed_keys(Command::new(shell).args([flag, line]), "credential_process")
        }
        Source::Sso(profile) => sso_keys(profile),
    }
}

/// An SSO profile is the business of AWS's own program.
fn sso_keys(profile: &str) -> Result<Keys> {
    const NAME: &str = "aws configure export-credentials";
    let version_2 = |why: &str| {
        let message = format!(
            "the AWS profile '{profile}' signs in by SSO, which needs the AWS CLI version 2: {why} \
             (https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html)"
        );
        CommandError::new(Exit::Failed, message)
    };
    let output = Command::new("aws")
        .args(["configure", "export-credentials", "--format", "process"])
        .args(["--profile", profile])
        .stdin(Stdio::null())
        .output();
    let output = match output {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(version_2("there is no aws on the PATH"));
        }
        output => output.map_err(|error| not_started(NAME, &error))?,
    };
    let stdout = Zeroizing::new(output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        return keys_in(&stdout, NAME);
    }
    if stderr.contains("usage: aws") {
        return Err(version_2("the one that is here does not know how"));
    }
    let why = stderr.lines().rfind(|line| !line.trim().is_empty());
    let message = format!("{NAME} failed: {}", why.unwrap_or("it does not say why"));
    let hint = format!("aws sso login --profile {}", quoted(Path::new(profile)));
    Err(CommandError::new(Exit::Failed, message).with_hint(hint))
}

fn printed_keys(command: &mut Command, name: &str) -> Result<Keys> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| not_started(name, &error))?;
    let stdout = Zeroizing::new(output.stdout);
    if !output.status.success() {
        let message = format!("{name} failed ({})", output.status);
        return Err(CommandError::new(Exit::Failed, message));
    }
    keys_in(&stdout, name)
}

fn not_started(name: &str, error: &std::io::Error) -> CommandError {
    CommandError::new(
        Exit::Failed,
        format!("{name} did not start: {}", plain(error)),
    )
}

fn keys_in(stdout: &[u8], name: &str) -> Result<Keys> {
    serde_json::from_slice(stdout)
        .map_err(|_| CommandError::new(Exit::Failed, format!("{name} printed no keys")))
}

/// Runs a program in the place of this one, with these variables; comes back only when that fails.
pub fn run_instead(
    program: &[String],
    variables: &[(&str, &str)],
    without: &[&str],
) -> CommandError {
    let mut command = Command::new(&program[0]);
    command.args(&program[1..]).envs(variables.iter().copied());
    for name in without {
        command.env_remove(name);
    }
    #[cfg(unix)]
    let error = std::os::unix::process::CommandExt::exec(&mut command);
    #[cfg(not(unix))]
    let error = match command.status() {
        Ok(status) if status.success() => return CommandError::quiet(Exit::Done),
        Ok(_) => return CommandError::quiet(Exit::Failed),
        Err(error) => error,
    };
    let message = format!("cannot run {}: {}", program[0], plain(&error));
    CommandError::new(Exit::Failed, message)
}

/// The path of this program, for a `credential_process`.
pub fn own_path() -> PathBuf {
    let path = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("mfa"));
    path.strip_prefix("/proc/self")
        .map_or(path.clone(), |_| PathBuf::from("mfa"))
}

/// Opens a link in the browser. The link is in a private file that leads there, not among the
/// arguments of a program, where others could read it.
pub fn open_link(context: &Context, link: &str) -> Result {
    const NAME: &str = "aws-console.html";
    let page = Zeroizing::new(format!(
        "<!doctype html><meta http-equiv=\"refresh\" content=\"0;url={}\">\n",
        link.replace('&', "&amp;")
    ));
    context.state.write(NAME, page.as_bytes())?;
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    let opened = Command::new(program)
        .arg(context.state.path(NAME))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match opened {
        Ok(status) if status.success() => {
            context.ui.note("opened the console in the browser");
            Ok(())
        }
        _ => Err(
            CommandError::new(Exit::Failed, "there is no browser to open")
                .with_hint("mfa aws console --print"),
        ),
    }
}
