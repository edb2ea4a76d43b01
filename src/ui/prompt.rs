//! Questions to the person at the terminal.

use std::fs::OpenOptions;
use std::io;

use dialoguer::console::Term;
use dialoguer::theme::SimpleTheme;
use dialoguer::{Confirm, FuzzySelect};
use zeroize::Zeroizing;

#[cfg(unix)]
use super::hidden::{Hidden, read_shown_line};
#[cfg(unix)]
use super::modes::through_signals;
use super::{Ui, escape, isolate, shown, truncate};

/// Asks on the terminal itself, whatever stdin and stdout are connected to.
pub(crate) struct Prompt<'a> {
    ui: &'a Ui,
    /// Kept from the first hidden question on, so that nothing is shown between two of them.
    #[cfg(unix)]
    hidden: Option<Hidden>,
}

/// Whether this process has a terminal of its own.
pub(super) fn has_terminal() -> bool {
    let path = if cfg!(windows) { "CONIN$" } else { "/dev/tty" };
    OpenOptions::new().read(true).write(true).open(path).is_ok()
}

impl Ui {
    /// The prompts; `None` where nobody is there to answer.
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
    /// Asks without echo.
    ///
    /// # Errors
    /// The terminal's.
    #[cfg(unix)]
    pub(crate) fn hidden(&mut self, question: &str) -> io::Result<Zeroizing<String>> {
        let hidden = match &mut self.hidden {
            Some(hidden) => hidden,
            none => none.insert(Hidden::new()?),
        };
        hidden.read_line(&format!("{}: ", shown(question)))
    }

    /// Asks without echo.
    ///
    /// # Errors
    /// The terminal's; `Interrupted` after ^C.
    #[cfg(not(unix))]
    pub(crate) fn hidden(&mut self, question: &str) -> io::Result<Zeroizing<String>> {
        rpassword::prompt_password(format!("{}: ", shown(question))).map(Zeroizing::new)
    }

    /// Asks for a line that is no secret: what is typed is shown.
    ///
    /// # Errors
    /// The terminal's.
    #[cfg(unix)]
    pub(crate) fn text(&mut self, question: &str) -> io::Result<String> {
        self.hidden = None;
        read_shown_line(&format!("{}: ", shown(question)))
    }

    /// Asks for a line that is no secret: what is typed is shown.
    ///
    /// # Errors
    /// The terminal's.
    #[cfg(not(unix))]
    #[expect(clippy::unused_self, reason = "only who has a prompt may ask")]
    pub(crate) fn text(&mut self, question: &str) -> io::Result<String> {
        let terminal = Term::stderr();
        terminal.write_str(&format!("{}: ", shown(question)))?;
        terminal.read_line()
    }

    /// Asks yes or no; Enter alone means no.
    ///
    /// # Errors
    /// The terminal's.
    #[expect(clippy::unused_self, reason = "only who has a prompt may ask")]
    pub(crate) fn confirm(&self, question: &str) -> io::Result<bool> {
        through_signals(|| {
            Confirm::with_theme(&SimpleTheme)
                .with_prompt(shown(question))
                .default(false)
                .interact_on(&Term::stderr())
                .map_err(shown_again)
        })
    }

    /// Lets one of `items` be chosen, by arrows and by typing; `None` when it was left.
    ///
    /// # Errors
    /// The terminal's.
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

/// The questions hide the cursor, and an error ends them before they show it.
fn shown_again(error: dialoguer::Error) -> io::Error {
    let _ = Term::stderr().show_cursor();
    let dialoguer::Error::IO(error) = error;
    error
}

#[cfg(not(unix))]
fn through_signals<T>(ask: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    ask()
}
