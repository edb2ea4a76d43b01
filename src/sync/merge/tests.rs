//! The laws of merging, with vaults that random changes made.

use proptest::prelude::*;
use zeroize::Zeroizing;

use super::*;
use crate::otp::{AccountId, Algorithm, Digits, Kind, Secret};
use crate::vault::Ancestor;
use crate::vault::replica::{Device, DeviceId, record};

/// One random change on one machine.
#[derive(Debug, Clone)]
enum Change {
    Add(u8),
    Name(u8, u8),
    Issuer(u8, u8),
    Secret(u8, u8),
    Digits(u8),
    Tags(u8, u8),
    Link(u8, u8),
    Hotp(u8),
    Count(u8),
    Remove(u8),
    Key(u8, u8),
    RemoveKey(u8),
    Device(u8),
    Rekey(u8),
    Keep(u8),
    /// Takes over the state of another machine.
    Pull(usize),
}

fn changes() -> impl Strategy<Value = Change> {
    let (id, value) = (0_u8..4, any::<u8>());
    prop_oneof![
        2 => id.clone().prop_map(Change::Add),
        2 => (id.clone(), 0_u8..4).prop_map(|(id, to)| Change::Name(id, to)),
        1 => (id.clone(), value).prop_map(|(id, to)| Change::Issuer(id, to)),
        3 => (id.clone(), value).prop_map(|(id, to)| Change::Secret(id, to)),
        1 => id.clone().prop_map(Change::Digits),
        1 => (id.clone(), value).prop_map(|(id, to)| Change::Tags(id, to)),
        1 => (id.clone(), value).prop_map(|(id, to)| Change::Link(id, to)),
        1 => id.clone().prop_map(Change::Hotp),
        1 => id.clone().prop_map(Change::Count),
        2 => id.clone().prop_map(Change::Remove),
        1 => (id.clone(), value).prop_map(|(id, to)| Change::Key(id, to)),
        1 => id.clone().prop_map(Change::RemoveKey),
        1 => value.prop_map(Change::Device),
        1 => (1_u8..4).prop_map(Change::Rekey),
        1 => value.prop_map(Change::Keep),
        1 => (0_usize..3).prop_map(Change::Pull),
    ]
}

/// Changes of three machines: which one, how many seconds after the last change, by a clock that may be
/// behind, and what.
fn histories() -> impl Strategy<Value = Vec<(usize, u64, Change)>> {
    proptest::collection::vec((0_usize..3, 0_u64..4, changes()), 0..24)
}

const START: u64 = 1_000;

fn id(n: u8) -> AccountId {
    AccountId::new(u64::from(n), &[n; 10])
}

fn device(n: usize) -> DeviceId {
    [u8::try_from(n).unwrap() + 1; 16]
}

fn account(n: u8, secret: u8, now: u64) -> Account {
    Account {
        id: id(n),
        issuer: String::new(),
        name: format!("n{n}"),
        credential: Credential {
            secret: Secret::from_bytes(vec![secret; 20]).unwrap(),
            algorithm: Algorithm::Sha1,
            digits: Digits::new(6).unwrap(),
            kind: Kind::Totp {
                period: Period::THIRTY,
            },
        },
        tags: Vec::new(),
        aws: None,
        created: now,
        updated: now,
    }
}

