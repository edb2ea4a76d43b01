//! The terminal's modes during a prompt or a drawing. If a signal ends or stops the program, the
//! terminal is restored first; when the program continues, hidden input is hidden again.
//!
//! A shell may not restore the terminal itself: dash does not, and zsh sets its own modes for a job that
//! it continues.
#![expect(
    clippy::disallowed_methods,
    reason = "this is part of the adapter for the terminal"
)]

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, mpsc};
use std::time::Duration;

use rustix::termios::{
    InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// What a signal needs to know about the open prompt.
struct Open {
    terminal: File,
    before: Termios,
    during: During,
    /// Printed again when the program continues.
    question: Option<String>,
}

/// How the terminal is used.
struct During {
    modes: Termios,
    /// Written before the program ends or stops.
    leave: &'static str,
    /// Written when the program continues.
    enter: &'static str,
}

/// Whether the program was stopped and goes on, so that a drawing has to be drawn again.
static CONTINUED: AtomicBool = AtomicBool::new(false);

/// Whether the program was stopped and goes on since the last call.
pub(super) fn was_continued() -> bool {
    CONTINUED.swap(false, Ordering::Relaxed)
}

/// Restores the terminal before the message of a panic.
pub(super) fn restore_for_panic() {
    // The panic may have happened under the lock.
    let open = OPEN.try_lock().ok().and_then(|mut open| open.take());
    if let Some(mut open) = open {
        open.leave();
    }
}

/// The terminal has one prompt at a time.
static OPEN: Mutex<Option<Open>> = Mutex::new(None);

fn open() -> MutexGuard<'static, Option<Open>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Restores the terminal when dropped, or before a signal ends or stops the program.
pub(super) struct Modes {
    /// What is restored on drop.
    after: After,
}

enum After {
    /// The modes that the program found: this one is the outermost.
    Before,
    /// The use of the surrounding one.
    Around(During),
    /// Nothing, because it was restored already.
    Done,
}

impl Modes {
    /// Changes the modes that the program found with `change`, for a prompt. Fails without a terminal, or
    /// if signals cannot be handled.
    pub(super) fn new(change: fn(&mut Termios)) -> io::Result<Self> {
        Self::with(change, "", "\n")
    }

    /// As [`Modes::new`], for a drawing: writes `enter` now and when the program continues, and `leave`
    /// at the end and before the program stops.
    pub(super) fn drawing(enter: &'static str, leave: &'static str) -> io::Result<Self> {
        let modes = Self::with(read_keys, enter, leave)?;
        let mut open = open();
        if let Some(open) = open.as_mut() {
            open.terminal.write_all(enter.as_bytes())?;
        }
        drop(open);
        Ok(modes)
    }

    fn with(
        change: fn(&mut Termios),
        enter: &'static str,
        leave: &'static str,
    ) -> io::Result<Self> {
        watch()?;
        let mut open = open();
        let during = |before: &Termios| {
            let mut modes = before.clone();
            change(&mut modes);
            During {
                modes,
                leave,
                enter,
            }
        };
        if let Some(open) = open.as_mut() {
            let during = during(&open.before);
            tcsetattr(&open.terminal, OptionalActions::Now, &during.modes)?;
            let after = After::Around(std::mem::replace(&mut open.during, during));
            return Ok(Self { after });
        }
        let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
        let before = tcgetattr(&terminal)?;
        let during = during(&before);
        tcsetattr(&terminal, OptionalActions::Now, &during.modes)?;
        *open = Some(Open {
            terminal,
            before,
            during,
            question: None,
        });
        let after = After::Before;
        Ok(Self { after })
    }

    /// Prints a prompt, reads the answer with `read`, and ends the line. The prompt is printed again when
    /// the program continues after a stop.
    pub(super) fn ask<T>(
        &self,
        question: &str,
        read: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        self.show(Some(question), question)?;
        let answer = read();
        // If the terminal echoes, it has echoed Enter already, but it never echoes ^D.
        let is_shown = answer.is_ok() && self.echoes();
        self.show(None, if is_shown { "" } else { "\n" })?;
        answer
    }

    /// Prints `text`. `question` is printed again whenever the program continues; `None` once it is
    /// answered.
    #[expect(clippy::unused_self, reason = "a prompt needs the modes to be set")]
    fn show(&self, question: Option<&str>, text: &str) -> io::Result<()> {
        let mut open = open();
        let Some(open) = open.as_mut() else {
            return Ok(());
        };
        open.question = question.map(str::to_owned);
        open.terminal.write_all(text.as_bytes())
    }

    /// Writes to the terminal, while an answer is read.
    #[expect(clippy::unused_self, reason = "a prompt needs the modes to be set")]
    pub(super) fn write(&self, text: &str) -> io::Result<()> {
        match open().as_mut() {
            Some(open) => open.terminal.write_all(text.as_bytes()),
            None => Ok(()),
        }
    }

    #[expect(clippy::unused_self, reason = "a prompt needs the modes to be set")]
    fn echoes(&self) -> bool {
        let open = open();
        open.as_ref()
            .is_some_and(|open| open.during.modes.local_modes.contains(LocalModes::ECHO))
    }
}

impl Drop for Modes {
    fn drop(&mut self) {
        let mut open = open();
        match std::mem::replace(&mut self.after, After::Done) {
            After::Before => {
                if let Some(mut open) = open.take() {
                    open.end_drawing();
                    open.restore();
                }
            }
            After::Around(around) => {
                if let Some(open) = open.as_mut() {
                    open.end_drawing();
                    open.during = around;
                    let modes = &open.during.modes;
                    let _ = tcsetattr(&open.terminal, OptionalActions::Now, modes);
                }
            }
            After::Done => {}
        }
    }
}

impl Open {
    fn restore(&self) {
        // If the terminal is gone, there is nothing to restore.
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }

    /// Ends a drawing. A prompt has ended its line already.
    fn end_drawing(&mut self) {
        if !self.during.enter.is_empty() {
            let _ = self.terminal.write_all(self.during.leave.as_bytes());
        }
    }

    /// Restores the terminal before the program ends or stops.
    fn leave(&mut self) {
        self.restore();
        let _ = self.terminal.write_all(self.during.leave.as_bytes());
    }

    /// Discards what was typed meanwhile: it was visible.
    fn come_back(&mut self) {
        let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.during.modes);
    }

    fn ask_again(&mut self) {
        let _ = self.terminal.write_all(self.during.enter.as_bytes());
        if let Some(question) = &self.question {
            let _ = self.terminal.write_all(question.as_bytes());
        }
    }
}

