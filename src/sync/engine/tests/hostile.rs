//! A remote that rolls back, truncates, swaps, forges or reorders commits. The vault here stays as it is,
//! or only gains what a device of the vault wrote.

use super::*;
use crate::sync::commit::{Commit, Hash, Name, vault_of};

type Files = BTreeMap<String, Vec<u8>>;

/// A change of the files, which are sorted by their numbers.
type Attack = fn(&mut Vec<(String, Vec<u8>)>);

/// Machine 1 has written six commits. Machine 2 has seen three of them, machine 3 all.
fn world() -> Vec<Machine> {
    let mut all = Machine::all(3, Naming::Numbered);
    for n in 1..=6 {
        all[0].add(n);
        all[0].sync().unwrap();
        if n == 2 {
            all[1].sync().unwrap();
        }
    }
    let head = all[0].saved.heads().next().unwrap();
    all[2].saved.saw(head);
    all[2].vault = all[0].vault.clone();
    assert_eq!(seen(&all[1]), Some(3));
    // The second machine wrote the third commit, so that there are seven.
    assert_eq!((files(&all[0]).len(), seen(&all[0])), (7, Some(7)));
    all
}

fn seen(machine: &Machine) -> Option<u64> {
    machine.saved.heads().map(|head| head.name.n).max()
}

fn files(machine: &Machine) -> Files {
    machine.remote.objects.lock().unwrap().clone()
}

fn attack(machine: &Machine, attack: Attack) {
    let mut objects = machine.remote.objects.lock().unwrap();
    let mut files: Vec<_> = std::mem::take(&mut *objects).into_iter().collect();
    attack(&mut files);
    objects.extend(files);
}

fn name(n: u64) -> Name {
    Name { n, device: None }
}

