//! `mfa vault share`: a vault that several people open, each with a key of their own.

use std::path::PathBuf;

use serde::Serialize;

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::identities::canonical;
use crate::app::slots::unchanged;
use crate::app::user_files::read_file;
use crate::app::ways::Way;
use crate::commands::Run;
use crate::ui::escape;
use crate::vault::envelope::{Header, SlotKind};

const MAX_BYTES: usize = 1 << 20;

/// Let other people's age or SSH keys open the vault
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    arg_required_else_help = true,
    after_help = "A RECIPIENT is a public key: age1…, 'ssh-ed25519 …', 'ssh-rsa …', or that of a \
    plugin such as age1yubikey1….\n\nThe vault then opens with the private key in the file that \
    MFA_AGE_IDENTITY names, in identities.txt of the configuration folder, or in ~/.ssh."
)]
pub struct Args {
    /// Public keys
    #[arg(value_name = "RECIPIENT")]
    recipients: Vec<String>,
    /// Public keys of a file, one a line, such as a .pub of SSH
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
    /// Take keys away; the vault gets a new key
    Revoke {
        /// Public keys, or their beginnings
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
        let open = context.open_existing()?;
        let present: Vec<_> = recipients(&open.header).collect();
        let (old, new): (Vec<_>, Vec<_>) = wanted
            .into_iter()
            .partition(|one| present.contains(&one.as_str()));
        if !new.is_empty() {
            let ways = new.iter().cloned().map(Way::Shared).collect();
            context.add_slots(ways)?;
        }
        let lines = new.iter().map(|one| format!("shared with {one}"));
        let known = old
            .iter()
            .map(|one| format!("was shared already with {one}"));
        Ok(context.ui.print(&one_a_line(lines.chain(known)))?)
    }

    /// The keys of the arguments and of the files, each once.
    fn wanted(&self) -> Result<Vec<String>> {
        let mut texts = self.recipients.clone();
        for path in &self.recipients_file {
            let bytes = read_file(path, MAX_BYTES)?;
            let lines = String::from_utf8_lossy(&bytes);
            let lines = lines.lines().map(str::trim);
            let keys = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
            texts.extend(keys.map(ToOwned::to_owned));
        }
        let mut wanted: Vec<String> = Vec::new();
        for text in &texts {
            let recipient = canonical(text)?;
            if !wanted.contains(&recipient) {
                wanted.push(recipient);
            }
        }
        if wanted.is_empty() {
            return Err(CommandError::new(Exit::Usage, "no recipient was given"));
        }
        Ok(wanted)
    }
}

fn recipients(header: &Header) -> impl Iterator<Item = &str> {
    header.slots.iter().filter_map(|slot| match &slot.kind {
        SlotKind::Age { recipient } => Some(recipient.as_str()),
        _ => None,
    })
}

#[derive(Serialize)]
struct Row<'a> {
    recipient: &'a str,
}

fn list(context: &mut Context, json: bool) -> Result {
    let envelope = context.load()?;
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
        context.ui.note("the vault is shared with nobody");
    }
    let lines = rows.iter().map(|row| row.recipient.to_owned());
    Ok(context.ui.print(&one_a_line(lines))?)
}

fn one_a_line(lines: impl Iterator<Item = String>) -> String {
    lines.fold(String::new(), |text, line| text + &escape(&line) + "\n")
}

fn revoke(context: &mut Context, unwanted: &[String]) -> Result {
    let open = context.open_existing()?;
    let mut gone = Vec::new();
    for text in unwanted {
        gone.push(one_that_begins_with(&open.header, text)?);
    }
    let leaves =
        |kind: &SlotKind| matches!(kind, SlotKind::Age { recipient } if gone.contains(recipient));
    let carried = context.carry_over(&open.header, leaves)?;
    if carried.ways.is_empty() {
        let message = "that is all that opens the vault";
        return Err(CommandError::new(Exit::Failed, message).with_hint("mfa vault passphrase"));
    }
    context.rekey(|_, now| unchanged(&open.header, now).map(|()| carried.ways))?;
    for one in &gone {
        context.ui.print(&format!("revoked {}\n", escape(one)))?;
    }
    context.ui.note(
        "what they read or copied before stays known to them: rotate the accounts that matter",
    );
    context.show_new_code(carried.code.as_ref())
}

fn one_that_begins_with(header: &Header, text: &str) -> Result<String> {
    let text = text.trim();
    let matches: Vec<_> = recipients(header)
        .filter(|one| one.starts_with(text) || text.starts_with(&format!("{one} ")))
        .collect();
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
