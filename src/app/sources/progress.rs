//! Shows progress while a file takes long to read.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use crate::import::{self, Format, Import, ImportError, Input};
use crate::ui::Ui;

/// A file to read with progress.
pub(super) struct Watched<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) name: &'a str,
    pub(super) password: Option<&'a str>,
    pub(super) companions: &'a [Vec<u8>],
    /// Its name in messages.
    pub(super) shown: &'a str,
}

/// Reads a file and prints its progress. A terminal also shows the seconds.
pub(super) fn read(
    ui: &Ui,
    file: &Watched<'_>,
    format: Option<&'static Format>,
) -> Result<Import, ImportError> {
    let is_slow = AtomicBool::new(false);
    let progress = |text: &str| {
        ui.note(&format!("{}: {text}", file.shown));
        is_slow.store(true, Ordering::Relaxed);
    };
    std::thread::scope(|scope| {
        let (sender, receiver) = channel();
        let progress = &progress;
        scope.spawn(move || {
            let input = Input {
                bytes: file.bytes,
                name: file.name,
                password: file.password,
                companions: file.companions,
                progress,
            };
            let _ = sender.send(import::read(&input, format));
        });
        let mut seconds = 0;
        loop {
            match receiver.recv_timeout(Duration::from_secs(1)) {
                Ok(result) => {
                    if seconds > 0 {
                        ui.status("\r\u{1b}[K");
                    }
                    return result;
                }
                Err(RecvTimeoutError::Timeout) => {
                    if is_slow.load(Ordering::Relaxed) && ui.stderr_is_terminal() {
                        seconds += 1;
                        ui.status(&format!("\rmfa: opening, {seconds} s"));
                    }
                }
                // The reader panicked; leaving the scope continues the panic.
                Err(RecvTimeoutError::Disconnected) => return Err(ImportError::Unrecognised),
            }
        }
    })
}
