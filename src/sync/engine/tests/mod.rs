//! Rounds of machines in memory, with fixed data keys and clocks of their own.

mod folders;
mod hostile;
mod rounds;
#[cfg(feature = "aws")]
mod servers;
mod simulation;

use std::collections::BTreeMap;

use super::*;
use crate::otp::{Account, AccountId, Algorithm, Credential, Digits, Kind, Period, Secret};
use crate::sync::known::Address;
use crate::sync::merge::{merge, same};
use crate::sync::remote::memory::{Memory, Objects};
use crate::sync::remote::{Naming, Remote};
use crate::vault::format::{RandomError, SlotKey, seal};
use crate::vault::replica::{Device, record};
use crate::vault::{Ancestor, KeyFile, Recovery, SlotKind, Vault};

const VAULT_ID: [u8; 16] = [7; 16];
const START: u64 = 1_800_000_000;

/// The same numbers in every run (`SplitMix64`).
#[derive(Debug, Clone)]
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

impl Random for Dice {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        for chunk in bytes.chunks_mut(8) {
            let next = self.next().to_le_bytes();
            chunk.copy_from_slice(&next[..chunk.len()]);
        }
        Ok(())
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Failure {
    Sync(SyncError),
    /// The process was killed.
    Crash,
    /// No slot of the commit opens here.
    Locked,
    /// The key of the commit does not descend from the one here.
    Unrelated,
}

impl From<SyncError> for Failure {
    fn from(error: SyncError) -> Self {
        Self::Sync(error)
    }
}

/// One machine. What is in it survives a crash, except `known`.
struct Machine {
    id: [u8; 16],
    vault: Vault,
    header: Header,
    key: DataKey,
    now: u64,
    dice: Dice,
    known: Known,
    saved: Known,
    /// Keys that its person can unlock.
    keys: Vec<DataKey>,
    /// It crashes at this call of the engine.
    crash_in: Option<usize>,
    remote: Memory,
    pauses: u32,
}

fn data_key(epoch: u8) -> DataKey {
    DataKey::from_bytes([epoch; 32])
}

fn header_for(key: &DataKey, epoch: u32, own: u8) -> Header {
    let mut header = Header {
        vault_id: VAULT_ID,
        epoch,
        rev: 1,
        device: [own; 16],
        key_commit: key.commitment(),
        slots: Vec::new(),
    };
    let slot_key = SlotKey::from_bytes([8; 32]);
    // The same on all machines, and one of its own.
    let mut dice = Dice(u64::from(epoch));
    let recovery = SlotKind::Recovery(Recovery);
    let slot = seal::wrap(&header, recovery, &slot_key, key, &mut dice).unwrap();
    header.slots.push(slot);
    let mut dice = Dice(1000 + u64::from(own));
    let file = SlotKind::KeyFile(KeyFile);
    let slot = seal::wrap(&header, file, &slot_key, key, &mut dice).unwrap();
    header.slots.push(slot);
    header
}

impl Machine {
    /// Machine number `own`, which shares `objects` with others.
    fn new(own: u8, naming: Naming, objects: &Objects) -> Self {
        let key = data_key(1);
        let path = "/nowhere".into();
        let known = Known::new(Address::Folder { path }, VAULT_ID, format!("m{own}"));
        let mut machine = Self {
            id: [own; 16],
            vault: Vault::default(),
            header: header_for(&key, 1, own),
            keys: vec![key.clone()],
            key,
            now: START,
            dice: Dice(u64::from(own)),
            saved: known.clone(),
            known,
            crash_in: None,
            remote: Memory::sharing(naming, objects),
            pauses: 0,
        };
        let entry = Device {
            id: machine.id,
            name: format!("m{own}"),
            added: START,
            is_removed: false,
        };
        machine.vault.set_device(entry, &machine.id, START).unwrap();
        machine
    }

    fn all(count: u8, naming: Naming) -> Vec<Self> {
        let objects = Objects::default();
        (1..=count)
            .map(|own| Self::new(own, naming, &objects))
            .collect()
    }

    /// Changes the vault as a command does.
    fn change(&mut self, change: impl FnOnce(&mut Vault)) {
        let before = self.vault.clone();
        change(&mut self.vault);
        record(&before, &mut self.vault, &self.id, self.now).unwrap();
        self.header.rev += 1;
    }

    fn add(&mut self, n: u8) -> AccountId {
        let mut account = account(n, self.now);
        account.name = format!("{n} of {}", self.id[0]);
        let id = account.id;
        self.change(|vault| vault.accounts.push(account));
        id
    }

