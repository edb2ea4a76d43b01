//! The desktop around the terminal: its clipboard and its screens.
//!
//! | file | what is in it |
//! | --- | --- |
//! | `way` | which clipboards this process can reach, in order |
//! | `held` | the clipboard of the desktop: hold a text until it is cleared, read it |
//! | `osc52` | the clipboard of the terminal, through an escape sequence |
//! | `screen` | pictures of what is on the screens now, from `x11` or the `portal` |
//! | `pixels` | a picture from the clipboard or a screen, as a file in memory |
#![expect(
    clippy::disallowed_methods,
    reason = "this is the adapter for the desktop"
)]

mod held;
mod osc52;
mod pixels;
#[cfg(target_os = "linux")]
mod portal;
mod screen;
mod way;
#[cfg(target_os = "linux")]
mod x11;

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

pub(crate) use held::{Copied, copied, hold};
pub(crate) use osc52::{Wrap, clearing, setting};
pub(crate) use screen::screen_support;
#[cfg(target_os = "linux")]
pub(crate) use screen::screens;
pub(crate) use way::{NO_CLIPBOARD, Way, clipboard_support, ways};

/// Runs what may hang with the desktop, or with a program that does not give what it copied. `None` if it
/// takes longer than `patience`; its thread is abandoned.
fn within<T: Send + 'static>(
    patience: Duration,
    run: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(run()));
    told.recv_timeout(patience).ok()
}