/// Changes a vault as commands do, without stamps.
fn apply(vault: &mut Vault, change: &Change, all: &[Vault], now: u64, own: usize) {
    let changed = |vault: &mut Vault, n: &u8, change: &dyn Fn(&mut Account)| {
        if let Some(account) = vault.accounts.iter_mut().find(|own| own.id == id(*n)) {
            change(account);
            account.updated = now;
        }
    };
    match change {
        Change::Add(n) if vault.get(id(*n)).is_none() => {
            vault.accounts.push(account(*n, *n, now));
            vault.tombstones.retain(|stone| stone.id != id(*n));
        }
        Change::Name(n, to) => changed(vault, n, &|own| own.name = format!("n{to}")),
        Change::Issuer(n, to) => changed(vault, n, &|own| own.issuer = to.to_string()),
        Change::Secret(n, to) => changed(vault, n, &|own| {
            own.credential.secret = Secret::from_bytes(vec![*to; 20]).unwrap();
        }),
        Change::Digits(n) => changed(vault, n, &|own| {
            own.credential.digits = Digits::new(8).unwrap();
        }),
        Change::Tags(n, to) => changed(vault, n, &|own| own.tags = vec![to.to_string()]),
        Change::Link(n, to) => changed(vault, n, &|own| {
            own.aws = (*to > 20).then(|| AwsLink {
                serial: to.to_string(),
                profile: None,
            });
        }),
        Change::Hotp(n) => changed(vault, n, &|own| {
            own.credential.kind.raise_counter(Some(0));
            if own.credential.kind.counter().is_none() {
                own.credential.kind = Kind::Hotp { counter: 1 };
            }
        }),
        Change::Count(n) => changed(vault, n, &|own| {
            let next = own.credential.kind.counter().map(|counter| counter + 1);
            own.credential.kind.raise_counter(next);
        }),
        Change::Remove(n) => {
            let _ = vault.remove(id(*n), now);
        }
        Change::Key(n, to) => {
            let key = AccessKey::new(&format!("AKIA{to}"), "secret").unwrap();
            let keys = &mut vault.aws_keys.entries;
            match keys.iter_mut().find(|own| own.id == id(*n)) {
                Some(own) => (own.key, own.updated) = (key, now),
                None => keys.push(ProfileKey {
                    id: id(*n),
                    profile: format!("p{n}"),
                    key,
                    arn: None,
                    created: now,
                    updated: now,
                    rotation: None,
                }),
            }
        }
        Change::RemoveKey(n) => {
            vault.remove_aws_keys(&format!("p{n}"), now);
        }
        Change::Device(n) => {
            let device = Device {
                id: device(own),
                name: n.to_string(),
                added: now,
                is_removed: n % 5 == 0,
            };
            vault.set_device(device, &self::device(own), now).unwrap();
        }
        Change::Rekey(epoch) => vault.ancestors.push(Ancestor {
            epoch: u32::from(*epoch),
            proof: Zeroizing::new([*epoch; 32]),
        }),
        Change::Keep(n) => {
            let all = vault.conflicts().unwrap();
            if let Some(conflict) = all.first() {
                if n % 2 == 0 {
                    vault.use_conflict(conflict, now).unwrap();
                } else {
                    vault.drop_conflict(conflict).unwrap();
                }
            }
        }
        Change::Pull(other) => {
            *vault = merge(vault, &all[*other]).unwrap();
        }
        Change::Add(_) => {}
    }
}

/// The vaults of three machines after a history. They start with copies that were changed before they
/// were synced.
fn machines(history: &[(usize, u64, Change)]) -> Vec<Vault> {
    let mut vaults = vec![Vault::default(); 3];
    for (index, vault) in vaults.iter_mut().enumerate() {
        let secret = u8::try_from(index / 2).unwrap();
        vault.accounts.push(account(0, secret, START));
        apply(vault, &Change::Device(1), &[], START, index);
    }
    let mut now = START;
    for (machine, seconds, change) in history {
        now += seconds;
        // The clock of one machine is behind.
        let its_now = if *machine == 2 { now - 3 } else { now };
        let before = vaults[*machine].clone();
        let mut after = before.clone();
        apply(&mut after, change, &vaults, its_now, *machine);
        let stamps_itself = matches!(change, Change::Pull(_) | Change::Device(_));
        if !stamps_itself {
            record(&before, &mut after, &device(*machine), its_now).unwrap();
        }
        vaults[*machine] = after;
    }
    vaults
}

type Joining = fn(&State, &State) -> State;

fn join(one: &State, other: &State) -> State {
    one.clone().join(other.clone())
}

/// Checks the three laws. The error names the broken one.
fn check(join: Joining, [a, b, c]: &[State; 3]) -> Result<(), &'static str> {
    if join(a, b) != join(b, a) {
        return Err("commutative");
    }
    if join(&join(a, b), c) != join(a, &join(b, c)) {
        return Err("associative");
    }
    let both = join(a, b);
    if join(a, a) != *a || join(&both, a) != both || join(&both, b) != both {
        return Err("idempotent");
    }
    Ok(())
}

fn states(history: &[(usize, u64, Change)]) -> [State; 3] {
    let vaults = machines(history);
    [0, 1, 2].map(|index| State::of(&vaults[index]).unwrap())
}

proptest! {
    #[test]
    fn states_obey_the_laws(history in histories()) {
        prop_assert_eq!(check(join, &states(&history)), Ok(()));
    }

    #[test]
    fn vaults_obey_the_laws_whatever_the_order_of_accounts(history in histories()) {
        let vaults = machines(&history);
        let [a, b, c] = &vaults[..] else { unreachable!() };
        let m = |one: &Vault, other: &Vault| merge(one, other).unwrap();
        prop_assert!(same(&m(a, b), &m(b, a)).unwrap());
        prop_assert!(same(&m(&m(a, b), c), &m(a, &m(b, c))).unwrap());
        prop_assert_eq!(State::of(&m(a, a)).unwrap(), State::of(a).unwrap());
        let both = m(a, b);
        prop_assert_eq!(&m(&both, a), &both);
        prop_assert!(same(&m(a, &both), &both).unwrap());
    }

    #[test]
    fn a_vault_has_all_of_its_state(history in histories()) {
        for vault in machines(&history) {
            let state = State::of(&vault).unwrap();
            let again = State::of(&state.to_vault([&vault, &vault]).unwrap()).unwrap();
            prop_assert_eq!(again, state);
        }
    }

    #[test]
    fn no_key_is_lost(history in histories()) {
        let vaults = machines(&history);
        let merged = vaults.iter().skip(1).fold(vaults[0].clone(), |all, own| merge(&all, own).unwrap());
        let merged = State::of(&merged).unwrap();
        for (id, entry) in vaults.iter().flat_map(|own| State::of(own).unwrap().entries) {
            let Some(own) = entry.account else { continue };
            let kept = &merged.entries[&id].account.as_ref().unwrap();
            let (credential, history) = (&own.account.credential, &kept.stamps.credential);
            prop_assert!(
                kept.account.credential == *credential
                    || history.superseded.contains(&own.stamps.credential.at)
                    || history.kept.values().any(|other| other == credential)
            );
            prop_assert!(merged.entries[&id].counter >= entry.counter);
        }
    }
}

