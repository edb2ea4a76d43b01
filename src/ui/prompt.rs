//! Prompts on the terminal.

#[cfg(unix)]
use std::fs::OpenOptions;
use std::io;

use zeroize::Zeroizing;

#[cfg(unix)]
use super::checked;
#[cfg(windows)]
use super::console::{self as checked, Hidden};
#[cfg(unix)]
use super::hidden::Hidden;
#[cfg(unix)]
use super::line::TerminalLine;
use super::{Ui, shown};

/// Asks on the terminal itself, whatever stdin and stdout are connected to.
pub(crate) struct Prompt<'a> {
    pub(super) ui: &'a Ui,
    /// Kept after the first hidden prompt, so that nothing is echoed between two of them.
    hidden: Option<Hidden>,
}

/// What is shown of a line while it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Look {
    /// Dots, and a note on what was typed so far; empty for none.
    Hidden(String),
    /// The line itself: it is no secret.
    Plain,
}

/// Whether this process has a terminal of its own.
pub(super) fn has_terminal() -> bool {
    #[cfg(unix)]
    let opened = OpenOptions::new().read(true).write(true).open("/dev/tty");
    #[cfg(unix)]
    return opened.is_ok();
    #[cfg(windows)]
    return super::console::is_there();
}

/// Whether `winpty` would let this process ask: on a terminal of Windows that is no console.
pub(crate) fn needs_winpty() -> bool {
    #[cfg(windows)]
    return super::console::is_hidden();
    #[cfg(not(windows))]
    false
}

/// Whether this process has a terminal, and may read from it: a shell stops a job in the background that
/// reads.
#[cfg(all(unix, feature = "aws"))]
pub(crate) fn is_in_foreground() -> bool {
    own_terminal().is_some()
}

#[cfg(unix)]
fn own_terminal() -> Option<std::fs::File> {
    let terminal = OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/tty")
        .ok()?;
    let group = rustix::termios::tcgetpgrp(&terminal).ok()?;
    (group == rustix::process::getpgrp()).then_some(terminal)
}

/// Whether this process may ask on its terminal: no full-screen program uses it, which reads key by key.
#[cfg(unix)]
pub(super) fn is_free() -> bool {
    let modes = own_terminal().and_then(|terminal| rustix::termios::tcgetattr(&terminal).ok());
    let by_line = rustix::termios::LocalModes::ICANON;
    modes.is_some_and(|modes| modes.local_modes.contains(by_line))
}

/// Unknown on other systems.
#[cfg(windows)]
pub(super) const fn is_free() -> bool {
    false
}

impl Ui {
    /// Prompts on the terminal; `None` if there is none.
    pub(crate) fn prompt(&self) -> Option<Prompt<'_>> {
        if !self.can_prompt() {
            return None;
        }
        crate::harden::lock_memory();
        Some(Prompt {
            ui: self,
            hidden: None,
        })
    }
}

impl Prompt<'_> {
    /// Asks for a line without echo. Fails with `UnexpectedEof` after ^D.
    pub(crate) fn hidden(&mut self, question: &str) -> io::Result<Zeroizing<String>> {
        self.hide()?.read_line(&format!("{}: ", shown(question)))
    }

    /// As [`Prompt::hidden`], but shows what `look` says of the line after each key.
    pub(crate) fn checked(
        &mut self,
        question: &str,
        look: &dyn Fn(&str) -> Look,
    ) -> io::Result<Zeroizing<String>> {
        if self.ui.is_dumb {
            return self.hidden(question);
        }
        self.hide()?;
        checked::read(&format!("{}: ", shown(question)), look)
    }

    fn hide(&mut self) -> io::Result<&mut Hidden> {
        Ok(match &mut self.hidden {
            Some(hidden) => hidden,
            none => none.insert(Hidden::new()?),
        })
    }

    /// Asks for a line with echo, and drops what was typed before the prompt. Fails with `UnexpectedEof`
    /// after ^D.
    pub(crate) fn line(&mut self, question: &str) -> io::Result<String> {
        self.hide()?.drop_rest_of_paste()?;
        self.shown_line(&format!("{}: ", shown(question)))
    }

    #[cfg(unix)]
    #[expect(clippy::unused_self, reason = "only a prompt may ask")]
    fn shown_line(&self, prompt: &str) -> io::Result<String> {
        Ok(TerminalLine::shown()?.read(prompt)?.to_string())
    }

    #[cfg(windows)]
    fn shown_line(&self, prompt: &str) -> io::Result<String> {
        if self.ui.is_dumb {
            // Such a console shows a line only if it edits it itself.
            self.ui.status(prompt);
            let mut line = String::new();
            return match io::stdin().read_line(&mut line)? {
                0 => Err(io::ErrorKind::UnexpectedEof.into()),
                _ => Ok(line.trim_end_matches(['\r', '\n']).to_owned()),
            };
        }
        Ok(checked::read(prompt, &|_| Look::Plain)?.to_string())
    }

    /// Asks yes or no until one of them is typed. Enter alone means no. Fails with `UnexpectedEof` after
    /// ^D.
    pub(crate) fn confirm(&self, question: &str) -> io::Result<bool> {
        let prompt = format!("{} [y/N] ", shown(question));
        loop {
            match self.shown_line(&prompt) {
                Ok(answer) => match answer.trim().to_ascii_lowercase().as_str() {
                    "y" | "yes" => return Ok(true),
                    "" | "n" | "no" => return Ok(false),
                    _ => {}
                },
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {}
                Err(error) => return Err(error),
            }
            self.ui.note("please answer yes or no");
        }
    }
}
