//! What one round does, and how many requests it takes.

use super::*;
use crate::sync::commit::{Commit, MAX_NUMBER, Name};
use crate::sync::remote::memory::{Fault, Request};
use crate::sync::remote::{Put, RemoteError};

const NAMINGS: [Naming; 2] = [Naming::Numbered, Naming::PerDevice];

fn keys(machine: &Machine) -> Vec<String> {
    machine
        .remote
        .objects
        .lock()
        .unwrap()
        .keys()
        .cloned()
        .collect()
}

#[test]
fn two_machines_exchange_what_they_have() {
    for naming in NAMINGS {
        let mut all = Machine::all(2, naming);
        let first = all[0].add(1);
        let done = all[0].sync().unwrap();
        assert!(!done.pulled);
        assert_eq!(done.pushed.unwrap().name.n, 1);
        let second = all[1].add(2);
        let done = all[1].sync().unwrap();
        assert!(done.pulled);
        assert_eq!(
            (done.before.accounts.len(), done.after.accounts.len()),
            (1, 2)
        );
        let pushed = done.pushed.unwrap();
        assert_eq!((pushed.name.n, done.head), (2, Some(pushed)));
        let done = all[0].sync().unwrap();
        assert_eq!(
            (done.pulled, done.pushed, done.head),
            (true, None, Some(pushed))
        );
        assert!(
            all.iter()
                .all(|own| own.vault.get(first).is_some() && own.vault.get(second).is_some())
        );
        settle(&mut all);
        assert_eq!(keys(&all[0]).len(), 2);
    }
}

/// A round that has nothing to do reads the newest commit, because another may be in its place.
#[test]
fn a_round_takes_few_requests() {
    let count = |machine: &mut Machine| {
        machine.remote.requests.clear();
        machine.sync().unwrap();
        [Request::List, Request::Get, Request::Put].map(|kind| machine.remote.count(kind))
    };
    let mut all = Machine::all(2, Naming::Numbered);
    all[0].add(1);
    assert_eq!(count(&mut all[0]), [1, 0, 1]);
    assert_eq!(count(&mut all[0]), [1, 1, 0]);
    assert_eq!(count(&mut all[1]), [1, 1, 1]);
    assert_eq!(count(&mut all[0]), [1, 1, 0]);
    for n in 10..20 {
        all[0].add(n);
        assert_eq!(count(&mut all[0]), [1, 1, 1]);
    }
    // Ten commits are verified, and one of them is opened.
    assert_eq!(count(&mut all[1]), [1, 10, 0]);
}

#[test]
fn what_is_in_a_commit_opens_on_another_machine_only_by_portable_slots() {
    let mut all = Machine::all(1, Naming::Numbered);
    all[0].sync().unwrap();
    let objects = all[0].remote.objects.lock().unwrap().clone();
    let commit = Commit::parse(objects.values().next().unwrap()).unwrap();
    let kinds: Vec<_> = commit
        .envelope
        .header
        .slots
        .iter()
        .map(|slot| &slot.kind)
        .collect();
    assert_eq!(kinds, [&SlotKind::Recovery(Recovery)]);
    drop(objects);
    all[0].header.slots.remove(0);
    all[0].add(1);
    assert_eq!(
        all[0].sync().err(),
        Some(Failure::Sync(SyncError::NoPortableSlot))
    );
}

#[test]
fn a_lost_answer_does_no_harm() {
    for naming in NAMINGS {
        let mut all = Machine::all(2, naming);
        all[0].add(1);
        all[0].remote.fail(Request::Put, Fault::After);
        let lost = all[0].sync().err();
        assert!(matches!(
            lost,
            Some(Failure::Sync(SyncError::Remote(RemoteError::Lost(_))))
        ));
        assert_eq!(all[0].sync().unwrap().pushed, None);
        all[1].sync().unwrap();
        settle(&mut all);
        assert_eq!(all[1].vault.accounts.len(), 1);
    }
}

