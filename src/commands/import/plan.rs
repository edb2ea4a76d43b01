//! What an import does to a vault, before it does it.

use crate::otp::{Account, AccountId, Credential, Draft, Kind};
use crate::vault::Vault;

use super::source::File;

/// What happens to each account that was found, in order.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
}

#[derive(Debug)]
pub(super) enum Step {
    /// It is stored; under a new name where `taken` is the name of another key.
    Add {
        account: Box<Account>,
        taken: Option<String>,
    },
    /// Its key is in the vault, under the name `own`.
    Known {
        name: String,
        own: String,
        /// The account, and the counter of the file, where codes were used that the vault does not
        /// know of.
        ahead: Option<(AccountId, u64)>,
    },
    /// Its name is that of another key, and somebody said to leave it out.
    Left { name: String },
}

impl Plan {
    /// What is in the vault already is known by its key, whatever its name is. Within one file two
    /// names for one key stay two accounts, as they were where they come from.
    ///
    /// Each account that was found has one of `ids`; those in `left_out` are not added.
    pub(super) fn new(
        vault: &Vault,
        files: &[File],
        ids: &[AccountId],
        left_out: &[AccountId],
        now: u64,
    ) -> Self {
        let mut ids = ids.iter();
        let mut accounts = vault.accounts.clone();
        let mut steps = Vec::new();
        for file in files {
            let before = accounts.len();
            for found in &file.found {
                let Some(id) = ids.next() else { break };
                let draft = &found.draft;
                let mut known = accounts.iter_mut().enumerate().filter(|(index, account)| {
                    let is_named = account.issuer == draft.issuer && account.name == draft.name;
                    is_same(&account.credential, &draft.credential) && (*index < before || is_named)
                });
                if let Some((_, own)) = known.next() {
                    let ahead = catch_up(&mut own.credential, &draft.credential);
                    steps.push(Step::Known {
                        name: draft.full_name(),
                        own: own.full_name(),
                        ahead: ahead.map(|counter| (own.id, counter)),
                    });
                    continue;
                }
                if left_out.contains(id) {
                    let name = draft.full_name();
                    steps.push(Step::Left { name });
                    continue;
                }
                let (draft, taken) = renamed(draft.clone(), &accounts);
                let mut account = Account::from_draft(draft, *id, now);
                account.tags.clone_from(&found.tags);
                account.aws.clone_from(&found.aws);
                accounts.push(account.clone());
                let account = Box::new(account);
                steps.push(Step::Add { account, taken });
            }
        }
        Self { steps }
    }
}

/// Whether two give the same codes. A counter that has moved on is no other account.
fn is_same(one: &Credential, other: &Credential) -> bool {
    let kinds = match (one.kind, other.kind) {
        (Kind::Hotp { .. }, Kind::Hotp { .. }) => true,
        (one, other) => one == other,
    };
    kinds
        && one.secret == other.secret
        && one.algorithm == other.algorithm
        && one.digits == other.digits
}

/// Moves a counter on to the other's, which it gives back; never back.
fn catch_up(own: &mut Credential, other: &Credential) -> Option<u64> {
    match (&mut own.kind, other.kind) {
        (Kind::Hotp { counter }, Kind::Hotp { counter: ahead }) if *counter < ahead => {
            *counter = ahead;
            Some(ahead)
        }
        _ => None,
    }
}

/// `name (2)` and so on, where the name is taken; with the name that it would have had.
fn renamed(mut draft: Draft, accounts: &[Account]) -> (Draft, Option<String>) {
    let is_taken = |name: &str| {
        let mut others = accounts.iter();
        others.any(|other| other.issuer == draft.issuer && other.name == name)
    };
    if !is_taken(&draft.name) {
        return (draft, None);
    }
    let taken = draft.full_name();
    let mut names = (2_u32..).map(|number| format!("{} ({number})", draft.name).trim().to_owned());
    if let Some(name) = names.find(|name| !is_taken(name)) {
        draft.name = name;
    }
    (draft, Some(taken))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otp::parse;
    use crate::transfer::Found;

    fn file(uris: &[&str]) -> File {
        let found = uris.iter().map(|uri| Found::of_uri(parse(uri).unwrap()));
        File {
            found: found.collect(),
        }
    }

    fn said(vault: &Vault, files: &[File]) -> Vec<String> {
        let ids: Vec<_> = (0..9).map(|n| AccountId::new(n, &[0; 10])).collect();
        let steps = Plan::new(vault, files, &ids, &[], 1).steps.into_iter();
        steps
            .map(|step| match step {
                Step::Add { account, .. } => format!("+{}", account.full_name()),
                Step::Known { name, own, ahead } => match ahead {
                    Some((_, counter)) => format!("{name}={own}:{counter}"),
                    None => format!("{name}={own}"),
                },
                Step::Left { name } => format!("-{name}"),
            })
            .collect()
    }

    const ONE: &str = "otpauth://totp/one?secret=JBSWY3DPEHPK3PXP";
    const TWO: &str = "otpauth://totp/two?secret=JBSWY3DPEHPK3PXP";
    const OTHER: &str = "otpauth://totp/one?secret=GEZDGNBVGY3TQOJQ";

    #[test]
    fn two_names_of_a_key_stay_within_one_file_but_not_across_files() {
        let vault = Vault::default();
        assert_eq!(
            said(&vault, &[file(&[ONE, TWO, ONE])]),
            ["+one", "+two", "one=one"]
        );
        assert_eq!(
            said(&vault, &[file(&[ONE]), file(&[TWO])]),
            ["+one", "two=one"]
        );
    }

    #[test]
    fn a_name_of_another_key_gets_a_number() {
        let vault = Vault::default();
        let third = "otpauth://totp/one?secret=KRSXG5CTMVRXEZLU";
        assert_eq!(
            said(&vault, &[file(&[ONE, OTHER, third])]),
            ["+one", "+one (2)", "+one (3)"]
        );
    }

    #[test]
    fn what_is_left_out_takes_no_name() {
        let vault = Vault::default();
        let ids: Vec<_> = (0..3).map(|n| AccountId::new(n, &[0; 10])).collect();
        let third = "otpauth://totp/one?secret=KRSXG5CTMVRXEZLU";
        let files = [file(&[ONE, OTHER, third])];
        let steps = Plan::new(&vault, &files, &ids, &ids[1..2], 1).steps;
        assert!(matches!(&steps[1], Step::Left { name } if name == "one"));
        let Step::Add { account, taken } = &steps[2] else {
            panic!("{:?}", steps[2]);
        };
        assert_eq!(account.full_name(), "one (2)");
        assert_eq!(taken.as_deref(), Some("one"));
    }

    #[test]
    fn a_counter_that_moved_on_is_no_other_account_and_is_caught_up_with() {
        let vault = Vault::default();
        let at = |counter| format!("otpauth://hotp/x?secret=JBSWY3DPEHPK3PXP&counter={counter}");
        let (early, late) = (at(1), at(9));
        let files = [file(&[&early]), file(&[&late]), file(&[&early, &late])];
        assert_eq!(said(&vault, &files), ["+x", "x=x:9", "x=x", "x=x"]);
    }
}
