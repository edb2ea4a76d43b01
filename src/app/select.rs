//! From the NAME on the command line to one account.

use super::context::Context;
use super::error::{CommandError, Exit, Result};
use crate::otp::Account;
use crate::vault::{Match, Vault, resolve};

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
        Match::Many(accounts) => {
            let names = accounts.iter().map(|account| account.full_name()).collect();
            let message = format!("'{name}' is ambiguous: {} accounts match", accounts.len());
            Err(CommandError::new(Exit::Ambiguous, message).with_details(names))
        }
        Match::None(near) => Err(not_found(vault, name, near)),
    }
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
        format!("no account '{name}': nothing in the vault is like it")
    } else {
        format!("no account '{name}': the nearest names are")
    };
    CommandError::new(Exit::NotFound, message)
        .with_details(near)
        .with_hint("mfa list")
}
