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
    let (earlier, later) = (from.by_id(), to.by_id());
    let mut lines = String::new();
    let mut line = |what: &str, account: &Account| {
        lines.push_str(&format!("{what} {}\n", escape(&account.full_name())));
    };
    for account in &from.accounts {
        match later.get(&account.id) {
            None => line("removed", account),
            Some(now) if *now != account => line("changed back to", now),
            Some(_) => {}
        }
    }
    let is_back = |account: &&Account| !earlier.contains_key(&account.id);
    for account in to.accounts.iter().filter(is_back) {
        line("brought back", account);
    }
    lines
}
