//! Describes the differences between two states of the accounts.

use crate::otp::{Account, AccountId};
use crate::ui::escape;
use crate::vault::repository::Restored;
use crate::vault::{ProfileKey, Vault};

/// Most changes that are listed; if there are more, a count replaces the last of them.
const NAMED: usize = 6;

/// A difference of one account.
enum Change<'a> {
    Added(&'a Account),
    Removed(&'a Account),
    Changed { old: &'a Account, new: &'a Account },
    AddedKey(&'a ProfileKey),
    RemovedKey(&'a ProfileKey),
    ChangedKey(&'a ProfileKey),
}

/// Describes what undo took back: `undid: rename github to GitHub2`.
pub(crate) fn undone(restored: &Restored) -> String {
    let later = restored.before.as_ref().unwrap_or(&restored.after);
    sentence("undid", &changes(&restored.after, later))
}

/// The accounts with an AWS MFA device that are gone after it, or have another key.
pub(crate) fn lost_aws_devices(restored: &Restored) -> Vec<String> {
    let before = restored.before.iter().flat_map(|vault| &vault.accounts);
    let linked = before.filter(|account| account.aws.is_some());
    let now = restored.after.by_id();
    let has_key = |account: &&Account| {
        let now = now.get(&account.id);
        now.is_some_and(|now| now.credential.secret == account.credential.secret)
    };
    linked
        .filter(|account| !has_key(account))
        .map(Account::full_name)
        .collect()
}

/// Describes what redo repeated: `redid: rename github to GitHub2`.
pub(crate) fn redone(restored: &Restored) -> String {
    let earlier = restored.before.as_ref().unwrap_or(&restored.after);
    sentence("redid", &changes(earlier, &restored.after))
}

/// Describes each account that changed, one per line. Empty if the state before is unknown.
pub(crate) fn differences(restored: &Restored) -> String {
    let Some(before) = &restored.before else {
        return String::new();
    };
    let line = |change: &Change<'_>| match change {
        Change::Added(account) => format!("brought back {}\n", name(account)),
        Change::Removed(account) => format!("removed {}\n", name(account)),
        Change::Changed { old, new } if old.full_name() != new.full_name() => {
            format!("renamed {} to {}\n", name(old), name(new))
        }
        Change::Changed { new, .. } => format!("changed {} back\n", name(new)),
        Change::AddedKey(key) => format!("brought back {}\n", name_of_key(key)),
        Change::RemovedKey(key) => format!("removed {}\n", name_of_key(key)),
        Change::ChangedKey(key) => format!("changed {} back\n", name_of_key(key)),
    };
    changes(before, &restored.after).iter().map(line).collect()
}

/// Describes each change of the accounts in the past tense, one per line: `added github`. `by` adds to it
/// who made it, such as ` (on laptop)`.
pub(crate) fn news(before: &Vault, after: &Vault, by: &dyn Fn(AccountId) -> String) -> Vec<String> {
    let line = |change: &Change<'_>| match change {
        Change::Added(account) => format!("added {}{}", name(account), by(account.id)),
        Change::Removed(account) => format!("removed {}{}", name(account), by(account.id)),
        Change::Changed { old, new } => {
            let what = if old.full_name() == new.full_name() {
                format!("changed {}", name(new))
            } else {
                format!("renamed {} to {}", name(old), name(new))
            };
            let by = by(new.id);
            match details(old, new) {
                details if details.is_empty() => what + &by,
                details => format!("{what}: {}{by}", details.join(", ")),
            }
        }
        Change::AddedKey(key) => format!("added {}{}", name_of_key(key), by(key.id)),
        Change::RemovedKey(key) => format!("removed {}{}", name_of_key(key), by(key.id)),
        Change::ChangedKey(key) => format!("replaced {}{}", name_of_key(key), by(key.id)),
    };
    changes(before, after).iter().map(line).collect()
}

/// Lists the changes that lead from one state to another.
fn changes<'a>(from: &'a Vault, to: &'a Vault) -> Vec<Change<'a>> {
    let (earlier, later) = (from.by_id(), to.by_id());
    let is_new = |account: &&Account| !earlier.contains_key(&account.id);
    let mut added: Vec<_> = to.accounts.iter().filter(is_new).collect();
    let mut changes = Vec::new();
    for old in &from.accounts {
        let replaced = || {
            added
                .iter()
                .position(|new| new.full_name() == old.full_name())
        };
        match later.get(&old.id) {
            Some(new) if *new != old => changes.push(Change::Changed { old, new }),
            Some(_) => {}
            // A counter belongs to its key, so a new key makes a new account of the same name.
            None => changes.push(match replaced() {
                Some(at) => Change::Changed {
                    old,
                    new: added.remove(at),
                },
                None => Change::Removed(old),
            }),
        }
    }
    changes.extend(added.into_iter().map(Change::Added));
    changes.extend(key_changes(&from.aws_keys.entries, &to.aws_keys.entries));
    changes
}

/// The profiles whose access keys differ. A replaced key has another id.
fn key_changes<'a>(
    from: &'a [ProfileKey],
    to: &'a [ProfileKey],
) -> impl Iterator<Item = Change<'a>> {
    let named =
        |keys: &'a [ProfileKey], profile: &str| keys.iter().find(|key| key.profile == profile);
    let gone = from
        .iter()
        .filter_map(move |old| match named(to, &old.profile) {
            None => Some(Change::RemovedKey(old)),
            Some(new) if new != old => Some(Change::ChangedKey(new)),
            Some(_) => None,
        });
    let new = to
        .iter()
        .filter(move |new| named(from, &new.profile).is_none());
    gone.chain(new.map(Change::AddedKey))
}

