//! `mfa add`: adds accounts from pictures, URIs and keys. Stores all accounts of a call, or none.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::Run;
use crate::app::account_args::{AccountArgs, label};
use crate::app::clock::{Clock, When};
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::select::as_argument;
#[cfg(feature = "desktop")]
use crate::app::sources::desktop;
use crate::app::sources::{payloads, typed};
use crate::import::Found;
use crate::import::ingest::Incoming;
use crate::import::known::Known;
use crate::otp::{Account, AccountId, Draft, split_label};
use crate::ui::escape;
use crate::vault::storage::quoted;
use crate::vault::{ChangeError, Vault};

/// Add accounts from QR pictures, URIs or secret keys
// No `Debug`: a URI may be among the arguments.
#[derive(clap::Args)]
#[command(
    after_long_help = "Without arguments, it prompts for a URI, a key or the path of a picture.\nISSUER:NAME is split at the first colon; --issuer overrides the part before it.\nA URI given as an argument may stay in the shell's history.\n\nExamples:\n  mfa add --qr aws.png\n  mfa add --secret my-iam-user --issuer AWS\n  mfa add --screen"
)]
pub(crate) struct Args {
    /// otpauth URIs; - reads one per line from stdin
    #[arg(value_name = "URI", conflicts_with_all = ["qr", "secret"])]
    uris: Vec<String>,
    /// Read QR codes from pictures (- for stdin)
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "secret")]
    qr: Vec<PathBuf>,
    /// Add account NAME or ISSUER:NAME; prompts for its key
    #[arg(long, value_name = "NAME", conflicts_with = "name", value_parser = label)]
    secret: Option<String>,
    /// Read the QR codes that are on the screens now
    #[cfg(feature = "desktop")]
    #[arg(long, conflicts_with_all = ["uris", "qr", "secret"])]
    screen: bool,
    /// Read a picture or an otpauth URI from the clipboard
    #[cfg(feature = "desktop")]
    #[arg(long, conflicts_with_all = ["uris", "qr", "secret", "screen"])]
    clipboard: bool,
    #[command(flatten)]
    overrides: AccountArgs,
    /// Replace an account with the same name
    #[arg(long)]
    replace: bool,
    /// Print the current and the next code afterwards
    #[arg(long)]
    codes: bool,
    /// Compute the codes for this time instead of now
    // Left out of -h, which has to fit a small terminal.
    #[arg(
        long,
        value_name = "WHEN",
        allow_hyphen_values = true,
        hide_short_help = true
    )]
    at: Option<When>,
}

impl Run for Args {
    fn run(mut self, context: &mut Context) -> Result {
        let is_typed = self.has_no_source();
        let mut read = self.read(context).map_err(cannot_add)?;
        self.apply_overrides(&mut read).map_err(cannot_add)?;
        for found in &read {
            context.note_unusual(&found.draft, &found.notes);
        }
        let with_ids = read.into_iter().map(|found| {
            let id = context.new_id()?;
            Ok(Incoming { id, found })
        });
        let mut incoming: Vec<_> = with_ids.collect::<Result<_>>()?;
        let stored = loop {
            match self.store(context, &incoming) {
                // What was typed is not lost because its name is taken.
                Err(error) if is_typed && is_name_taken(&error) => {
                    ask_another_name(context, &mut incoming, error)?;
                }
                stored => break stored?,
            }
        };
        let Some(accounts) = stored else {
            context.ui.note("nothing added");
            return Ok(());
        };
        let names = accounts
            .iter()
            .map(|a| format!("added {}\n", escape(&a.full_name())));
        context.ui.print(&names.collect::<String>())?;
        match accounts.as_slice() {
            [account] if is_typed && self.at.is_none() && context.can_show_pair(account) => {
                context.show_pair(account)
            }
            _ if self.codes || context.ui.stdout_is_terminal() => {
                context.print_first_codes(&accounts, self.at)
            }
            _ => Ok(()),
        }
    }
}

impl Args {
    /// Whether a person is asked what to add.
    const fn has_no_source(&self) -> bool {
        #[cfg(feature = "desktop")]
        if self.screen || self.clipboard {
            return false;
        }
        self.secret.is_none() && self.qr.is_empty() && self.uris.is_empty()
    }

    fn read(&mut self, context: &mut Context) -> Result<Vec<Found>> {
        if self.secret.is_some() {
            let command = "mfa add --secret NAME --type hotp";
            self.overrides.check_counter(command)?;
        }
        if let Some(name) = self.secret.take() {
            let found = typed::key(context)?;
            self.overrides.name = Some(name);
            return Ok(vec![found]);
        }
        #[cfg(feature = "desktop")]
        if self.screen {
            return desktop::screen(context);
        }
        #[cfg(feature = "desktop")]
        if self.clipboard {
            return desktop::clipboard(context);
        }
        if !self.qr.is_empty() {
            return payloads::pictures(context, &self.qr);
        }
        if !self.uris.is_empty() {
            return payloads::uris(context, &self.uris);
        }
        let read = typed::prompt(context)?;
        if let ([found], None) = (read.as_slice(), &self.overrides.name) {
            self.overrides.name = typed::ask_name(context, "Name", &found.draft.full_name())?;
        }
        Ok(read)
    }

    /// Applies the options to the accounts that were read.
    ///
    /// # Errors
    /// If options conflict, or do not fit what was read.
    pub(crate) fn apply_overrides(&self, read: &mut [Found]) -> Result {
        let one_name = self.overrides.name.is_some() || self.overrides.counter.is_some();
        if read.len() > 1 && one_name {
            let message = format!(
                "--name and --counter apply to one account, but {} were read",
                read.len()
            );
            return Err(CommandError::new(Exit::Usage, message));
        }
        for found in read {
            let draft = &mut found.draft;
            self.overrides.apply(
                &mut draft.issuer,
                &mut draft.name,
                &mut draft.credential,
                "mfa add",
            )?;
            found.tags.extend_from_slice(&self.overrides.tags);
            found.notes.extend(self.overrides.issuers_differ());
        }
        Ok(())
    }

