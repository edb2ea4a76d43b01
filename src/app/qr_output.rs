//! Prints QR codes of accounts on the terminal.

use zeroize::Zeroizing;

use super::context::Context;
use super::error::{CommandError, Exit, Result};
use super::select::as_argument;
use crate::otp::{self, Account, UriForm};
use crate::qr::{DrawError, Matrix, QuietZone, TerminalStyle};

/// Creates the QR code of a URI. Fails if the URI is too long for one.
pub(crate) fn draw(uri: &str) -> Result<Matrix> {
    Matrix::new(uri).map_err(undrawable)
}

/// Converts the reason why a QR code could not be created.
pub(crate) fn undrawable(error: DrawError) -> CommandError {
    CommandError::new(Exit::Failed, format!("cannot draw the QR code: {error}"))
}

/// Writes an account's URI for a code that people scan: short, so that the code is small.
pub(crate) fn uri(account: &Account, form: UriForm) -> Zeroizing<String> {
    let Account {
        issuer,
        name,
        credential,
        ..
    } = account;
    otp::format_as(form, issuer, name, credential)
}

/// Prints the QR code of an account on stdout as text: the smallest one. On a terminal where it does not
/// fit, leaves out what the URI says twice.
///
/// # Errors
/// If it does not fit then either: half a code cannot be scanned.
pub(crate) fn print_account(context: &Context, account: &Account) -> Result {
    let as_picture = format!("mfa qr {} --output FILE.png", as_argument(account));
    let smallest = |form| Matrix::smallest(&uri(account, form)).map_err(undrawable);
    let mut matrix = smallest(UriForm::Short)?;
    if room(context, &matrix).is_err() {
        matrix = smallest(UriForm::Shortest)?;
    }
    let zone = room(context, &matrix).map_err(|why| {
        CommandError::new(Exit::Failed, why)
            .with_details(vec!["enlarge the terminal, or write a picture".to_owned()])
            .with_hint(&as_picture)
    })?;
    print_in(context, &matrix, zone)?;
    if !context.ui.stdout_is_terminal() {
        let as_picture = context.command(as_picture);
        context
            .ui
            .note(&format!("the QR code is text; for a picture: {as_picture}"));
    }
    Ok(())
}

/// The widest margin with which a code fits on the terminal, beside the line of the prompt. All readers
/// that were tried accept a narrow one.
///
/// # Errors
/// What the code needs and the terminal has, if it does not fit.
fn room(context: &Context, matrix: &Matrix) -> Result<QuietZone, String> {
    let Some((columns, lines)) = context.ui.size() else {
        return Ok(QuietZone::Full);
    };
    // A terminal that does not know its height says 0.
    let fits = |zone: &QuietZone| {
        matrix.columns(*zone) <= columns && (lines == 0 || matrix.rows(*zone) < lines)
    };
    let mut zones = [QuietZone::Full, QuietZone::Narrow].into_iter();
    zones.find(fits).ok_or_else(|| {
        let (wide, high) = (
            matrix.columns(QuietZone::Narrow),
            matrix.rows(QuietZone::Narrow) + 1,
        );
        format!("the QR code needs {wide} columns and {high} lines; the terminal has {columns} and {lines}")
    })
}

fn print_in(context: &Context, matrix: &Matrix, zone: QuietZone) -> Result {
    let style = if context.ui.colors() {
        TerminalStyle::Ansi
    } else {
        TerminalStyle::Plain
    };
    Ok(context.ui.print(&matrix.to_terminal(style, zone))?)
}

/// Prints one of several QR codes on stdout as text. `as_picture` is the command that writes pictures
/// instead. Fails if the terminal is too narrow: a wrapped code cannot be scanned.
pub(crate) fn print(context: &Context, matrix: &Matrix, as_picture: &str) -> Result {
    let zone = room(context, matrix).unwrap_or(QuietZone::Narrow);
    let (needed, width) = (
        matrix.columns(zone),
        context.ui.width().unwrap_or(usize::MAX),
    );
    if needed > width {
        let message = format!("the QR code needs {needed} columns, and the terminal has {width}");
        return Err(CommandError::new(Exit::Failed, message).with_hint(as_picture));
    }
    print_in(context, matrix, zone)?;
    let (lines, height) = (matrix.rows(zone), context.ui.size().map(|(_, rows)| rows));
    if let Some(height) = height.filter(|height| *height > 0 && lines >= *height) {
        let as_picture = context.command(as_picture);
        context.ui.note(&format!(
            "the QR code needs {lines} lines, the terminal has {height}; enlarge it, or: {as_picture}"
        ));
    }
    Ok(())
}

/// The name of an account's picture, allowed on all systems, whatever the account is called. The number
/// makes it another one than all others, and none that Windows reserves, such as `con` or `aux.png`.
pub(crate) fn picture_name(number: usize, account: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
    let name = account.chars().map(|c| if plain(c) { c } else { '-' });
    let name: String = name.take(80).collect();
    format!("{number:03}-{name}.png")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_account_has_a_picture_that_every_system_can_store() {
        let names = [
            "con",
            "CON",
            "nul",
            "com1",
            "aux.png",
            "a:b",
            "a.",
            "a ",
            "..",
            "",
            "<>\"|?*",
            "a/b",
            r"a\b",
            "a\0b",
            "a\u{1b}[31m",
            "Ä",
            "ä",
            "GitHub:Alice",
            "github:alice",
            "\u{202e}gnp",
            "COM\u{b9}",
            "~1",
        ];
        let long = "\u{1f600}".repeat(1000);
        let names = names.into_iter().chain([long.as_str(), long.as_str()]);
        let pictures: Vec<_> = (1..)
            .zip(names)
            .map(|(n, name)| picture_name(n, name))
            .collect();
        for picture in &pictures {
            assert!(picture.len() <= 255, "{picture}");
            let (number, rest) = picture.split_once('-').unwrap();
            // With a number at its begin, no name is reserved.
            assert!(
                number.bytes().all(|byte| byte.is_ascii_digit()),
                "{picture}"
            );
            let is_plain = |c: char| c.is_ascii_alphanumeric() || ".-_@".contains(c);
            assert!(rest.chars().all(is_plain), "{picture}");
        }
        // Not even on a file system that ignores case.
        let distinct: HashSet<_> = pictures.iter().map(|name| name.to_lowercase()).collect();
        assert_eq!(distinct.len(), pictures.len());
        assert_eq!(picture_name(1000, "a:b"), "1000-a-b.png");
        assert_eq!(picture_name(2, "aux.png"), "002-aux.png.png");
    }
}
