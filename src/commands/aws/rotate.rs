//! `mfa aws rotate`: a new device in the place of an old one.

use std::path::Path;

use crate::app::aws::args::DeviceArgs;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::aws::device::{Rotated, device_name, rotate};
use crate::commands::Run;
use crate::ui::escape;
use crate::vault::storage::quoted;

/// Replace a device by a new one, which is proven before the old one goes
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    device: DeviceArgs,
    /// The new device's name [default: one that nobody has]
    #[arg(long, value_name = "NAME", value_parser = device_name)]
    device_name: Option<String>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let selection = self.device.into();
        let rotated = rotate(context, &selection, self.device_name.as_deref())?;
        let Rotated { name, old, new } = rotated;
        let text = format!(
            "{} is now {}; {} is gone\n",
            escape(&name),
            escape(&new),
            escape(&old)
        );
        context.ui.print(&text)?;
        context.ui.note(&format!(
            "copies of the old key are of no use any more; a new one: mfa qr {}",
            quoted(Path::new(&name))
        ));
        Ok(())
    }
}