/// Merges with faults, of which each breaks a law.
const FAULTY: [(&str, Joining); 5] = [
    ("the other one's name wins", |one, other| {
        let mut all = join(one, other);
        for (id, entry) in &mut all.entries {
            let theirs = other.entries.get(id).and_then(|own| own.account.as_ref());
            if let (Some(own), Some(theirs)) = (&mut entry.account, theirs) {
                own.account.name.clone_from(&theirs.account.name);
            }
        }
        all
    }),
    ("a removal wins without its account", |one, other| {
        let mut all = join(one, other);
        for entry in all.entries.values_mut().filter(|own| !own.is_alive()) {
            entry.account = None;
        }
        all
    }),
    ("what was superseded is forgotten", |one, other| {
        let mut all = join(one, other);
        for entry in all.entries.values_mut() {
            if let Some(own) = &mut entry.account {
                own.stamps.credential.superseded.clear();
            }
        }
        all
    }),
    ("counters are added", |one, other| {
        let mut all = join(one, other);
        for (id, entry) in &mut all.entries {
            let counter = |own: &State| own.entries.get(id).and_then(|own| own.counter);
            entry.counter = counter(one).zip(counter(other)).map(|(a, b)| a + b);
        }
        all
    }),
    ("one machine's devices count", |one, other| State {
        devices: one.devices.clone(),
        ..join(one, other)
    }),
];

#[test]
fn each_faulty_merge_breaks_a_law() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    for (what, faulty) in FAULTY {
        let mut runner = TestRunner::deterministic();
        let caught = (0..2_000).find(|_| {
            let history = histories().new_tree(&mut runner).unwrap().current();
            check(faulty, &states(&history)).is_err()
        });
        assert!(caught.is_some(), "no law caught: {what}");
    }
}

#[test]
fn two_machines_that_change_a_key_keep_both() {
    let history = [
        (0, 1, Change::Add(1)),
        (1, 0, Change::Pull(0)),
        (0, 5, Change::Secret(1, 7)),
        (1, 1, Change::Secret(1, 8)),
        (1, 1, Change::Name(1, 3)),
    ];
    let vaults = machines(&history);
    let merged = merge(&vaults[0], &vaults[1]).unwrap();
    let own = merged.get(id(1)).unwrap();
    assert_eq!(own.name, "n3");
    assert_eq!(own.credential.secret.expose_secret(), [8; 20]);
    let conflicts = merged.conflicts().unwrap();
    assert_eq!(conflicts.len(), 1);
    let mut resolved = merged.clone();
    resolved.use_conflict(&conflicts[0], START + 50).unwrap();
    record(&merged, &mut resolved, &device(0), START + 50).unwrap();
    assert_eq!(
        resolved
            .get(id(1))
            .unwrap()
            .credential
            .secret
            .expose_secret(),
        [7; 20]
    );
    let again = merge(&merged, &resolved).unwrap();
    assert!(again.conflicts().unwrap().is_empty());
    assert!(same(&again, &resolved).unwrap());
}

#[test]
fn what_changed_after_its_removal_elsewhere_stays() {
    let removed_then_renamed = [
        (0, 1, Change::Add(1)),
        (1, 0, Change::Pull(0)),
        (0, 5, Change::Remove(1)),
        (1, 1, Change::Name(1, 3)),
    ];
    let vaults = machines(&removed_then_renamed);
    let merged = merge(&vaults[0], &vaults[1]).unwrap();
    assert_eq!(merged.get(id(1)).unwrap().name, "n3");
    let renamed_then_removed = [
        (0, 1, Change::Add(1)),
        (1, 0, Change::Pull(0)),
        (1, 1, Change::Name(1, 3)),
        (0, 5, Change::Remove(1)),
    ];
    let vaults = machines(&renamed_then_removed);
    let merged = merge(&vaults[0], &vaults[1]).unwrap();
    assert_eq!(merged.get(id(1)), None);
    assert_eq!(merged.removed_accounts().unwrap()[0].account.name, "n3");
}
