//! Prints QR codes of accounts on the terminal.

use super::context::Context;
use super::error::{CommandError, Exit, Result};
use super::select::as_argument;
use crate::otp::Account;
use crate::qr::{DrawError, Matrix, QuietZone, TerminalStyle};

/// Creates the QR code of a URI. Fails if the URI is too long for one.
pub(crate) fn draw(uri: &str) -> Result<Matrix> {
    Matrix::new(uri).map_err(undrawable)
}

/// Converts the reason why a QR code could not be created.
pub(crate) fn undrawable(error: DrawError) -> CommandError {
    CommandError::new(Exit::Failed, format!("cannot draw the QR code: {error}"))
}

/// Prints the QR code of an account on stdout as text.
pub(crate) fn print_account(context: &Context, account: &Account, uri: &str) -> Result {
    let as_picture = format!("mfa qr {} --output FILE.png", as_argument(account));
    print(context, &draw(uri)?, &as_picture)?;
    if !context.ui.stdout_is_terminal() {
        context
            .ui
            .note(&format!("the QR code is text; for a picture: {as_picture}"));
    }
    Ok(())
}

/// Prints a QR code on stdout as text. `as_picture` is the command that writes a picture instead.
/// Fails if the terminal is too narrow: a wrapped code cannot be scanned.
pub(crate) fn print(context: &Context, matrix: &Matrix, as_picture: &str) -> Result {
    let style = if context.ui.colors() {
        TerminalStyle::Ansi
    } else {
        TerminalStyle::Plain
    };
    // All readers that were tried accept a narrow margin, which fits where a full one does not.
    let fits = |zone: &QuietZone| {
        context.ui.size().is_none_or(|(columns, rows)| {
            matrix.columns(*zone) <= columns && matrix.rows(*zone) < rows
        })
    };
    let zone = if fits(&QuietZone::Full) {
        QuietZone::Full
    } else {
        QuietZone::Narrow
    };
    let (needed, width) = (
        matrix.columns(zone),
        context.ui.width().unwrap_or(usize::MAX),
    );
    if needed > width {
        let message = format!("the QR code needs {needed} columns, and the terminal has {width}");
        return Err(CommandError::new(Exit::Failed, message).with_hint(as_picture));
    }
    context.ui.print(&matrix.to_terminal(style, zone))?;
    let (lines, height) = (matrix.rows(zone), context.ui.size().map(|(_, rows)| rows));
    if let Some(height) = height.filter(|height| lines >= *height) {
        context.ui.note(&format!(
            "the QR code needs {lines} lines, the terminal has {height}; enlarge it, or: {as_picture}"
        ));
    }
    Ok(())
}
