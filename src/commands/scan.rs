//! `mfa scan`: prints the content of every QR code in pictures.

use std::path::PathBuf;

use serde::Serialize;

use super::Run;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::sources::payloads::look;
use crate::app::user_files::read_picture;
use crate::qr::Code;
use crate::ui::escape;

/// Print the content of every QR code in pictures
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "The output may contain secret keys.\n\nExample:\n  mfa scan screenshot.png"
)]
pub(crate) struct Args {
    /// Pictures (- for stdin)
    #[arg(value_name = "PICTURE", required = true)]
    pictures: Vec<PathBuf>,
    /// Print JSON: file, payload and corners in pixels
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    file: &'a str,
    payload: &'a str,
    corners: [[f32; 2]; 4],
}

impl<'a> Row<'a> {
    fn of((file, code): &'a (String, Code)) -> Self {
        Self {
            file,
            payload: code.payload(),
            corners: code.corners,
        }
    }
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let mut found: Vec<(String, Code)> = Vec::new();
        let mut failed = 0;
        let mut last = None;
        for path in &self.pictures {
            let name = path.display().to_string();
            match read_picture(&context.ui, path, "mfa scan")
                .and_then(|bytes| look(context, &bytes, path, "mfa scan", &format!("{name}: ")))
            {
                Ok(codes) => found.extend(codes.into_iter().map(|code| (name.clone(), code))),
                // One bad picture does not hide the codes in the others.
                Err(error) => {
                    failed += 1;
                    let error = error.while_doing(&format!("cannot scan {name}"));
                    if let Some(earlier) = last.replace(error) {
                        let earlier: CommandError = earlier;
                        context.ui.note(&earlier.to_string());
                    }
                }
            }
        }
        self.print(context, &found)?;
        match last {
            None => Ok(()),
            Some(error) if failed == self.pictures.len() && failed == 1 => Err(error),
            Some(error) => {
                context.ui.note(&error.to_string());
                let message = format!("cannot read {failed} of {} pictures", self.pictures.len());
                Err(CommandError::new(Exit::Unusable, message))
            }
        }
    }
}

impl Args {
    fn print(&self, context: &Context, found: &[(String, Code)]) -> Result {
        if self.json {
            let rows: Vec<_> = found.iter().map(Row::of).collect();
            return Ok(context.ui.print_json(&rows)?);
        }
        let several = self.pictures.len() > 1;
        for (file, code) in found {
            let prefix = if several {
                format!("{}: ", escape(file))
            } else {
                String::new()
            };
            context
                .ui
                .print(&format!("{prefix}{}\n", escape(code.payload())))?;
        }
        Ok(())
    }
}
