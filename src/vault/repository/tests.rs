//! Tests the repository with a scripted host, without terminal and environment.

use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

use super::{Repository, RepositoryError, SlotChange, Trusted};
use crate::otp::{Account, AccountId, parse};
use crate::vault::format::{DataKey, Random, RandomError, SlotKey, document, seal};
use crate::vault::host::{Answer, Host, HostError, Question};
#[cfg(feature = "age")]
use crate::vault::host::{IdentityFile, PluginPrompts};
use crate::vault::init::{KeyringPolicy, PrimarySlot, VaultInit};
use crate::vault::storage::{StateDir, read_private, remove, replace_private};
use crate::vault::unlock::{
    Header, KeyFile, NewPassphrase, NewRecoveryCode, SlotKind, key_file_path,
};
use crate::vault::{Ancestor, Vault};

/// A user who types `passphrase`. `meanwhile` runs during the prompt.
pub(super) struct Scripted<'a> {
    state: StateDir,
    pub(super) counter: u8,
    passphrase: &'a str,
    meanwhile: &'a mut dyn FnMut(),
    pub(super) asked: usize,
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

    fn waiting(&mut self, _: Option<u32>) {}

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

/// The data key of an attacker.
pub(super) const FORGED: [u8; 32] = [66; 32];

pub(super) struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("vault.json")
    }

    fn bytes(&self) -> Option<Vec<u8>> {
        self.repository().file.load().unwrap()
    }

    /// A repository like that of another process.
    pub(super) fn repository(&self) -> Repository {
        Repository::new(&self.path(), Duration::ZERO)
    }

    /// Adds an account, like another process.
    fn add(&self, name: &str) {
        let mut nothing = || {};
        let host = &mut self.host("p", &mut nothing);
        let added = self.repository().change(host, |vault| add(vault, name));
        added.unwrap();
    }

    /// Creates a vault with a key file and the account `own`.
    pub(super) fn with_own(&self, host: &mut Scripted<'_>) -> Repository {
        let mut repository = self.repository();
        repository.create(host, VaultInit::KEY_FILE).unwrap();
        repository.change(host, |vault| add(vault, "own")).unwrap();
        repository
    }

    /// A later revision of the vault, `epochs` data keys further, made without knowing its data key. The
    /// key file stands for a public key: anybody can wrap for it.
    fn forged(&self, host: &mut Scripted<'_>, epochs: u32, ancestors: Vec<Ancestor>) -> Vec<u8> {
        let key_file = read_private(&key_file_path(&self.path()), 1024);
        let text = String::from_utf8(key_file.unwrap().unwrap()).unwrap();
        let bytes = data_encoding::BASE64.decode(text.lines().last().unwrap().as_bytes());
        let slot_key = SlotKey::from_bytes(bytes.unwrap().try_into().unwrap());
        let own = self.repository().open_existing(host).unwrap();
        let key = DataKey::from_bytes(FORGED);
        let mut header = Header {
            epoch: own.header.epoch + epochs,
            rev: own.header.rev + 1,
            key_commit: key.commitment(),
            slots: Vec::new(),
            ..own.header
        };
        let slot = seal::wrap(&header, SlotKind::KeyFile(KeyFile), &slot_key, &key, host);
        header.slots.push(slot.unwrap());
        let mut vault = Vault {
            ancestors,
            ..Vault::default()
        };
        add(&mut vault, "forged").unwrap();
        let plaintext = document::write(&vault).unwrap();
        seal::seal(header, &key, &plaintext, host)
            .unwrap()
            .to_json()
    }

    /// Another machine with the same folder.
    fn host_elsewhere<'a>(&self, meanwhile: &'a mut dyn FnMut()) -> Scripted<'a> {
        let state = StateDir::new(self.folder.path().join("elsewhere"));
        Scripted {
            state,
            ..self.host("p", meanwhile)
        }
    }

    pub(super) fn host<'a>(
        &self,
        passphrase: &'a str,
        meanwhile: &'a mut dyn FnMut(),
    ) -> Scripted<'a> {
        Scripted {
            state: StateDir::new(self.folder.path().join("state")),
            counter: 1,
            passphrase,
            meanwhile,
            asked: 0,
        }
    }
}

pub(super) fn add(vault: &mut Vault, name: &str) -> Result<(), RepositoryError> {
    let uri = format!("otpauth://totp/{name}?secret=JBSWY3DPEHPK3PXP");
    let draft = parse(&uri).unwrap().draft;
    let id = AccountId::new(vault.accounts.len() as u64, &[1; 10]);
    vault.add(Account::from_draft(draft, id, 1), false)?;
    Ok(())
}

/// Replaces all slots by a passphrase, and so the data key.
pub(super) fn rekey(repository: &mut Repository, host: &mut dyn Host) {
    let decide = |header: &Header| {
        let change = SlotChange::removing(header, |_| true);
        Ok::<_, RepositoryError>(change.and_adding(NewPassphrase("p")))
    };
    repository.change_slots(host, decide, |_| Ok(())).unwrap();
}

pub(super) fn names(repository: &mut Repository, host: &mut dyn Host) -> Vec<String> {
    let open = repository.open_existing(host).unwrap();
    let accounts = open.vault.accounts.iter();
    accounts.map(|account| account.name.clone()).collect()
}

