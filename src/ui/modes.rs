//! The terminal's modes during a prompt. If a signal ends or stops the program, the terminal is restored
//! first; when the program continues, hidden input is hidden again.
//!
//! A shell may not restore the terminal itself: dash does not, and zsh sets its own modes for a job that
//! it continues.
#![expect(
    clippy::disallowed_methods,
    reason = "this is part of the adapter for the terminal"
)]

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, mpsc};
use std::time::Duration;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// What a signal needs to know about the open prompt.
struct Open {
    terminal: File,
    before: Termios,
    /// The modes to set again when the program continues.
    during: Option<Termios>,
    hides_cursor: bool,
    /// Printed again when the program continues.
    question: Option<String>,
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
    /// The modes of the surrounding one.
    Around(Option<Termios>),
    /// Nothing, because it changed nothing.
    Now,
}

impl Modes {
    /// Changes the modes that the program found with `change`. Without `change`, the caller sets the modes,
    /// and may hide the cursor. Fails without a terminal, or if signals cannot be handled.
    pub(super) fn new(change: Option<fn(&mut Termios)>) -> io::Result<Self> {
        watch()?;
        let mut open = open();
        let changed = |before: &Termios| {
            let mut during = before.clone();
            change.map(|change| {
                change(&mut during);
                during
            })
        };
        if let Some(open) = open.as_mut() {
            let Some(during) = changed(&open.before) else {
                return Ok(Self { after: After::Now });
            };
            tcsetattr(&open.terminal, OptionalActions::Now, &during)?;
            let after = After::Around(open.during.replace(during));
            return Ok(Self { after });
        }
        let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
        let before = tcgetattr(&terminal)?;
        let during = changed(&before);
        if let Some(during) = &during {
            tcsetattr(&terminal, OptionalActions::Now, during)?;
        }
        *open = Some(Open {
            terminal,
            before,
            hides_cursor: during.is_none(),
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

    #[expect(clippy::unused_self, reason = "a prompt needs the modes to be set")]
    fn echoes(&self) -> bool {
        let open = open();
        let during = open.as_ref().and_then(|open| open.during.as_ref());
        during.is_some_and(|modes| modes.local_modes.contains(LocalModes::ECHO))
    }
}

impl Drop for Modes {
    fn drop(&mut self) {
        let mut open = open();
        match std::mem::replace(&mut self.after, After::Now) {
            After::Before => {
                if let Some(open) = open.take() {
                    open.restore();
                }
            }
            After::Around(around) => {
                if let Some(open) = open.as_mut() {
                    open.during = around;
                    let modes = open.during.as_ref().unwrap_or(&open.before);
                    let _ = tcsetattr(&open.terminal, OptionalActions::Now, modes);
                }
            }
            After::Now => {}
        }
    }
}

impl Open {
    fn restore(&self) {
        // If the terminal is gone, there is nothing to restore.
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }

    /// Restores the terminal before the program ends or stops.
    fn leave(&mut self) {
        self.during = self.during.take().or(tcgetattr(&self.terminal).ok());
        self.restore();
        let after: &[u8] = if self.hides_cursor {
            b"\x1b[?25h\n"
        } else {
            b"\n"
        };
        let _ = self.terminal.write_all(after);
    }

    /// Discards what was typed meanwhile: it was visible.
    fn come_back(&mut self) {
        if let Some(during) = &self.during {
            let _ = tcsetattr(&self.terminal, OptionalActions::Flush, during);
        }
    }

    fn ask_again(&mut self) {
        if let Some(question) = &self.question {
            let _ = self.terminal.write_all(question.as_bytes());
        }
    }
}

/// Runs a prompt that reads key by key. ^C ends the process, even if the parent ignores interrupts.
///
/// It runs on a thread of its own. Signals go to the first thread, and the library would take any
/// interrupted read for ^C, whatever the signal was.
pub(super) fn through_signals<T: Send>(ask: impl Fn() -> io::Result<T> + Sync) -> io::Result<T> {
    let _modes = Modes::new(None)?;
    let answer = std::thread::scope(|scope| scope.spawn(&ask).join());
    let answer = answer.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    if answer
        .as_ref()
        .is_err_and(|error| error.kind() == ErrorKind::Interrupted)
    {
        obey(SIGINT);
    }
    answer
}

fn obey(signal: i32) {
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
    }
}
