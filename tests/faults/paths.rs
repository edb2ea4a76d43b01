//! Paths that are not a plain vault file: folders, pipes and links.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::support::trace::{self, Step, inject, record, run_step};
use crate::support::{Home, Ran, X, Y, Z, files_below, must, program, run};

/// Runs with a time limit: a pipe must not make anyone wait.
fn within_seconds(home: &Home, arguments: &[&str]) -> Ran {
    let mut command = home.command("timeout");
    run(command.args(["10", program()]).args(arguments), &Z.uri())
}

fn is_refused(home: &Home, why: &str) {
    for arguments in [
        &["list"][..],
        &["code", "x"],
        &["add", "-"],
        &["vault", "init", "--key-file"],
    ] {
        within_seconds(home, arguments).ends(1).says(why);
    }
}

#[test]
fn a_folder_is_no_vault() {
    let home = Home::empty();
    fs::create_dir_all(&home.vault).unwrap();
    is_refused(&home, "is not a regular file");
    assert_eq!(home.contents().len(), 0);
}

#[test]
fn a_pipe_is_no_vault_and_nobody_waits_for_it() {
    let home = Home::empty();
    fs::create_dir_all(home.data()).unwrap();
    must("mkfifo", &["-m", "600", home.vault.to_str().unwrap()]);
    is_refused(&home, "is not a regular file");
}

#[test]
fn a_pipe_is_no_key_file() {
    let home = Home::new();
    let key = fs::read(home.key_file()).unwrap();
    fs::remove_file(home.key_file()).unwrap();
    must("mkfifo", &["-m", "600", home.key_file().to_str().unwrap()]);
    for arguments in [&["code", "x"][..], &["add", "-"]] {
        within_seconds(&home, arguments)
            .ends(1)
            .says("is not a regular file");
    }
    fs::remove_file(home.key_file()).unwrap();
    fs::write(home.key_file(), key).unwrap();
    must("chmod", &["600", home.key_file().to_str().unwrap()]);
    home.goes_on();
}

fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).unwrap().is_symlink()
}

#[test]
fn a_link_stays_and_its_target_is_replaced() {
    let home = Home::new();
    let target = home.vault.clone();
    let home = home.with_vault_at("links/my-vault.json");
    fs::create_dir(home.data()).unwrap();
    symlink(&target, &home.vault).unwrap();
    let before = fs::read(&target).unwrap();
    home.add(&Z).ends(0);
    home.holds(&[X, Y, Z]);
    assert!(is_link(&home.vault) && !is_link(&target));
    assert_ne!(fs::read(&target).unwrap(), before);
    // All of the vault's files are beside the link's target.
    assert_eq!(fs::read_dir(home.data()).unwrap().count(), 1);
    home.goes_on();
}

#[test]
fn a_link_to_nothing_yet_is_filled() {
    for target in ["../elsewhere/vault.json", "../made/by/mfa/vault.json"] {
        let home = Home::empty().with_vault_at("links/my-vault.json");
        fs::create_dir(home.data()).unwrap();
        fs::create_dir(home.path().join("elsewhere")).unwrap();
        symlink(target, &home.vault).unwrap();
        home.mfa(&["list"]).ends(1).says("there is no vault at");
        home.add(&X).ends(0);
        home.add(&Y).ends(0);
        home.holds(&[X, Y]);
        assert!(is_link(&home.vault), "{target}");
        assert!(!is_link(&home.data().join(target)), "{target}");
        assert_eq!(fs::read_dir(home.data()).unwrap().count(), 1);
        home.goes_on();
    }
}

#[test]
fn a_link_to_itself_is_an_error() {
    let home = Home::empty();
    fs::create_dir_all(home.data()).unwrap();
    symlink("vault.json", &home.vault).unwrap();
    is_refused(&home, "symbolic links");
}

/// The link points to an older copy in another folder: the name is the one used before.
#[test]
fn a_link_that_is_turned_to_an_older_copy_is_noticed() {
    for is_folder in [true, false] {
        let home = Home::new();
        let (folder, target) = (home.data(), home.vault.clone());
        let older = home.path().join("older");
        must(
            "cp",
            &["-a", folder.to_str().unwrap(), older.to_str().unwrap()],
        );
        let home = home.with_vault_at("links/name");
        let points_at = if is_folder { folder } else { target };
        fs::create_dir(home.data()).unwrap();
        let name = home.vault.clone();
        symlink(&points_at, &name).unwrap();
        let vault = if is_folder {
            name.join("vault.json")
        } else {
            name.clone()
        };
        let mfa = |arguments: &[&str]| {
            let mut command = home.command(program());
            run(command.env("MFA_VAULT", &vault).args(arguments), &Z.uri())
        };
        mfa(&["add", "-", "--replace"]).ends(0);
        fs::remove_file(&name).unwrap();
        let copy = if is_folder {
            older.clone()
        } else {
            older.join("vault.json")
        };
        symlink(copy, &name).unwrap();
        for arguments in [&["list"][..], &["code", "x"], &["remove", "x", "-y"]] {
            mfa(arguments).ends(6).says("is older than the vault");
        }
    }
}

/// A copy at a path that is new here is accepted, with a note.
#[test]
fn an_older_copy_at_a_new_path_is_said() {
    let home = Home::new();
    let copy = home.path().join("copy");
    must(
        "cp",
        &["-a", home.data().to_str().unwrap(), copy.to_str().unwrap()],
    );
    home.add(&Z).ends(0);
    let vault = copy.join("vault.json");
    let list = ["--vault", vault.to_str().unwrap(), "list"];
    let ran = home.mfa(&list);
    ran.ends(0).says("is an older copy of the vault at");
    ran.says(home.vault.to_str().unwrap());
    let again = home.mfa(&list);
    assert_eq!(again.ends(0).stderr, "");
    home.holds(&[X, Y, Z]);
}

/// Half an export would contain keys, under a name that nobody finds.
#[test]
fn an_export_that_is_killed_leaves_nothing() {
    if !trace::works() {
        return;
    }
    for options in [&[][..], &["--force"]] {
        let home = Home::new();
        let file = home.path().join("out/export.txt");
        fs::create_dir(file.parent().unwrap()).unwrap();
        let export = ["export", file.to_str().unwrap(), "--format", "otpauth"];
        let arguments = [&export[..], options].concat();
        let step = Step::new(&arguments);
        let calls = record(&home, step);
        let whole = fs::read(&file).unwrap();
        let kills = calls.iter().filter(|call| {
            let names = ["write", "fsync", "linkat"];
            names.contains(&call.name.as_str()) && call.line.contains("/out")
        });
        assert!(kills.clone().count() > 2, "{calls:#?}");
        for call in kills {
            fs::remove_file(&file).unwrap();
            inject(&home, step, call, "signal=SIGKILL");
            for path in files_below(file.parent().unwrap()) {
                assert_eq!(fs::read(&path).unwrap(), whole, "{path:?} after {call:?}");
                fs::remove_file(path).unwrap();
            }
            home.mfa(&arguments).ends(0);
        }
        // A file system without hard links cannot name a nameless file.
        fs::remove_file(&file).unwrap();
        run_step(&home, step.with(&["linkat:error=EPERM"])).ends(0);
        assert_eq!(fs::read(&file).unwrap(), whole);
        home.has_no_temporary_files();
    }
}
