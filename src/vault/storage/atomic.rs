//! Writing a private file so that there is always a whole one: the old or the new.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::error::{Durability, StoreError, plain};
use super::platform;

/// Marks the temporary files of this program, so that left-over ones can be told from others.
const SUFFIX: &str = ".mfa-tmp";

/// A whole new file under a temporary name beside its place, or under none yet. Removed on drop unless
/// it was put into its place.
pub(crate) struct Pending<'a> {
    place: &'a Path,
    temporary: PathBuf,
    file: File,
    is_named: bool,
    done: bool,
}

/// Turns an I/O error into one that says what was tried on what.
pub(crate) fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_path_buf();
    move |source| StoreError::Io {
        doing,
        path,
        source,
    }
}

impl<'a> Pending<'a> {
    /// Writes `bytes` to a temporary file beside `place`, makes them durable and reads them back.
    ///
    /// # Errors
    /// [`StoreError`]; nothing stays behind.
    pub(crate) fn write(place: &'a Path, bytes: &[u8]) -> Result<Self, StoreError> {
        Self::named(place)?.filled(&|file| file.write_all(bytes))
    }

    /// The same for what `write` writes piece by piece; it is not read back. Where the system can, the
    /// file has no name until it is whole: a program that is killed leaves nothing of it.
    ///
    /// # Errors
    /// As [`Pending::write`].
    pub(crate) fn write_by(
        place: &'a Path,
        write: &dyn Fn(&mut dyn Write) -> io::Result<()>,
    ) -> Result<Self, StoreError> {
        ignore_file_size_signal();
        let pending = match platform::create_nameless(folder_of(place)) {
            Some(file) => Self {
                place,
                temporary: temporary_name(place),
                file,
                is_named: false,
                done: false,
            },
            None => Self::named(place)?,
        };
        pending.filled(write)
    }

    fn named(place: &'a Path) -> Result<Self, StoreError> {
        ignore_file_size_signal();
        let temporary = temporary_name(place);
        let file = platform::create_new(&temporary).map_err(io_error("write", place))?;
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
        let durable = self.file.sync_all();
        durable.map_err(io_error("make durable", self.place))?;
        Ok(self)
    }

    /// What the disk gives back of the new file.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub(crate) fn read_back(&mut self) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::new();
        self.file
            .seek(SeekFrom::Start(0))
            .and_then(|_| self.file.read_to_end(&mut bytes))
            .map_err(io_error("read back", self.place))?;
        Ok(bytes)
    }

    /// Puts the new file into its place. From here on, it is the file; whether that survives a
    /// power loss is known only when the folder was made durable too.
    ///
    /// # Errors
    /// [`StoreError::Io`]; the old file is still in its place.
    pub(crate) fn put(mut self) -> Result<Durability, StoreError> {
        if !self.is_named {
            match platform::name(&self.file, &self.temporary) {
                Ok(()) => self.is_named = true,
                Err(_) => return self.copied()?.put(),
            }
        }
        fs::rename(&self.temporary, self.place).map_err(io_error("replace", self.place))?;
        Ok(self.placed())
    }

    /// The same where nothing may be replaced, also not what appeared meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Io`], of the kind `AlreadyExists` where there is something.
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

    /// The same bytes under a temporary name, where a file system gives no name to a file that has none.
    fn copied(mut self) -> Result<Self, StoreError> {
        let mut named = Self::named(self.place)?;
        self.file
            .seek(SeekFrom::Start(0))
            .and_then(|_| io::copy(&mut self.file, &mut named.file))
            .and_then(|_| named.file.sync_all())
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

/// Replaces a private file of this program's own, such as a pin.
///
/// # Errors
/// [`StoreError`].
pub(crate) fn replace(place: &Path, bytes: &[u8]) -> Result<Durability, StoreError> {
    let mut pending = Pending::write(place, bytes)?;
    if *Zeroizing::new(pending.read_back()?) != bytes {
        return Err(StoreError::ReadBack {
            path: place.to_path_buf(),
        });
    }
    pending.put()
}

/// Removes temporary files that a killed writer left beside `place`. Call it under the lock.
pub(crate) fn remove_leftovers(place: &Path) {
    let own = place.file_name();
    remove_leftovers_in(folder_of(place), |name| Some(OsStr::new(name)) == own);
}

/// Removes temporary files in `folder` whose writer is no more: what it wrote may hold secrets. For
/// places that have no lock.
pub(crate) fn remove_abandoned_in(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let writer = parts_of(&name.to_string_lossy()).and_then(|(_, writer)| writer.parse().ok());
        if writer.is_some_and(|writer| !platform::is_running(writer)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Removes temporary files in `folder` of those places whose names are ours.
pub(crate) fn remove_leftovers_in(folder: &Path, is_ours: impl Fn(&str) -> bool) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if place_of(&name.to_string_lossy()).is_some_and(&is_ours) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Whether a file of this name is taken for a temporary one, and cleared away.
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

/// The process number makes the name new among the living; only the lock's holder writes.
fn temporary_name(place: &Path) -> PathBuf {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    folder_of(place).join(format!(".{name}.{}{SUFFIX}", std::process::id()))
}

/// The name of the place of a temporary file; `None` of what is not one.
fn place_of(temporary: &str) -> Option<&str> {
    parts_of(temporary).map(|(place, _)| place)
}

/// The names of the place and the process of a temporary file; `None` of what is not one.
fn parts_of(temporary: &str) -> Option<(&str, &str)> {
    let name = temporary.strip_prefix('.')?.strip_suffix(SUFFIX)?;
    let (place, process) = name.rsplit_once('.')?;
    let is_number = process.bytes().all(|b| b.is_ascii_digit());
    is_number.then_some((place, process))
}

/// Makes a write over a size limit (`ulimit -f`) an error in place of the end of the process.
pub(crate) fn ignore_file_size_signal() {
    #[cfg(unix)]
    {
        use std::sync::atomic::AtomicBool;
        use std::sync::{Arc, Once};

        static IGNORED: Once = Once::new();
        let signal = rustix::process::Signal::XFSZ.as_raw();
        IGNORED.call_once(|| {
            // Without the handler a full quota still loses nothing: the old file is in its place.
            let _ = signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)));
        });
    }
}
