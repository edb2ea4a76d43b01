//! Machines that change their vaults and sync in random order, while they crash and requests fail. In the
//! end all are the same, and nothing that was acknowledged is lost.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::sync::remote::memory::{Fault, Request};
use crate::vault::replica::Kept;

const SEEDS: u64 = 1_000;
const STEPS: usize = 32;

/// What the machines acknowledged.
#[derive(Default)]
struct Model {
    added: BTreeSet<AccountId>,
    removed: BTreeSet<AccountId>,
    counters: BTreeMap<AccountId, u64>,
    /// Each secret that was ever set.
    secrets: BTreeMap<AccountId, BTreeSet<Vec<u8>>>,
    /// Those that a person replaced, who saw them.
    replaced: BTreeSet<(AccountId, Vec<u8>)>,
    names: BTreeMap<AccountId, BTreeSet<String>>,
    tags: BTreeMap<AccountId, BTreeSet<Vec<String>>>,
}

fn secret_of(account: &Account) -> Vec<u8> {
    account.credential.secret.expose_secret().to_vec()
}

/// One command of a person.
fn edit(machine: &mut Machine, dice: &mut Dice, next: &mut u8, model: &mut Model) {
    let count = machine.vault.accounts.len();
    let choice = if count == 0 { 0 } else { dice.below(10) };
    if choice < 2 && *next < 250 {
        *next += 1;
        let mut own = account(*next, machine.now);
        if dice.one_in(3) {
            own.credential.kind = Kind::Hotp { counter: 0 };
            model.counters.insert(own.id, 0);
        }
        // Some have the name of another account.
        own.name = format!("n{}", dice.below(20));
        model.added.insert(own.id);
        model
            .secrets
            .entry(own.id)
            .or_default()
            .insert(secret_of(&own));
        model
            .names
            .entry(own.id)
            .or_default()
            .insert(own.name.clone());
        model.tags.entry(own.id).or_default().insert(Vec::new());
        machine.change(|vault| vault.accounts.push(own));
        return;
    }
    if count == 0 {
        return;
    }
    let now = machine.now;
    let at = dice.below(count);
    let id = machine.vault.accounts[at].id;
    let fresh = dice.next();
    match choice {
        3 => {
            machine.change(|vault| drop(vault.remove(id, now)));
            model.removed.insert(id);
        }
        4 | 5 => {
            let old = secret_of(&machine.vault.accounts[at]);
            model.replaced.insert((id, old));
            let new = fresh.to_le_bytes().repeat(3);
            model.secrets.entry(id).or_default().insert(new.clone());
            machine.change(|vault| {
                vault.accounts[at].credential.secret = Secret::from_bytes(new).unwrap();
                vault.accounts[at].updated = now;
            });
        }
        6 => {
            let name = format!("n{}", fresh % 20);
            model.names.entry(id).or_default().insert(name.clone());
            machine.change(|vault| {
                if vault.named("A", &name).is_none() {
                    vault.accounts[at].name = name;
                    vault.accounts[at].updated = now;
                }
            });
        }
        7 => {
            let tags = vec![format!("t{}", fresh % 5)];
            model.tags.entry(id).or_default().insert(tags.clone());
            machine.change(|vault| vault.accounts[at].tags = tags);
        }
        _ => {
            if let Some(counter) = machine.vault.accounts[at].credential.kind.counter() {
                let counter = counter + 1;
                let highest = model.counters.entry(id).or_default();
                *highest = counter.max(*highest);
                machine.change(|vault| vault.set_counters([(id, counter)], now).unwrap());
            }
        }
    }
}

impl Model {
    fn check(&self, vault: &Vault, seed: u64) {
        let conflicts = vault.conflicts().unwrap();
        let present: BTreeMap<_, _> = vault.accounts.iter().map(|own| (own.id, own)).collect();
        for id in self.added.difference(&self.removed) {
            assert!(present.contains_key(id), "seed {seed}: {id} is lost");
        }
        assert!(
            present.keys().all(|id| self.added.contains(id)),
            "seed {seed}"
        );
        for (id, own) in present {
            let counter = own.credential.kind.counter();
            let highest = self.counters.get(&id).copied();
            assert!(
                counter >= highest,
                "seed {seed}: {id} counts {counter:?}, not {highest:?}"
            );
            let mut kept: BTreeSet<_> = [secret_of(own)].into();
            for conflict in conflicts.iter().filter(|conflict| conflict.id == id) {
                if let Kept::Account(credential) = &conflict.kept {
                    kept.insert(credential.secret.expose_secret().to_vec());
                }
            }
            for secret in &self.secrets[&id] {
                let is_replaced = self.replaced.contains(&(id, secret.clone()));
                assert!(
                    is_replaced || kept.contains(secret),
                    "seed {seed}: a secret of {id} is lost"
                );
            }
            let plain = own.name.split(" (").next().unwrap().to_owned();
            assert!(self.names[&id].contains(&plain), "seed {seed}: {plain}");
            assert!(
                self.tags[&id].contains(&own.tags),
                "seed {seed}: {:?}",
                own.tags
            );
        }
    }
}

