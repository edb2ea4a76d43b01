//! `mfa aws devices`: lists a user's MFA devices, and the accounts that have their codes.

pub(super) mod resync;

use serde::Serialize;

use crate::app::aws::args::ProfileArgs;
use crate::app::clock::When;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::app::local_time::local_time;
use crate::aws::Selection;
use crate::aws::api::iam;
use crate::aws::device::DeviceAdmin;
use crate::commands::Run;
use crate::otp::Account;
use crate::ui::table;
use crate::vault::by_serial;

/// List the MFA devices of a user, or resynchronize one
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_long_help = "To create, replace or remove one: mfa aws register, rotate, unregister\n\nExamples:\n  mfa aws devices --profile work\n  mfa aws devices resync --profile work"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    profile: ProfileArgs,
    /// The IAM user [default: the owner of the access key]
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Resync(resync::Args),
}

#[derive(Serialize)]
struct Row {
    serial: String,
    /// The time, as AWS writes it.
    enabled: Option<String>,
    /// The account in the vault that gives its codes.
    account: Option<String>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        if let Some(Command::Resync(args)) = self.command {
            return args.run(context);
        }
        let selection: Selection = self.profile.into();
        let vault = context.accounts()?;
        let profile = selection.profile.as_deref();
        let mut admin = DeviceAdmin::new(context, profile, self.user.as_deref())?;
        let user = admin.user.name.clone();
        let devices = admin.call(|api, keys| iam::list(api, keys, &user));
        let devices = admin.client.checked(context, devices)?;
        let rows: Vec<_> = devices
            .into_iter()
            .map(|device| Row {
                account: by_serial(&vault.accounts, &device.serial).map(Account::full_name),
                serial: device.serial,
                enabled: device.enabled,
            })
            .collect();
        if self.json {
            return Ok(context.ui.print_json(&rows)?);
        }
        if rows.is_empty() {
            context.ui.note(&format!(
                "{user} has no MFA device; to create one: {}",
                context.command("mfa aws register")
            ));
            return Ok(());
        }
        let heading = ["DEVICE", "SINCE", "ACCOUNT"].map(str::to_owned).to_vec();
        let line = |row: Row| {
            let since = row.enabled.unwrap_or_default();
            let known: Option<When> = since.parse().ok();
            let since = known.map_or(since, |When(seconds)| local_time(seconds));
            // All ARNs of a user start alike, so a narrow terminal would cut the part that differs.
            let device = row.serial.splitn(6, ':').last().unwrap_or_default();
            vec![
                device.to_owned(),
                since,
                row.account
                    .unwrap_or_else(|| "(not in the vault)".to_owned()),
            ]
        };
        let lines: Vec<_> = std::iter::once(heading)
            .chain(rows.into_iter().map(line))
            .collect();
        Ok(context.ui.print(&table(&lines, context.ui.width()))?)
    }
}
