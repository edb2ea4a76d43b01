//! Locks between processes, waited for with a time limit.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use super::atomic::io_error;
use super::error::StoreError;
use super::platform;
use super::private::check_file;

/// What failed if a lock file could not be made; completes "cannot …".
pub(crate) const LOCKING: &str = "open the lock";

/// After this time, the person is told what the process waits for.
const SILENCE: Duration = Duration::from_secs(2);

/// How often a lock file is opened anew. A file system may give an open file another number than its path.
const RETRIES: usize = 16;

/// Called once, after [`SILENCE`], with the process that holds the lock, if the system reports it.
pub(crate) type Told<'a> = &'a mut dyn FnMut(Option<u32>);

/// Opens or creates a lock file and waits for its lock, which is held until the file is dropped. Gives up
/// after `limit`: the process that holds it may be stopped. Refuses a file that others could lock or
/// replace.
pub(crate) fn lock(path: &Path, limit: Duration, told: Told<'_>) -> Result<File, StoreError> {
    for _ in 0..RETRIES {
        let file = lock_once(path, limit, told)?;
        // Another process may have removed the file while this one waited.
        if platform::is_at(&file, path) {
            return Ok(file);
        }
    }
    lock_once(path, limit, told)
}

fn lock_once(path: &Path, limit: Duration, told: Told<'_>) -> Result<File, StoreError> {
    let file = platform::open_or_create(path).map_err(io_error(LOCKING, path))?;
    let metadata = file.metadata().map_err(io_error(LOCKING, path))?;
    let access = platform::access_of(&file, &metadata).map_err(io_error(LOCKING, path))?;
    check_file(path, &metadata, &access)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => wait(file, path, limit, told),
        Err(TryLockError::Error(error)) => Err(io_error("lock", path)(error)),
    }
}

/// Removes a lock file, unless a process holds the lock. Whoever waits for it makes a new one.
#[cfg(feature = "aws")]
pub(super) fn remove_free_lock(path: &Path) {
    let Ok(file) = File::open(path) else {
        return;
    };
    if file.try_lock().is_ok() {
        let _ = std::fs::remove_file(path);
    }
}

/// Waits on a thread, because no system call waits for a lock with a time limit. An abandoned thread
/// keeps waiting, and releases the lock as soon as it gets it.
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// A lock that is held on a removed file would exclude nobody.
    #[test]
    fn a_removed_lock_file_is_made_anew() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("x.lock");
        let limit = Duration::from_secs(10);
        let first = lock(&path, limit, &mut |_| {}).unwrap();
        let waiting = path.clone();
        let waiter = std::thread::spawn(move || lock(&waiting, limit, &mut |_| {}).unwrap());
        std::thread::sleep(Duration::from_millis(200));
        std::fs::remove_file(&path).unwrap();
        drop(first);
        let second = waiter.join().unwrap();
        assert!(platform::is_at(&second, &path));
    }

    /// A second path to the folder has another file: the lock must not wait for itself.
    #[test]
    fn a_file_that_seems_to_be_another_is_locked_all_the_same() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("x.lock");
        let file = lock(&path, SILENCE, &mut |_| {}).unwrap();
        std::fs::rename(&path, folder.path().join("moved")).unwrap();
        assert!(!platform::is_at(&file, &path));
        lock(&path, SILENCE, &mut |_| panic!("it waits for itself")).unwrap();
    }

    #[cfg(feature = "aws")]
    #[test]
    fn a_held_lock_is_not_removed() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("x.lock");
        let held = lock(&path, SILENCE, &mut |_| {}).unwrap();
        remove_free_lock(&path);
        assert!(path.exists());
        drop(held);
        remove_free_lock(&path);
        assert!(!path.exists());
    }
}
