//! How a recovery code reaches the person: before the vault is written, so that one that nobody saw
//! takes the place of no other.

use std::io;

use super::error::{CommandError, Exit, Result};
use crate::ui::Ui;
use crate::vault::RecoveryCode;

/// Shows the code that an exchange of other slots makes anew.
pub(crate) struct NewCode {
    ui: Ui,
    was_shown: bool,
}

impl NewCode {
    pub(crate) const fn new(ui: Ui) -> Self {
        Self {
            ui,
            was_shown: false,
        }
    }

    /// Prints the code.
    ///
    /// # Errors
    /// When stdout does not take it.
    pub(crate) fn show(&mut self, code: &RecoveryCode) -> Result {
        let text = format!("recovery code: {}\n", *code.to_text());
        shown(seen(&self.ui, &text))?;
        self.was_shown = true;
        Ok(())
    }

    /// Says, once the vault is written, that the old code is void.
    pub(crate) fn note_change(&self) {
        if self.was_shown {
            let text = "the recovery code changed too; the old one no longer works";
            self.ui.note(text);
        }
    }
}

/// Prints the code alone.
///
/// # Errors
/// When stdout does not take it.
pub(crate) fn print(ui: &Ui, code: &RecoveryCode) -> Result {
    shown(seen(ui, &format!("{}\n", *code.to_text())))
}

/// Prints where somebody may see it. A closed stdout is opened as the null device by the time that a
/// program of Rust runs.
fn seen(ui: &Ui, text: &str) -> io::Result<()> {
    if ui.stdout_is_null() {
        return Err(io::Error::other("stdout goes nowhere"));
    }
    ui.print(text)
}

/// A closed pipe is no quiet end here: nobody saw the code.
fn shown(printed: io::Result<()>) -> Result {
    printed.map_err(|error| {
        let why = crate::vault::storage::plain(&error);
        let message = format!("nothing was changed: cannot show the recovery code: {why}");
        CommandError::new(Exit::Failed, message)
    })
}
