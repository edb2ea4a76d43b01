//! Private files on Unix: modes, owners and links.

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

use super::{Access, Owner};
use crate::vault::storage::quoted;

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

/// Creates a new file in a folder that other machines write too.
pub(crate) fn create_shared(path: &Path) -> io::Result<File> {
    create_new(path)
}

/// Creates one folder that other machines write too. Its parent must exist.
pub(crate) fn create_shared_dir(path: &Path) -> io::Result<()> {
    create_dir(path)
}

/// Creates a folder that other machines write too, and its missing parents.
pub(crate) fn create_shared_dirs(path: &Path) -> io::Result<()> {
    create_dirs(path)
}

/// Makes the content of a file durable. On macOS, std asks for more than a network drive has
/// (`F_FULLFSYNC`), and does not ask for less.
pub(crate) fn sync(file: &File) -> io::Result<()> {
    match file.sync_all() {
        Err(error) if cfg!(target_vendor = "apple") && is_unsupported(&error) => {
            Ok(rustix::fs::fsync(file)?)
        }
        done => done,
    }
}

/// Makes renames and new names in a folder durable, if its file system can. Network drives such as SMB
/// cannot.
pub(crate) fn sync_dir(path: &Path) -> io::Result<()> {
    match sync(&File::open(path)?) {
        Err(error) if is_unsupported(&error) => Ok(()),
        done => done,
    }
}

/// Whether a file system does not have what it was asked for.
fn is_unsupported(error: &io::Error) -> bool {
    use rustix::io::Errno;

    let error = Errno::from_io_error(error);
    error.is_some_and(|error| {
        [Errno::INVAL, Errno::NOTTY, Errno::NOTSUP, Errno::OPNOTSUPP].contains(&error)
    })
}

/// Removes one of two names of a file.
pub(super) fn remove_name(path: &Path) -> io::Result<()> {
    std::fs::remove_file(path)
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

/// Puts a file in the place of another one.
pub(crate) fn replace(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)
}

/// Whether the process that wrote a temporary file no longer runs.
pub(crate) fn is_abandoned(_: &Path, writer: u32) -> bool {
    !is_running(writer)
}

/// Whether another process with this number is running.
fn is_running(process: u32) -> bool {
    let id = i32::try_from(process).ok();
    let id = id.and_then(rustix::process::Pid::from_raw);
    process != std::process::id()
        && id.is_some_and(|id| {
            let asked = rustix::process::test_kill_process(id);
            asked != Err(rustix::io::Errno::SRCH)
        })
}

/// Who else can use an open file.
#[expect(clippy::unnecessary_wraps, reason = "Windows has to ask for it")]
pub(crate) fn access_of(_: &File, metadata: &Metadata) -> io::Result<Access> {
    Ok(access(metadata))
}

/// Who else can use the file or folder at a path.
#[expect(clippy::unnecessary_wraps, reason = "Windows has to ask for it")]
pub(crate) fn access_at(_: &Path, metadata: &Metadata) -> io::Result<Access> {
    Ok(access(metadata))
}

fn access(metadata: &Metadata) -> Access {
    let (mode, owner) = (metadata.mode(), metadata.uid());
    let is_foreign = owner != rustix::process::geteuid().as_raw();
    // With the sticky bit (`/tmp`), others can replace only their own files.
    let is_sticky = metadata.is_dir() && mode & 0o1000 != 0;
    Access {
        foreign_owner: is_foreign.then(|| Owner {
            name: format!("uid {owner}"),
            is_administrator: owner == 0,
        }),
        others_write: mode & 0o022 != 0 && !is_sticky,
        others_read: mode & 0o044 != 0,
        others_any: mode & 0o077 != 0,
    }
}

/// The command that makes a file private.
pub(crate) fn file_fix(path: &Path) -> String {
    format!("chmod 600 {}", quoted(path))
}

/// The command that keeps others from writing into a folder.
#[expect(clippy::unnecessary_wraps, reason = "on Windows, there may be none")]
pub(crate) fn folder_fix(path: &Path) -> Option<String> {
    Some(format!("chmod go-w {}", quoted(path)))
}

/// The command that gives a file or folder to this user: only root can do that.
pub(crate) const fn owner_fix(_: &Path) -> Option<String> {
    None
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

/// Whether two paths lead to the same file.
pub(crate) fn same_file(one: &Path, other: &Path) -> bool {
    let both = std::fs::metadata(one)
        .ok()
        .zip(std::fs::metadata(other).ok());
    both.is_some_and(|(one, other)| is_same(&one, &other))
}

fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Whether an open file is still the one at `path`, as far as the system tells.
pub(crate) fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(one), Ok(other)) => is_same(&one, &other),
        (_, Err(error)) => error.kind() != io::ErrorKind::NotFound,
        // Unknown: opening it anew would tell no more.
        (Err(_), Ok(_)) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_ended_is_not_running() {
        assert!(is_running(1));
        assert!(!is_running(u32::MAX) && !is_running(0));
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        assert!(!is_running(child.id()));
    }
}
