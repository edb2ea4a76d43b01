//! QR codes of accounts, drawn on the terminal.

use super::context::Context;
use super::error::{CommandError, Exit, Result};
use crate::qr::{DrawError, Matrix, QuietZone, TerminalStyle};

/// The QR code of a URI.
///
/// # Errors
/// When it is too long for one.
pub(crate) fn draw(uri: &str) -> Result<Matrix> {
    Matrix::new(uri).map_err(undrawable)
}

/// Why a code was not drawn.
pub(crate) fn undrawable(error: DrawError) -> CommandError {
    CommandError::new(Exit::Failed, format!("cannot draw the QR code: {error}"))
}

/// Draws on stdout; refuses where it would be wider than the terminal, for it would not scan.
///
/// # Errors
/// When the terminal is too small.
pub(crate) fn print(context: &Context, matrix: &Matrix) -> Result {
    let style = if context.ui.colors() {
        TerminalStyle::Ansi
    } else {
        TerminalStyle::Plain
    };
    // A narrow margin is read by all readers that were tried, and fits where a full one does not.
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
        return Err(
            CommandError::new(Exit::Failed, message).with_hint("mfa qr NAME --output FILE.png")
        );
    }
    context.ui.print(&matrix.to_terminal(style, zone))?;
    let (lines, height) = (matrix.rows(zone), context.ui.size().map(|(_, rows)| rows));
    if let Some(height) = height.filter(|height| lines >= *height) {
        context.ui.note(&format!(
            "the QR code needs {lines} lines, the terminal has {height}: enlarge it, or use --output"
        ));
    }
    Ok(())
}
