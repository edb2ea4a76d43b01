//! The console of Windows: its modes during a prompt or a drawing, its keys, and text to it. The
//! counterpart of `modes`, `line`, `hidden` and `checked`.
//!
//! A file opened as `CONOUT$` or `CONIN$` has the bytes of the console's code page. These functions have
//! UTF-16, so every character arrives, whatever the code page.
#![expect(
    clippy::disallowed_methods,
    reason = "this is part of the adapter for the terminal"
)]

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crossterm::{ansi_support, terminal};
use crossterm_winapi::{Console, ConsoleMode, Handle, InputRecord};
use unicode_width::UnicodeWidthStr;
use zeroize::Zeroizing;

use super::typed_line::{Line, Units, shown, unit_of, whole_characters};
use super::{Look, truncate};

// <https://learn.microsoft.com/en-us/windows/console/setconsolemode>
const PROCESSED_INPUT: u32 = 0x1;
const LINE_INPUT: u32 = 0x2;
const ECHO_INPUT: u32 = 0x4;
const VIRTUAL_TERMINAL_INPUT: u32 = 0x200;

/// The exit code after ^C, as everywhere.
const INTERRUPTED: i32 = 130;
/// Terminals deliver a paste within this time, and nobody notices the delay.
const PASTE: Duration = Duration::from_millis(50);
/// The most bytes that are written at once: a console takes less than 64 KiB.
const MOST_AT_ONCE: usize = 8 << 10;

/// Lets the console read escape sequences, on stdout and stderr alike: both write to its one screen. A
/// console before Windows 10 cannot.
pub(super) fn understands_escapes() -> bool {
    ansi_support::supports_ansi()
}

/// Whether somebody can be asked on a console.
pub(super) fn is_there() -> bool {
    !is_hidden() && has_mode(Handle::current_in_handle()) && has_mode(Handle::current_out_handle())
}

/// Whether stdin is a terminal without a console, as that of Git Bash is: the console that it may have
/// besides is hidden, and nobody types there.
pub(super) fn is_hidden() -> bool {
    io::stdin().is_terminal() && !has_mode(Handle::input_handle())
}

fn has_mode(handle: io::Result<Handle>) -> bool {
    handle.is_ok_and(|handle| ConsoleMode::from(handle).mode().is_ok())
}

/// What ^C needs to know about the open prompt.
struct Open {
    /// The modes that the program found.
    before: u32,
    /// Written before the program ends.
    leave: &'static str,
}

/// The console has one prompt at a time.
static OPEN: Mutex<Option<Open>> = Mutex::new(None);

fn open() -> MutexGuard<'static, Option<Open>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether ^C is left to a child that gets it too.
static PASSED_ON: AtomicBool = AtomicBool::new(false);

/// From now on, ^C does not end the program: it waits for a child that gets it too.
#[cfg(feature = "aws")]
pub(super) fn pass_signals_on() {
    PASSED_ON.store(true, Ordering::Relaxed);
}

/// From now on, ^C restores the console, and ends the program with the code of the contract.
pub(super) fn end_on_interrupt() {
    // If it fails, ^C ends the program by Windows' own code.
    let _ = ctrlc::set_handler(|| {
        if !PASSED_ON.load(Ordering::Relaxed) {
            if let Some(open) = open().take() {
                open.restore();
            }
            #[expect(clippy::exit, reason = "as a signal would, at once")]
            std::process::exit(INTERRUPTED);
        }
    });
}

/// Restores the console before the message of a panic, which may have happened under the lock.
pub(super) fn leave() {
    let open = OPEN.try_lock().ok().and_then(|mut open| open.take());
    if let Some(open) = open {
        open.restore();
    }
}

impl Open {
    fn restore(&self) {
        // If the console is gone, there is nothing to restore.
        let _ = write(self.leave);
        let _ = input_modes().and_then(|modes| modes.set_mode(self.before));
    }
}

fn input_modes() -> io::Result<ConsoleMode> {
    Handle::current_in_handle().map(ConsoleMode::from)
}

/// Lets the program read key by key, without echo, until this is dropped. ^C keeps its meaning, and so
/// does ^V, which the console takes only then.
pub(super) struct Modes {
    /// What the surrounding prompt writes at its end; `None` if this one is the outermost.
    around: Option<&'static str>,
}

impl Modes {
    /// For a drawing: writes `enter` now, and `leave` at the end.
    pub(super) fn drawing(enter: &str, leave: &'static str) -> io::Result<Self> {
        let modes = Self::new(leave)?;
        write(enter)?;
        Ok(modes)
    }