#[test]
fn a_faster_machine_makes_the_round_start_again() {
    struct Slow<'a>(&'a mut Memory, Option<&'a mut Machine>);
    impl Remote for Slow<'_> {
        fn list(&mut self, prefix: &str, after: Option<&str>) -> Result<Vec<String>, RemoteError> {
            self.0.list(prefix, after)
        }
        fn get(&mut self, name: &str) -> Result<Option<Vec<u8>>, RemoteError> {
            self.0.get(name)
        }
        fn put_new(&mut self, name: &str, bytes: &[u8]) -> Result<Put, RemoteError> {
            if let Some(other) = self.1.take() {
                other.sync().unwrap();
            }
            self.0.put_new(name, bytes)
        }
        fn naming(&self) -> Naming {
            self.0.naming()
        }
    }
    let mut all = Machine::all(2, Naming::Numbered);
    all[0].add(1);
    all[1].add(2);
    let [slow, fast] = &mut all[..] else { panic!() };
    let mut objects = Memory::sharing(Naming::Numbered, &slow.remote.objects);
    let mut known = slow.saved.clone();
    let mut remote = Slow(&mut objects, Some(fast));
    let done = round(slow, &mut remote, &mut known, Options::default()).unwrap();
    assert_eq!((done.pushed.unwrap().name.n, slow.pauses), (2, 1));
    settle(&mut all);
    assert_eq!(all[0].vault.accounts.len(), 2);
}

#[test]
fn a_remote_that_is_always_faster_is_given_up() {
    struct Full(Memory);
    impl Remote for Full {
        fn list(&mut self, prefix: &str, after: Option<&str>) -> Result<Vec<String>, RemoteError> {
            self.0.list(prefix, after)
        }
        fn get(&mut self, name: &str) -> Result<Option<Vec<u8>>, RemoteError> {
            self.0.get(name)
        }
        fn put_new(&mut self, _: &str, _: &[u8]) -> Result<Put, RemoteError> {
            Ok(Put::Exists)
        }
        fn naming(&self) -> Naming {
            Naming::Numbered
        }
    }
    let mut machine = Machine::all(1, Naming::Numbered).remove(0);
    let mut known = machine.saved.clone();
    let mut full = Full(Memory::new(Naming::Numbered));
    let done = round(&mut machine, &mut full, &mut known, Options::default());
    assert!(matches!(
        done.err(),
        Some(Failure::Sync(SyncError::Crowded { .. }))
    ));
}

#[test]
fn twelve_writers_at_once_lose_nothing() {
    for naming in NAMINGS {
        let mut all = Machine::all(12, naming);
        std::thread::scope(|scope| {
            for machine in &mut all {
                scope.spawn(|| {
                    for n in 0..5 {
                        machine.add(machine.id[0] * 10 + n);
                        // Without pauses, others may be faster each time.
                        while let Err(failure) = machine.sync() {
                            let Failure::Sync(SyncError::Crowded { .. }) = failure else {
                                panic!("{failure:?}");
                            };
                        }
                    }
                });
            }
        });
        settle(&mut all);
        assert_eq!(all[11].vault.accounts.len(), 60, "{naming:?}");
        if naming == Naming::Numbered {
            let names = keys(&all[0]);
            let last = names.last().unwrap().rsplit('/').next().unwrap();
            let last = usize::try_from(Name::parse(last).unwrap().n).unwrap();
            assert_eq!(names.len(), last, "a number is missing");
        }
    }
}

