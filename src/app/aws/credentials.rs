//! Runs commands that print keys: `credential_process`, and AWS's own program for SSO.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Stdio;

use crate::app::error::{CommandError, Exit, Result};
use crate::app::programs;
use crate::aws::Credentials;
use crate::aws::config::Source;
use crate::vault::storage::plain;
use crate::vault::storage::quoted;

/// How much a command may print, in bytes; keys take about two thousand.
const MAX_BYTES: usize = 256 << 10;

/// Gets keys from the profile's source. Fails if its command fails or prints no keys.
pub(super) fn resolve(source: &Source) -> Result<Credentials> {
    match source {
        Source::Credentials(keys) => Ok(keys.clone()),
        // Whoever opened the vault has them already.
        Source::Vault(profile) => {
            let message = format!("the access keys of {profile} are no longer in the vault");
            Err(CommandError::new(Exit::Failed, message).with_hint("mfa aws keys list"))
        }
        Source::Process(line) => printed_keys(line),
        Source::Sso(profile) => sso_keys(profile),
    }
}

/// Gets keys of an SSO profile from AWS's own program.
fn sso_keys(profile: &str) -> Result<Credentials> {
    const NAME: &str = "aws configure export-credentials";
    let version_2 = |why: &str| {
        let message = format!(
            "the AWS profile '{profile}' signs in by SSO, which needs the AWS CLI version 2: {why} \
             (https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html)"
        );
        CommandError::new(Exit::Failed, message)
    };
    let mut command = programs::child("aws");
    command
        .args(["configure", "export-credentials", "--format", "process"])
        .args(["--profile", profile])
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    let output = match programs::run(&mut command, MAX_BYTES, NAME) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(version_2("aws is not in PATH"));
        }
        output => output.map_err(|error| not_started(NAME, &error))??,
    };
    let stderr = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        return keys_in(&output.stdout, NAME);
    }
    if stderr.contains("usage: aws") {
        return Err(version_2("the installed one is too old"));
    }
    let why = stderr.lines().rfind(|line| !line.trim().is_empty());
    let message = format!("{NAME} failed: {}", why.unwrap_or("it gave no reason"));
    let hint = format!("aws sso login --profile {}", quoted(Path::new(profile)));
    Err(CommandError::new(Exit::Failed, message).with_hint(hint))
}

fn printed_keys(line: &str) -> Result<Credentials> {
    const NAME: &str = "credential_process";
    let mut command = programs::shell(line);
    let output = programs::run(command.stdin(Stdio::null()), MAX_BYTES, NAME)
        .map_err(|error| not_started(NAME, &error))??;
    if !output.status.success() {
        let message = format!("{NAME} failed ({})", output.status);
        return Err(CommandError::new(Exit::Failed, message));
    }
    keys_in(&output.stdout, NAME)
}

fn not_started(name: &str, error: &std::io::Error) -> CommandError {
    CommandError::new(
        Exit::Failed,
        format!("cannot start {name}: {}", plain(error)),
    )
}

fn keys_in(stdout: &[u8], name: &str) -> Result<Credentials> {
    Credentials::from_printed(stdout)
        .map_err(|why| CommandError::new(Exit::Failed, format!("{name} {why}")))
}
