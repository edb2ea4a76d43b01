//! The repository with a host that is scripted: no terminal, no environment.

use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

use super::{Repository, RepositoryError, SlotChange, Trusted};
use crate::otp::{Account, AccountId, parse};
use crate::vault::Vault;
use crate::vault::format::{Random, RandomError};
use crate::vault::host::{Answer, Host, HostError, Question};
#[cfg(feature = "age")]
use crate::vault::host::{IdentityFile, PluginPrompts};
use crate::vault::init::{KeyringPolicy, PrimarySlot, VaultInit};
use crate::vault::storage::StateDir;
use crate::vault::unlock::{Header, NewPassphrase, NewRecoveryCode, SlotKind, key_file_path};

/// A person who types `passphrase`, and whatever `meanwhile` does while the question stands.
struct Scripted<'a> {
    state: StateDir,
    counter: u8,
    passphrase: &'a str,
    meanwhile: &'a mut dyn FnMut(),
    asked: usize,
}

impl Random for Scripted<'_> {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        for byte in bytes {
            self.counter = self.counter.wrapping_mul(5).wrapping_add(1);
            *byte = self.counter;
        }
        Ok(())
    }
}

impl Host for Scripted<'_> {
    fn now(&self) -> u64 {
        1_000
    }

    fn state(&self) -> &StateDir {
        &self.state
    }

    fn given_secret(&mut self) -> Result<Option<Zeroizing<String>>, HostError> {
        Ok(None)
    }

    fn typed_secret(
        &mut self,
        _: &Question<'_>,
        opens: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Answer, HostError> {
        self.asked += 1;
        (self.meanwhile)();
        Ok(if opens(self.passphrase) {
            Answer::Opened
        } else {
            Answer::Wrong
        })
    }

    fn new_vault(&mut self, _: &Path) -> Result<VaultInit, HostError> {
        (self.meanwhile)();
        Ok(VaultInit {
            primary: PrimarySlot::Passphrase(Zeroizing::new(self.passphrase.to_owned())),
            keyring: KeyringPolicy::Off,
        })
    }

    #[cfg(feature = "age")]
    fn identities(&self, _: bool) -> Vec<IdentityFile> {
        Vec::new()
    }

    #[cfg(feature = "age")]
    fn plugin_prompts(&self) -> PluginPrompts {
        PluginPrompts {
            show: |_| {},
            confirm: |_| None,
            ask: |_| None,
        }
    }
}

struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("vault.json")
    }

    fn bytes(&self) -> Option<Vec<u8>> {
        self.repository().file.load().unwrap()
    }

    /// As another process would see it.
    fn repository(&self) -> Repository {
        Repository::new(&self.path(), Duration::ZERO)
    }

    fn host<'a>(&self, passphrase: &'a str, meanwhile: &'a mut dyn FnMut()) -> Scripted<'a> {
        Scripted {
            state: StateDir::new(self.folder.path().join("state")),
            counter: 1,
            passphrase,
            meanwhile,
            asked: 0,
        }
    }
}

fn add(vault: &mut Vault, name: &str) -> Result<(), RepositoryError> {
    let uri = format!("otpauth://totp/{name}?secret=JBSWY3DPEHPK3PXP");
    let draft = parse(&uri).unwrap().draft;
    let id = AccountId::new(vault.accounts.len() as u64, &[1; 10]);
    vault.add(Account::from_draft(draft, id, 1), false)?;
    Ok(())
}

fn names(repository: &mut Repository, host: &mut dyn Host) -> Vec<String> {
    let open = repository.open_existing(host).unwrap();
    let accounts = open.vault.accounts.iter();
    accounts.map(|account| account.name.clone()).collect()
}

/// While a person is asked, another process gets the lock, and its change is in what is written.
#[test]
fn nobody_waits_for_the_lock_while_a_person_types() {
    let bench = Bench::new();
    let mut repository = bench.repository();
    repository
        .change(&mut bench.host("p", &mut || {}), |vault| {
            add(vault, "first")
        })
        .unwrap();
    let mut other = || {
        let mut repository = bench.repository();
        repository
            .change(&mut bench.host("p", &mut || {}), |vault| {
                add(vault, "other")
            })
            .unwrap();
    };
    let mut host = bench.host("p", &mut other);
    let mut repository = bench.repository();
    repository
        .change(&mut host, |vault| add(vault, "last"))
        .unwrap();
    assert_eq!(host.asked, 1);
    assert_eq!(
        names(&mut repository, &mut host),
        ["first", "other", "last"]
    );
}

/// Two processes at a vault that is not there yet: the second finds that of the first.
#[test]
fn a_vault_that_came_meanwhile_is_not_created_again() {
    let bench = Bench::new();
    let mut is_first = true;
    let mut other = || {
        if !std::mem::take(&mut is_first) {
            return;
        }
        let mut repository = bench.repository();
        repository
            .change(&mut bench.host("p", &mut || {}), |vault| {
                add(vault, "other")
            })
            .unwrap();
    };
    let mut host = bench.host("p", &mut other);
    let mut repository = bench.repository();
    repository
        .change(&mut host, |vault| add(vault, "own"))
        .unwrap();
    assert_eq!(names(&mut repository, &mut host), ["other", "own"]);
}

/// A wrong passphrase changes nothing, and is not taken for another one's.
#[test]
fn a_wrong_passphrase_is_an_error_and_changes_nothing() {
    let bench = Bench::new();
    let mut repository = bench.repository();
    repository
        .change(&mut bench.host("p", &mut || {}), |vault| {
            add(vault, "first")
        })
        .unwrap();
    let before = bench.bytes();
    let mut repository = bench.repository();
    let error = repository.change(&mut bench.host("q", &mut || {}), |vault| add(vault, "x"));
    assert!(matches!(error, Err(RepositoryError::WrongPassphrase)));
    assert_eq!(bench.bytes(), before);
}

/// A code that is not taken by the person is not written, and the old slots still open.
#[test]
fn what_cannot_be_revealed_changes_nothing() {
    let bench = Bench::new();
    let mut repository = bench.repository();
    let mut nothing = || {};
    let host = &mut bench.host("p", &mut nothing);
    repository.create(host, VaultInit::KEY_FILE).unwrap();
    let before = bench.bytes();
    let decide = |_: &Header| Ok(SlotChange::default().and_adding(NewRecoveryCode));
    let refused = repository.change_slots(host, decide, |_| Err(RepositoryError::NoSlots));
    assert!(matches!(refused, Err(RepositoryError::NoSlots)));
    assert_eq!(bench.bytes(), before);
}

#[test]
fn a_new_key_takes_the_place_of_the_old_one_in_all_backups() {
    let bench = Bench::new();
    let mut repository = bench.repository();
    let mut nothing = || {};
    let host = &mut bench.host("p", &mut nothing);
    repository.create(host, VaultInit::KEY_FILE).unwrap();
    for name in ["a", "b", "c"] {
        repository.change(host, |vault| add(vault, name)).unwrap();
    }
    let decide = |header: &Header| {
        let change = SlotChange::removing(header, |kind| matches!(kind, SlotKind::KeyFile(_)));
        Ok::<_, RepositoryError>(change.and_adding(NewPassphrase("p")))
    };
    repository.change_slots(host, decide, |_| Ok(())).unwrap();
    assert!(!key_file_path(&bench.path()).exists());
    let report = repository.check(host).unwrap();
    assert_eq!((report.backups, report.bad_backups), (5, Vec::new()));
    assert_eq!(repository.trust(host).unwrap(), Trusted::Already);
    assert_eq!(repository.take_notices(), []);
}
