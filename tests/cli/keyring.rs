//! `mfa vault keyring`: a slot in the system's secret store. The test starts and stops a real GNOME
//! Keyring on its own D-Bus.

use std::process::Command;

use mfa_test_support::can;

use crate::sandbox::Sandbox;

fn store_is_here() -> bool {
    let has = |tool: &str| Command::new(tool).arg("--version").output().is_ok();
    let works = has("dbus-run-session") && has("gnome-keyring-daemon") && has("keyctl");
    can(
        works,
        "dbus-run-session with gnome-keyring-daemon and keyctl",
    )
}

/// Runs a script with an unlocked keyring; returns its stdout.
fn beside_a_keyring(sandbox: &Sandbox, script: &str) -> String {
    let start = "echo -n pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1";
    let end = "pkill -P $$ gnome-keyring >/dev/null 2>&1 || true";
    sandbox.in_a_session(&format!(
        "cat > $HOME/script <<'END'
{start}
{script}
{end}
END
        dbus-run-session -- sh $HOME/script 2>/dev/null"
    ))
}

#[test]
fn the_keyring_opens_the_vault_until_it_is_turned_off() {
    if !store_is_here() {
        return;
    }
    let sandbox = Sandbox::new();
    let text = beside_a_keyring(
        &sandbox,
        "$MFA add --qr tests/data/aws.png --passphrase-file $PASS
        $MFA code my --at 59 </dev/null; echo = $?
        $MFA vault keyring on --passphrase-file $PASS; echo = $?
        $MFA vault keyring on
        $MFA code my --at 59 </dev/null; echo = $?
        $MFA vault status | grep opens
        $MFA vault keyring off --passphrase-file $PASS; echo = $?
        $MFA code my --at 59 </dev/null; echo = $?
        $MFA vault keyring off --passphrase-file $PASS
        $MFA vault check --passphrase-file $PASS | tail -1",
    );
    let expected = "added Amazon Web Services:my-iam-user@123456789012\n\
        = 5\n\
        the system's keyring now opens the vault\n= 0\n\
        the system's keyring already opens the vault\n\
        140615\n= 0\n\
        opens by    passphrase, the system's keyring\n\
        the system's keyring no longer opens the vault\n= 0\n\
        = 5\n\
        the system's keyring does not open the vault\n\
        no problems found\n";
    assert_eq!(text, expected);
}

#[test]
fn a_locked_or_absent_keyring_falls_through_to_the_next_way() {
    if !store_is_here() {
        return;
    }
    let sandbox = Sandbox::new();
    let text = beside_a_keyring(
        &sandbox,
        "$MFA vault init --keyring --passphrase-file $PASS
        $MFA list </dev/null; echo = $?
        dbus-send --session --print-reply --dest=org.freedesktop.secrets \\
            /org/freedesktop/secrets org.freedesktop.Secret.Service.Lock \\
            array:objpath:/org/freedesktop/secrets/collection/login >/dev/null
        $MFA list </dev/null 2>&1 | grep -v Gtk; echo = $?
        $MFA list --passphrase-file $PASS 2>&1 | grep -v Gtk; echo = $?",
    );
    let vault = std::fs::canonicalize(sandbox.vault()).unwrap();
    let locked = "the system's keyring is locked, or did not answer within 2 s\n";
    let expected = format!(
        "created {}\n= 0\n{locked}mfa: the vault is locked, and there is no terminal to ask for \
         the passphrase\n  try: mfa unlock\n= 0\n{locked}no accounts yet; to add one: mfa \
         --passphrase-file {} add --qr PICTURE\n= 0\n",
        vault.display(),
        sandbox.passphrase_file()
    );
    assert_eq!(text.replace("\n\n", "\n"), expected);
    let output = sandbox.run("mfa list", b"");
    assert_eq!(output.status.code(), Some(5));
    assert!(
        String::from_utf8_lossy(&output.stderr)
            .starts_with("the system's keyring is not available: no Secret Service answers")
    );
}

#[test]
fn a_vault_is_not_born_into_a_keyring_that_is_not_there() {
    let sandbox = Sandbox::new();
    let output = sandbox.run("mfa vault init --keyring", b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(!sandbox.vault().exists());
}
