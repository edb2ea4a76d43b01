//! `mfa sync init`: uploads the vault of the first machine.

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::sync::address::RemoteArgs;
use crate::app::sync::devices::{device_name, own_id, own_name};
use crate::commands::Run;
use crate::sync::engine::{Options, Outcome, vaults_in};
use crate::sync::known::{Address, Known};
use crate::sync::remote::Remote;
use crate::ui::escape;
use crate::vault::Header;
use crate::vault::repository::portable;

/// Upload this vault, so that other machines can join
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "A folder is created if it does not exist. Other stores, such as Google Cloud Storage or Azure, work as a mounted folder.\n\nExamples:\n  mfa sync init ~/Dropbox/mfa\n  mfa sync init s3://my-bucket/mfa --profile work\n  mfa sync init s3://my-bucket/mfa --endpoint https://minio.example.org:9000"
)]
pub(crate) struct Args {
    #[command(flatten)]
    remote: RemoteArgs,
    /// Name of this machine [default: its host name]
    #[arg(long, value_name = "NAME", value_parser = device_name)]
    name: Option<String>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let address = self.remote.address()?;
        let path = context.repository.path().to_path_buf();
        if let Some(known) = Known::load(&context.state, &path)? {
            let message = format!("this vault already syncs with {}", known.remote);
            let error = CommandError::new(Exit::Failed, message);
            return Err(error
                .with_hint("mfa sync status")
                .with_hint("mfa sync leave"));
        }
        let open = context.open_existing()?;
        opens_elsewhere(&open.header)?;
        let mut remote = context.new_remote(&address, true)?;
        self.is_free(&mut *remote, &address, &open.header)?;
        let own = own_id(context)?;
        let name = own_name(&open.vault, &own, self.name.as_deref())?;
        let _lock = Known::lock(&context.state, &path)?;
        context.with_vault(|vault, host| Ok(vault.begin_sync(host, &name)?))?;
        let mut known = Known::new(address.clone(), open.header.vault_id, name.clone());
        let result = context.round_with(&mut *remote, &mut known, Options::default());
        match result {
            Ok(outcome) => self.tell(context, &address, &name, &outcome),
            Err(error) => {
                // As it was before; the first error is the one to tell.
                let _ = context.forget_remote();
                let _ = context.with_vault(|vault, host| Ok(vault.leave_sync(host)?));
                Err(error)
            }
        }
    }
}

/// Fails if only this machine can open the vault.
fn opens_elsewhere(header: &Header) -> Result {
    if portable(header).next().is_some() {
        return Ok(());
    }
    let message =
        "no other machine could open this vault: only this machine's key file or keyring does";
    Err(CommandError::new(Exit::Failed, message)
        .with_hint("mfa vault passphrase")
        .with_hint("mfa vault recovery"))
}

impl Args {
    /// Fails if the remote has a vault already.
    fn is_free(&self, remote: &mut dyn Remote, address: &Address, header: &Header) -> Result {
        let vaults = vaults_in(remote)?;
        let join = format!("mfa sync join {}", self.remote.words(address));
        if vaults.contains(&header.vault_id) {
            let message = format!("{address} already has this vault");
            return Err(CommandError::new(Exit::Failed, message).with_hint(join));
        }
        if vaults.is_empty() {
            return Ok(());
        }
        let message = format!("{address} already has another vault");
        let apart = "to keep both vaults apart, use another prefix or folder".to_owned();
        Err(CommandError::new(Exit::Failed, message)
            .with_details(vec![apart])
            .with_hint(join))
    }

    fn tell(&self, context: &Context, address: &Address, name: &str, outcome: &Outcome) -> Result {
        let shown = address.to_string();
        let mut text = format!(
            "this vault now syncs with {} as {}\n",
            escape(&shown),
            escape(name)
        );
        if let Some(head) = outcome.head {
            text.push_str(&format!(
                "commit {}, fingerprint {}\n",
                head.name.n,
                head.hash.fingerprint()
            ));
        }
        context.ui.print(&text)?;
        let join = format!("mfa sync join {}", self.remote.words(address));
        context
            .ui
            .note(&format!("on the other machine: {}", escape(&join)));
        let auto = context.command("mfa sync auto on");
        context
            .ui
            .note(&format!("to sync each change at once: {auto}"));
        Ok(())
    }
}
