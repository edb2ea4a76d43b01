//! `mfa aws devices resync`: resynchronizes a device with AWS.

use crate::app::aws::args::DeviceArgs;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::aws::device::{self, DeviceAdmin};
use crate::aws::{Host, Selection, lookup};
use crate::commands::Run;
use crate::ui::escape;

/// Resynchronize a device with AWS
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  mfa aws devices resync --profile work")]
pub(crate) struct Args {
    #[command(flatten)]
    device: DeviceArgs,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let selection: Selection = self.device.into();
        let open = context.open_vault()?;
        let mut admin = DeviceAdmin::new(context, selection.profile.as_deref(), None)?;
        let serial = lookup::device(context, &mut admin.client, &open, &selection)?;
        let account = lookup::account_for(context, &open.vault, &selection, &serial)?;
        device::resync(context, &mut admin, &serial, account)?;
        let text = format!("{} is in sync with AWS\n", escape(&serial));
        Ok(context.ui.print(&text)?)
    }
}
