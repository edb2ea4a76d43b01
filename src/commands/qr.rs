//! `mfa qr`: shows an account as a QR code, for another device.

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::Run;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::qr_output::{draw, print_account, undrawable, uri};
use crate::app::select::as_argument;
use crate::otp::UriForm;
use crate::qr::DEFAULT_SCALE;
use crate::vault::storage::quoted;

/// Show an account as a QR code (reveals the secret key)
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  mfa qr my-iam-user\n  mfa qr my-iam-user --output code.png"
)]
pub(crate) struct Args {
    /// Account name, ISSUER:NAME, id, or a part [default: pick one]
    #[arg(add = clap_complete::ArgValueCompleter::new(crate::app::complete::account_names))]
    name: Vec<String>,
    /// Write a PNG or SVG file instead (- for a PNG on stdout)
    #[arg(long, short, value_name = "FILE.png|FILE.svg|-")]
    output: Option<PathBuf>,
    /// Replace an existing file
    #[arg(long, requires = "output")]
    force: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let format = self.output.as_deref().map(Format::of).transpose()?;
        match self.output.as_deref() {
            Some(path) if path == STDOUT && context.ui.stdout_is_terminal() => {
                let message = "cannot print a picture on a terminal";
                return Err(CommandError::new(Exit::Usage, message)
                    .with_hint("mfa qr NAME --output - > FILE.png"));
            }
            Some(path) if path != STDOUT => context.spare_the_vault(path)?,
            _ => {}
        }
        let vault = context.accounts_to_choose_from()?;
        let account = context.select(&vault, &self.name)?;
        let Some((path, format)) = self.output.as_deref().zip(format) else {
            return print_account(context, account);
        };
        let matrix = draw(&uri(account, UriForm::Short))?;
        let file = match format {
            Format::Png => matrix.to_png(DEFAULT_SCALE).map_err(undrawable)?,
            Format::Svg => Zeroizing::new(matrix.to_svg().as_bytes().to_vec()),
        };
        if path == STDOUT {
            return Ok(context.ui.print_by(&|stdout| stdout.write_all(&file))?);
        }
        let (name, shown) = (as_argument(account), quoted(path));
        let force = format!("mfa qr {name} --output {shown} --force");
        context.write_file(path, &file, self.force, &force)?;
        context.ui.warn(&format!(
            "wrote {}; it contains the secret key",
            path.display()
        ));
        Ok(())
    }
}

/// The `--output` that means stdout.
const STDOUT: &str = "-";

#[derive(Clone, Copy)]
enum Format {
    Png,
    Svg,
}

impl Format {
    fn of(path: &std::path::Path) -> Result<Self> {
        if path == STDOUT {
            return Ok(Self::Png);
        }
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