/// During a prompt, another process gets the lock, and its change is not lost.
#[test]
fn nobody_waits_for_the_lock_while_a_person_types() {
    let bench = Bench::new();
    bench.add("first");
    let mut other = || bench.add("other");
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

/// Two processes create a vault at once; the second finds that of the first.
#[test]
fn a_vault_that_came_meanwhile_is_not_created_again() {
    let bench = Bench::new();
    let mut is_first = true;
    let mut other = || {
        if !std::mem::take(&mut is_first) {
            return;
        }
        bench.add("other");
    };
    let mut host = bench.host("p", &mut other);
    let mut repository = bench.repository();
    repository
        .change(&mut host, |vault| add(vault, "own"))
        .unwrap();
    assert_eq!(names(&mut repository, &mut host), ["other", "own"]);
}

/// A wrong passphrase changes nothing and gives an error.
#[test]
fn a_wrong_passphrase_is_an_error_and_changes_nothing() {
    let bench = Bench::new();
    bench.add("first");
    let before = bench.bytes();
    let mut repository = bench.repository();
    let error = repository.change(&mut bench.host("q", &mut || {}), |vault| add(vault, "x"));
    assert!(matches!(error, Err(RepositoryError::WrongPassphrase)));
    assert_eq!(bench.bytes(), before);
}

/// A recovery code that cannot be shown is not written, and the old slots still open.
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

/// Whoever can write the file can wrap a data key of their own for a public key in the header.
#[test]
fn a_later_vault_is_taken_only_from_who_knew_the_key_before() {
    let bench = Bench::new();
    let mut nothing = || {};
    let host = &mut bench.host("p", &mut nothing);
    bench.with_own(host);
    let open = bench.repository().open_existing(host).unwrap();
    let proof = open.key.descent_proof(&open.header.vault_id);
    let epoch = open.header.epoch;
    let without_proof = bench.forged(host, 1, Vec::new());
    let with_proof = bench.forged(host, 1, vec![Ancestor { epoch, proof }]);

    replace_private(&bench.path(), &without_proof).unwrap();
    let mut reader = bench.repository();
    let refused = reader.open_existing(host).map(drop);
    assert!(matches!(refused, Err(RepositoryError::Other(_))));
    let refused = reader.change(host, |vault| add(vault, "more"));
    assert!(matches!(refused, Err(RepositoryError::Other(_))));

    replace_private(&bench.path(), &with_proof).unwrap();
    assert_eq!(names(&mut bench.repository(), host), ["forged"]);
    assert_eq!(bench.repository().trust(host).unwrap(), Trusted::Already);
}

/// Another machine, which saw the vault before, accepts a new data key.
#[test]
fn a_new_data_key_of_our_own_is_taken_elsewhere() {
    let bench = Bench::new();
    let mut nothing = || {};
    let host = &mut bench.host("p", &mut nothing);
    let mut repository = bench.repository();
    repository.create(host, VaultInit::KEY_FILE).unwrap();
    let mut nothing = || {};
    let elsewhere = &mut bench.host_elsewhere(&mut nothing);
    assert!(names(&mut bench.repository(), elsewhere).is_empty());
    for _ in 0..3 {
        rekey(&mut repository, host);
    }
    repository
        .change(host, |vault| add(vault, "later"))
        .unwrap();
    assert_eq!(names(&mut bench.repository(), elsewhere), ["later"]);
}

/// The backup is older than the data key, and was sealed again with it.
#[test]
fn a_backup_from_before_a_new_data_key_is_taken_elsewhere_too() {
    let bench = Bench::new();
    let mut nothing = || {};
    let host = &mut bench.host("p", &mut nothing);
    let mut repository = bench.with_own(host);
    let mut nothing = || {};
    let elsewhere = &mut bench.host_elsewhere(&mut nothing);
    assert_eq!(names(&mut bench.repository(), elsewhere), ["own"]);
    rekey(&mut repository, host);
    remove(&bench.path()).unwrap();
    repository.restore_revision(host, 2).unwrap();
    assert_eq!(names(&mut bench.repository(), elsewhere), ["own"]);
}

/// Whoever can write the folder can add a backup that a public key opens.
#[test]
fn a_forged_backup_is_not_restored_and_not_sealed_anew() {
    let bench = Bench::new();
    let mut nothing = || {};
    let host = &mut bench.host("p", &mut nothing);
    let mut repository = bench.with_own(host);
    let forged = bench.forged(host, 0, Vec::new());
    for name in ["a", "b"] {
        repository.change(host, |vault| add(vault, name)).unwrap();
    }
    let backups = bench.path().with_file_name("backups");
    let planted = backups.join("vault-00000003.json");
    replace_private(&planted, &forged).unwrap();
    let as_member = || {
        let mut repository = bench.repository();
        let commitment = DataKey::from_bytes(FORGED).commitment();
        repository.unproven_keys.push(commitment);
        repository
    };
    let refused = as_member().restore_revision(host, 3).map(drop);
    assert!(matches!(refused, Err(RepositoryError::ForeignBackup(3))));
    let report = as_member().check(host).unwrap();
    assert_eq!(report.bad_backups.len(), 1);
    let undone = as_member().undo(host).unwrap();
    assert_eq!(undone.after.accounts.len(), 1);
    rekey(&mut as_member(), host);
    assert_eq!(read_private(&planted, 1 << 20).unwrap(), Some(forged));
}
