//! Reading a file that takes a while, with a sign of life.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use crate::transfer::{self, Import, ImportError, Input};
use crate::ui::Ui;

/// Reads a file; when it says that it takes long, that is told, and on a terminal the seconds are
/// counted.
pub(crate) fn read(
    ui: &Ui,
    shown: &str,
    input: &Input<'_>,
    format: Option<&str>,
) -> Result<Import, ImportError> {
    let is_slow = AtomicBool::new(false);
    let tell = |text: &str| {
        ui.note(&format!("{shown}: {text}"));
        is_slow.store(true, Ordering::Relaxed);
    };
    let Input {
        bytes,
        name,
        password,
        beside,
        ..
    } = *input;
    std::thread::scope(|scope| {
        let (sender, receiver) = channel();
        let tell = &tell;
        scope.spawn(move || {
            let input = Input {
                bytes,
                name,
                password,
                beside,
                tell,
            };
            let _ = sender.send(transfer::read(&input, format));
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
                // The reader panicked; the scope passes that on.
                Err(RecvTimeoutError::Disconnected) => return Err(ImportError::Unrecognised),
            }
        }
    })
}
