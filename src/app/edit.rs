//! Changes one account, for `mfa edit` and `mfa rename`.

use super::account_args::AccountArgs;
use super::clock::Clock;
use super::context::Context;
use super::error::{CommandError, Exit, Result};
use super::select::{as_argument, find};
use crate::otp::{Account, MAX_TAGS};
use crate::vault::ChangeError;

/// An account before and after a change. Both are the same if nothing was written.
pub(crate) struct Edited {
    pub(crate) before: Account,
    pub(crate) after: Account,
}

impl Context {
    /// Changes the account that `name` means. The name is looked up in the vault that is changed.
    ///
    /// # Errors
    /// If there is no such account, the options do not fit, or the new name is taken.
    pub(crate) fn edit(
        &mut self,
        name: &str,
        new: &AccountArgs,
        without_tags: &[String],
    ) -> Result<Edited> {
        let now = Clock::seconds()?;
        self.change_existing(|vault| {
            let id = find(vault, name)?.id;
            let before = vault.get(id).ok_or(ChangeError::Gone)?.clone();
            let mut after = before.clone();
            new.apply(
                &mut after.issuer,
                &mut after.name,
                &mut after.credential,
                &format!("mfa edit {}", as_argument(&before)),
            )?;
            for tag in without_tags {
                after.remove_tag(tag);
            }
            if !after.add_tags(&new.tags) {
                let message = format!("an account can have at most {MAX_TAGS} tags");
                return Err(CommandError::new(Exit::Usage, message));
            }
            if after != before {
                after = vault.update(id, now, |account| *account = after)?.clone();
            }
            Ok(Edited { before, after })
        })
    }
}

impl Edited {
    /// Whether the change renamed the account.
    pub(crate) fn is_renamed(&self) -> bool {
        self.before.full_name() != self.after.full_name()
    }

    /// Describes the changes, such as `digits 8` or `no issuer`. Empty if there are none.
    pub(crate) fn changes(&self) -> Vec<String> {
        let (before, after) = (fields(&self.before), fields(&self.after));
        let changed = before.into_iter().zip(after);
        let changed = changed.filter(|(before, after)| before != after);
        let said = changed.filter_map(|(_, (field, value))| match (field, value) {
            // The change of the type already implies it.
            ("period" | "counter", None) => None,
            (field, None) => Some(format!("no {field}")),
            (field, Some(value)) => Some(format!("{field} {value}")),
        });
        said.collect()
    }
}

/// The fields that can be edited, formatted for people.
fn fields(account: &Account) -> [(&'static str, Option<String>); 8] {
    let credential = &account.credential;
    let (period, counter) = (credential.kind.period(), credential.kind.counter());
    let tags = account.tags.join(", ");
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    [
        ("name", some(&account.name)),
        ("issuer", some(&account.issuer)),
        ("algorithm", some(credential.algorithm.as_str())),
        ("digits", Some(credential.digits.get().to_string())),
        ("period", period.map(|period| format!("{} s", period.get()))),
        ("counter", counter.map(|counter| counter.to_string())),
        ("type", some(credential.kind.as_str())),
        ("tags", some(&tags)),
    ]
}
