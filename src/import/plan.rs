//! What an import would do to a vault: which accounts are new, known already, or need a new name.

use super::ingest::Incoming;
use crate::otp::{Account, AccountId, Credential, Draft, Kind};
use crate::vault::{ChangeError, Vault};

/// A step for each account that was found, in order.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
}

/// What happens to one account.
#[derive(Debug)]
pub(crate) enum Step {
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
        later_counter: Option<(AccountId, u64)>,
    },
    /// Its name is that of another key, and somebody said to leave it out.
    LeftOut { name: String },
}

impl Plan {
    /// What is in the vault already is known by its key, whatever its name is. Within one source two
    /// names for one key stay two accounts, as they were where they come from.
    ///
    /// Accounts with an id in `left_out` are not added.
    pub(crate) fn new(
        vault: &Vault,
        sources: &[Vec<Incoming>],
        left_out: &[AccountId],
        now: u64,
    ) -> Self {
        let mut accounts = vault.accounts.clone();
        let mut steps = Vec::new();
        for source in sources {
            let before = accounts.len();
            for incoming in source {
                steps.push(step(incoming, &mut accounts, before, left_out, now));
            }
        }
        Self { steps }
    }

    /// Stores what is new and moves counters on.
    ///
    /// # Errors
    /// [`ChangeError`], where the vault is another than the plan was made for.
    pub(crate) fn apply(&self, vault: &mut Vault, now: u64) -> Result<(), ChangeError> {
        for step in &self.steps {
            match step {
                Step::Add { account, .. } => {
                    vault.add((**account).clone(), false)?;
                }
                Step::Known {
                    later_counter: Some((id, counter)),
                    ..
                } => {
                    let kind = Kind::Hotp { counter: *counter };
                    vault.update(*id, now, |account| account.credential.kind = kind)?;
                }
                Step::Known { .. } | Step::LeftOut { .. } => {}
            }
        }
        Ok(())
    }
}

/// Decides on one account and adds it to `accounts`, of which those up to `before` are from
/// elsewhere.
fn step(
    incoming: &Incoming,
    accounts: &mut Vec<Account>,
    before: usize,
    left_out: &[AccountId],
    now: u64,
) -> Step {
    let (id, found) = (incoming.id, &incoming.found);
    let draft = &found.draft;
    let mut known = accounts.iter_mut().enumerate().filter(|(index, account)| {
        let is_named = account.issuer == draft.issuer && account.name == draft.name;
        is_same(&account.credential, &draft.credential) && (*index < before || is_named)
    });
    if let Some((_, own)) = known.next() {
        let later = catch_up(&mut own.credential, &draft.credential);
        return Step::Known {
            name: draft.full_name(),
            own: own.full_name(),
            later_counter: later.map(|counter| (own.id, counter)),
        };
    }
    if left_out.contains(&id) {
        let name = draft.full_name();
        return Step::LeftOut { name };
    }
    let (draft, taken) = renamed(draft.clone(), accounts);
    let mut account = Account::from_draft(draft, id, now);
    account.tags.clone_from(&found.tags);
    account.aws.clone_from(&found.aws);
    accounts.push(account.clone());
    let account = Box::new(account);
    Step::Add { account, taken }
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

/// Moves a counter forward to the other's, and returns that; never back.
fn catch_up(own: &mut Credential, other: &Credential) -> Option<u64> {
    match (&mut own.kind, other.kind) {
        (Kind::Hotp { counter }, Kind::Hotp { counter: later }) if *counter < later => {
            *counter = later;
            Some(later)
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

    /// Ids are unique over all sources, as the program's are.
    fn sources(lists: &[&[&str]]) -> Vec<Vec<Incoming>> {
        let mut ids = (0..).map(|n| AccountId::new(n, &[0; 10]));
        let mut incoming = |uri: &&str| Incoming {
            id: ids.next().unwrap(),
            found: parse(uri).unwrap().into(),
        };
        let source = |list: &&[&str]| list.iter().map(&mut incoming).collect();
        lists.iter().map(source).collect()
    }

    fn shown(vault: &Vault, lists: &[&[&str]]) -> Vec<String> {
        let steps = Plan::new(vault, &sources(lists), &[], 1).steps.into_iter();
        steps
            .map(|step| match step {
                Step::Add { account, .. } => format!("+{}", account.full_name()),
                Step::Known {
                    name,
                    own,
                    later_counter,
                } => match later_counter {
                    Some((_, counter)) => format!("{name}={own}:{counter}"),
                    None => format!("{name}={own}"),
                },
                Step::LeftOut { name } => format!("-{name}"),
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
            shown(&vault, &[&[ONE, TWO, ONE]]),
            ["+one", "+two", "one=one"]
        );
        assert_eq!(shown(&vault, &[&[ONE], &[TWO]]), ["+one", "two=one"]);
    }

    #[test]
    fn a_name_of_another_key_gets_a_number() {
        let vault = Vault::default();
        let third = "otpauth://totp/one?secret=KRSXG5CTMVRXEZLU";
        assert_eq!(
            shown(&vault, &[&[ONE, OTHER, third]]),
            ["+one", "+one (2)", "+one (3)"]
        );
    }

    #[test]
    fn what_is_left_out_takes_no_name() {
        let vault = Vault::default();
        let third = "otpauth://totp/one?secret=KRSXG5CTMVRXEZLU";
        let sources = sources(&[&[ONE, OTHER, third]]);
        let steps = Plan::new(&vault, &sources, &[sources[0][1].id], 1).steps;
        assert!(matches!(&steps[1], Step::LeftOut { name } if name == "one"));
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
        let sources: [&[&str]; 3] = [&[&early], &[&late], &[&early, &late]];
        assert_eq!(shown(&vault, &sources), ["+x", "x=x:9", "x=x", "x=x"]);
    }
}