/// What is done, the index of the machine that notices, and how it does.
type Case = (&'static str, Attack, usize, fn(&Failure) -> bool);

/// The numbers of commits are one more than their indexes.
fn swap(files: &mut [(String, Vec<u8>)], one: usize, other: usize) {
    let bytes = std::mem::take(&mut files[one].1);
    files[one].1 = std::mem::replace(&mut files[other].1, bytes);
}

fn flip(files: &mut [(String, Vec<u8>)], at: usize) {
    let text = String::from_utf8(files[at].1.clone()).unwrap();
    let payload = text.find("\"payload\"").unwrap() + 100;
    let byte = &mut files[at].1[payload];
    *byte = if *byte == b'A' { b'B' } else { b'A' };
}

/// A commit by somebody who does not know the key, but all that is public.
fn forge(files: &mut Vec<(String, Vec<u8>)>, n: u64, change: impl FnOnce(&mut Commit)) {
    let last = files.last().unwrap().1.clone();
    let mut commit = Commit::parse(&last).unwrap();
    let parent = commit.place.n;
    commit.place.parents = vec![crate::sync::commit::Parent {
        name: name(parent),
        hash: Hash::of(&last),
    }];
    (commit.place.n, commit.envelope.header.rev) = (n, n);
    change(&mut commit);
    files.push((name(n).path(&VAULT_ID), commit.to_json()));
}

fn is_forged(error: &Failure, n: u64) -> bool {
    matches!(error, Failure::Sync(SyncError::Forged { name, .. }) if name.n == n)
}

fn is_missing(error: &Failure, n: u64) -> bool {
    matches!(error, Failure::Sync(SyncError::Missing { name, .. }) if name.n == n)
}

/// Attacks, the machine that notices, and how.
const REFUSED: [Case; 20] = [
    (
        "the payload of the newest is changed",
        |f| flip(f, 6),
        1,
        |e| is_forged(e, 7),
    ),
    (
        "the payload of one before is changed",
        |f| flip(f, 4),
        1,
        |e| is_forged(e, 5),
    ),
    ("two are swapped", |f| swap(f, 5, 6), 1, |e| is_forged(e, 7)),
    (
        "two before are swapped",
        |f| swap(f, 3, 4),
        1,
        |e| is_forged(e, 5),
    ),
    (
        "an old one is shown as the newest",
        |f| f[6].1 = f[1].1.clone(),
        1,
        |e| is_forged(e, 7),
    ),
    (
        "an old one is shown as a newer one",
        |f| f.push((name(8).path(&VAULT_ID), f[6].1.clone())),
        2,
        |e| is_forged(e, 8),
    ),
    (
        "one is missing",
        |f| drop(f.remove(4)),
        1,
        |e| is_missing(e, 5),
    ),
    (
        "the first new one is missing",
        |f| drop(f.remove(3)),
        1,
        |e| is_missing(e, 4),
    ),
    (
        "the second newest is missing",
        |f| drop(f.remove(5)),
        1,
        |e| is_missing(e, 6),
    ),
    (
        "the newest is junk",
        |f| f[6].1 = b"junk".to_vec(),
        2,
        |e| is_forged(e, 7),
    ),
    (
        "the newest is junk, and new",
        |f| f[6].1 = b"junk".to_vec(),
        1,
        |e| is_forged(e, 7),
    ),
    (
        "junk is added",
        |f| f.push((name(8).path(&VAULT_ID), b"{}".to_vec())),
        2,
        |e| is_forged(e, 8),
    ),
    (
        "a higher number is taken by junk",
        |f| f.push((name(900_000).path(&VAULT_ID), b"{}".to_vec())),
        2,
        |e| is_forged(e, 900_000),
    ),
    (
        "a number is used that no commit wrote",
        |f| forge(f, 8, |_| {}),
        2,
        |e| is_forged(e, 8),
    ),
    (
        "a commit claims another time",
        |f| {
            let mut commit = Commit::parse(&f[6].1).unwrap();
            commit.place.time += 1;
            f[6].1 = commit.to_json();
        },
        1,
        |e| is_forged(e, 7),
    ),
    (
        "a commit claims a later key",
        |f| forge(f, 8, |commit| commit.envelope.header.epoch = 9),
        2,
        |e| is_forged(e, 8),
    ),
    (
        "a commit has a key of its maker",
        |f| {
            forge(f, 8, |commit| {
                commit.envelope.header.epoch = 9;
                commit.envelope.header.key_commit = [1; 32];
            });
        },
        2,
        |e| *e == Failure::Locked,
    ),
    (
        "a vault is shown as a commit",
        |f| f[6].1 = Commit::parse(&f[6].1).unwrap().envelope.to_json(),
        1,
        |e| is_forged(e, 7),
    ),
    (
        "the newest is not copied completely",
        |f| {
            let half = f[6].1.len() / 2;
            f[6].1.truncate(half);
        },
        1,
        |e| matches!(e, Failure::Sync(SyncError::CutOff(Name { n: 7, .. }))),
    ),
    (
        "the newest comes from the future",
        |f| {
            let text = String::from_utf8(f[6].1.clone()).unwrap();
            f[6].1 = text
                .replacen("\"version\": 1", "\"version\": 2", 1)
                .into_bytes();
        },
        1,
        |e| matches!(e, Failure::Sync(SyncError::Newer { .. })),
    ),
];

#[test]
fn what_cannot_be_trusted_is_refused_and_changes_nothing() {
    for (what, change, who, is_expected) in REFUSED {
        let mut all = world();
        attack(&all[0], change);
        let (state, before) = (all[who].state(), files(&all[0]));
        let why = all[who].sync().err().unwrap_or_else(|| panic!("{what}"));
        assert!(is_expected(&why), "{what}: {why:?}");
        assert_eq!(all[who].state(), state, "{what}");
        assert_eq!(files(&all[0]), before, "{what}");
    }
}

/// Whoever repairs writes a commit that the others accept without repairing.
#[test]
fn a_repair_goes_on_after_what_cannot_be_trusted() {
    for (what, change, who, _) in REFUSED {
        let mut all = world();
        attack(&all[0], change);
        let own = all[who].add(9);
        let done = match all[who].repair() {
            // No number is left after it.
            Err(why) if is_forged(&why, 999_999_999_999) => continue,
            done => done.unwrap_or_else(|why| panic!("{what}: {why:?}")),
        };
        assert!(done.pushed.is_some(), "{what}");
        let other = if who == 1 { 2 } else { 1 };
        for machine in [0, other] {
            let done = all[machine].sync();
            assert!(done.is_ok(), "{what}: {machine}: {:?}", done.err());
        }
        settle(&mut all);
        let kept = &all[who].vault;
        assert!(kept.get(own).is_some(), "{what}");
        assert_eq!(kept.accounts.len(), 7, "{what}");
    }
}

#[test]
fn a_remote_that_went_back_is_told_and_healed() {
    let cases: [(Attack, Option<u64>); 4] = [
        (|files| files.truncate(6), Some(6)),
        (|files| files.truncate(2), Some(2)),
        (Vec::clear, None),
        (
            |files| files.retain(|(path, _)| path.ends_with("04")),
            Some(4),
        ),
    ];
    for (change, found) in cases {
        let mut all = world();
        attack(&all[0], change);
        let vault = all[0].vault.clone();
        let done = all[0].sync().unwrap();
        let seen = name(7);
        let found = found.map(name);
        assert_eq!(done.rolled_back, [RolledBack { seen, found }]);
        assert!(!done.pulled);
        assert_eq!(all[0].vault, vault);
        assert_eq!(done.pushed.unwrap().name.n, 8);
        assert!(
            all[0].sync().unwrap().rolled_back.is_empty(),
            "it was healed"
        );
        // Who had seen as much is not told, because the new commit follows what it saw.
        let done = all[2].sync().unwrap();
        assert_eq!(done.rolled_back, []);
        settle(&mut all);
        assert_eq!(all[1].vault.accounts.len(), 6);
    }
}

/// A push that failed must not make the machine forget what it has seen.
#[test]
fn a_remote_that_went_back_is_told_until_it_is_healed() {
    use crate::sync::remote::memory::{Fault, Request};

    let mut all = world();
    attack(&all[0], |files| files.truncate(4));
    all[0].remote.fail(Request::Put, Fault::Before);
    assert!(all[0].sync().is_err());
    assert_eq!(seen(&all[0]), Some(7));
    assert_eq!(all[0].sync().unwrap().rolled_back.len(), 1);
}

/// The store lost the newest commit, and another machine wrote one of the same number.
#[test]
fn a_commit_that_was_written_again_is_told_and_merged() {
    for later in [0, 1, 3] {
        let mut all = world();
        attack(&all[0], |files| files.truncate(3));
        for n in 0..=later {
            all[1].add(20 + n);
            all[1].sync().unwrap();
        }
        let done = all[0].sync().unwrap();
        assert_eq!(done.rolled_back.len(), 1, "{later}");
        settle(&mut all);
        assert_eq!(
            all[1].vault.accounts.len(),
            7 + usize::from(later),
            "{later}"
        );
    }
}

/// Two machines were shown different commits of one number, and both were acknowledged.
#[test]
fn a_store_that_told_two_stories_is_merged_again() {
    let mut all = world();
    settle(&mut all);
    let mut other = files(&all[0]);
    all[0].add(30);
    all[0].sync().unwrap();
    std::mem::swap(&mut *all[0].remote.objects.lock().unwrap(), &mut other);
    all[1].add(31);
    all[1].sync().unwrap();
    let done = all[0].sync().unwrap();
    assert_eq!((done.rolled_back.len(), done.pulled), (1, true));
    settle(&mut all);
    assert_eq!(all[1].vault.accounts.len(), 8);
}

/// Commits that were removed because of their age leave no hole.
#[test]
fn old_commits_that_were_removed_are_not_missed() {
    for (left, told) in [(50, 0), (49, 1)] {
        let mut all = world();
        for n in 0..60 {
            all[0].add(100 + n);
            all[0].sync().unwrap();
        }
        let mut objects = all[0].remote.objects.lock().unwrap();
        while objects.len() > left {
            objects.pop_first();
        }
        drop(objects);
        let done = all[1].sync().unwrap();
        assert_eq!(done.rolled_back.len(), told, "{left}");
        assert_eq!(all[1].vault.accounts.len(), 66);
    }
}

/// More commits than are verified one by one.
#[test]
fn a_machine_that_was_away_for_long_catches_up() {
    let mut all = Machine::all(2, Naming::Numbered);
    settle(&mut all);
    for n in 0..300_u32 {
        let tag = vec![n.to_string()];
        if n == 0 {
            all[0].add(1);
        }
        all[0].change(|vault| vault.accounts[0].tags = tag);
        all[0].sync().unwrap();
    }
    all[1].remote.requests.clear();
    all[1].sync().unwrap();
    assert_eq!(all[1].vault.accounts[0].tags, ["299"]);
    assert!(all[1].remote.requests.len() < 300);
    settle(&mut all);
}

/// A device that was removed writes with the old key, over the commit that has the new one.
#[test]
fn an_old_key_cannot_hide_a_new_one() {
    let mut all = world();
    settle(&mut all);
    let before = files(&all[0]);
    let own = all[0].add(40);
    all[0].rekey(2);
    all[0].sync().unwrap();
    let after = files(&all[0]);
    let top = after.keys().next_back().unwrap();
    let (_, new) = vault_of(top).unwrap();
    // The removed machine sees the commits before, but writes after the new one.
    let hidden = name(new.n).path(&VAULT_ID);
    *all[2].remote.objects.lock().unwrap() = before;
    all[2].add(50);
    all[2].sync().unwrap();
    all[2].add(51);
    all[2].sync().unwrap();
    let forged = files(&all[2]);
    let mut objects = after.clone();
    objects.extend(forged.into_iter().filter(|(path, _)| *path > hidden));
    assert_eq!(objects.len(), after.len() + 1);
    *all[2].remote.objects.lock().unwrap() = objects;
    // One that has the new key is told, and one that has not yet still learns of it.
    let done = all[0].sync().unwrap();
    assert_eq!(done.old_keys, [name(new.n + 1)]);
    assert_eq!(all[0].vault.accounts.len(), 7);
    all[1].keys.push(data_key(2));
    let done = all[1].sync().unwrap();
    assert_eq!(all[1].header.epoch, 2);
    assert!(all[1].vault.get(own).is_some());
    assert!(done.old_keys.len() <= 1);
}

/// The names of a hostile store are not sorted, occur twice, or are not of this vault.
#[test]
fn foreign_names_are_ignored() {
    let mut all = world();
    let mut objects = all[0].remote.objects.lock().unwrap();
    for name in [
        "v1/07070707070707070707070707070707/",
        "v1/07070707070707070707070707070707/000000000099-00000000",
        "v1/07070707070707070707070707070707/99",
        "v1/07070707070707070707070707070707/000000000099.tmp",
        "v1/07070707070707070707070707070707/x/000000000099",
        "v1/08080808080808080808080808080808/000000000099",
    ] {
        objects.insert(name.to_owned(), b"junk".to_vec());
    }
    drop(objects);
    all[1].sync().unwrap();
    settle(&mut all);
    assert_eq!(all[1].vault.accounts.len(), 6);
}

#[test]
fn a_remote_of_another_vault_is_not_used() {
    let mut machine = Machine::all(1, Naming::Numbered).remove(0);
    machine.saved.vault_id = [9; 16];
    assert_eq!(
        machine.sync().err(),
        Some(Failure::Sync(SyncError::Unrelated))
    );
    assert!(files(&machine).is_empty());
}
