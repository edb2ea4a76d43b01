#![expect(clippy::disallowed_methods, reason = "tests look at the files")]

use std::fs;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::*;

const PREFIX: &str = "v1/07070707070707070707070707070707/";

fn name(n: u32) -> String {
    format!("{PREFIX}{n:012}-00ff10ab")
}

fn root(place: &TempDir) -> PathBuf {
    place.path().join("shared")
}

fn created(place: &TempDir) -> Folder {
    Folder::create(root(place)).unwrap()
}

#[test]
fn what_is_put_is_listed_and_read_back_once() {
    let place = tempfile::tempdir().unwrap();
    let mut folder = created(&place);
    assert_eq!(folder.list(PREFIX, None), Ok(Vec::new()));
    assert_eq!(folder.put_new(&name(2), b"two"), Ok(Put::Created));
    assert_eq!(folder.put_new(&name(1), b"one"), Ok(Put::Created));
    assert_eq!(folder.put_new(&name(1), b"other"), Ok(Put::Exists));
    let mut folder = Folder::new(root(&place));
    assert_eq!(folder.list(PREFIX, None), Ok(vec![name(1), name(2)]));
    assert_eq!(folder.list(ROOT, Some(&name(1))), Ok(vec![name(2)]));
    assert_eq!(folder.get(&name(1)), Ok(Some(b"one".to_vec())));
    assert_eq!(folder.get(&name(3)), Ok(None));
}

