//! How Unix and Windows differ in private files.

#[cfg(any(windows, test))]
mod sddl;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::io;
use std::path::Path;

#[cfg(unix)]
pub(crate) use unix::*;
#[cfg(windows)]
pub(crate) use windows::*;

/// Who else can use a file or folder. Administrators can use everything, so they do not count.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Access {
    /// The owner, if it is another user.
    pub(crate) foreign_owner: Option<Owner>,
    /// Whether other users can change it, or replace files in a folder.
    pub(crate) others_write: bool,
    /// Whether other users can read it.
    pub(crate) others_read: bool,
    /// Whether other users can do anything with it.
    pub(crate) others_any: bool,
}

/// The owner of a file or folder.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    /// What the system calls the user: `uid 1000`, or a SID.
    pub(crate) name: String,
    /// Whether it is root, or Windows itself.
    pub(crate) is_administrator: bool,
}

/// Gives a file a new name: with a hard link, or on file systems without links, by replacing a new
/// empty file.
fn link_or_reserve(from: &Path, to: &Path) -> io::Result<()> {
    match std::fs::hard_link(from, to) {
        Ok(()) => remove_name(from),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        Err(_) => {
            create_new(to)?;
            std::fs::rename(from, to).inspect_err(|_| {
                let _ = std::fs::remove_file(to);
            })
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;

    use super::*;

    /// `/proc` answers as a network drive does.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_that_cannot_be_synced_is_no_error() {
        let proc = Path::new("/proc");
        let error = fs::File::open(proc).unwrap().sync_all().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        sync_dir(proc).unwrap();
        assert!(sync_dir(Path::new("/nowhere")).is_err());
    }

    #[test]
    fn a_name_that_is_taken_keeps_its_file() {
        for rename in [rename_new, link_or_reserve] {
            let folder = tempfile::tempdir().unwrap();
            let path = |name: &str| folder.path().join(name);
            fs::write(path("new"), "new").unwrap();
            fs::write(path("taken"), "old").unwrap();
            std::os::unix::fs::symlink("nowhere", path("link")).unwrap();
            for taken in ["taken", "link"] {
                let error = rename(&path("new"), &path(taken)).unwrap_err();
                assert_eq!(error.kind(), io::ErrorKind::AlreadyExists, "{taken}");
            }
            assert_eq!(fs::read(path("taken")).unwrap(), b"old");
            rename(&path("new"), &path("free")).unwrap();
            assert_eq!(fs::read(path("free")).unwrap(), b"new");
            assert!(!path("new").exists());
        }
    }
}
