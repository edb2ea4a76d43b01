//! Two machines, each with a vault and a state folder of its own.

use super::*;
use crate::vault::Ancestor;
use crate::vault::replica::{AccountState, State};
use crate::vault::repository::tests::{Bench, FORGED, Scripted, add, names, rekey};
use crate::vault::unlock::NewPassphrase;

const KEY_FILE: OwnSlot = OwnSlot {
    key_file: true,
    keyring: KeyringPolicy::Off,
};

/// Takes over the other machine's state; `crate::sync` merges both.
fn take(own: &Vault, other: &Vault) -> Result<Vault, ReplicaError> {
    State::of(other)?.to_vault([other, own])
}

/// A vault with a passphrase and a key file that syncs, and a second machine that joined it.
fn two_machines<'a>(
    one: &Bench,
    two: &Bench,
    host: &mut Scripted<'a>,
    other: &mut Scripted<'a>,
) -> [Repository; 2] {
    let mut first = one.with_own(host);
    let add_passphrase =
        |_: &Header| Ok::<_, RepositoryError>(SlotChange::default().and_adding(NewPassphrase("p")));
    first
        .change_slots(host, add_passphrase, |_| Ok(()))
        .unwrap();
    let open = first.begin_sync(host, "laptop").unwrap();
    let mut second = two.repository();
    second
        .create_joined(other, &open, "desktop", KEY_FILE)
        .unwrap();
    [first, second]
}

fn has_slot(header: &Header, name: &str) -> bool {
    header.slots.iter().any(|slot| slot.kind.name() == name)
}

#[test]
fn every_way_of_changing_a_vault_is_stamped() {
    let (one, two) = (Bench::new(), Bench::new());
    let (mut nothing, mut none) = (|| {}, || {});
    let (mut host, mut other) = (one.host("p", &mut nothing), two.host("p", &mut none));
    let [mut first, mut second] = two_machines(&one, &two, &mut host, &mut other);
    let newest = |repository: &mut Repository, host: &mut Scripted<'_>| {
        let open = repository.open_existing(host).unwrap();
        let state = State::of(&open.vault).unwrap();
        let stamps = state.entries.values().map(|entry| {
            let own = entry.account.as_ref().map(AccountState::newest);
            own.max(entry.removed).unwrap()
        });
        (stamps.max().unwrap(), state.entries.len())
    };
    let synced = newest(&mut first, &mut host);
    first.change(&mut host, |vault| add(vault, "new")).unwrap();
    let added = newest(&mut first, &mut host);
    assert!(added > synced, "{synced:?} {added:?}");
    first.undo(&mut host).unwrap();
    let undone = newest(&mut first, &mut host);
    assert!(undone > added && undone.1 == 2, "{added:?} {undone:?}");
    first.redo(&mut host).unwrap();
    let redone = newest(&mut first, &mut host);
    assert!(redone > undone, "{undone:?} {redone:?}");
    let rev = first.load().unwrap().unwrap().header.rev;
    first.restore_revision(&mut host, rev - 1).unwrap();
    assert!(newest(&mut first, &mut host) > redone);
    first.restore_revision(&mut host, rev).unwrap();
    let theirs = first.open_existing(&mut host).unwrap();
    second.merge_in(&mut other, &theirs, take).unwrap();
    assert_eq!(names(&mut second, &mut other), ["own", "new"]);
}

#[test]
fn nothing_is_written_if_nothing_is_new() {
    let (one, two) = (Bench::new(), Bench::new());
    let (mut nothing, mut none) = (|| {}, || {});
    let (mut host, mut other) = (one.host("p", &mut nothing), two.host("p", &mut none));
    let [mut first, mut second] = two_machines(&one, &two, &mut host, &mut other);
    let theirs = second.open_existing(&mut other).unwrap();
    first.merge_in(&mut host, &theirs, take).unwrap();
    let before = first.load().unwrap().unwrap();
    first.merge_in(&mut host, &theirs, take).unwrap();
    assert_eq!(first.load().unwrap().unwrap(), before);
}

#[test]
fn a_new_data_key_reaches_the_other_machine_whose_key_file_stays() {
    let (one, two) = (Bench::new(), Bench::new());
    let (mut nothing, mut none) = (|| {}, || {});
    let (mut host, mut other) = (one.host("p", &mut nothing), two.host("p", &mut none));
    let [mut first, mut second] = two_machines(&one, &two, &mut host, &mut other);
    second
        .change(&mut other, |vault| add(vault, "theirs"))
        .unwrap();
    rekey(&mut first, &mut host);
    let mut theirs = first.open_existing(&mut host).unwrap();
    assert!(!has_slot(&theirs.header, "keyfile"));
    let mut all = second.open_existing(&mut other).unwrap().vault;
    all.ancestors.clone_from(&theirs.vault.ancestors);
    theirs.vault = all;
    let merged = second.merge_in(&mut other, &theirs, take).unwrap();
    assert_eq!(merged.header.epoch, theirs.header.epoch);
    assert_eq!(merged.key.commitment(), theirs.key.commitment());
    assert!(has_slot(&merged.header, "keyfile") && has_slot(&merged.header, "passphrase"));
    // Its own key file opens it, without a prompt.
    let asked = other.asked;
    let mut again = two.repository();
    assert_eq!(names(&mut again, &mut other), ["own", "theirs"]);
    assert_eq!(other.asked, asked);
    // And its backups have the new key.
    let kept = again.kept_below(u64::MAX);
    assert!(
        kept.into_iter()
            .all(|kept| kept.header.epoch == theirs.header.epoch)
    );
}

