//! `mfa aws doctor`: checks everything that a session needs.

use crate::app::aws::args::DeviceArgs;
use crate::app::context::Context;
use crate::app::doctor::Report;
use crate::app::doctor::aws::check_session;
use crate::app::error::Result;
use crate::commands::Run;

/// Check everything a session needs
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "For the clock, the vault and its files: mfa doctor\n\nExample:\n  mfa aws doctor --profile work"
)]
pub(crate) struct Args {
    #[command(flatten)]
    device: DeviceArgs,
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let mut report = Report::default();
        let checked = check_session(&mut report, context, &self.device.into());
        // A refusal keeps its own exit code, after what was found before it.
        match checked {
            Ok(()) => report.print(context, self.json),
            Err(error) => {
                report.print_so_far(context, self.json)?;
                Err(error)
            }
        }
    }
}
