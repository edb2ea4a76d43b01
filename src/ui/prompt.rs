//! Prompts on the terminal.

use std::fs::OpenOptions;
use std::io;

use dialoguer::FuzzySelect;
use dialoguer::console::Term;
use dialoguer::theme::SimpleTheme;
use zeroize::Zeroizing;

#[cfg(unix)]
use super::hidden::Hidden;
#[cfg(unix)]
use super::line::TerminalLine;
#[cfg(unix)]
use super::modes::through_signals;
use super::{Ui, escape, isolate, shown, truncate};

/// Asks on the terminal itself, whatever stdin and stdout are connected to.
pub(crate) struct Prompt<'a> {
    ui: &'a Ui,
    /// Kept after the first hidden prompt, so that nothing is echoed between two of them.
    #[cfg(unix)]
    hidden: Option<Hidden>,
}

/// Whether this process has a terminal of its own.
pub(super) fn has_terminal() -> bool {
    let path = if cfg!(windows) { "CONIN$" } else { "/dev/tty" };
    OpenOptions::new().read(true).write(true).open(path).is_ok()
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
            #[cfg(unix)]
            hidden: None,
        })
    }
}

impl Prompt<'_> {
    /// Asks for a line without echo. Fails with `UnexpectedEof` after ^D.
    #[cfg(unix)]
    pub(crate) fn hidden(&mut self, question: &str) -> io::Result<Zeroizing<String>> {
        self.hide()?.read_line(&format!("{}: ", shown(question)))
    }

    #[cfg(unix)]
    fn hide(&mut self) -> io::Result<&mut Hidden> {
        Ok(match &mut self.hidden {
            Some(hidden) => hidden,
            none => none.insert(Hidden::new()?),
        })
    }

    /// Asks for a line without echo. Fails with `Interrupted` after ^C.
    #[cfg(not(unix))]
    pub(crate) fn hidden(&mut self, question: &str) -> io::Result<Zeroizing<String>> {
        rpassword::prompt_password(format!("{}: ", shown(question))).map(Zeroizing::new)
    }

    /// Asks for a line with echo, and drops what was typed before the prompt. Fails with `UnexpectedEof`
    /// after ^D.
    pub(crate) fn line(&mut self, question: &str) -> io::Result<String> {
        #[cfg(unix)]
        self.hide()?.drop_rest_of_paste()?;
        self.shown_line(&format!("{}: ", shown(question)))
    }

    #[cfg(unix)]
    #[expect(clippy::unused_self, reason = "only a prompt may ask")]
    fn shown_line(&self, prompt: &str) -> io::Result<String> {
        Ok(TerminalLine::shown()?.read(prompt)?.to_string())
    }

    #[cfg(not(unix))]
    fn shown_line(&self, prompt: &str) -> io::Result<String> {
        let terminal = Term::stderr();
        terminal.write_str(prompt)?;
        terminal.read_line()
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

    /// Lets the user pick one of `items` with the arrow keys or by typing; `None` after Escape.
    pub(crate) fn pick(&self, question: &str, items: &[String]) -> io::Result<Option<usize>> {
        let width = self.ui.width().unwrap_or(80).saturating_sub(4);
        let items: Vec<_> = items
            .iter()
            .map(|item| isolate(&truncate(&escape(item), width)).into_owned())
            .collect();
        through_signals(|| {
            FuzzySelect::with_theme(&SimpleTheme)
                .with_prompt(shown(question))
                .items(&items)
                .default(0)
                .interact_on_opt(&Term::stderr())
                .map_err(shown_again)
        })
    }
}

/// Shows the cursor again: prompts hide it, and skip that after an error.
fn shown_again(error: dialoguer::Error) -> io::Error {
    let _ = Term::stderr().show_cursor();
    let dialoguer::Error::IO(error) = error;
    error
}

#[cfg(not(unix))]
fn through_signals<T>(ask: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    ask()
}
