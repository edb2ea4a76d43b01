//! `mfa vault share`: lets other people open the vault, each with their own key.

use std::path::PathBuf;

use serde::Serialize;

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::recovery_code::NewCode;
use crate::app::user_files::read_file;
use crate::commands::Run;
use crate::import::unmarked;
use crate::ui::escape;
use crate::vault::repository::SlotChange;
use crate::vault::unlock::Recipient;
use crate::vault::{Header, SlotKind};

const MAX_BYTES: usize = 1 << 20;

/// Share the vault with other people's age or SSH keys
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    arg_required_else_help = true,
    after_long_help = "A RECIPIENT is a public key: age1…, 'ssh-ed25519 …', 'ssh-rsa …', or that of a \
    plugin such as age1yubikey1….\n\nThe private key is read from MFA_AGE_IDENTITY, identities.txt in the configuration folder, \
    or ~/.ssh.\n\nExample:\n  mfa vault share 'ssh-ed25519 AAAA… bob@host'"
)]
pub(crate) struct Args {
    /// Public keys
    #[arg(value_name = "RECIPIENT")]
    recipients: Vec<String>,
    /// Read public keys from a file, one per line
    #[arg(short = 'R', long, value_name = "PATH")]
    recipients_file: Vec<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the keys that open the vault
    List {
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Stop sharing with these keys; the vault is re-keyed
    Revoke {
        /// Public keys, or their first characters
        #[arg(value_name = "RECIPIENT", required = true)]
        recipients: Vec<String>,
    },
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        match self.command {
            Some(Command::List { json }) => list(context, json),
            Some(Command::Revoke { recipients }) => revoke(context, &recipients),
            None => self.share(context),
        }
    }
}

impl Args {
    fn share(self, context: &mut Context) -> Result {
        let wanted = self.wanted()?;
        let (mut old, mut new) = (Vec::new(), Vec::new());
        context.announce(|header| {
            let is_new = |one: &&Recipient| recipients(header).all(|own| own != one.as_str());
            Ok(match wanted.iter().filter(is_new).count() {
                0 => None,
                1 => Some("this lets one more key open the vault".to_owned()),
                count => Some(format!("this lets {count} more keys open the vault")),
            })
        })?;
        context.with_vault(|vault, host| {
            let decide = |header: &Header| {
                let is_present =
                    |one: &&Recipient| recipients(header).any(|own| own == one.as_str());
                (old, new) = wanted.iter().partition(is_present);
                let adding = new.iter().copied().cloned();
                Result::Ok(adding.fold(SlotChange::default(), SlotChange::and_adding))
            };
            vault.change_slots(host, decide, |_| Ok(()))
        })?;
        let lines = new
            .iter()
            .map(|one| format!("shared with {}", one.as_str()));
        let known = old.iter();
        let known = known.map(|one| format!("already shared with {}", one.as_str()));
        Ok(context.ui.print(&one_a_line(lines.chain(known)))?)
    }

    /// The keys of the arguments and the files, without duplicates.
    fn wanted(&self) -> Result<Vec<Recipient>> {
        let mut texts = self.recipients.clone();
        for path in &self.recipients_file {
            let bytes = unmarked(read_file(path, MAX_BYTES)?);
            let lines = String::from_utf8_lossy(&bytes);
            let lines = lines.lines().map(str::trim);
            let keys = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
            texts.extend(keys.map(ToOwned::to_owned));
        }
        let mut wanted = Vec::new();
        for text in &texts {
            let recipient = Recipient::parse(text)?;
            if !wanted.contains(&recipient) {
                wanted.push(recipient);
            }
        }
        if wanted.is_empty() {
            return Err(CommandError::new(
                Exit::Usage,
                "the files contain no public key",
            ));
        }
        Ok(wanted)
    }
}

fn recipients(header: &Header) -> impl Iterator<Item = &str> {
    header.slots.iter().filter_map(|slot| match &slot.kind {
        SlotKind::Age(key) => Some(key.recipient.as_str()),
        _ => None,
    })
}

#[derive(Serialize)]
struct Row<'a> {
    recipient: &'a str,
}

fn list(context: &mut Context, json: bool) -> Result {
    let envelope = context.repository.load()?;
    if envelope.is_none() && context.vault_was_named {
        return Err(context.repository.no_vault().into());
    }
    let header = envelope.as_ref().map(|envelope| &envelope.header);
    let rows: Vec<_> = header
        .into_iter()
        .flat_map(recipients)
        .map(|recipient| Row { recipient })
        .collect();
    if json {
        return Ok(context.ui.print_json(&rows)?);
    }
    if rows.is_empty() {
        context.ui.note("the vault is not shared");
    }
    let lines = rows.iter().map(|row| row.recipient.to_owned());
    Ok(context.ui.print(&one_a_line(lines))?)
}

fn one_a_line(lines: impl Iterator<Item = String>) -> String {
    lines.fold(String::new(), |text, line| text + &escape(&line) + "\n")
}

fn revoke(context: &mut Context, unwanted: &[String]) -> Result {
    let mut new_code = NewCode::new(context.ui.clone());
    let mut gone = Vec::new();
    context.announce(|header| {
        let (gone, _) = revocation(header, unwanted)?;
        Ok(Some(format!("this stops sharing with {}", gone.join(", "))))
    })?;
    context.with_vault(|vault, host| {
        let decide = |header: &Header| -> Result<SlotChange<'_>> {
            let (found, change) = revocation(header, unwanted)?;
            gone = found;
            Ok(change)
        };
        vault.change_slots(host, decide, |code| new_code.show(code))
    })?;
    new_code.note_change();
    let lines = gone.iter().map(|one| format!("revoked {one}"));
    context.ui.print(&one_a_line(lines))?;
    context
        .ui
        .note("the owners of these keys may have copied secrets: get new secret keys for important accounts");
    Ok(())
}

/// The keys to revoke, and the change that removes them. Fails if nothing else opens the vault.
fn revocation<'a>(header: &Header, unwanted: &[String]) -> Result<(Vec<String>, SlotChange<'a>)> {
    let found = unwanted
        .iter()
        .map(|text| one_that_begins_with(header, text));
    let gone = found.collect::<Result<Vec<_>>>()?;
    let goes =
        |kind: &SlotKind| matches!(kind, SlotKind::Age(key) if gone.contains(&key.recipient));
    let change = SlotChange::removing(header, goes);
    if change.staying(header).next().is_none() {
        let message = "this would remove the last way to open the vault";
        let error = CommandError::new(Exit::Failed, message);
        return Err(error.with_hint("mfa vault passphrase"));
    }
    Ok((gone, change))
}

fn one_that_begins_with(header: &Header, text: &str) -> Result<String> {
    let text = text.trim();
    let fits = |one: &&str| one.starts_with(text) || text.starts_with(&format!("{one} "));
    let mut matches: Vec<_> = recipients(header).filter(fits).collect();
    // Several slots with the same key count once and are removed together.
    matches.sort_unstable();
    matches.dedup();
    match matches[..] {
        [one] => Ok(one.to_owned()),
        [] => Err(
            CommandError::new(Exit::Failed, format!("the vault is not shared with {text}"))
                .with_hint("mfa vault share list"),
        ),
        _ => {
            let details = matches.iter().map(|&one| one.to_owned()).collect();
            let message = format!("several keys begin with {text}");
            Err(CommandError::new(Exit::Failed, message).with_details(details))
        }
    }
}
