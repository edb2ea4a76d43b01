//! Replaces private files atomically: there is always a complete file, the old one or the new one.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::error::{Durability, StoreError, plain};
use super::platform;

/// Marks temporary files of this program, so that left-over ones can be recognised.
const SUFFIX: &str = ".mfa-tmp";

/// A complete new file, still under a temporary name beside its place, or without a name. Removed on drop
/// unless it was put in place.
pub(crate) struct Pending<'a> {
    place: &'a Path,
    temporary: PathBuf,
    file: File,
    is_named: bool,
    done: bool,
}

/// Adds to an I/O error what was tried, and on which path.
pub(crate) fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_path_buf();
    move |source| StoreError::Io {
        doing,
        path,
        source,
    }
}

impl<'a> Pending<'a> {
    /// Writes `bytes` to a temporary file beside `place`, and makes them durable. On an error, nothing
    /// is left behind.
    pub(crate) fn write(place: &'a Path, bytes: &[u8]) -> Result<Self, StoreError> {
        Self::named(place)?.filled(&|file| file.write_all(bytes))
    }

    /// As [`Pending::write`], for content that `write` produces in pieces. If the system supports it, the
    /// file has no name until it is complete: a killed program leaves nothing behind.
    pub(crate) fn write_by(
        place: &'a Path,
        write: &dyn Fn(&mut dyn Write) -> io::Result<()>,
    ) -> Result<Self, StoreError> {
        Self::nameless(place, platform::create_new)?.filled(write)
    }

    /// As [`Pending::write_by`], in a folder that other machines write too.
    pub(super) fn write_shared(place: &'a Path, bytes: &[u8]) -> Result<Self, StoreError> {
        let pending = Self::nameless(place, platform::create_shared)?;
        pending.filled(&|file| file.write_all(bytes))
    }

    /// A file without a name, or if the system does not support that, a named one that `create` makes.
    fn nameless(
        place: &'a Path,
        create: fn(&Path) -> io::Result<File>,
    ) -> Result<Self, StoreError> {
        ignore_file_size_signal();
        let Some(file) = platform::create_nameless(folder_of(place)) else {
            return Self::created_by(create, place);
        };
        Ok(Self {
            place,
            temporary: temporary_name(place),
            file,
            is_named: false,
            done: false,
        })
    }

    fn named(place: &'a Path) -> Result<Self, StoreError> {
        Self::created_by(platform::create_new, place)
    }

    fn created_by(
        create: fn(&Path) -> io::Result<File>,
        place: &'a Path,
    ) -> Result<Self, StoreError> {
        ignore_file_size_signal();
        let temporary = temporary_name(place);
        let file = create(&temporary).map_err(io_error("write", place))?;
        Ok(Self {
            place,
            temporary,
            file,
            is_named: true,
            done: false,
        })
    }

    fn filled(
        mut self,
        write: &dyn Fn(&mut dyn Write) -> io::Result<()>,
    ) -> Result<Self, StoreError> {
        write(&mut self.file).map_err(io_error("write", self.place))?;
        let durable = platform::sync(&self.file);
        durable.map_err(io_error("sync", self.place))?;
        Ok(self)
    }

