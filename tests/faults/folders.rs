//! Modes and read-only folders. What others could change is refused, with a command that fixes it; what
//! others can only read is accepted.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::mount::Mount;
use crate::support::{Home, Ran, X, Y, Z, files_below};

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Asserts that reading and writing fail with this mode, that the error says why, and that the
/// command in its hint fixes it.
fn is_refused(path: &Path, mode: u32, home: &Home, why: &str, hint: &str) {
    chmod(path, mode);
    let before = home.contents();
    for ran in [home.mfa(&["code", "x"]), home.add(&Z)] {
        ran.ends(1).says(why);
        assert_eq!(
            ran.hint(),
            [hint.split(' ').collect(), vec![path.to_str().unwrap()]].concat()
        );
    }
    assert_eq!(home.contents(), before);
    let command = home.add(&Z).hint();
    assert!(
        home.command(&command[0])
            .args(&command[1..])
            .status()
            .unwrap()
            .success()
    );
    home.holds(&[X, Y]);
}

#[test]
fn a_folder_that_others_can_write_is_refused() {
    let home = Home::new();
    for mode in [0o777, 0o775, 0o702] {
        let why = "is writable by other users";
        is_refused(&home.data(), mode, &home, why, "chmod go-w");
    }
    home.goes_on();
}

#[test]
fn a_sticky_folder_is_accepted() {
    let home = Home::new();
    chmod(&home.data(), 0o1777);
    home.holds(&[X, Y]);
    home.goes_on();
}

#[test]
fn files_that_others_can_change_or_read_are_refused() {
    let home = Home::new();
    for mode in [0o666, 0o620] {
        let why = "is writable by other users";
        is_refused(&home.vault, mode, &home, why, "chmod 600");
    }
    for mode in [0o644, 0o640] {
        let why = "is readable by other users";
        is_refused(&home.key_file(), mode, &home, why, "chmod 600");
    }
    home.goes_on();
}

#[test]
fn what_is_made_is_private() {
    let home = Home::new();
    for file in files_below(&home.path()) {
        let mode = fs::symlink_metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
    for folder in [home.data(), home.data().join("backups")] {
        let mode = fs::metadata(&folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{}", folder.display());
    }
}

fn mounted(home: &Home, folder: &Path) -> Option<Mount> {
    let from = folder.to_str().unwrap();
    let mount = Mount::new(&["--bind", from], folder, "a read-only folder")?;
    mount.make_read_only();
    assert!(fs::write(folder.join("probe"), "").is_err());
    home.holds(&[X, Y]);
    Some(mount)
}

fn says_read_only(ran: &Ran) {
    ran.ends(1).says("Read-only file system");
}

#[test]
fn a_read_only_folder_is_read() {
    let home = Home::new();
    let Some(mount) = mounted(&home, &home.data()) else {
        return;
    };
    assert_eq!(
        home.mfa(&["code", "x", "--at", "30"]).ends(0).stdout,
        "287082\n"
    );
    says_read_only(&home.add(&Z));
    home.holds(&[X, Y]);
    home.mfa(&["vault", "check"]).ends(0);
    drop(mount);
    home.goes_on();
}

/// Not even the record of what was last seen can be written; reading works without it.
#[test]
fn a_read_only_home_is_read() {
    let home = Home::new();
    fs::remove_dir_all(home.path().join(".local")).unwrap();
    let Some(mount) = mounted(&home, &home.path()) else {
        return;
    };
    assert_eq!(
        home.mfa(&["code", "x", "--at", "30"]).ends(0).stdout,
        "287082\n"
    );
    says_read_only(&home.add(&Z));
    drop(mount);
    home.goes_on();
}
