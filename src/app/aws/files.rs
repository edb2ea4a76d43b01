//! The adapter for AWS's files and variables.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the adapter for AWS's files and variables"
)]

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use directories::BaseDirs;
use zeroize::Zeroizing;

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::user_files::read_file;
use crate::aws::api::{ReadTrust, Trust};
use crate::aws::config::{EditError, File, Files, Profile, Sections};
use crate::vault::storage::{StoreError, remove_leftovers, replace_private};

const MAX_BYTES: usize = 16 << 20;

/// Reads both files and the variables. Fails if a file cannot be read or is not UTF-8.
pub(crate) fn load() -> Result<Files> {
    Ok(Files {
        config: Sections::parse(&text_of(File::Config)?, File::Config),
        credentials: Sections::parse(&text_of(File::Credentials)?, File::Credentials),
        variables: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with("AWS_"))
            .collect(),
        ..Files::default()
    })
}

/// Returns the path of a file: `AWS_CONFIG_FILE`, `AWS_SHARED_CREDENTIALS_FILE`, or one in
/// `~/.aws`. Fails without a home folder.
pub(crate) fn path_of(file: File) -> Result<PathBuf> {
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
    path.ok_or_else(|| CommandError::new(Exit::Failed, "no home folder: HOME is not set"))
}

/// Reads a file; empty if it is missing.
fn text_of(file: File) -> Result<Zeroizing<String>> {
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

/// Edits a file under a lock and replaces it atomically, with mode 0600 and one backup next to it.
/// Returns the path written, or `None` if the text is unchanged. Fails for files of the vault.
pub(crate) fn change(
    context: &Context,
    file: File,
    edit: impl FnOnce(&str) -> Result<String, EditError>,
) -> Result<Option<PathBuf>> {
    let _turn = context.state.lock("aws-files")?;
    let named = path_of(file)?;
    // A symbolic link stays one; its target is replaced.
    let path = fs::canonicalize(&named).or_else(|_| {
        fs::read_link(&named).map(|to| {
            // The target does not exist yet.
            named.parent().unwrap_or(Path::new("")).join(to)
        })
    });
    let path = path.unwrap_or(named);
    let backup = path.with_added_extension("mfa-backup");
    for place in [&path, &backup] {
        context.spare_the_vault(place)?;
        remove_leftovers(place);
    }
    let before = text_of(file)?;
    let after = edit(&before).map_err(|error| CommandError::new(Exit::Failed, error.to_string()));
    let after = Zeroizing::new(after?);
    if *after == *before {
        return Ok(None);
    }
    if !before.is_empty() {
        write(&backup, &before)?;
    }
    write(&path, &after)?;
    Ok(Some(path))
}

fn write(path: &Path, text: &str) -> Result {
    let written: Result<_, StoreError> = replace_private(path, text.as_bytes());
    Ok(written.map(drop)?)
}

/// Reads the certificates to trust when a connection needs them: the bundle in `AWS_CA_BUNDLE`, the
/// profile's `ca_bundle`, or the system's.
pub(super) fn trust(profile: Option<&Profile>) -> ReadTrust {
    let named = std::env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty());
    let of_profile = profile.and_then(|profile| profile.ca_bundle.clone().map(Into::into));
    match named.or(of_profile) {
        Some(path) => Box::new(move || match read_file(Path::new(&path), MAX_BYTES) {
            Ok(bytes) => Ok(Trust::Bundle(bytes.to_vec())),
            Err(error) => Err(error.source.map_or_else(String::new, |why| why.to_string())),
        }),
        None => Box::new(|| Ok(Trust::System)),
    }
}

/// Reads the machine's clock, for signatures.
pub(super) fn now() -> SystemTime {
    SystemTime::now()
}