#[test]
fn a_new_key_spreads_and_an_old_one_is_ignored() {
    for naming in NAMINGS {
        let mut all = Machine::all(3, naming);
        all[0].add(1);
        settle(&mut all);
        // The third machine is removed, and writes all the same.
        all[0].rekey(2);
        all[1].keys.push(data_key(2));
        all[0].sync().unwrap();
        let late = all[2].add(9);
        let locked = all[2].sync();
        assert_eq!(locked.err(), Some(Failure::Locked));
        all[1].sync().unwrap();
        assert_eq!(all[1].header.epoch, 2);
        // It hides the news from itself, to write with the old key.
        let objects = all[2].remote.objects.clone();
        let hidden = all[2].saved.clone();
        let n = hidden.heads().map(|head| head.name.n).max().unwrap();
        let mut old = objects.lock().unwrap().clone();
        old.retain(|name, _| crate::sync::commit::vault_of(name).unwrap().1.n <= n);
        all[2].remote.objects = std::sync::Arc::new(std::sync::Mutex::new(old));
        all[2].sync().unwrap();
        let written = all[2].remote.objects.lock().unwrap().clone();
        let (name, bytes) = written.iter().next_back().unwrap();
        let top = objects.lock().unwrap().len() + 1;
        if naming == Naming::PerDevice {
            objects.lock().unwrap().insert(name.clone(), bytes.clone());
            let done = all[1].sync().unwrap();
            assert_eq!(done.old_keys.len(), 1, "{top}");
            assert!(all[1].sync().unwrap().old_keys.is_empty(), "it was told");
            assert_eq!(all[1].vault.get(late), None);
            // With the new key, what it wrote is not lost.
            all[2].keys.push(data_key(2));
            all[2].remote.objects = objects;
            settle(&mut all);
            assert!(all[1].vault.get(late).is_some());
        }
    }
}

#[test]
fn a_key_that_does_not_descend_from_ours_is_refused() {
    let mut all = Machine::all(2, Naming::Numbered);
    settle(&mut all);
    let before = all[1].state();
    all[0].rekey(2);
    all[0].vault.ancestors.clear();
    all[1].keys.push(data_key(2));
    all[0].sync().unwrap();
    assert_eq!(all[1].sync().err(), Some(Failure::Unrelated));
    assert_eq!(
        (all[1].vault.clone(), all[1].header.clone()),
        (before.0, before.1)
    );
}

#[test]
fn a_remote_is_looked_at_outside_of_a_round() {
    for naming in NAMINGS {
        let mut all = Machine::all(2, naming);
        let remote = &mut Memory::sharing(naming, &all[0].remote.objects);
        assert_eq!(vaults_in(remote), Ok(Vec::new()));
        assert_eq!(head_of(remote, &VAULT_ID).err(), Some(SyncError::Empty));
        for n in 1..=3 {
            all[0].add(n);
            all[0].sync().unwrap();
        }
        all[1].sync().unwrap();
        remote
            .objects
            .lock()
            .unwrap()
            .insert("v1/junk".to_owned(), Vec::new());
        let n = MAX_NUMBER - 1;
        let stray = Name { n, device: None }.path(&VAULT_ID);
        remote
            .objects
            .lock()
            .unwrap()
            .insert(stray, b"stray".to_vec());
        assert_eq!(vaults_in(remote), Ok(vec![VAULT_ID]));
        let head = head_of(remote, &VAULT_ID).unwrap();
        assert_eq!(head.name.n, 4);
        assert_eq!(head.open(data_key(1)).unwrap().vault.accounts.len(), 3);
        let entries = last(remote, &VAULT_ID, 3).unwrap();
        let entries: Vec<_> = entries.into_iter().map(Result::unwrap).collect();
        assert_eq!(
            entries.iter().map(|own| own.name.n).collect::<Vec<_>>(),
            [4, 3, 2]
        );
        let device = |own: &Fetched| own.commit.place.device;
        assert_eq!(
            (device(&entries[0]), device(&entries[1])),
            ([2; 16], [1; 16])
        );
        let second = numbered(remote, &VAULT_ID, 2).unwrap().remove(0);
        assert_eq!(second.hash, entries[2].hash);
        assert_eq!(second.open(data_key(1)).unwrap().vault.accounts.len(), 2);
        assert!(numbered(remote, &VAULT_ID, 9).unwrap().is_empty());
        let name = entries[1].name.path(&VAULT_ID);
        remote
            .objects
            .lock()
            .unwrap()
            .insert(name, b"junk".to_vec());
        let kinds = last(remote, &VAULT_ID, 9).unwrap();
        assert_eq!(
            kinds.iter().map(Result::is_ok).collect::<Vec<_>>(),
            [true, false, true, true]
        );
    }
}
