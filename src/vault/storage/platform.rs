//! How Unix and other systems differ in private files.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

#[cfg(unix)]
mod unix {
    use std::fs::DirBuilder;
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};

    use rustix::fs::OFlags;

    use super::{File, Metadata, OpenOptions, Path, io};

    fn options(flags: OFlags) -> OpenOptions {
        let mut options = OpenOptions::new();
        let flags = (flags | OFlags::CLOEXEC | OFlags::NOFOLLOW).bits();
        options
            .mode(0o600)
            .custom_flags(i32::try_from(flags).unwrap_or(0));
        options
    }

    /// Opens a file for reading. Follows no link, and does not wait for the writer of a FIFO.
    pub(crate) fn open_read(path: &Path) -> io::Result<File> {
        options(OFlags::NONBLOCK).read(true).open(path)
    }

    /// Creates a new file, mode 0600, for writing and reading back.
    pub(crate) fn create_new(path: &Path) -> io::Result<File> {
        options(OFlags::empty())
            .read(true)
            .write(true)
            .create_new(true)
            .open(path)
    }

    /// Creates a new file, mode 0600, that has no name in `folder` yet and disappears with this process.
    /// `None` if the system does not support it, or could not name the file later.
    #[cfg(target_os = "linux")]
    pub(crate) fn create_nameless(folder: &Path) -> Option<File> {
        use rustix::fs::{Mode, OFlags, open};

        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        let file = File::from(open(folder, flags, Mode::RUSR | Mode::WUSR).ok()?);
        std::fs::metadata(open_path(&file)).ok()?;
        Some(file)
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn create_nameless(_: &Path) -> Option<File> {
        None
    }

    /// Gives a file of [`create_nameless`] a new name (open(2), `O_TMPFILE`).
    pub(crate) fn name(file: &File, to: &Path) -> io::Result<()> {
        use rustix::fs::{AtFlags, CWD, linkat};

        Ok(linkat(
            CWD,
            open_path(file),
            CWD,
            to,
            AtFlags::SYMLINK_FOLLOW,
        )?)
    }

    fn open_path(file: &File) -> String {
        use std::os::fd::AsRawFd;

        format!("/proc/self/fd/{}", file.as_raw_fd())
    }

    /// Opens or creates a file, mode 0600, for reading and writing.
    pub(crate) fn open_or_create(path: &Path) -> io::Result<File> {
        options(OFlags::NONBLOCK)
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
    }

    /// Creates a folder and its missing parents, mode 0700.
    pub(crate) fn create_dirs(path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    /// Creates one folder, mode 0700. Its parent must exist.
    pub(crate) fn create_dir(path: &Path) -> io::Result<()> {
        DirBuilder::new().mode(0o700).create(path)
    }

    /// Makes renames and new names in a folder durable.
    pub(crate) fn sync_dir(path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    /// Renames a file, but never replaces another one.
    pub(crate) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
        #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
        {
            use rustix::fs::{CWD, RenameFlags, renameat_with};
            use rustix::io::Errno;

            match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
                // Some file systems do not support it, such as NFS.
                Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
                done => return Ok(done?),
            }
        }
        super::link_or_reserve(from, to)
    }

    /// Whether another process with this number is running.
    pub(crate) fn is_running(process: u32) -> bool {
        let id = i32::try_from(process).ok();
        let id = id.and_then(rustix::process::Pid::from_raw);
        process != std::process::id()
            && id.is_some_and(|id| {
                let asked = rustix::process::test_kill_process(id);
                asked != Err(rustix::io::Errno::SRCH)
            })
    }

    pub(crate) fn mode(metadata: &Metadata) -> u32 {
        metadata.mode()
    }

    /// The user who owns a file, unless it is the user of this process.
    pub(crate) fn foreign_owner(metadata: &Metadata) -> Option<u32> {
        let owner = metadata.uid();
        (owner != rustix::process::geteuid().as_raw()).then_some(owner)
    }

    /// The process that holds a file's lock, if `/proc/locks` reports it (proc(5), flock(2)).
    pub(crate) fn lock_holder(file: &File) -> Option<u32> {
        let inode = format!(":{}", file.metadata().ok()?.ino());
        let locks = std::fs::read_to_string("/proc/locks").ok()?;
        // `1: FLOCK  ADVISORY  WRITE 1234 fe:00:5678 0 EOF`; waiting processes have `->` after the number.
        locks.lines().find_map(|line| {
            let mut words = line.split_whitespace().skip(1);
            let is_flock = words.next() == Some("FLOCK");
            let process = words.nth(2)?.parse().ok()?;
            (is_flock && words.next()?.ends_with(&inode)).then_some(process)
        })
    }

    pub(crate) fn same_file(one: &Metadata, other: &Metadata) -> bool {
        (one.dev(), one.ino()) == (other.dev(), other.ino())
    }

    /// Whether an open file is still the one at `path`, as far as the system tells.
    pub(crate) fn is_at(file: &File, path: &Path) -> bool {
        match (file.metadata(), std::fs::metadata(path)) {
            (Ok(one), Ok(other)) => same_file(&one, &other),
            (_, Err(error)) => error.kind() != std::io::ErrorKind::NotFound,
            // Unknown: opening it anew would tell no more.
            (Err(_), Ok(_)) => true,
        }
    }
}

#[cfg(unix)]
pub(crate) use unix::*;

/// Gives a file a new name: with a hard link, or on file systems without links, by replacing a new
/// empty file.
fn link_or_reserve(from: &Path, to: &Path) -> io::Result<()> {
    match std::fs::hard_link(from, to) {
        Ok(()) => std::fs::remove_file(from),
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

    #[test]
    fn a_process_that_ended_is_not_running() {
        assert!(is_running(1));
        assert!(!is_running(u32::MAX) && !is_running(0));
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        assert!(!is_running(child.id()));
    }
}

/// Windows: the access list inherited from the user's profile folder makes files private.
#[cfg(not(unix))]
mod other {
    use super::{File, Metadata, OpenOptions, Path, io};

    pub(crate) fn open_read(path: &Path) -> io::Result<File> {
        OpenOptions::new().read(true).open(path)
    }

    pub(crate) fn create_new(path: &Path) -> io::Result<File> {
        OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(path)
    }

    pub(crate) fn create_nameless(_: &Path) -> Option<File> {
        None
    }

    pub(crate) fn name(_: &File, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn open_or_create(path: &Path) -> io::Result<File> {
        OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
    }

    pub(crate) fn create_dirs(path: &Path) -> io::Result<()> {
        std::fs::create_dir_all(path)
    }

    pub(crate) fn create_dir(path: &Path) -> io::Result<()> {
        std::fs::create_dir(path)
    }

    pub(crate) fn sync_dir(_: &Path) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
        super::link_or_reserve(from, to)
    }

    /// Unknown here, so the files are kept.
    pub(crate) fn is_running(_: u32) -> bool {
        true
    }

    pub(crate) fn mode(_: &Metadata) -> u32 {
        0o600
    }

    pub(crate) fn foreign_owner(_: &Metadata) -> Option<u32> {
        None
    }

    pub(crate) fn lock_holder(_: &File) -> Option<u32> {
        None
    }

    pub(crate) fn same_file(_: &Metadata, _: &Metadata) -> bool {
        false
    }

    pub(crate) const fn is_at(_: &File, _: &Path) -> bool {
        true
    }
}

#[cfg(not(unix))]
pub(crate) use other::*;
