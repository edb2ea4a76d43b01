//! A vault that `--vault` or `MFA_VAULT` names, and that does not exist.

use crate::sandbox::{Sandbox, snapshot};

/// A command to try is for the same vault.
#[test]
fn a_hint_names_the_vault_that_was_named() {
    let sandbox = Sandbox::with_aws();
    let vault = sandbox.vault();
    let other = sandbox.home().join("my vault.json");
    std::fs::copy(&vault, &other).unwrap();
    std::fs::copy(vault.with_extension("key"), other.with_extension("key")).unwrap();
    let line = format!("mfa --vault '{}' code my --min-left 60", other.display());
    snapshot!(sandbox.transcript(&[&line, "mfa code my --min-left 60"]));
}

#[test]
fn a_path_that_was_mistyped_is_said_by_every_command() {
    let sandbox = Sandbox::with_aws();
    let lines = [
        "list",
        "list --json",
        "code my",
        "code my --fresh",
        "show my",
        "qr my",
        "rename my me",
        "edit my --issuer X",
        "remove my --yes",
        "undo",
        "redo",
        "export x.json --format mfa",
        "unlock",
        "lock",
        "vault status",
        "vault check",
        "vault backups --json",
        "vault share list",
        "vault trust",
        "vault restore 3",
        "vault passphrase",
        "vault recovery",
        "vault keyring on",
    ];
    let lines = lines.map(|line| format!("mfa --vault typo.json {line}"));
    snapshot!(sandbox.transcript(&lines.each_ref().map(String::as_str)));
    for left in ["typo.json", "typo.json.lock", "typo.key", "x.json"] {
        assert!(!std::path::Path::new(left).exists(), "{left}");
    }
}

#[cfg(unix)]
#[test]
fn the_variable_names_a_vault_as_the_option_does() {
    let sandbox = Sandbox::new().variable("MFA_VAULT", "my typo.json");
    let output = sandbox.run("mfa list", b"");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "mfa: there is no vault at my typo.json\n  try: mfa --vault 'my typo.json' add --qr PICTURE\n"
    );
}

/// The default vault may not exist yet, which is not an error.
#[test]
fn the_usual_vault_may_be_missing() {
    let sandbox = Sandbox::new();
    snapshot!(sandbox.transcript(&["mfa list", "mfa list --json", "mfa code my", "mfa undo"]));
}

/// Commands that create a vault also create a named one, but a dry run creates none.
#[test]
fn a_named_vault_is_made_by_add_and_import() {
    let sandbox = Sandbox::with_aws();
    let export = sandbox.home().join("lines.txt");
    let export = export.display();
    sandbox.stdout(&format!("mfa export {export} --format otpauth"));
    let new = sandbox.home().join("new.json");
    let new = new.display();
    sandbox.stdout(&format!("mfa --vault {new} import {export} --dry-run"));
    assert_eq!(
        sandbox
            .run(&format!("mfa --vault {new} list"), b"")
            .status
            .code(),
        Some(1)
    );
    sandbox.stdout(&format!("mfa --vault {new} import {export}"));
    assert!(
        sandbox
            .stdout(&format!("mfa --vault {new} list"))
            .contains("my-iam-user")
    );
}

/// Windows' own functions take 260 characters at most.
#[test]
fn a_vault_may_have_a_very_long_path() {
    let sandbox = Sandbox::new();
    let parts = ["a", "b", "c", "d"].map(|part| part.repeat(80));
    let folder = sandbox
        .home()
        .join(parts.iter().collect::<std::path::PathBuf>());
    std::fs::create_dir_all(&folder).unwrap();
    let vault = folder.join("new").join("vault.json");
    let line = |rest: &str| format!("mfa --vault {} {rest}", vault.display());
    let lines = [
        "vault init --key-file",
        "add --qr tests/data/aws.png",
        "rename my-iam-user me",
        "undo",
    ];
    for rest in lines {
        let output = sandbox.run(&line(rest), b"");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{rest}: {stderr}");
        assert!(!stderr.contains("warning"), "{rest}: {stderr}");
    }
    let listed = sandbox.stdout(&line("list"));
    assert!(listed.contains("my-iam-user"), "{listed}");
    assert_eq!(sandbox.stdout(&line("code my-iam-user")).trim().len(), 6);
}
