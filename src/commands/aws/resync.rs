//! `mfa aws resync`: lets AWS find a device's clock again.

use super::admin::Admin;
use super::connect::{account_of, device};
use super::{Which, WhichDevice};
use crate::app::context::Context;
use crate::app::error::Result;
use crate::aws::iam;
use crate::commands::Run;
use crate::ui::escape;

/// Bring a device back in step with AWS by two codes
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: WhichDevice,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let which: Which = self.which.into();
        let open = context.open_existing()?;
        let mut admin = Admin::new(context, &which, None)?;
        let serial = device(context, &mut admin.connection, &open.vault, &which)?;
        let account = match which.account.as_deref() {
            Some(name) => context.select(&open.vault, Some(name))?,
            None => account_of(&open.vault, &serial)?,
        };
        let codes = context.take_fresh_pair(account)?;
        let pair = (codes[0].as_str(), codes[1].as_str());
        let user = admin.user.name.clone();
        let done = admin.call(|client, keys| iam::resync(client, keys, &user, &serial, pair));
        admin.connection.done(context, done)?;
        context
            .ui
            .print(&format!("{} is in step with AWS\n", escape(&serial)))?;
        Ok(())
    }
}
