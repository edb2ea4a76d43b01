//! Paths at which there is no plain vault: folders, pipes and links.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::support::{Home, Ran, X, Y, Z, must, program, run};

/// With a deadline: a pipe must not make anybody wait.
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
    // All that belongs to the vault is beside the target.
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
        home.holds(&[]);
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
