//! The clipboard of the desktop.
//!
//! On X11 and Wayland, a text is on the clipboard only as long as the process that put it there lives
//! and answers. macOS and Windows keep it themselves.

use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use arboard::Clipboard;
#[cfg(target_os = "macos")]
use arboard::SetExtApple as _;
#[cfg(not(any(windows, target_os = "macos")))]
use arboard::SetExtLinux as _;
#[cfg(windows)]
use arboard::SetExtWindows as _;
use zeroize::Zeroizing;

use super::pixels::Pixels;
use super::within;

/// How long the desktop may take to accept a text.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long another program may take to give what it copied.
const READING: Duration = Duration::from_secs(10);
const SILENT: &str = "the desktop does not answer";
/// How often to look whether the clipboard still has the text.
#[cfg(not(any(windows, target_os = "macos")))]
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Puts `text` on the clipboard, marked so that histories leave it out, and calls `ready`. Returns when
/// something else was copied, or after `clear_after`, when it has cleared the clipboard.
///
/// # Errors
/// If there is no clipboard, or it does not take the text. Then `ready` was not called.
pub(crate) fn hold(
    text: Zeroizing<String>,
    clear_after: Option<Duration>,
    ready: impl FnOnce(),
) -> Result<(), String> {
    // A desktop that hangs must not hang this process, so it is talked to on another thread.
    let (tell, told) = mpsc::channel();
    let (end, ended) = mpsc::channel::<()>();
    thread::spawn(move || {
        // Dropped at the end.
        let _end = end;
        let failed = tell.clone();
        let held = serve(text, clear_after, move || {
            let _ = tell.send(Ok(()));
        });
        if let Err(error) = held {
            let _ = failed.send(Err(error));
        }
    });
    match told.recv_timeout(PATIENCE) {
        Ok(Ok(())) => ready(),
        Ok(Err(error)) => return Err(reason(&error)),
        Err(_) => return Err(SILENT.to_owned()),
    }
    match clear_after {
        // Then this process ends, even if the desktop hangs.
        Some(time) => drop(ended.recv_timeout(time.saturating_add(PATIENCE))),
        None => drop(ended.recv()),
    }
    Ok(())
}

/// What another program copied.
pub(crate) enum Copied {
    Picture(Pixels),
    /// Files, as from a file manager.
    Files(Vec<PathBuf>),
    Text(Zeroizing<String>),
}

/// Reads the clipboard of the desktop; `None` if it is empty, or holds something else.
///
/// # Errors
/// If there is no clipboard.
pub(crate) fn copied() -> Result<Option<Copied>, String> {
    within(READING, read).unwrap_or_else(|| Err(SILENT.to_owned()))
}

fn read() -> Result<Option<Copied>, String> {
    let mut clipboard = Clipboard::new().map_err(|error| reason(&error))?;
    let image = retried(SETTING, || clipboard.get_image());
    if let Err(error @ arboard::Error::ClipboardOccupied) = image {
        return Err(reason(&error));
    }
    if let Ok(image) = image {
        let pixels = Pixels::new(image.width, image.height, image.bytes.into_owned());
        return Ok(pixels.map(Copied::Picture));
    }
    let files = clipboard.get().file_list().unwrap_or_default();
    if !files.is_empty() {
        return Ok(Some(Copied::Files(files)));
    }
    // Whatever else fails, there is no text.
    let text = clipboard.get_text().map(Zeroizing::new).ok();
    let text = text.filter(|text| !text.trim().is_empty());
    Ok(text.map(Copied::Text))
}

/// The reason in short. arboard's texts are for programmers.
fn reason(error: &arboard::Error) -> String {
    match error {
        arboard::Error::ClipboardNotSupported => "this desktop has none".to_owned(),
        arboard::Error::ClipboardOccupied => "another program keeps it busy".to_owned(),
        _ if cfg!(any(windows, target_os = "macos")) => "the system refuses".to_owned(),
        _ => "cannot reach the display".to_owned(),
    }
}

