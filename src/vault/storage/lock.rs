//! Locks between processes, and waiting for them within limits.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use super::atomic::io_error;
use super::error::StoreError;
use super::platform;
use super::private::check_file;

/// What failed when a lock file could not be made: completes "cannot …".
pub(crate) const LOCKING: &str = "open the lock";

/// A person is told after this time what is being waited for.
const SILENCE: Duration = Duration::from_secs(2);

/// Told once, after [`SILENCE`]: the process that holds the lock, where the system says which it is.
pub(crate) type Told<'a> = &'a mut dyn FnMut(Option<u32>);

/// Opens (or makes) a lock file and waits for its lock, which ends when the file is dropped. Gives up
/// after `limit`: the process that holds it may be stopped.
///
/// # Errors
/// [`StoreError`], also where others could hold or replace the lock.
pub(crate) fn lock(path: &Path, limit: Duration, told: Told<'_>) -> Result<File, StoreError> {
    let file = platform::open_or_create(path).map_err(io_error(LOCKING, path))?;
    let metadata = file.metadata().map_err(io_error(LOCKING, path))?;
    check_file(path, &metadata)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => wait(file, path, limit, told),
        Err(TryLockError::Error(error)) => Err(io_error("lock", path)(error)),
    }
}

/// Waits in a thread, because no system call waits for a lock and for a clock. A thread that is given
/// up goes on to wait, and lets go of the lock as soon as it has it.
fn wait(file: File, path: &Path, limit: Duration, told: Told<'_>) -> Result<File, StoreError> {
    let (sender, receiver) = mpsc::channel::<io::Result<File>>();
    let waiting = file.try_clone().map_err(io_error("lock", path))?;
    std::thread::spawn(move || {
        let locked = waiting.lock().map(|()| waiting);
        let _ = sender.send(locked);
    });
    let silence = SILENCE.min(limit);
    let locked = receiver.recv_timeout(silence).or_else(|_| {
        told(platform::lock_holder(&file));
        receiver.recv_timeout(limit.saturating_sub(silence))
    });
    match locked {
        Ok(locked) => locked.map_err(io_error("lock", path)),
        Err(_) => Err(StoreError::Held {
            path: path.to_path_buf(),
            holder: platform::lock_holder(&file),
            waited: limit,
        }),
    }
}
