//! `mfa qr`: an account as a QR code, for another device.

use std::path::PathBuf;

use super::Run;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::user_files::write_file;
use crate::otp;
use crate::qr::{DEFAULT_SCALE, DrawError, Matrix, QuietZone, TerminalStyle};

/// Draw an account as a QR code: reveals the key
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The account [default: pick one]
    #[arg(add = clap_complete::ArgValueCompleter::new(crate::app::complete::account_names))]
    name: Option<String>,
    /// Write a picture, readable by you alone, in place of drawing on the terminal
    #[arg(long, short, value_name = "FILE.png|FILE.svg")]
    output: Option<PathBuf>,
    /// Replace the file if there is one
    #[arg(long, requires = "output")]
    force: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let format = self.output.as_deref().map(Format::of).transpose()?;
        let vault = context.accounts()?;
        let account = context.select(&vault, self.name.as_deref())?;
        let uri = otp::format(&account.issuer, &account.name, &account.credential);
        let matrix = draw(&uri)?;
        let Some((path, format)) = self.output.as_deref().zip(format) else {
            return print(context, &matrix);
        };
        match format {
            Format::Png => write_file(
                path,
                &matrix.to_png(DEFAULT_SCALE).map_err(undrawable)?,
                self.force,
                FORCE,
            )?,
            Format::Svg => write_file(path, matrix.to_svg().as_bytes(), self.force, FORCE)?,
        }
        context.ui.note(&format!(
            "wrote {}: whoever sees it has the key",
            path.display()
        ));
        Ok(())
    }
}

/// What replaces a picture that is there already.
const FORCE: &str = "mfa qr NAME --output FILE --force";

#[derive(Clone, Copy)]
enum Format {
    Png,
    Svg,
}

impl Format {
    fn of(path: &std::path::Path) -> Result<Self> {
        let extension = path
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .to_lowercase();
        match extension.as_str() {
            "png" => Ok(Self::Png),
            "svg" => Ok(Self::Svg),
            _ => {
                let message = format!("cannot write {}: name it .png or .svg", path.display());
                Err(CommandError::new(Exit::Usage, message))
            }
        }
    }
}

/// The QR code of a URI.
///
/// # Errors
/// When it is too long for one.
pub fn draw(uri: &str) -> Result<Matrix> {
    Matrix::new(uri).map_err(undrawable)
}

/// Why a code was not drawn.
pub(super) fn undrawable(error: DrawError) -> CommandError {
    CommandError::new(Exit::Failed, format!("cannot draw the QR code: {error}"))
}

/// Draws on stdout; refuses where it would be wider than the terminal, for it would not scan.
///
/// # Errors
/// When the terminal is too small.
pub fn print(context: &Context, matrix: &Matrix) -> Result {
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
            "the code has {lines} lines and the terminal {height}: make it taller, or use --output"
        ));
    }
    Ok(())
}