/// Copies files that one machine's folder has into that of another, as Dropbox does: all, or some of them.
fn copy(from: &Objects, to: &Objects, dice: &mut Dice, all: bool) {
    let files = from.lock().unwrap().clone();
    let mut to = to.lock().unwrap();
    for (name, bytes) in files {
        if all || !dice.one_in(4) {
            let there = to.entry(name).or_insert_with(|| bytes.clone());
            assert_eq!(*there, bytes, "a file of one name has two contents");
        }
    }
}

fn run(seed: u64, naming: Naming) -> usize {
    run_with(seed, naming, &mut || None)
}

/// Runs one seed. Returns how many commits it made. `behind` connects each machine to another remote.
pub(super) fn run_with(
    seed: u64,
    naming: Naming,
    behind: &mut dyn FnMut() -> Option<Box<dyn Remote + Send>>,
) -> usize {
    let mut dice = Dice(seed);
    let mut model = Model::default();
    let mut all = Machine::all(5, naming);
    for machine in &mut all {
        machine.dice = Dice(seed ^ dice.next());
        machine.remote.behind = behind();
        machine.now += u64::try_from(dice.below(600)).unwrap();
        if naming == Naming::PerDevice {
            machine.remote.objects = Objects::default();
        }
    }
    let mut next = 0;
    for _ in 0..STEPS {
        let at = dice.below(all.len());
        all[at].now += u64::try_from(dice.below(3)).unwrap();
        if naming == Naming::PerDevice && dice.one_in(4) {
            let from = dice.below(all.len());
            let whole = dice.one_in(2);
            let (from, to) = (
                all[from].remote.objects.clone(),
                all[at].remote.objects.clone(),
            );
            if !std::sync::Arc::ptr_eq(&from, &to) {
                copy(&from, &to, &mut dice, whole);
            }
        } else if dice.one_in(2) {
            edit(&mut all[at], &mut dice, &mut next, &mut model);
        } else {
            faulty_round(&mut all[at], &mut dice, naming, seed);
        }
    }
    for machine in &mut all {
        machine.crash_in = None;
        machine.remote.faults.clear();
    }
    if naming == Naming::PerDevice {
        // Folders are copied, and machines sync, until nothing moves.
        for _ in 0..3 {
            exchange(&all, &mut dice);
            for machine in &mut all {
                machine
                    .sync()
                    .unwrap_or_else(|why| panic!("seed {seed}: {why:?}"));
            }
        }
        exchange(&all, &mut dice);
    }
    settle(&mut all);
    for machine in &all {
        model.check(&machine.vault, seed);
        assert_eq!(
            names_of(&machine.vault),
            names_of(&all[0].vault),
            "seed {seed}"
        );
    }
    all[0].remote.list("v1/", None).unwrap().len()
}

fn exchange(all: &[Machine], dice: &mut Dice) {
    for from in all {
        for to in all {
            if from.id != to.id {
                copy(
                    &from.remote.objects.clone(),
                    &to.remote.objects.clone(),
                    dice,
                    true,
                );
            }
        }
    }
}

fn faulty_round(machine: &mut Machine, dice: &mut Dice, naming: Naming, seed: u64) {
    machine.remote.faults.clear();
    machine.crash_in = None;
    match dice.below(8) {
        0 => machine.remote.fail(Request::List, Fault::Before),
        1 => machine.remote.fail(Request::Get, Fault::Before),
        2 => machine.remote.fail(Request::Put, Fault::Before),
        3 => machine.remote.fail(Request::Put, Fault::After),
        4 | 5 => machine.crash_in = Some(dice.below(8)),
        _ => {}
    }
    match machine.sync() {
        Ok(done) => {
            let told = (&done.rolled_back, &done.old_keys, &done.skipped);
            assert_eq!(told, (&Vec::new(), &Vec::new(), &Vec::new()), "seed {seed}");
        }
        Err(Failure::Crash | Failure::Sync(SyncError::Remote(_))) => {}
        // Some files of a folder were not copied yet.
        Err(Failure::Sync(SyncError::Missing { .. })) if naming == Naming::PerDevice => {}
        Err(why) => panic!("seed {seed}: {why:?}"),
    }
}

/// Runs all seeds, on all processors, and counts the commits.
fn run_all(naming: Naming) -> usize {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        let part = |first| {
            (first..SEEDS)
                .step_by(threads)
                .map(|seed| run(seed, naming))
        };
        let start = |first: u64| scope.spawn(move || part(first).sum::<usize>());
        let started: Vec<_> = (0..u64::try_from(threads).unwrap()).map(start).collect();
        started.into_iter().map(|part| part.join().unwrap()).sum()
    })
}

#[test]
fn five_machines_with_one_store_converge_and_lose_nothing() {
    let commits = run_all(Naming::Numbered);
    assert!(commits > 5_000, "only {commits} commits");
}

#[test]
fn five_machines_whose_folders_are_copied_converge_and_lose_nothing() {
    let commits = run_all(Naming::PerDevice);
    assert!(commits > 5_000, "only {commits} commits");
}
