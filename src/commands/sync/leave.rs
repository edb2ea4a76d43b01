//! `mfa sync leave`: stops syncing on this machine.

use crate::app::clock::Clock;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::app::sync::devices::own_id;
use crate::commands::Run;
use crate::sync::engine::Options;
use crate::sync::known::Known;
use crate::ui::escape;
use crate::vault::replica::Device;

/// Stop syncing on this machine; its vault stays
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Uploads what changed here a last time, and tells the other machines. The remote\nkeeps the vault, so that this machine can join again.\n\nExample:\n  mfa sync leave"
)]
pub(crate) struct Args {}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let known = context.known()?;
        let own = own_id(context)?;
        let now = Clock::seconds()?;
        context.change_existing(|vault| {
            let entry = vault.devices()?.into_iter().find(|device| device.id == own);
            if let Some(entry) = entry {
                let left = Device {
                    is_removed: true,
                    ..entry
                };
                vault.set_device(left, &own, now)?;
            }
            Ok(())
        })?;
        let told = context.sync(Options::default());
        let path = context.repository.path().to_path_buf();
        let lock = Known::lock(&context.state, &path)?;
        context.with_vault(|vault, host| Ok(vault.leave_sync(host)?))?;
        context.forget_remote()?;
        drop(lock);
        let remote = known.remote.to_string();
        let text = format!("this vault no longer syncs with {}\n", escape(&remote));
        context.ui.print(&text)?;
        if let Err(error) = told {
            let why = error.to_string();
            context.ui.warn(&format!(
                "the other machines do not know it, and the last changes were not uploaded: {}",
                escape(&why)
            ));
            let name = crate::vault::storage::quoted(std::path::Path::new(&known.device_name));
            let command = format!("mfa sync remove-device {name}");
            context.ui.note(&format!("on another machine: {command}"));
        }
        Ok(())
    }
}
