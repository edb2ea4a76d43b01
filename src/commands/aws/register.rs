//! `mfa aws register`: a new device, its key in the vault, enabled.

use super::Profile;
use super::admin::Admin;
use super::registration::{Plan, device_name, register, serial_of};
use crate::app::context::Context;
use crate::app::error::Result;
use crate::commands::Run;
use crate::ui::escape;
use crate::vault::storage::quoted;

/// Register a new MFA device for a user and keep its key in the vault
#[derive(Debug, clap::Args)]
#[command(after_help = "What was broken off is gone on with: run it again.\n\
    The first device needs no more than access keys; for a further one AWS wants a session with \
    MFA, which is got by a device of the user whose codes the vault has.")]
pub struct Args {
    #[command(flatten)]
    profile: Profile,
    /// The user [default: the one of the keys]
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// The device's name [default: one that nobody has]
    #[arg(long, value_name = "NAME", value_parser = device_name)]
    device_name: Option<String>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let which = self.profile.into();
        // Locked, or without a place for it, it is told before AWS has made anything.
        context.change(|_| Ok(()))?;
        let _turn = context.state.lock("aws-registering")?;
        let mut admin = Admin::new(context, &which, self.user.as_deref())?;
        if let Some(device) = admin.devices()?.first() {
            let (user, serial) = (&admin.user.name, &device.serial);
            context.ui.note(&format!(
                "{user} has a device already ({serial}): this is one more; 'mfa aws rotate' would \
                 replace it"
            ));
            let open = context.open_existing()?;
            admin.use_session(context, &open, None)?;
        }
        let plan = Plan {
            device_name: self.device_name.as_deref(),
            tag: None,
        };
        let account = register(context, &mut admin, &plan)?;
        let answer = format!(
            "registered {} as {}\n",
            escape(serial_of(&account)),
            escape(&account.full_name())
        );
        context.ui.print(&answer)?;
        let name = quoted(std::path::Path::new(&account.name));
        let option = which.option();
        context.ui.note(&format!(
            "a second copy, for a phone or for paper: mfa qr {name}"
        ));
        if admin.is_own() {
            context.ui.note(&format!("try: mfa aws login{option}"));
        }
        Ok(())
    }
}
