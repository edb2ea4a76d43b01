//! The backups that this program leaves beside AWS's files.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the adapter for AWS's files and variables"
)]

use std::fs;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::files::path_of;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::app::user_files::read_file;
use crate::aws::ChangedBackup;
use crate::aws::config::File;
use crate::vault::storage::replace_private;

/// Between the name of a file and the number of its backup.
const MARK: &str = ".mfa-backup";
const MAX_BYTES: usize = 16 << 20;

/// Edits each backup, and returns those that had to change. A backup that is not a file of text is
/// not ours.
pub(super) fn change(
    context: &Context,
    edit: &dyn Fn(File, &str) -> String,
) -> Result<Vec<ChangedBackup>> {
    let _turn = context.state.lock("aws-files")?;
    let mut changed = Vec::new();
    for file in [File::Credentials, File::Config] {
        for path in backups_of(&path_of(file)?) {
            let Some(text) = text_of(&path) else { continue };
            let edited = Zeroizing::new(edit(file, &text));
            if *edited != *text {
                let failed = replace_private(&path, edited.as_bytes()).err();
                let failed = failed.map(|error| error.to_string());
                changed.push(ChangedBackup { path, failed });
            }
        }
    }
    Ok(changed)
}

fn text_of(path: &Path) -> Option<Zeroizing<String>> {
    let bytes = read_file(path, MAX_BYTES).ok()?;
    std::str::from_utf8(&bytes)
        .ok()
        .map(|text| Zeroizing::new(text.to_owned()))
}

/// The backups of a file: beside it, and beside the file that it links to.
fn backups_of(named: &Path) -> Vec<PathBuf> {
    let target = dunce::canonicalize(named).unwrap_or_else(|_| named.to_owned());
    let mut found = Vec::new();
    for path in [named, &target] {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            continue;
        };
        let start = format!("{}{MARK}", name.to_string_lossy());
        let members = fs::read_dir(folder).into_iter().flatten().flatten();
        let ours = members.filter(|entry| {
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            is_file && entry.file_name().to_string_lossy().starts_with(&start)
        });
        found.extend(ours.map(|entry| entry.path()));
    }
    found.sort_unstable();
    found.dedup();
    found
}