#[cfg(unix)]
#[test]
fn files_and_folders_are_private_and_a_shared_folder_is_no_error() {
    use std::os::unix::fs::PermissionsExt;

    let place = tempfile::tempdir().unwrap();
    fs::create_dir(root(&place)).unwrap();
    fs::set_permissions(root(&place), fs::Permissions::from_mode(0o777)).unwrap();
    let mut folder = created(&place);
    folder.put_new(&name(1), b"one").unwrap();
    let mode = |path: &str| {
        let metadata = fs::metadata(root(&place).join(path)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(
        (mode(""), mode("v1"), mode(PREFIX), mode(&name(1))),
        (0o777, 0o700, 0o700, 0o600)
    );
    fs::set_permissions(
        root(&place).join(name(1)),
        fs::Permissions::from_mode(0o666),
    )
    .unwrap();
    assert!(folder.get(&name(1)).unwrap().is_some());
}

#[test]
fn a_missing_folder_is_never_created_again() {
    let place = tempfile::tempdir().unwrap();
    let mut folder = Folder::new(root(&place));
    let unreached = |result: Result<(), RemoteError>| {
        assert!(
            matches!(result, Err(RemoteError::Unreached(_))),
            "{result:?}"
        );
    };
    unreached(folder.list(PREFIX, None).map(drop));
    unreached(folder.get(&name(1)).map(drop));
    unreached(folder.put_new(&name(1), b"one").map(drop));
    unreached(folder.prune(PREFIX, u64::MAX).map(drop));
    assert!(!root(&place).exists());
    // The empty folder that a disk was mounted at.
    fs::create_dir(root(&place)).unwrap();
    unreached(folder.list(PREFIX, None).map(drop));
    fs::create_dir(root(&place).join("v1")).unwrap();
    unreached(folder.list(PREFIX, None).map(drop));
    assert_eq!(folder.list(ROOT, None), Ok(Vec::new()));
    // A file in its place.
    fs::remove_dir_all(root(&place)).unwrap();
    fs::write(root(&place), "x").unwrap();
    assert!(matches!(
        folder.list(PREFIX, None),
        Err(RemoteError::Refused(_))
    ));
    assert!(Folder::create(root(&place)).is_err());
}

#[test]
fn foreign_files_are_ignored_and_conflict_copies_are_told() {
    let place = tempfile::tempdir().unwrap();
    let mut folder = created(&place);
    folder.put_new(&name(1), b"one").unwrap();
    let inside = root(&place).join(PREFIX);
    let commit = "000000000001-00ff10ab";
    let copies = [
        format!("{commit} (Bob's conflicted copy 2026-01-01)"),
        format!("{commit} 2"),
        format!("{commit}-LAPTOP"),
        format!("{commit}.sync-conflict-20260101-000000-ABCDEFG"),
    ];
    let others = [
        ".DS_Store",
        "desktop.ini",
        "000000000001",
        "000000000001-00ff10a",
        "notes.txt",
        &format!("~syncthing~{commit}.tmp"),
        &format!(".syncthing.{commit}.tmp"),
        &format!("{commit}.part"),
        &format!(".{commit}.99.mfa-tmp"),
        "é",
    ];
    for file in copies.iter().map(String::as_str).chain(others) {
        fs::write(inside.join(file), "x").unwrap();
    }
    fs::create_dir(root(&place).join(".stfolder")).unwrap();
    fs::create_dir(inside.join("000000000002-00ff10ab")).unwrap();
    for _ in 0..2 {
        assert_eq!(folder.list(PREFIX, None), Ok(vec![name(1)]));
        let mut told = copies.clone().map(|copy| format!("{PREFIX}{copy}"));
        told.sort_unstable();
        assert_eq!(folder.conflict_copies(), told);
    }
    fs::write(inside.join(".000000000003-00ff10ab.icloud"), "x").unwrap();
    assert!(matches!(
        folder.list(PREFIX, None),
        Err(RemoteError::Unreached(_))
    ));
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_out_of_it() {
    use std::os::unix::fs::symlink;

    let place = tempfile::tempdir().unwrap();
    let mut folder = created(&place);
    folder.put_new(&name(1), b"one").unwrap();
    fs::write(place.path().join("outside"), "secret").unwrap();
    symlink(place.path().join("outside"), root(&place).join(name(2))).unwrap();
    assert_eq!(folder.list(PREFIX, None), Ok(vec![name(1)]));
    assert_eq!(folder.get(&name(2)), Ok(None));
    assert_eq!(folder.put_new(&name(2), b"two"), Ok(Put::Exists));
    assert_eq!(fs::read(place.path().join("outside")).unwrap(), b"secret");
    for outside in ["../outside", "v1/../../outside"] {
        assert!(folder.get(outside).is_err(), "{outside}");
        assert!(folder.put_new(outside, b"x").is_err(), "{outside}");
    }
    // The folder of the vault leads elsewhere.
    let elsewhere = place.path().join("elsewhere");
    fs::rename(root(&place).join(PREFIX), &elsewhere).unwrap();
    symlink(&elsewhere, root(&place).join(PREFIX.trim_end_matches('/'))).unwrap();
    let mut folder = Folder::new(root(&place));
    assert!(folder.list(PREFIX, None).is_err());
    assert!(folder.get(&name(1)).is_err());
    assert!(folder.put_new(&name(3), b"x").is_err());
    // The shared folder itself may be a link.
    let link = place.path().join("link");
    symlink(root(&place), &link).unwrap();
    assert!(Folder::new(link).list(ROOT, None).is_ok());
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let place = tempfile::tempdir().unwrap();
    let mut folder = created(&place);
    folder.put_new(&name(1), b"one").unwrap();
    let file = fs::File::options()
        .write(true)
        .open(root(&place).join(name(1)))
        .unwrap();
    file.set_len(MAX_COMMIT_BYTES as u64 + 1).unwrap();
    assert!(folder.get(&name(1)).is_err());
}

#[test]
fn only_commits_that_are_old_and_not_among_the_last_are_removed() {
    let place = tempfile::tempdir().unwrap();
    let mut folder = created(&place);
    let at = |n| format!("{PREFIX}{n:012}-11111111");
    for n in 1..=60 {
        folder.put_new(&name(n), b"x").unwrap();
    }
    folder.put_new(&at(1), b"x").unwrap();
    let leftover = format!("{PREFIX}.x.99.mfa-tmp");
    fs::write(root(&place).join(&leftover), "x").unwrap();
    let now = SystemTime::now();
    let date = |name: &str, days: u64| {
        let file = fs::File::options()
            .write(true)
            .open(root(&place).join(name))
            .unwrap();
        file.set_modified(now - Duration::from_hours(24 * days))
            .unwrap();
    };
    let before = now.duration_since(UNIX_EPOCH).unwrap().as_secs() - 90 * 24 * 3600;
    assert_eq!(folder.prune(PREFIX, before), Ok(0));
    (1..=60).for_each(|n| date(&name(n), if n == 3 { 89 } else { 100 }));
    date(&at(1), 1000);
    date(&leftover, 100);
    assert_eq!(folder.prune(PREFIX, before), Ok(10));
    let mut kept = vec![at(1), name(3)];
    kept.extend((11..=60).map(name));
    kept.sort_unstable();
    assert_eq!(folder.list(PREFIX, None), Ok(kept));
    assert!(!root(&place).join(leftover).exists());
}
