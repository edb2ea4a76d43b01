//! Which files of the vault others can read or change.

use std::path::PathBuf;

use super::{COMPANIONS, Repository};
use crate::vault::storage::{Exposed, Privacy, exposed, folder_of};
use crate::vault::unlock::key_file_path;

impl Repository {
    /// Checks the modes and owners of the vault, its folder, its companions, its backups, and `others`,
    /// without opening any.
    pub(crate) fn exposed_files(&self, others: &[PathBuf]) -> Vec<Exposed> {
        let (vault, backups) = (self.path(), self.file.backups());
        let key_file = key_file_path(vault);
        let mut paths = vec![folder_of(vault).to_path_buf(), vault.to_path_buf()];
        paths.extend(COMPANIONS.map(|companion| companion(vault)));
        paths.push(backups.folder().to_path_buf());
        paths.extend(backups.list().into_iter().map(|backup| backup.path));
        paths.extend_from_slice(others);
        let check = |path: &PathBuf| {
            let privacy = if *path == key_file {
                Privacy::Secret
            } else {
                Privacy::Sealed
            };
            exposed(path, privacy)
        };
        paths.iter().filter_map(check).collect()
    }
}
