//! How a recovery code reaches the person: before the vault is written, so that one that nobody saw
//! takes the place of no other.

use std::io;

use super::error::{CommandError, Exit, Result};
use crate::ui::Ui;
use crate::vault::RecoveryCode;

/// Prints the code that an exchange of other slots made anew.
///
/// # Errors
/// When stdout does not take it.
pub(crate) fn print_new(ui: &Ui, code: &RecoveryCode) -> Result {
    ui.note("the recovery code changed too; the old one opens nothing any more");
    shown(ui.print(&format!("recovery code: {}\n", *code.to_text())))
}

/// Prints the code alone.
///
/// # Errors
/// When stdout does not take it.
pub(crate) fn print(ui: &Ui, code: &RecoveryCode) -> Result {
    shown(ui.print(&format!("{}\n", *code.to_text())))
}

/// A closed pipe is no quiet end here: nobody saw the code.
fn shown(printed: io::Result<()>) -> Result {
    printed.map_err(|error| {
        let why = crate::vault::storage::plain(&error);
        let message = format!("nothing was changed: the recovery code was not shown: {why}");
        CommandError::new(Exit::Failed, message)
    })
}