    /// Reads the new file back from the disk.
    pub(crate) fn read_back(&mut self) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::new();
        self.file
            .seek(SeekFrom::Start(0))
            .and_then(|_| self.file.read_to_end(&mut bytes))
            .map_err(io_error("read back", self.place))?;
        Ok(bytes)
    }

    /// Puts the new file in place. It then replaces the old one; whether that survives a power loss is
    /// known only once the folder is durable too. On an error, the old file is still in place.
    pub(crate) fn put(mut self) -> Result<Durability, StoreError> {
        if !self.is_named {
            match platform::name(&self.file, &self.temporary) {
                Ok(()) => self.is_named = true,
                Err(_) => return self.copied()?.put(),
            }
        }
        platform::replace(&self.temporary, self.place).map_err(io_error("replace", self.place))?;
        Ok(self.placed())
    }

    /// As [`Pending::put`], but never replaces anything. Fails with `AlreadyExists` if there is a file,
    /// even one that has just appeared.
    pub(crate) fn put_new(self) -> Result<Durability, StoreError> {
        let placed = if self.is_named {
            platform::rename_new(&self.temporary, self.place)
        } else {
            match platform::name(&self.file, self.place) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return self.copied()?.put_new();
                }
                placed => placed,
            }
        };
        placed.map_err(io_error("write", self.place))?;
        Ok(self.placed())
    }

    /// A copy under a temporary name, for file systems that cannot give a nameless file a name.
    fn copied(mut self) -> Result<Self, StoreError> {
        let mut named = Self::named(self.place)?;
        self.file
            .seek(SeekFrom::Start(0))
            .and_then(|_| io::copy(&mut self.file, &mut named.file))
            .and_then(|_| platform::sync(&named.file))
            .map_err(io_error("write", self.place))?;
        Ok(named)
    }

    fn placed(mut self) -> Durability {
        self.done = true;
        match platform::sync_dir(folder_of(self.place)) {
            Ok(()) => Durability::Durable,
            Err(error) => Durability::Unknown(plain(&error)),
        }
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if self.is_named && !self.done {
            // Nothing can be done about a failure here; the next writer tries again.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// Replaces a private file of this program's own, such as a pin, and verifies what was written.
pub(crate) fn replace(place: &Path, bytes: &[u8]) -> Result<Durability, StoreError> {
    let mut pending = Pending::write(place, bytes)?;
    if *Zeroizing::new(pending.read_back()?) != bytes {
        return Err(StoreError::ReadBack {
            path: place.to_path_buf(),
        });
    }
    pending.put()
}

/// Removes temporary files that a killed writer left beside `place`. The caller holds the lock.
pub(crate) fn remove_leftovers(place: &Path) {
    let own = place.file_name();
    remove_leftovers_in(folder_of(place), |name| Some(OsStr::new(name)) == own);
}

/// Removes temporary files in `folder` whose writer no longer runs: they may contain secrets. For
/// places without a lock.
pub(crate) fn remove_abandoned_in(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let writer = parts_of(&name.to_string_lossy()).and_then(|(_, writer)| writer.parse().ok());
        if writer.is_some_and(|writer| platform::is_abandoned(&entry.path(), writer)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Removes temporary files in `folder` for the places that `is_ours` accepts.
pub(crate) fn remove_leftovers_in(folder: &Path, is_ours: impl Fn(&str) -> bool) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if place_of(&name.to_string_lossy()).is_some_and(&is_ours) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Whether a file of this name counts as temporary, and would be removed.
pub(crate) fn is_temporary(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().ends_with(SUFFIX)
}

/// The folder that holds `path`; `.` for a bare name.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// The process number makes the name unique among running writers; only the lock's holder writes.
fn temporary_name(place: &Path) -> PathBuf {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    folder_of(place).join(format!(".{name}.{}{SUFFIX}", std::process::id()))
}

/// The name of the place of a temporary file; `None` for other files.
fn place_of(temporary: &str) -> Option<&str> {
    parts_of(temporary).map(|(place, _)| place)
}

/// The place and the process number in the name of a temporary file; `None` for other files.
fn parts_of(temporary: &str) -> Option<(&str, &str)> {
    let name = temporary.strip_prefix('.')?.strip_suffix(SUFFIX)?;
    let (place, process) = name.rsplit_once('.')?;
    let is_number = process.bytes().all(|b| b.is_ascii_digit());
    is_number.then_some((place, process))
}

/// Makes a write above a size limit (`ulimit -f`) an error, instead of killing the process.
pub(crate) fn ignore_file_size_signal() {
    #[cfg(unix)]
    {
        use std::sync::atomic::AtomicBool;
        use std::sync::{Arc, Once};

        static IGNORED: Once = Once::new();
        let signal = rustix::process::Signal::XFSZ.as_raw();
        IGNORED.call_once(|| {
            // Without the handler, a full quota still loses nothing: the old file is in place.
            let _ = signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)));
        });
    }
}
