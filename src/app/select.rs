//! Selects the account that a NAME on the command line means.

use std::path::Path;

use super::context::Context;
use super::error::{CommandError, Exit, Result};
use crate::otp::Account;
use crate::ui::{Choices, escape};
use crate::vault::storage::quoted;
use crate::vault::{Match, Vault, resolve, resolve_exactly, search};

impl Context {
    /// Selects the account that the words of `name` mean. If several accounts match, a person picks
    /// one on the terminal. Without a name, a person picks one of all accounts; a single account is
    /// used at once.
    ///
    /// # Errors
    /// [`Exit::NotFound`] if none matches, and [`Exit::Ambiguous`] if several do. [`Exit::Usage`]
    /// without a name if there is no terminal.
    pub(crate) fn select<'a>(&self, vault: &'a Vault, name: &[String]) -> Result<&'a Account> {
        if name.is_empty() {
            return self.pick_any(vault);
        }
        let name = name.join(" ");
        match resolve(&vault.accounts, &name) {
            Match::One(account) => Ok(account),
            // A script that reads the answer must not wait for a person.
            Match::Many(accounts) if self.ui.stdout_is_terminal() => self
                .pick(vault, &name)
                .unwrap_or_else(|| Err(ambiguous(&name, &accounts))),
            Match::Many(accounts) => Err(ambiguous(&name, &accounts)),
            Match::None(near) => Err(not_found(vault, &name, near)),
        }
    }

    /// Returns the words of `name`. On a terminal, returns the id of the account that they mean, which a
    /// person may have picked. Fails as [`Context::select`] does, or if the vault cannot be opened.
    pub(crate) fn name_or_pick(&mut self, name: &[String]) -> Result<String> {
        if !name.is_empty() && !self.ui.stdout_is_terminal() {
            return Ok(name.join(" "));
        }
        let vault = self.accounts_to_choose_from()?;
        Ok(self.select(&vault, name)?.id.to_string())
    }

    fn pick_any<'a>(&self, vault: &'a Vault) -> Result<&'a Account> {
        if let [only] = vault.accounts.as_slice() {
            return Ok(only);
        }
        if vault.accounts.is_empty() {
            return Err(not_found(vault, "", Vec::new()));
        }
        self.pick(vault, "").unwrap_or_else(|| {
            let message = "no account was named, and there is no terminal to pick one";
            Err(CommandError::new(Exit::Usage, message).with_hint("mfa list"))
        })
    }

    /// Lets a person pick an account on the terminal, from those that `filter` finds to begin with;
    /// `None` without a terminal.
    fn pick<'a>(&self, vault: &'a Vault, filter: &str) -> Option<Result<&'a Account>> {
        self.pick_one_of(&self.in_order_of_use(&vault.accounts), filter)
    }

    /// Lets a person pick one of these accounts; `None` without a terminal.
    pub(crate) fn pick_one_of<'a>(
        &self,
        accounts: &[&'a Account],
        filter: &str,
    ) -> Option<Result<&'a Account>> {
        let mut prompt = self.ui.prompt()?;
        let names: Vec<_> = accounts.iter().map(|account| account.full_name()).collect();
        let choices = Choices {
            question: "Account",
            names: &names,
            filter,
            find: &|filter| search(accounts, filter),
        };
        Some(match prompt.pick(&choices) {
            Ok(Some(index)) => {
                self.remember_used(accounts[index].id);
                Ok(accounts[index])
            }
            Ok(None) => Err(CommandError::quiet(Exit::Failed)),
            Err(error) => Err(error.into()),
        })
    }
}

/// Finds the account that `name` means, without asking.
///
/// # Errors
/// [`Exit::NotFound`] if none matches, and [`Exit::Ambiguous`] if several do.
pub(crate) fn find<'a>(vault: &'a Vault, name: &str) -> Result<&'a Account> {
    match resolve(&vault.accounts, name) {
        Match::One(account) => Ok(account),
        Match::Many(accounts) => Err(ambiguous(name, &accounts)),
        Match::None(near) => Err(not_found(vault, name, near)),
    }
}

/// Finds the account whose whole name or id is `name`, for commands that do not ask. A part of a
/// name may mean another account tomorrow. `command` builds the command to try from an account's
/// name or id.
///
/// # Errors
/// [`Exit::NotFound`] with the nearest names, and [`Exit::Ambiguous`] if several accounts match.
pub(crate) fn find_exactly<'a>(
    vault: &'a Vault,
    name: &str,
    command: impl Fn(&str) -> String,
) -> Result<&'a Account> {
    let near = match resolve_exactly(&vault.accounts, name) {
        Match::One(account) => return Ok(account),
        Match::Many(accounts) => {
            let error = ambiguous(name, &accounts);
            // Only its id tells this account apart from the others.
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
    let message = format!("'{name}' is not an exact name; did you mean");
    Err(CommandError::new(Exit::NotFound, message)
        .with_details(near.iter().map(|account| account.full_name()).collect())
        .with_hint(hint))
}

/// Returns an account's name, quoted for a shell, or its id if the name cannot be typed.
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