/// The access keys that are gone after it, with their profiles.
pub(crate) fn lost_access_keys(restored: &Restored) -> Vec<(String, String)> {
    let before = restored.before.iter();
    let before = before.flat_map(|vault| &vault.aws_keys.entries);
    let now = &restored.after.aws_keys.entries;
    let is_lost = |key: &&ProfileKey| now.iter().all(|own| own.key != key.key);
    let text = |key: &ProfileKey| (key.key.id().to_owned(), key.profile.clone());
    before.filter(is_lost).map(text).collect()
}

fn sentence(done: &str, changes: &[Change<'_>]) -> String {
    let [_, _, ..] = changes else {
        let what = changes.first().map(Change::text);
        let what = what.unwrap_or_else(|| "the last change".to_owned());
        return format!("{done}: {what}\n");
    };
    let count = changes.len();
    let are = |is: fn(&Change<'_>) -> bool| changes.iter().all(is);
    let (what, says_all) = if are(|change| matches!(change, Change::Added(_))) {
        (format!("import of {count} accounts"), true)
    } else if are(|change| matches!(change, Change::Removed(_))) {
        (format!("removal of {count} accounts"), true)
    } else {
        (format!("{count} changes"), false)
    };
    let named = if count > NAMED { NAMED - 1 } else { count };
    let mut text = format!("{done}: {what}\n");
    for change in &changes[..named] {
        let line = match change {
            Change::Added(account) | Change::Removed(account) if says_all => name(account),
            other => other.text(),
        };
        text.push_str(&format!("  {line}\n"));
    }
    if named < count {
        text.push_str(&format!("  and {} more\n", count - named));
    }
    text
}

impl Change<'_> {
    /// Describes the change in the imperative, such as `rename github to GitHub2`.
    fn text(&self) -> String {
        match self {
            Self::Added(account) => format!("add {}", name(account)),
            Self::Removed(account) => format!("remove {}", name(account)),
            Self::Changed { old, new } => {
                let what = if old.full_name() == new.full_name() {
                    format!("edit {}", name(new))
                } else {
                    format!("rename {} to {}", name(old), name(new))
                };
                match details(old, new) {
                    details if details.is_empty() => what,
                    details => format!("{what} ({})", details.join(", ")),
                }
            }
            Self::AddedKey(key) => format!("add {}", name_of_key(key)),
            Self::RemovedKey(key) => format!("remove {}", name_of_key(key)),
            Self::ChangedKey(key) => format!("replace {}", name_of_key(key)),
        }
    }
}

/// Names what differs besides the name.
fn details(old: &Account, new: &Account) -> Vec<&'static str> {
    let (was, is) = (&old.credential, &new.credential);
    let differs = [
        (was.secret != is.secret, "secret key"),
        (was.kind.as_str() != is.kind.as_str(), "type"),
        (was.algorithm != is.algorithm, "algorithm"),
        (was.digits != is.digits, "digits"),
        (was.kind.period() != is.kind.period(), "period"),
        (was.kind.counter() != is.kind.counter(), "counter"),
        (old.tags != new.tags, "tags"),
        (old.aws != new.aws, "AWS device"),
    ];
    let differs = differs.into_iter().filter(|(differs, _)| *differs);
    differs.map(|(_, what)| what).collect()
}

fn name_of_key(key: &ProfileKey) -> String {
    format!("the AWS access key of {}", escape(&key.profile))
}

fn name(account: &Account) -> String {
    escape(&account.full_name()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otp::{AwsLink, parse};

    fn vault(key: &str, is_linked: bool) -> Vault {
        let draft = parse(&format!("otpauth://totp/AWS:alice?secret={key}"))
            .unwrap()
            .draft;
        let mut account = Account::from_draft(draft, AccountId::new(0, &[1; 10]), 0);
        account.aws = is_linked.then(|| AwsLink {
            serial: "arn:aws:iam::123456789012:mfa/alice".to_owned(),
            profile: None,
        });
        let accounts = vec![account];
        Vault {
            accounts,
            ..Vault::default()
        }
    }

    #[test]
    fn a_device_is_lost_with_its_key() {
        let (old, new) = ("GEZDGNBVGY3TQOJQGEZDGNBV", "JBSWY3DPEHPK3PXPJBSWY3DP");
        for (before, after, lost) in [
            (vault(new, true), Vault::default(), 1),
            (vault(new, true), vault(old, true), 1),
            (vault(new, true), vault(new, false), 0),
            (vault(new, false), Vault::default(), 0),
        ] {
            let restored = Restored {
                before: Some(before),
                after,
            };
            assert_eq!(lost_aws_devices(&restored).len(), lost);
        }
    }
}
