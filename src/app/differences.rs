//! What going back to an earlier state changed, for people.

use crate::otp::Account;
use crate::ui::escape;
use crate::vault::repository::Restored;

/// A line for each account that is not what it was; none where the state before is not known.
pub(crate) fn differences(restored: &Restored) -> String {
    let Some(from) = &restored.before else {
        return String::new();
    };
    let to = &restored.after;
    let mut lines = String::new();
    let mut line = |what: &str, account: &Account| {
        lines.push_str(&format!("{what} {}\n", escape(&account.full_name())));
    };
    for account in &from.accounts {
        match to.get(account.id) {
            None => line("removed", account),
            Some(earlier) if earlier != account => line("changed back to", earlier),
            Some(_) => {}
        }
    }
    for account in to.accounts.iter().filter(|a| from.get(a.id).is_none()) {
        line("brought back", account);
    }
    lines
}
