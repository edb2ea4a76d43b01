//! What an import would do to a vault: which accounts are new, already known, or need a new name.

use std::collections::HashSet;

use super::ingest::Incoming;
use super::known::Known;
use crate::otp::{Account, AccountId, Draft};
use crate::vault::{ChangeError, Vault};

/// One step for each account found, in order.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
}

#[derive(Debug)]
pub(crate) enum Step {
    /// Stores the account. If its name belongs to another key, it gets a new one; `taken` is the old.
    Add {
        account: Box<Account>,
        taken: Option<String>,
    },
    /// Its key is already in the vault, under the name `own`.
    Known {
        name: String,
        own: String,
        /// The account, and the file's counter if it is higher: codes were used that the vault does not
        /// know of.
        later_counter: Option<(AccountId, u64)>,
    },
    /// Its name belongs to another key, and the user chose to skip it.
    LeftOut { name: String },
}

impl Plan {
    /// Compares by key: an account already in the vault is known whatever its name is. Within one source,
    /// two names for one key stay two accounts, as they were in the file.
    ///
    /// Accounts whose id is in `left_out` are not added.
    pub(crate) fn new(
        vault: &Vault,
        sources: &[Vec<Incoming>],
        left_out: &HashSet<AccountId>,
        now: u64,
    ) -> Self {
        let mut known = Known::of(&vault.accounts);
        let mut steps = Vec::with_capacity(sources.iter().map(Vec::len).sum());
        for source in sources {
            known.begin_source();
            for incoming in source {
                steps.push(step(incoming, &mut known, left_out, now));
            }
        }
        Self { steps }
    }

    /// Stores new accounts and raises counters. Fails if the vault is not the one that was planned for.
    pub(crate) fn apply(&self, vault: &mut Vault, now: u64) -> Result<(), ChangeError> {
        let added = self.steps.iter().filter_map(|step| match step {
            Step::Add { account, .. } => Some((**account).clone()),
            _ => None,
        });
        vault.add_all(added, false)?;
        let counters = self.steps.iter().filter_map(|step| match step {
            Step::Known { later_counter, .. } => *later_counter,
            _ => None,
        });
        vault.set_counters(counters, now)
    }
}

fn step<'a>(
    incoming: &'a Incoming,
    known: &mut Known<'a>,
    left_out: &HashSet<AccountId>,
    now: u64,
) -> Step {
    let (id, found) = (incoming.id, &incoming.found);
    let draft = &found.draft;
    if let Some(own) = known.find(draft) {
        let later = own.catch_up(&draft.credential);
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
    let name = known.free_name(draft);
    let taken = (name != draft.name).then(|| draft.full_name());
    known.add(id, draft, name.clone());
    let draft = Draft {
        name: name.into_owned(),
        ..draft.clone()
    };
    let account = Box::new(incoming.account(draft, now));
    Step::Add { account, taken }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otp::parse;

    /// Gives ids that are unique over all sources, as the program does.
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
        let steps = Plan::new(vault, &sources(lists), &HashSet::new(), 1)
            .steps
            .into_iter();
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
    fn a_number_has_room_after_the_longest_name() {
        let keys = ["JBSWY3DPEHPK3PXP", "GEZDGNBVGY3TQOJQ", "KRSXG5CTMVRXEZLU"];
        // `ä` has two bytes; two of the names are the same once cut.
        let long = "%C3%A4".repeat(511);
        let uri = |end: &str, key| format!("otpauth://totp/{long}{end}?secret={key}");
        let uris = keys.map(|key| uri("ab", key));
        let others = keys.map(|key| uri("cd", key));
        let uris: Vec<_> = uris.iter().chain(&others).map(String::as_str).collect();
        let names = shown(&Vault::default(), &[&uris]);
        let distinct: HashSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), 6);
        for name in &names {
            assert!(name.len() <= 1 + crate::otp::MAX_LABEL_BYTES, "{name}");
        }
        assert!(names[5].ends_with("ä (5)"), "{}", names[5]);
    }

    #[test]
    fn what_is_left_out_takes_no_name() {
        let vault = Vault::default();
        let third = "otpauth://totp/one?secret=KRSXG5CTMVRXEZLU";
        let sources = sources(&[&[ONE, OTHER, third]]);
        let left_out = HashSet::from([sources[0][1].id]);
        let steps = Plan::new(&vault, &sources, &left_out, 1).steps;
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
