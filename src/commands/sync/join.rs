//! `mfa sync join`: creates the vault of another machine from a remote.

use data_encoding::HEXLOWER;

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::hint::Hint;
use crate::app::local_time::local_time;
use crate::app::sync::address::RemoteArgs;
use crate::app::sync::devices::{device_name, hex, own_id, own_name};
use crate::commands::Run;
use crate::sync::engine::{Fetched, Options, head_of, vaults_in};
use crate::sync::known::{Address, Head, Known};
use crate::sync::remote::Remote;
use crate::ui::escape;
use crate::vault::format::VaultId;
use crate::vault::init::KeyringPolicy;
use crate::vault::repository::{Open, OwnSlot};
use crate::vault::{Header, SlotKind};

/// Create this machine's vault from a remote
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Compare the fingerprint with 'mfa sync status' on the other machine: it shows that the remote has the newest commit. The vault opens by its passphrase, its recovery code, or an age key.\n\nExamples:\n  mfa sync join s3://my-bucket/mfa --profile work\n  mfa sync join ~/Dropbox/mfa --name laptop"
)]
pub(crate) struct Args {
    #[command(flatten)]
    remote: RemoteArgs,
    /// Name of this machine [default: its host name]
    #[arg(long, value_name = "NAME", value_parser = device_name)]
    name: Option<String>,
    /// Check this fingerprint instead of asking
    #[arg(long, value_name = "FINGERPRINT")]
    fingerprint: Option<String>,
    /// Also open the vault with a key file on this machine
    #[arg(long)]
    key_file: bool,
    /// Join this one of several vaults
    #[arg(long, value_name = "ID")]
    id: Option<String>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let address = self.remote.address()?;
        let path = context.repository.path().to_path_buf();
        if let Some(known) = Known::load(&context.state, &path)?
            && context.repository.exists()?
        {
            let message = format!("this vault already syncs with {}", known.remote);
            let error = CommandError::new(Exit::Failed, message);
            return Err(error
                .with_hint("mfa sync status")
                .with_hint("mfa sync leave"));
        }
        let own = context.repository.load()?.map(|envelope| envelope.header);
        let mut remote = context.new_remote(&address, false)?;
        let vault_id = self.choose(&mut *remote, &address, own.as_ref())?;
        if own.is_some_and(|own| own.vault_id != vault_id) {
            return Err(self.other_vault(context, &address));
        }
        let newest = head_of(&mut *remote, &vault_id)?;
        let head = Head {
            name: newest.name,
            hash: newest.hash,
        };
        if !self.is_confirmed(context, &newest)? {
            context.ui.note("nothing changed");
            return Ok(());
        }
        let slots = newest.commit.envelope.header.clone();
        let joined = open(context, newest)?;
        let _lock = Known::lock(&context.state, &path)?;
        let name = self.enter(context, &joined)?;
        let mut known = Known::new(address, vault_id, name.clone());
        known.saw(head);
        known.save(&context.state, &path)?;
        let count = joined.vault.accounts.len();
        let accounts = if count == 1 { "account" } else { "accounts" };
        let text = format!("joined as {}: {count} {accounts}\n", escape(&name));
        context.ui.print(&text)?;
        let outcome = context.round_with(&mut *remote, &mut known, Options::default())?;
        context.tell_round(&outcome, true)?;
        tell_next(context, &slots);
        Ok(())
    }
}

impl Args {
    /// Which vault of the remote is meant.
    fn choose(
        &self,
        remote: &mut dyn Remote,
        address: &Address,
        own: Option<&Header>,
    ) -> Result<VaultId> {
        let vaults = vaults_in(remote)?;
        if let Some(wanted) = &self.id {
            let mut all = vaults.iter();
            let found = all.find(|id| HEXLOWER.encode(*id) == wanted.to_lowercase());
            return found.copied().ok_or_else(|| {
                let message = format!("{address} has no vault {wanted}");
                several(remote, &vaults, CommandError::new(Exit::NotFound, message))
            });
        }
        match (vaults.as_slice(), own) {
            ([], _) => {
                let message = format!("there is no vault in {address}");
                let init = format!("mfa sync init {}", self.remote.words(address));
                Err(CommandError::new(Exit::Failed, message).with_hint(init))
            }
            (_, Some(own)) if vaults.contains(&own.vault_id) => Ok(own.vault_id),
            ([only], _) => Ok(*only),
            _ => {
                let message = format!("{address} has several vaults");
                let error = several(remote, &vaults, CommandError::new(Exit::Ambiguous, message));
                Err(error.with_hint(Hint::again().word("--id ID")))
            }
        }
    }