/// Answers those who paste, until something else is copied or the time is over.
#[cfg(not(any(windows, target_os = "macos")))]
fn serve(
    text: Zeroizing<String>,
    clear_after: Option<Duration>,
    ready: impl FnOnce(),
) -> Result<(), arboard::Error> {
    let mut clipboard = Clipboard::new()?;
    let set = clipboard.set().exclude_from_history();
    // From here on, a thread of arboard answers.
    set.text(text.as_str())?;
    let holds = |clipboard: &mut Clipboard| {
        let held = clipboard.get_text().map(Zeroizing::new);
        held.is_ok_and(|held| held == text)
    };
    // Waits for the desktop's word, so that a paste from now on gets the code.
    let mut is_ours = holds(&mut clipboard);
    ready();
    let until = clear_after.and_then(|time| Instant::now().checked_add(time));
    // No event tells that something else was copied, or that the display is gone.
    while is_ours {
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        thread::sleep(left.map_or(LOOK_EVERY, |left| left.min(LOOK_EVERY)));
        is_ours = holds(&mut clipboard);
        if is_ours && left.is_some_and(|left| left <= LOOK_EVERY) {
            return clipboard.clear();
        }
    }
    Ok(())
}

/// The system keeps the text, so only the clearing is left to do.
#[cfg(any(windows, target_os = "macos"))]
fn serve(
    text: Zeroizing<String>,
    clear_after: Option<Duration>,
    ready: impl FnOnce(),
) -> Result<(), arboard::Error> {
    let mut clipboard = Clipboard::new()?;
    retried(SETTING, || private(clipboard.set()).text(text.as_str()))?;
    ready();
    let Some(time) = clear_after else {
        return Ok(());
    };
    thread::sleep(time);
    if retried(CLEARING, || clipboard.get_text().map(Zeroizing::new))? == text {
        retried(CLEARING, || clipboard.clear())?;
    }
    Ok(())
}

/// Keeps a text out of the clipboard's history (Win+V), of the clipboards of the person's other machines,
/// and of programs that watch the clipboard.
#[cfg(windows)]
fn private(set: arboard::Set<'_>) -> arboard::Set<'_> {
    set.exclude_from_monitoring()
}

/// Marks a text as concealed (nspasteboard.org), so that histories leave it out.
#[cfg(target_os = "macos")]
fn private(set: arboard::Set<'_>) -> arboard::Set<'_> {
    set.exclude_from_history()
}

/// How long to try while another program has the clipboard open: a person waits.
const SETTING: Duration = Duration::from_secs(2);
/// How long to try to clear it: nobody waits.
#[cfg(any(windows, target_os = "macos"))]
const CLEARING: Duration = Duration::from_secs(4);
/// How long to wait between two tries.
const PAUSE: Duration = Duration::from_millis(50);

/// Tries again while another program has the clipboard of Windows open.
fn retried<T>(
    patience: Duration,
    mut run: impl FnMut() -> Result<T, arboard::Error>,
) -> Result<T, arboard::Error> {
    let begin = Instant::now();
    loop {
        match run() {
            Err(arboard::Error::ClipboardOccupied) if begin.elapsed() < patience => {
                thread::sleep(PAUSE);
            }
            done => return done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_clipboard_is_tried_again_for_a_while() {
        let mut busy = 3;
        let mut take = || {
            busy -= 1;
            if busy > 0 {
                return Err(arboard::Error::ClipboardOccupied);
            }
            Ok(7)
        };
        assert_eq!(retried(Duration::from_mins(1), &mut take).unwrap(), 7);
        let mut tries = 0;
        let never = retried(PAUSE * 2, || {
            tries += 1;
            Err::<(), _>(arboard::Error::ClipboardOccupied)
        });
        let why = reason(&never.unwrap_err());
        assert_eq!(why, "another program keeps it busy");
        assert!((2..=4).contains(&tries), "{tries}");
        // What does not pass is told at once.
        let mut tries = 0;
        let failed = retried(Duration::from_mins(1), || {
            tries += 1;
            Err::<(), _>(arboard::Error::ClipboardNotSupported)
        });
        assert!(failed.is_err() && tries == 1);
    }
}