/// Lets the program read key by key. Signals keep their keys, ^C and ^Z, and ^S does not stop the output.
fn read_keys(modes: &mut Termios) {
    modes.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::IEXTEN;
    modes.input_modes -= InputModes::IXON | InputModes::ICRNL;
    modes.special_codes[SpecialCodeIndex::VMIN] = 1;
    modes.special_codes[SpecialCodeIndex::VTIME] = 0;
}

/// Whether another part of the program handles the signals that would end it.
static PASSED_ON: AtomicBool = AtomicBool::new(false);

/// From now on, no signal ends the program, whether a prompt was open before or not: it waits for a
/// child that gets them.
#[cfg(feature = "aws")]
pub(super) fn pass_signals_on() {
    PASSED_ON.store(true, Ordering::Relaxed);
}

fn obey(signal: i32) {
    if PASSED_ON.load(Ordering::Relaxed) && signal != SIGTSTP {
        return;
    }
    if signal == SIGTSTP {
        if !can_be_continued() {
            return;
        }
        if let Some(open) = open().as_mut() {
            open.leave();
        }
    } else if let Some(mut open) = open().take() {
        open.leave();
    }
    let _ = emulate_default_handler(signal);
}

/// Whether a shell made a job of this process. Without one, as directly below `ssh`, nobody would
/// continue a stopped process.
fn can_be_continued() -> bool {
    let group = rustix::process::getpgrp();
    rustix::process::getsid(None).is_ok_and(|session| session != group)
}

/// A shell that continues a job may set its own modes shortly afterwards.
const AFTER_A_SHELL: Duration = Duration::from_millis(50);

/// Handles signals from the first prompt until the process ends: once handled, they would otherwise have
/// no effect.
fn watch() -> io::Result<()> {
    static WATCH: OnceLock<bool> = OnceLock::new();
    let is_watched = *WATCH.get_or_init(|| {
        let (sender, receiver) = mpsc::channel();
        let thread = std::thread::Builder::new().name("signals".to_owned());
        let started = thread.spawn(move || {
            let wanted = [SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT];
            let Ok(mut signals) = Signals::new(wanted) else {
                return;
            };
            let _ = sender.send(());
            for signal in signals.forever() {
                if signal == SIGCONT {
                    go_on();
                } else {
                    obey(signal);
                }
            }
        });
        started.is_ok() && receiver.recv().is_ok()
    });
    let failed = || io::Error::other("cannot handle signals");
    is_watched.then_some(()).ok_or_else(failed)
}

fn go_on() {
    if let Some(open) = open().as_mut() {
        open.come_back();
        std::thread::sleep(AFTER_A_SHELL);
        open.come_back();
        open.ask_again();
        CONTINUED.store(true, Ordering::Relaxed);
    }
}
