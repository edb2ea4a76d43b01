//! Runs commands that print keys: `credential_process`, and AWS's own program.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use super::files;
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
        Source::Vault { profile, .. } => {
            let message = format!("the access keys of {profile} are no longer in the vault");
            Err(CommandError::new(Exit::Failed, message).with_hint("mfa aws keys list"))
        }
        Source::Process(line) => printed_keys(line),
        Source::AwsProgram(profile) => keys_of_aws_program(profile),
    }
}

/// Counts how many of this program's processes have started one another for a profile's keys.
const DEPTH: &str = "MFA_AWS_DEPTH";
/// A profile may get its keys from another one's command, and that from a third one's. More are a loop.
const MAX_DEPTH: u32 = 3;

/// Prepares a command that gets a profile's keys, and may start this program. Fails if it did so
/// again and again: the profile gets its keys from itself, maybe through a script.
fn counted<'a>(command: &'a mut Command, name: &str) -> Result<&'a mut Command> {
    let depth = files::number_in(DEPTH);
    if depth >= MAX_DEPTH {
        let message = format!(
            "{name} starts mfa again and again: a profile gets its keys from itself; correct its \
             credential_process in ~/.aws/config"
        );
        return Err(CommandError::new(Exit::Failed, message));
    }
    Ok(command
        .env(DEPTH, (depth + 1).to_string())
        .stdin(Stdio::null()))
}

/// Gets the keys of an SSO profile, or another that only AWS's own program can read.
fn keys_of_aws_program(profile: &str) -> Result<Credentials> {
    const NAME: &str = "aws configure export-credentials";
    let version_2 = |why: &str| {
        let message = format!(
            "the keys of the AWS profile '{profile}' come from SSO or a token, which needs the AWS CLI \
             version 2: {why} (https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html)"
        );
        CommandError::new(Exit::Failed, message)
    };
    let mut command = programs::child("aws");
    command
        .args(["configure", "export-credentials", "--format", "process"])
        .args(["--profile", profile])
        .stderr(Stdio::piped());
    let output = match programs::run(counted(&mut command, NAME)?, MAX_BYTES, NAME) {
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
    let output = programs::run(counted(&mut command, NAME)?, MAX_BYTES, NAME)
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