#[test]
fn of_two_new_data_keys_both_machines_choose_the_same() {
    let (one, two) = (Bench::new(), Bench::new());
    let (mut nothing, mut none) = (|| {}, || {});
    let (mut host, mut other) = (one.host("p", &mut nothing), two.host("p", &mut none));
    let [mut first, mut second] = two_machines(&one, &two, &mut host, &mut other);
    rekey(&mut first, &mut host);
    // The random numbers of the test must not repeat.
    other.counter = 77;
    rekey(&mut second, &mut other);
    let mine = first.open_existing(&mut host).unwrap();
    let theirs = second.open_existing(&mut other).unwrap();
    assert_eq!(mine.header.epoch, theirs.header.epoch);
    assert_ne!(mine.key.commitment(), theirs.key.commitment());
    let key = first.key_of(&mut host, &theirs.header).unwrap();
    assert_eq!(key.commitment(), theirs.key.commitment());
    let at_first = first.merge_in(&mut host, &theirs, take).unwrap();
    second.key_of(&mut other, &mine.header).unwrap();
    let at_second = second.merge_in(&mut other, &mine, take).unwrap();
    assert_eq!(at_first.key.commitment(), at_second.key.commitment());
}

#[test]
fn a_data_key_that_does_not_descend_from_this_one_is_refused() {
    let (one, two) = (Bench::new(), Bench::new());
    let (mut nothing, mut none) = (|| {}, || {});
    let (mut host, mut other) = (one.host("p", &mut nothing), two.host("p", &mut none));
    let [mut first, _] = two_machines(&one, &two, &mut host, &mut other);
    let own = first.open_existing(&mut host).unwrap();
    let key = DataKey::from_bytes(FORGED);
    for proof in [None, Some([7; 32])] {
        let mut vault = own.vault.clone();
        vault.ancestors.extend(proof.map(|proof| Ancestor {
            epoch: own.header.epoch,
            proof: zeroize::Zeroizing::new(proof),
        }));
        let header = Header {
            epoch: own.header.epoch + 1,
            key_commit: key.commitment(),
            ..own.header.clone()
        };
        let key = key.clone();
        let forged = Open { header, key, vault };
        let before = first.load().unwrap();
        let refused = first.merge_in(&mut host, &forged, take);
        assert!(matches!(refused, Err(RepositoryError::Unrelated)));
        assert_eq!(first.load().unwrap(), before);
    }
}

#[test]
fn a_removed_device_gets_no_new_key() {
    let (one, two) = (Bench::new(), Bench::new());
    let (mut nothing, mut none) = (|| {}, || {});
    let (mut host, mut other) = (one.host("p", &mut nothing), two.host("p", &mut none));
    let [mut first, mut second] = two_machines(&one, &two, &mut host, &mut other);
    let gone = device(&mut other).unwrap();
    let theirs = second.open_existing(&mut other).unwrap();
    let before = first.merge_in(&mut host, &theirs, take).unwrap();
    let removed: Result<(), RepositoryError> = first.remove_device(&mut host, &gone, |_| Ok(()));
    removed.unwrap();
    let after = first.open_existing(&mut host).unwrap();
    assert_eq!(after.header.epoch, before.header.epoch + 1);
    assert!(!theirs.key.matches(&after.header.key_commit));
    // What the old key sealed can still be read by those who have the new one.
    let keys = after.keys().unwrap();
    assert!(
        keys.iter()
            .any(|key| key.matches(&before.header.key_commit))
    );
    let devices = after.vault.devices().unwrap();
    let is_removed = |device: &Device| device.is_removed;
    assert_eq!(devices.iter().filter(|own| is_removed(own)).count(), 1);
    assert!(devices.iter().any(|own| own.id == gone && own.is_removed));
    // Slots that only unwrapped the old key do not open the new one.
    let slot = theirs
        .header
        .slots
        .iter()
        .find(|slot| slot.kind.is_bound_to_device());
    assert!(slot.is_some());
}

#[test]
fn a_vault_without_sync_is_written_as_before() {
    let one = Bench::new();
    let mut nothing = || {};
    let mut host = one.host("p", &mut nothing);
    let mut first = one.with_own(&mut host);
    let open = first.open_existing(&mut host).unwrap();
    assert!(!open.vault.is_replica());
    let begun = first.begin_sync(&mut host, "laptop").unwrap();
    assert!(begun.vault.is_replica());
    first.leave_sync(&mut host).unwrap();
    assert_eq!(first.open_existing(&mut host).unwrap().vault, open.vault);
}
