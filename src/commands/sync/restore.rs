//! `mfa sync restore`: brings back the accounts of a commit, or one account.

use crate::app::clock::Clock;
use crate::app::context::Context;
use crate::app::differences::differences;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::hint::Hint;
use crate::app::select::find;
use crate::commands::Run;
use crate::otp::Account;
use crate::sync::engine::numbered;
use crate::sync::merge::merge;
use crate::ui::escape;
use crate::vault::Vault;
use crate::vault::repository::Restored;

/// Bring back the accounts of a commit, or a removed account
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Without NAME, all accounts become as they were in commit N. With it, only this account. Without N, the account is one that was removed in the last 30 days.\n\nExamples:\n  mfa sync restore 41\n  mfa sync restore 41 my-iam-user\n  mfa sync restore my-iam-user"
)]
pub(crate) struct Args {
    /// Number of a commit, from 'mfa sync log'; or the name of a removed account
    #[arg(value_name = "N|NAME")]
    what: String,
    /// Bring back only this account
    #[arg(value_name = "NAME")]
    name: Vec<String>,
    /// Skip the confirmation
    #[arg(long, short)]
    yes: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        context.known()?;
        let now = context.open_existing()?.vault;
        let name = self.name.join(" ");
        let target = match (self.what.parse(), name.is_empty()) {
            (Ok(number), true) => all_of(&now, commit(context, number)?),
            (Ok(number), false) => {
                let commit = commit(context, number)?;
                with(&now, find(&commit, &name)?.clone())?
            }
            (Err(_), _) => {
                let mut words = vec![self.what.clone()];
                words.extend(self.name.iter().cloned());
                with(&now, removed(&now, &words.join(" "))?)?
            }
        };
        let moved = Restored {
            before: Some(now.clone()),
            after: target.clone(),
        };
        let lines = differences(&moved);
        if lines.is_empty() {
            let message = "nothing to restore: the accounts are the same\n";
            return Ok(context.ui.print(message)?);
        }
        if !self.is_confirmed(context, &lines)? {
            context.ui.note("nothing restored");
            return Ok(());
        }
        context.change_existing(|vault| {
            if *vault != now {
                let message = "nothing restored: the vault changed meanwhile";
                return Err(CommandError::new(Exit::Failed, message).with_hint(Hint::again()));
            }
            *vault = target;
            Ok(())
        })?;
        context.ui.print(&lines)?;
        context.warn_of_lost_keys(&moved);
        let undo = context.command("mfa undo");
        context.ui.note(&format!("to go back: {undo}"));
        Ok(())
    }
}

impl Args {
    /// Shows what will change, and asks whether it may.
    fn is_confirmed(&self, context: &Context, lines: &str) -> Result<bool> {
        if self.yes {
            return Ok(true);
        }
        let Some(prompt) = context.ui.prompt() else {
            let message = "cannot restore: there is no terminal to confirm it";
            let again = Hint::again().word("--yes");
            return Err(CommandError::new(Exit::Usage, message).with_hint(again));
        };
        context.ui.note("this will be the change:");
        context.ui.status(lines);
        Ok(prompt.confirm("Restore?")?)
    }
}

/// The vault in the commits with this number.
fn commit(context: &mut Context, number: u64) -> Result<Vault> {
    let known = context.known()?;
    let keys = context.open_existing()?.keys()?;
    let mut remote = context.remote(&known.remote)?;
    let mut found: Option<Vault> = None;
    for commit in numbered(&mut *remote, &known.vault_id, number)? {
        let vault = commit.open_with(&keys)?.vault;
        found = Some(match found {
            Some(other) => merge(&other, &vault)?,
            None => vault,
        });
    }
    found.ok_or_else(|| {
        let message = format!("there is no commit {number}");
        CommandError::new(Exit::NotFound, message).with_hint("mfa sync log")
    })
}

/// The vault with all accounts of another state. Counters do not go back.
fn all_of(now: &Vault, earlier: Vault) -> Vault {
    let mut target = now.clone();
    let own = now.by_id();
    let as_it_is = |account: Account| match own.get(&account.id) {
        // Only the time of its last change differs.
        Some(own) if is_same(own, &account) => (*own).clone(),
        _ => account,
    };
    target.accounts = earlier.accounts.into_iter().map(as_it_is).collect();
    target.aws_keys.entries = earlier.aws_keys.entries;
    target.undone_to = None;
    target.keep_counters_of(now);
    target
}

fn is_same(one: &Account, other: &Account) -> bool {
    let updated = one.updated;
    *one == Account {
        updated,
        ..other.clone()
    }
}

/// The vault with this account in place of its present state.
fn with(now: &Vault, account: Account) -> Result<Vault> {
    let mut others = now.accounts.iter().filter(|own| own.id != account.id);
    let name = account.full_name();
    if others.any(|own| own.full_name() == name) {
        let message = format!("cannot restore {name}: another account has that name");
        let rename = format!(
            "mfa rename {} NEW",
            crate::app::select::as_argument(&account)
        );
        return Err(CommandError::new(Exit::Exists, message).with_hint(rename));
    }
    let mut target = now.clone();
    let place = target.accounts.iter().position(|own| own.id == account.id);
    if place.is_some_and(|place| is_same(&target.accounts[place], &account)) {
        return Ok(target);
    }
    let account = Account {
        updated: Clock::seconds()?,
        ..account
    };
    match place {
        Some(place) => target.accounts[place] = account,
        None => target.accounts.push(account),
    }
    target.undone_to = None;
    target.keep_counters_of(now);
    Ok(target)
}

/// The account of this name that was removed.
fn removed(now: &Vault, name: &str) -> Result<Account> {
    let removed = now.removed_accounts()?;
    if removed.is_empty() {
        let message = format!("no account '{name}': none was removed in the last 30 days");
        return Err(CommandError::new(Exit::NotFound, message).with_hint("mfa sync log"));
    }
    let mut gone = Vault::default();
    for account in removed {
        // The last one of a name is meant.
        let name = account.account.full_name();
        if gone.accounts.iter().all(|own| own.full_name() != name) {
            gone.accounts.push(account.account);
        }
    }
    let found = find(&gone, name).cloned();
    found.map_err(|error| CommandError {
        source: error
            .source
            .map(|why| format!("among the removed accounts: {}", escape(&why.to_string())).into()),
        hints: vec!["mfa sync log".into()],
        ..error
    })
}