    fn new(leave: &'static str) -> io::Result<Self> {
        let mut open = open();
        if let Some(open) = open.as_mut() {
            let around = Some(std::mem::replace(&mut open.leave, leave));
            return Ok(Self { around });
        }
        let modes = input_modes()?;
        let before = modes.mode()?;
        let by_line = LINE_INPUT | ECHO_INPUT | VIRTUAL_TERMINAL_INPUT;
        modes.set_mode(before & !by_line | PROCESSED_INPUT)?;
        *open = Some(Open { before, leave });
        Ok(Self { around: None })
    }
}

impl Drop for Modes {
    fn drop(&mut self) {
        let mut open = open();
        match self.around {
            Some(around) => {
                if let Some(open) = open.as_mut() {
                    let _ = write(open.leave);
                    open.leave = around;
                }
            }
            None => {
                if let Some(open) = open.take() {
                    open.restore();
                }
            }
        }
    }
}

/// The console without echo, between two prompts too.
pub(super) struct Hidden {
    _modes: Modes,
}

impl Hidden {
    /// Turns the echo off until this is dropped.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            _modes: Modes::new("")?,
        })
    }

    /// Drops what was typed after the last answer: the rest of a secret that was pasted in several lines is
    /// neither shown nor taken as the next answer.
    #[expect(clippy::unused_self, reason = "the modes must be set")]
    pub(super) fn drop_rest_of_paste(&self) -> io::Result<()> {
        std::thread::sleep(PASTE);
        Console::from(Handle::current_in_handle()?).read_console_input()?;
        Ok(())
    }

    /// Shows `prompt` and reads a line, of which nothing is shown.
    ///
    /// # Errors
    /// `UnexpectedEof` after ^D or ^Z.
    #[expect(clippy::unused_self, reason = "the modes must be set")]
    pub(super) fn read_line(&mut self, prompt: &str) -> io::Result<Zeroizing<String>> {
        read_with(prompt, None)
    }
}

/// Shows `prompt`, reads a line key by key, and shows after each what `look` says of it.
///
/// # Errors
/// `UnexpectedEof` after ^D or ^Z.
pub(super) fn read(prompt: &str, look: &dyn Fn(&str) -> Look) -> io::Result<Zeroizing<String>> {
    read_with(prompt, Some(look))
}

fn read_with(prompt: &str, look: Option<&dyn Fn(&str) -> Look>) -> io::Result<Zeroizing<String>> {
    let _modes = Modes::new("")?;
    let console = Console::from(Handle::current_in_handle()?);
    write(prompt)?;
    let column = prompt.width() + 1;
    let (mut line, mut units) = (Line::default(), Units::default());
    let ended = loop {
        let InputRecord::KeyEvent(key) = console.read_single_input_event()? else {
            continue;
        };
        let unit = unit_of(key.key_down, key.virtual_key_code, key.u_char);
        let Some(character) = unit.and_then(|unit| units.take(unit)) else {
            continue;
        };
        let mut bytes = Zeroizing::new([0; 4]);
        let typed = character.encode_utf8(&mut *bytes).as_bytes();
        let mut is_ended = Ok(false);
        for _ in 0..key.repeat_count.max(1) {
            is_ended = line.take(typed);
            if !matches!(is_ended, Ok(false)) {
                break;
            }
        }
        if let Some(look) = look {
            let shown = Zeroizing::new(shown(&line.bytes, look));
            let columns = terminal::size().map_or(80, |(columns, _)| usize::from(columns));
            let shown = truncate(&shown, columns.saturating_sub(column));
            write(&format!("\x1b[{column}G{shown}\x1b[K"))?;
        }
        match is_ended {
            Ok(false) => {}
            ended => break ended,
        }
    };
    write("\n")?;
    ended?;
    let text = std::str::from_utf8(&line.bytes).map_err(|_| io::ErrorKind::InvalidData)?;
    Ok(Zeroizing::new(text.to_owned()))
}

fn write(text: &str) -> io::Result<()> {
    let mut screen = Screen::open()?;
    screen.write_all(text.as_bytes())
}

/// The screen of the console, whatever stdout is.
pub(super) struct Screen {
    console: Console,
    /// The begin of a character.
    rest: Zeroizing<Vec<u8>>,
}

impl Screen {
    pub(super) fn open() -> io::Result<Self> {
        Ok(Self {
            console: Console::from(Handle::current_out_handle()?),
            rest: Zeroizing::default(),
        })
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = &bytes[..bytes.len().min(MOST_AT_ONCE)];
        self.rest.extend_from_slice(taken);
        let whole = whole_characters(&self.rest);
        if whole > 0 {
            self.console.write_char_buffer(&self.rest[..whole])?;
            self.rest.drain(..whole);
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