    /// The error if this machine has another vault.
    fn other_vault(&self, context: &Context, address: &Address) -> CommandError {
        let path = context.repository.path().display();
        let message = format!("{path} is another vault than the one in the remote");
        let words = self.remote.words(address);
        let detail = "join in a new file, then import the accounts of this vault there".to_owned();
        CommandError::new(Exit::Failed, message)
            .with_details(vec![detail])
            .with_hint("mfa export accounts.json")
            .with_hint(format!("mfa --vault NEW.json sync join {words}"))
            .with_hint("mfa --vault NEW.json import accounts.json")
    }

    /// Shows the newest commit, and asks whether another machine shows the same fingerprint.
    fn is_confirmed(&self, context: &Context, newest: &Fetched) -> Result<bool> {
        let place = &newest.commit.place;
        let fingerprint = newest.hash.fingerprint();
        let machine = &hex(&place.device)[..8];
        context.ui.status(&format!(
            "commit {} of {}, by machine {machine}\nfingerprint {fingerprint}\n",
            newest.name.n,
            local_time(place.time)
        ));
        if let Some(given) = &self.fingerprint {
            if bare(given) == bare(&fingerprint) {
                return Ok(true);
            }
            let message = format!("the newest commit has another fingerprint: {fingerprint}");
            let detail =
                "run 'mfa sync', then 'mfa sync status' on the other machine, and compare again";
            return Err(
                CommandError::new(Exit::Damaged, message).with_details(vec![detail.to_owned()])
            );
        }
        let Some(prompt) = context.ui.prompt() else {
            let message = "there is no terminal to confirm the fingerprint";
            let again = Hint::again().word("--fingerprint FINGERPRINT");
            return Err(CommandError::new(Exit::Usage, message).with_hint(again));
        };
        context
            .ui
            .note("compare it with 'mfa sync status' on the other machine");
        context
            .ui
            .note("it tells you that the remote shows the newest commit, which only another machine knows");
        Ok(prompt.confirm("Is this the right fingerprint?")?)
    }

    /// Creates the vault, or enters a copy of it that is here already. Returns the name of this machine.
    fn enter(&self, context: &mut Context, joined: &Open) -> Result<String> {
        let own = own_id(context)?;
        let name = own_name(&joined.vault, &own, self.name.as_deref())?;
        if context.repository.exists()? {
            context.with_vault(|vault, host| Ok(vault.begin_sync(host, &name)?))?;
            return Ok(name);
        }
        let is_typed = context.ui.can_prompt() && !context.host.has_given_passphrase();
        let slot = OwnSlot {
            key_file: self.key_file,
            keyring: if is_typed && !self.key_file {
                KeyringPolicy::IfAvailable
            } else {
                KeyringPolicy::Off
            },
        };
        context.with_vault(|vault, host| Ok(vault.create_joined(host, joined, &name, slot)?))?;
        Ok(name)
    }
}

/// Lists the vaults of a remote below an error.
fn several(remote: &mut dyn Remote, vaults: &[VaultId], error: CommandError) -> CommandError {
    let mut lines = Vec::new();
    for id in vaults {
        let shown = HEXLOWER.encode(id);
        let newest = head_of(remote, id).ok();
        lines.push(newest.map_or(shown.clone(), |newest| {
            let time = local_time(newest.commit.place.time);
            format!("{shown}  commit {} of {time}", newest.name.n)
        }));
    }
    error.with_details(lines)
}

/// Opens a commit by what is given or typed.
fn open(context: &mut Context, newest: Fetched) -> Result<Open> {
    let header = newest.commit.envelope.header.clone();
    let key = context.with_vault(|vault, host| Ok(vault.key_of(host, &header)?));
    let key = key.map_err(|error| CommandError {
        // 'mfa unlock' needs a vault.
        hints: match error.kind {
            Exit::Locked => vec![Hint::again().word("--passphrase-file PATH")],
            _ => error.hints,
        },
        ..error
    })?;
    Ok(newest.open(key)?)
}

fn tell_next(context: &Context, header: &Header) {
    let by_code = context.repository.opened_by(header);
    if by_code.is_some_and(|kind| matches!(kind, SlotKind::Recovery(_))) {
        let passphrase = context.command("mfa vault passphrase");
        context.ui.note(&format!(
            "opened by the recovery code; to choose a passphrase: {passphrase}"
        ));
    }
    let auto = context.command("mfa sync auto on");
    context
        .ui
        .note(&format!("to sync each change at once: {auto}"));
}

/// A fingerprint without what people leave out or add.
fn bare(fingerprint: &str) -> String {
    let kept = fingerprint.chars().filter(char::is_ascii_alphanumeric);
    kept.map(|character| character.to_ascii_uppercase())
        .collect()
}