    /// Stores all accounts, or none. Asks about keys that the vault has under other names, without the
    /// lock, and then checks them again under the lock. `None` if the user declines.
    fn store(&self, context: &mut Context, incoming: &[Incoming]) -> Result<Option<Vec<Account>>> {
        let now = Clock::seconds()?;
        let mut agreed = HashSet::new();
        loop {
            let asks = context.ui.can_prompt();
            let (known, stored) = context.change(|vault| {
                let known = self.known(vault, incoming)?;
                if asks && known.iter().any(|known| !agreed.contains(&known.id)) {
                    return Ok((known, None));
                }
                let accounts = incoming
                    .iter()
                    .map(|new| new.account(new.found.draft.clone(), now));
                let stored = vault.add_all(accounts, self.replace).map_err(name_taken)?;
                // A replaced account keeps its id, under which the codes it gave are remembered.
                let stored = stored.into_iter().filter_map(|at| vault.accounts.get(at));
                Ok((known, Some(stored.cloned().collect())))
            })?;
            if stored.is_none() {
                if !may_add_again(context, &known, incoming.len())? {
                    return Ok(None);
                }
                agreed.extend(known.iter().map(|known| known.id));
                continue;
            }
            if !asks {
                note_known(context, &known);
            }
            return Ok(stored);
        }
    }

    /// Finds the keys that the vault has under other names, compared like in `mfa import`.
    ///
    /// # Errors
    /// [`Exit::Exists`] if a name is taken; the message says whether by the same key.
    fn known(&self, vault: &Vault, incoming: &[Incoming]) -> Result<Vec<KnownKey>> {
        let mut known = Known::of(&vault.accounts);
        known.begin_source();
        let mut others = Vec::new();
        for Incoming { id, found } in incoming {
            let (draft, name) = (&found.draft, found.draft.full_name());
            if let Some(own) = known.find(draft) {
                let own_name = own.full_name();
                if own_name != name {
                    let (id, own) = (*id, own_name);
                    others.push(KnownKey {
                        id,
                        name: name.clone(),
                        own,
                    });
                } else if !self.replace && own.catch_up(&draft.credential).is_none() {
                    return Err(self.already_there(vault, draft, incoming.len()));
                }
            }
            // Fails here, before a question whose answer would not help.
            if !self.replace && known.has_name(draft) {
                return Err(name_taken(ChangeError::NameTaken(name)));
            }
        }
        Ok(others)
    }

    fn already_there(&self, vault: &Vault, draft: &Draft, of: usize) -> CommandError {
        let name = draft.full_name();
        let message = if of == 1 {
            format!("cannot add {name}: already there with the same key")
        } else {
            format!("cannot add all {of} accounts: {name} is already there with the same key")
        };
        let error = CommandError::new(Exit::Exists, message);
        let is_file = |path: &PathBuf| path != Path::new("-");
        match vault.named(&draft.issuer, &draft.name) {
            Some(own) if of == 1 => error.with_hint(format!("mfa code {}", as_argument(own))),
            // An import skips the accounts that the vault already has.
            _ if !self.qr.is_empty()
                && self.qr.iter().all(is_file)
                && self.overrides.is_empty() =>
            {
                let files: Vec<_> = self.qr.iter().map(|path| quoted(path)).collect();
                error.with_hint(format!("mfa import {}", files.join(" ")))
            }
            _ => error,
        }
    }
}

/// Asks for another name of the only new account. Fails with `error` if there is nobody to ask, or
/// several accounts are new.
fn ask_another_name(context: &Context, incoming: &mut [Incoming], error: CommandError) -> Result {
    let [new] = incoming else {
        return Err(error);
    };
    context.ui.note(&error.to_string());
    let Some(name) = typed::ask_name(context, "Another name", "")? else {
        return Err(error);
    };
    let (issuer, name) = split_label(&name);
    let draft = &mut new.found.draft;
    if !issuer.is_empty() {
        draft.issuer = issuer;
    }
    draft.name = name;
    Ok(())
}

fn name_taken(error: ChangeError) -> CommandError {
    CommandError::from(error).with_hint(REPLACE)
}

/// What to try when a name is taken by another key.
const REPLACE: &str = "mfa add --replace … (or --name ANOTHER)";

/// Whether the name is taken by an account with another key.
fn is_name_taken(error: &CommandError) -> bool {
    error.kind == Exit::Exists && error.hints.contains(&REPLACE.into())
}

/// A new account with a key that the vault has under another name.
struct KnownKey {
    id: AccountId,
    name: String,
    own: String,
}

fn note_known(context: &Context, known: &[KnownKey]) {
    for KnownKey { name, own, .. } in known {
        context.ui.note(&format!("{name}: already there as {own}"));
    }
}

/// Asks whether to add keys again that are already in the vault.
fn may_add_again(context: &Context, known: &[KnownKey], of: usize) -> Result<bool> {
    let Some(prompt) = context.ui.prompt() else {
        return Ok(true);
    };
    let question = match known {
        [one] if of == 1 => format!("{} already has this key. Add it again?", one.own),
        _ => {
            note_known(context, known);
            format!(
                "{} of {of} accounts are already there. Add all {of}?",
                known.len()
            )
        }
    };
    Ok(prompt.confirm(&question)?)
}

fn cannot_add(error: CommandError) -> CommandError {
    match error.kind {
        Exit::Unusable => error.while_doing("cannot add"),
        _ => error,
    }
}