    fn sync(&mut self) -> Result<Outcome, Failure> {
        self.sync_with(Options::default())
    }

    fn repair(&mut self) -> Result<Outcome, Failure> {
        self.sync_with(Options { repair: true })
    }

    fn sync_with(&mut self, options: Options) -> Result<Outcome, Failure> {
        let mut known = self.saved.clone();
        let mut remote = Memory::sharing(self.remote.naming(), &self.remote.objects);
        std::mem::swap(&mut remote, &mut self.remote);
        let done = round(self, &mut remote, &mut known, options);
        std::mem::swap(&mut remote, &mut self.remote);
        self.known = self.saved.clone();
        done
    }

    fn step(&mut self) -> Result<(), Failure> {
        match &mut self.crash_in {
            Some(0) => {
                self.crash_in = None;
                Err(Failure::Crash)
            }
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn opened(&self) -> Open {
        Open {
            header: self.header.clone(),
            key: self.key.clone(),
            vault: self.vault.clone(),
        }
    }

    /// Makes a new data key, as the removal of a device does.
    fn rekey(&mut self, to: u8) {
        let (epoch, key) = (self.header.epoch, data_key(to));
        let proof = self.key.descent_proof(&VAULT_ID);
        self.change(|vault| vault.ancestors.push(Ancestor { epoch, proof }));
        self.header = header_for(&key, epoch + 1, self.id[0]);
        self.keys.push(key.clone());
        self.key = key;
    }

    /// All of it that must not change in a round that is refused.
    fn state(&self) -> (Vault, Header, Known) {
        (self.vault.clone(), self.header.clone(), self.saved.clone())
    }
}

impl Local for Machine {
    type Error = Failure;

    fn open(&mut self) -> Result<Open, Failure> {
        self.step()?;
        Ok(self.opened())
    }

    fn unlock(&mut self, header: &Header) -> Result<DataKey, Failure> {
        let mut keys = self.keys.iter();
        let key = keys.find(|key| key.matches(&header.key_commit));
        key.cloned().ok_or(Failure::Locked)
    }

    fn merge_in(&mut self, incoming: Open) -> Result<Open, Failure> {
        self.step()?;
        let rank = |header: &Header| (header.epoch, header.key_commit);
        if rank(&incoming.header) > rank(&self.header) {
            let proof = self.key.descent_proof(&VAULT_ID);
            let mut proofs = incoming.vault.ancestors.iter();
            if proofs.all(|known| known.proof != proof) {
                return Err(Failure::Unrelated);
            }
            self.header = header_for(&incoming.key, incoming.header.epoch, self.id[0]);
            self.key = incoming.key.clone();
        }
        let merged = merge(&self.vault, &incoming.vault).map_err(SyncError::from)?;
        self.vault = merged;
        let now = self.now;
        self.change(|vault| vault.separate_names(now));
        self.step()?;
        Ok(self.opened())
    }

    fn remember(&mut self, known: &Known) -> Result<(), Failure> {
        self.step()?;
        self.saved = known.clone();
        self.step()
    }

    fn device(&self) -> [u8; 16] {
        self.id
    }

    fn now(&self) -> u64 {
        self.now
    }

    fn random(&mut self) -> &mut dyn Random {
        &mut self.dice
    }

    fn pause(&mut self, attempt: u32) -> Result<(), Failure> {
        self.pauses = attempt;
        std::thread::yield_now();
        Ok(())
    }
}

fn account(n: u8, now: u64) -> Account {
    Account {
        id: AccountId::new(u64::from(n), &[n; 10]),
        issuer: "A".to_owned(),
        name: format!("{n}"),
        credential: Credential {
            secret: Secret::from_bytes(vec![n; 20]).unwrap(),
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

/// Rounds without faults, until nothing moves any more.
fn settle(machines: &mut [Machine]) {
    for pass in 0.. {
        let mut moved = false;
        for machine in &mut *machines {
            let done = machine.sync().unwrap();
            moved |= done.pulled || done.pushed.is_some();
        }
        if !moved {
            break;
        }
        assert!(pass < 10, "it never settles");
    }
    let first = &machines[0].vault;
    for machine in &*machines {
        assert!(same(first, &machine.vault).unwrap(), "they differ");
    }
}

fn names_of(vault: &Vault) -> BTreeMap<AccountId, String> {
    let accounts = vault.accounts.iter();
    accounts.map(|own| (own.id, own.name.clone())).collect()
}
