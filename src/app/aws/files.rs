//! The adapter for AWS's files and variables.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the adapter for AWS's files and variables"
)]

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use zeroize::Zeroizing;

use crate::app::context::{Context, NO_HOME};
use crate::app::error::{CommandError, Exit, Result};
use crate::app::folders;
use crate::app::user_files::{list_folder, read_file};
use crate::aws::api::{ReadTrust, Trust};
use crate::aws::config::{EditError, File, Files, Profile, Sections, backup_of};
use crate::vault::storage::{StoreError, folder_of, remove_leftovers_in, replace_private};

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
    let home = folders::home();
    let path = match std::env::var_os(variable).filter(|path| !path.is_empty()) {
        Some(path) => match (Path::new(&path).strip_prefix("~"), home) {
            (Ok(rest), Some(home)) => Some(home.join(rest)),
            _ => Some(path.into()),
        },
        None => home.map(|home| home.join(".aws").join(name)),
    };
    path.ok_or_else(|| CommandError::new(Exit::Failed, NO_HOME))
}

/// Reads a file; empty if it is missing.
pub(super) fn text_of(file: File) -> Result<Zeroizing<String>> {
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

/// The word in the name of a backup: `credentials.mfa-backup-1`.
const BACKUP: &str = "mfa-backup";

/// When [`change`] writes a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Copies {
    /// If anything but sessions and lines of ours is lost.
    OfLosses,
    /// The vault has what goes: a copy would only leave the secret behind.
    Never,
}

/// Edits a file under a lock and replaces it atomically, with mode 0600. As `copies` says, a
/// numbered backup is written next to it first. Returns the path written, or `None` if the text is unchanged. Fails for files of the vault, and for read-only ones.
pub(crate) fn change(
    context: &Context,
    file: File,
    copies: Copies,
    edit: impl FnOnce(&str) -> Result<String, EditError>,
) -> Result<Option<PathBuf>> {
    let _turn = context.state.lock("aws-files")?;
    let named = path_of(file)?;
    let path = target_of(&named);
    context.spare_the_vault(&path)?;
    remove_temporary_files(&path);
    let before = text_of(file)?;
    let after = edit(&before).map_err(|error| {
        let kind = match error {
            EditError::OthersKeys(_) => Exit::Exists,
            _ => Exit::Failed,
        };
        CommandError::new(kind, error.to_string())
    });
    let after = Zeroizing::new(after?);
    if *after == *before {
        return Ok(None);
    }
    check_writable(&named, &path)?;
    let lost = backup_of(&before, &after, file).map(Zeroizing::new);
    if let Some(kept) = lost.filter(|_| copies == Copies::OfLosses)
        && let Some(backup) = write_backup(context, &path, &kept)?
    {
        let (backup, path) = (backup.display(), path.display());
        context
            .ui
            .note(&format!("kept a copy of {path} in {backup}"));
    }
    write(&path, &after)?;
    Ok(Some(path))
}

/// Removes what killed writers of a file and its backups left.
fn remove_temporary_files(path: &Path) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let backup = format!("{name}.{BACKUP}");
    remove_leftovers_in(folder_of(path), |place| {
        place == name || place.starts_with(&backup)
    });
}

/// A symbolic link stays one; its target is replaced.
fn target_of(named: &Path) -> PathBuf {
    let path = dunce::canonicalize(named).or_else(|_| {
        fs::read_link(named).map(|to| {
            // The target does not exist yet.
            named.parent().unwrap_or(Path::new("")).join(to)
        })
    });
    path.unwrap_or_else(|_| named.to_owned())
}

/// Refuses a file that its owner made read-only, and the links that Nix and home-manager make.
fn check_writable(named: &Path, path: &Path) -> Result {
    let is_read_only = fs::metadata(path).is_ok_and(|found| found.permissions().readonly());
    let why = if path.starts_with("/nix/store") {
        format!("is a link to {}: Nix writes it", path.display())
    } else if is_read_only {
        "is read-only".to_owned()
    } else {
        return Ok(());
    };
    let message = format!("cannot write {}: it {why}", named.display());
    Err(CommandError::new(Exit::Failed, message))
}

/// Writes a backup with the lowest number that is free. Returns its path, or `None` if one has this
/// text already.
fn write_backup(context: &Context, path: &Path, text: &str) -> Result<Option<PathBuf>> {
    for number in 1_u32.. {
        let backup = path.with_added_extension(format!("{BACKUP}-{number}"));
        context.spare_the_vault(&backup)?;
        if fs::symlink_metadata(&backup).is_err() {
            write(&backup, text)?;
            return Ok(Some(backup));
        }
        if read_file(&backup, MAX_BYTES).is_ok_and(|bytes| *bytes == text.as_bytes()) {
            return Ok(None);
        }
    }
    Ok(None)
}

/// The backups of a file, sorted by name. They may contain access keys.
pub(crate) fn backups(file: File) -> Vec<PathBuf> {
    let Ok(path) = path_of(file).map(|named| target_of(&named)) else {
        return Vec::new();
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let start = format!("{name}.{BACKUP}");
    let is_backup = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().starts_with(&start)
    };
    let members = list_folder(folder_of(&path)).unwrap_or_default();
    members.into_iter().filter(is_backup).collect()
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

/// Reads a variable that is a number; 0 if it is none.
pub(super) fn number_in(variable: &str) -> u32 {
    let text = std::env::var(variable).unwrap_or_default();
    text.parse().unwrap_or(0)
}

/// Reads the machine's clock, for signatures.
pub(super) fn now() -> SystemTime {
    SystemTime::now()
}
