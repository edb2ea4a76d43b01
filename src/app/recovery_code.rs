//! Shows a recovery code before the vault is written, so that no code replaces the old one unseen.

use std::io;

use super::error::{CommandError, Exit, Result};
use crate::ui::Ui;
use crate::vault::RecoveryCode;

/// Shows the new recovery code when changing other slots replaces it.
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

    /// Prints the new recovery code. Fails if it cannot be printed.
    pub(crate) fn show(&mut self, code: &RecoveryCode) -> Result {
        let text = format!("recovery code: {}\n", *code.to_text());
        shown(seen(&self.ui, &text))?;
        self.was_shown = true;
        Ok(())
    }

    /// Tells, after the vault is written, that the old code no longer works.
    pub(crate) fn note_change(&self) {
        if self.was_shown {
            let text = "the recovery code changed too; the old one no longer works";
            self.ui.note(text);
        }
    }
}

/// Prints only the recovery code. Fails if it cannot be printed.
pub(crate) fn print(ui: &Ui, code: &RecoveryCode) -> Result {
    shown(seen(ui, &format!("{}\n", *code.to_text())))
}

/// Prints to stdout, and fails if nobody sees it. Rust opens a closed stdout as the null device, so
/// that one is an error too.
fn seen(ui: &Ui, text: &str) -> io::Result<()> {
    if ui.stdout_is_null() {
        return Err(io::Error::other("stdout is closed or /dev/null"));
    }
    ui.print(text)
}

/// Converts the error. A closed pipe is an error here, because nobody saw the code.
fn shown(printed: io::Result<()>) -> Result {
    printed.map_err(|error| {
        let why = crate::vault::storage::plain(&error);
        let message = format!("nothing was changed: cannot show the recovery code: {why}");
        CommandError::new(Exit::Failed, message)
    })
}
