//! Long-term access keys in the vault: [`import`](mod@import) moves them there, [`rotate`](mod@rotate)
//! replaces them, and [`second_key`] is the one that it makes.
//!
//! Both can be interrupted anywhere, and resumed by running them again. A key is in the vault before
//! its line leaves AWS's files, and before AWS is asked for anything that the key is needed for.

mod error;
mod import;
mod rotate;
mod second_key;

pub(crate) use error::{KeysError, KeysNotice};
pub(crate) use import::{Imported, ProcessLineOf, add, import};
pub(crate) use rotate::{Fate, Rotated, rotate};

use super::{Error, Host};

/// Held while keys change, so that only one run does it.
const LOCK: &str = "aws-keys";

/// The profile that a command is about.
///
/// # Errors
/// If the keys are in the environment: they belong to no profile.
pub(crate) fn profile_with_keys<H: Host>(
    host: &H,
    named: Option<&str>,
) -> Result<String, H::Error> {
    let files = host.aws_files()?;
    let is_from_environment = named.is_none()
        && files.variable("AWS_PROFILE").is_none()
        && files.variable("AWS_ACCESS_KEY_ID").is_some();
    if is_from_environment {
        return Err(Error::from(KeysError::InEnvironment).into());
    }
    Ok(files.name(named).to_owned())
}
