//! From the NAME on the command line to one account.

use std::path::Path;

use super::context::Context;
use super::error::{CommandError, Exit, Result};
use crate::otp::Account;
use crate::ui::escape;
use crate::vault::storage::quoted;
use crate::vault::{Match, Vault, resolve, resolve_exactly};

impl Context {
    /// The account that `name` means. Without a name, a person picks one on the terminal; a
    /// single account needs no picking.
    ///
    /// # Errors
    /// [`Exit::NotFound`], [`Exit::Ambiguous`], and [`Exit::Usage`] when nobody can pick.
    pub(crate) fn select<'a>(&self, vault: &'a Vault, name: Option<&str>) -> Result<&'a Account> {
        match name {
            Some(name) => find(vault, name),
            None => self.pick(vault),
        }
    }

    fn pick<'a>(&self, vault: &'a Vault) -> Result<&'a Account> {
        if let [only] = vault.accounts.as_slice() {
            return Ok(only);
        }
        if vault.accounts.is_empty() {
            return Err(not_found(vault, "", Vec::new()));
        }
        let Some(prompt) = self.ui.prompt() else {
            let message = "no account was named: there is no terminal to pick one on";
            return Err(CommandError::new(Exit::Usage, message).with_hint("mfa list"));
        };
        let names: Vec<_> = vault.accounts.iter().map(Account::full_name).collect();
        let picked = prompt.pick("Account", &names)?;
        picked
            .and_then(|index| vault.accounts.get(index))
            .ok_or_else(|| CommandError::quiet(Exit::Failed))
    }
}

/// The account that `name` means.
///
/// # Errors
/// [`Exit::NotFound`], [`Exit::Ambiguous`].
pub(crate) fn find<'a>(vault: &'a Vault, name: &str) -> Result<&'a Account> {
    match resolve(&vault.accounts, name) {
        Match::One(account) => Ok(account),
        Match::Many(accounts) => Err(ambiguous(name, &accounts)),
        Match::None(near) => Err(not_found(vault, name, near)),
    }
}

/// The account whose whole name, or id, is `name`: for what nobody is asked about. A part of a name
/// may mean another account tomorrow. `command` makes the command to try of an account's name or id.
///
/// # Errors
/// [`Exit::NotFound`] with the names that are near, [`Exit::Ambiguous`].
pub(crate) fn find_exactly<'a>(
    vault: &'a Vault,
    name: &str,
    command: impl Fn(&str) -> String,
) -> Result<&'a Account> {
    let near = match resolve_exactly(&vault.accounts, name) {
        Match::One(account) => return Ok(account),
        Match::Many(accounts) => {
            let error = ambiguous(name, &accounts);
            // No name tells this one apart from the others.
            let only_by_id = accounts.iter().find(|one| one.full_name() == name);
            return Err(match only_by_id {
                Some(one) => error.with_hint(command(&one.id.to_string())),
                None => error,
            });
        }
        Match::None(_) => match resolve(&vault.accounts, name) {
            Match::One(account) => vec![account],
            Match::Many(accounts) => accounts,
            Match::None(near) => return Err(not_found(vault, name, near)),
        },
    };
    let hint = match near.as_slice() {
        [only] => command(&as_argument(only)),
        _ => "mfa list".to_owned(),
    };
    let message = format!("no account has exactly the name '{name}': the nearest names are");
    Err(CommandError::new(Exit::NotFound, message)
        .with_details(near.iter().map(|account| account.full_name()).collect())
        .with_hint(hint))
}

/// An account's name as it is typed into a shell; its id where the name cannot be typed.
pub(crate) fn as_argument(account: &Account) -> String {
    let name = account.full_name();
    if escape(&name) == name {
        quoted(Path::new(&name))
    } else {
        account.id.to_string()
    }
}

fn ambiguous(name: &str, accounts: &[&Account]) -> CommandError {
    let names = accounts.iter().map(|account| account.full_name()).collect();
    let message = format!("'{name}' is ambiguous: {} accounts match", accounts.len());
    CommandError::new(Exit::Ambiguous, message).with_details(names)
}

fn not_found(vault: &Vault, name: &str, near: Vec<String>) -> CommandError {
    if vault.accounts.is_empty() {
        let wanted = if name.is_empty() {
            String::new()
        } else {
            format!(" '{name}'")
        };
        let message = format!("no account{wanted}: the vault is empty");
        return CommandError::new(Exit::NotFound, message).with_hint("mfa add --qr PICTURE");
    }
    let message = if near.is_empty() {
        format!("no account matches '{name}'")
    } else {
        format!("no account '{name}': the nearest names are")
    };
    CommandError::new(Exit::NotFound, message)
        .with_details(near)
        .with_hint("mfa list")
}
