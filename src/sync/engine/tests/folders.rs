//! Machines whose folders another program copies, on a disk.
#![expect(clippy::disallowed_methods, reason = "tests copy files")]

use std::fs;
use std::path::Path;

use super::*;
use crate::sync::remote::RemoteError;
use crate::sync::remote::folder::Folder;

fn sync(machine: &mut Machine, folder: &mut Folder) -> Result<Outcome, Failure> {
    let mut known = machine.saved.clone();
    round(machine, folder, &mut known, Options::default())
}

fn commits(root: &Path) -> std::path::PathBuf {
    let vault = fs::read_dir(root.join("v1")).unwrap().next().unwrap();
    vault.unwrap().path()
}

/// Copies what is missing, as Dropbox does. Returns how many files it copied.
fn copy(from: &Path, to: &Path) -> usize {
    let to = to.join(commits(from).strip_prefix(from).unwrap());
    fs::create_dir_all(&to).unwrap();
    let entries = fs::read_dir(commits(from)).unwrap().map(Result::unwrap);
    let missing = entries.filter(|entry| !to.join(entry.file_name()).exists());
    let missing: Vec<_> = missing.collect();
    for entry in &missing {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
    missing.len()
}

#[test]
fn two_machines_that_were_offline_merge_when_their_folders_are_copied() {
    let place = tempfile::tempdir().unwrap();
    let (one, two) = (place.path().join("one"), place.path().join("two"));
    let mut all = Machine::all(2, Naming::PerDevice);
    let mut folder = Folder::create(one.clone()).unwrap();
    all[0].add(1);
    sync(&mut all[0], &mut folder).unwrap();
    copy(&one, &two);
    let (mut first, mut second) = (Folder::new(one.clone()), Folder::new(two.clone()));
    assert!(sync(&mut all[1], &mut second).unwrap().pulled);
    // Both are offline, and change the same key.
    for (machine, folder) in [(0, &mut first), (1, &mut second)] {
        for n in 0..3 {
            let secret = vec![u8::try_from(machine).unwrap() * 100 + 50 + n; 20];
            all[machine].change(|vault| {
                vault.accounts[0].credential.secret = Secret::from_bytes(secret).unwrap();
            });
            all[machine].add(10 + u8::try_from(machine).unwrap());
            sync(&mut all[machine], folder).unwrap();
            all[machine].vault.accounts.truncate(1);
        }
    }
    assert!(copy(&one, &two) > 0 && copy(&two, &one) > 0);
    for _ in 0..2 {
        for (machine, folder) in [(0, &mut first), (1, &mut second)] {
            let done = sync(&mut all[machine], folder).unwrap();
            assert_eq!(done.rolled_back, []);
        }
        copy(&one, &two);
        copy(&two, &one);
    }
    assert!(same(&all[0].vault, &all[1].vault).unwrap());
    assert_eq!(all[0].vault.conflicts().unwrap().len(), 1);
    for (machine, folder) in [(0, &mut first), (1, &mut second)] {
        let done = sync(&mut all[machine], folder).unwrap();
        assert_eq!((done.pulled, done.pushed), (false, None));
    }
}

#[test]
fn what_is_not_copied_completely_is_refused_until_it_is() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("shared");
    let mut all = Machine::all(2, Naming::PerDevice);
    let mut folder = Folder::create(root.clone()).unwrap();
    all[0].add(1);
    let pushed = sync(&mut all[0], &mut folder).unwrap().pushed.unwrap();
    let file = commits(&root).join(pushed.name.to_string());
    let whole = fs::read(&file).unwrap();
    for end in [0, 1, whole.len() / 2, whole.len() - 1] {
        fs::write(&file, &whole[..end]).unwrap();
        let refused = sync(&mut all[1], &mut folder).err();
        assert_eq!(
            refused,
            Some(Failure::Sync(SyncError::CutOff(pushed.name))),
            "{end}"
        );
        assert!(all[1].vault.accounts.is_empty());
    }
    fs::write(&file, &whole).unwrap();
    assert!(sync(&mut all[1], &mut folder).unwrap().pulled);
}

#[test]
fn a_disk_that_is_not_mounted_is_no_remote_that_went_back() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("shared");
    let mut all = Machine::all(1, Naming::PerDevice);
    sync(&mut all[0], &mut Folder::create(root.clone()).unwrap()).unwrap();
    let away = place.path().join("away");
    fs::rename(&root, &away).unwrap();
    let mut folder = Folder::new(root.clone());
    for is_mount_point in [false, true] {
        if is_mount_point {
            fs::create_dir(&root).unwrap();
        }
        let why = sync(&mut all[0], &mut folder).err();
        let is_unreached = matches!(
            why,
            Some(Failure::Sync(SyncError::Remote(RemoteError::Unreached(_))))
        );
        assert!(is_unreached, "{why:?}");
        assert!(!root.join("v1").exists());
    }
}
