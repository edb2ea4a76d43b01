//! Files of other users, other users who access our files, and immutable files.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use crate::support::{Home, Ran, X, Y, Z, can, is_root, must, program, run, works};

const STRANGER: u32 = 12345;

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_belongs_to_another_user_is_refused() {
    if !can(is_root(), "files of other users") {
        return;
    }
    let home = Home::new();
    for path in [home.vault.clone(), home.key_file(), home.data()] {
        chown(&path, Some(STRANGER), None).unwrap();
        let before = home.contents();
        for ran in [home.mfa(&["code", "x"]), home.add(&Z)] {
            ran.ends(1).says("belongs to another user (uid 12345)");
            ran.says(path.to_str().unwrap());
        }
        assert_eq!(home.contents(), before);
        chown(&path, Some(0), None).unwrap();
        home.holds(&[X, Y]);
    }
    home.goes_on();
}

/// Another user, who accesses root's vault.
struct Stranger<'a> {
    home: &'a Home,
    program: PathBuf,
    own: PathBuf,
}

impl<'a> Stranger<'a> {
    fn at(home: &'a Home) -> Self {
        let outside = home.path().with_file_name("");
        chmod(&outside, 0o755);
        // Other users may have no access to the build folder.
        let copy = outside.join("mfa");
        // Copied by another process. If this process wrote it, a child of another test could inherit the
        // open file, and the copy could not be run ("text file busy").
        must("cp", &[program(), copy.to_str().unwrap()]);
        let own = outside.join("stranger");
        fs::create_dir(&own).unwrap();
        chown(&own, Some(STRANGER), Some(STRANGER)).unwrap();
        Self {
            home,
            program: copy,
            own,
        }
    }

    fn mfa(&self, arguments: &[&str]) -> Ran {
        let mut command = self.home.command("setpriv");
        command.args(["--reuid=12345", "--regid=12345", "--clear-groups"]);
        command.arg(&self.program).args(arguments);
        run(command.env("HOME", &self.own), &Z.uri())
    }

    fn is_refused(&self, why: &str) {
        for arguments in [&["code", "x"][..], &["add", "-"], &["vault", "check"]] {
            self.mfa(arguments).ends(1).says(why);
        }
    }
}

#[test]
fn another_user_gets_a_clear_error() {
    let switches = works("setpriv", &["--reuid=12345", "--clear-groups", "true"]);
    if !can(is_root() && switches, "running as another user") {
        return;
    }
    let home = Home::new();
    let stranger = Stranger::at(&home);
    let before = home.contents();
    stranger.is_refused("Permission denied");
    chmod(&home.data(), 0o755);
    stranger.is_refused("Permission denied");
    chmod(&home.vault, 0o644);
    stranger.is_refused("belongs to another user (uid 0)");
    assert_eq!(home.contents(), before);
    home.holds(&[X, Y]);
    home.goes_on();
}

/// Keeps a file immutable until dropped.
struct Immutable<'a>(&'a str);

impl<'a> Immutable<'a> {
    fn make(path: &'a Path) -> Option<Self> {
        let path = path.to_str().unwrap();
        can(works("chattr", &["+i", path]), "an immutable file").then_some(Self(path))
    }
}

impl Drop for Immutable<'_> {
    fn drop(&mut self) {
        works("chattr", &["-i", self.0]);
    }
}

#[test]
fn what_is_immutable_is_read_and_an_add_says_why_not() {
    let home = Home::new();
    for path in [home.vault.clone(), home.data()] {
        let Some(immutable) = Immutable::make(&path) else {
            return;
        };
        home.holds(&[X, Y]);
        home.add(&Z).ends(1).says("Operation not permitted");
        home.has_no_temporary_files();
        home.holds(&[X, Y]);
        drop(immutable);
    }
    home.goes_on();
}

/// In a folder like `/tmp`, others can create files before we do.
#[test]
fn what_another_user_put_beside_a_vault_is_refused() {
    if !can(is_root(), "files of other users") {
        return;
    }
    for name in ["vault.json.lock", "backups"] {
        let home = Home::empty();
        fs::create_dir(home.data()).unwrap();
        chmod(&home.data(), 0o1777);
        let planted = home.data().join(name);
        if name == "backups" {
            fs::create_dir(&planted).unwrap();
        } else {
            fs::write(&planted, "").unwrap();
        }
        chmod(&planted, 0o755);
        chown(&planted, Some(STRANGER), Some(STRANGER)).unwrap();
        let before = home.contents();
        let ran = home.add(&X);
        ran.ends(1).says("belongs to another user (uid 12345)");
        ran.says(planted.to_str().unwrap());
        // Our own lock file may have been created, and nothing else.
        let mut after = home.contents();
        after.retain(|path, _| before.contains_key(path) || !path.ends_with("vault.json.lock"));
        assert_eq!(after, before, "{name}");
    }
}
