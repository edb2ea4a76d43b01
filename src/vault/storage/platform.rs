//! What Unix and other systems do differently about private files.

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

    /// Opens a file for reading. Never follows a link and never waits for a FIFO's writer.
    pub(crate) fn open_read(path: &Path) -> io::Result<File> {
        options(OFlags::NONBLOCK).read(true).open(path)
    }

    /// Makes a new file, 0600, to write and to read back.
    pub(crate) fn create_new(path: &Path) -> io::Result<File> {
        options(OFlags::empty())
            .read(true)
            .write(true)
            .create_new(true)
            .open(path)
    }

    /// Opens or makes a file, 0600, to read and to write.
    pub(crate) fn open_or_create(path: &Path) -> io::Result<File> {
        options(OFlags::NONBLOCK)
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
    }

    /// Makes a folder, 0700, with all that lead to it.
    pub(crate) fn create_dirs(path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    /// Makes renames and new names in a folder durable.
    pub(crate) fn sync_dir(path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    pub(crate) fn mode(metadata: &Metadata) -> u32 {
        metadata.mode()
    }

    /// The user that a file belongs to, when that is not the one who runs this program.
    pub(crate) fn foreign_owner(metadata: &Metadata) -> Option<u32> {
        let owner = metadata.uid();
        (owner != rustix::process::geteuid().as_raw()).then_some(owner)
    }

    /// The process that holds the lock of a file, where `/proc/locks` tells (proc(5), flock(2)).
    pub(crate) fn lock_holder(file: &File) -> Option<u32> {
        let inode = format!(":{}", file.metadata().ok()?.ino());
        let locks = std::fs::read_to_string("/proc/locks").ok()?;
        // `1: FLOCK  ADVISORY  WRITE 1234 fe:00:5678 0 EOF`; who waits has `->` after the number.
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
}

#[cfg(unix)]
pub(crate) use unix::*;

/// Windows: the user's profile folder is private by its inherited access list.
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

    pub(crate) fn sync_dir(_: &Path) -> io::Result<()> {
        Ok(())
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
}

#[cfg(not(unix))]
pub(crate) use other::*;
