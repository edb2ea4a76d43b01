//! `mfa aws rotate`: replaces a device by a new one.

use std::path::Path;

use crate::app::aws::args::{DeviceArgs, pin_account};
use crate::app::context::Context;
use crate::app::error::Result;
use crate::aws::device::{Rotated, device_name, rotate};
use crate::aws::{Host, Selection};
use crate::commands::Run;
use crate::ui::escape;
use crate::vault::storage::quoted;

/// Replace a device; the old one goes once the new one works
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "--account needs the exact name or an id.\n\nExample:\n  mfa aws rotate --profile work"
)]
pub(crate) struct Args {
    #[command(flatten)]
    device: DeviceArgs,
    /// Name of the new device [default: an unused one]
    #[arg(long, value_name = "NAME", value_parser = device_name)]
    device_name: Option<String>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let mut selection: Selection = self.device.into();
        if selection.account.is_some() {
            let vault = context.open_vault()?.vault;
            pin_account(&vault, &mut selection, "mfa aws rotate", "")?;
        }
        let rotated = rotate(context, &selection, self.device_name.as_deref())?;
        let Rotated { name, old, new } = rotated;
        let text = format!(
            "{} now uses {}; deleted {}\n",
            escape(&name),
            escape(&new),
            escape(&old)
        );
        context.ui.print(&text)?;
        context.ui.note(&format!(
            "copies of the old key no longer work; for a new one: {}",
            context.command(format!("mfa qr {}", quoted(Path::new(&name))))
        ));
        Ok(())
    }
}
