//! `mfa unlock` and `mfa lock`: the key that the kernel caches for a session.

use std::process::Command;

use mfa_test_support::can;

use crate::sandbox::{AWS, Sandbox};

/// A vault that only a passphrase opens.
fn with_passphrase() -> Sandbox {
    let sandbox = Sandbox::new();
    let line = format!("{AWS} --passphrase-file {}", sandbox.passphrase_file());
    assert!(sandbox.run(&line, b"").status.success());
    sandbox
}

/// Whether `keyctl` is installed and this process may use the kernel's keyrings.
pub fn keyrings_work() -> bool {
    let works = Command::new("keyctl")
        .args(["session", "-", "true"])
        .output()
        .is_ok_and(|output| output.status.success());
    can(works, "kernel keyring that keyctl may use")
}

#[test]
fn one_passphrase_serves_the_session_and_no_other() {
    if !keyrings_work() {
        return;
    }
    let sandbox = with_passphrase();
    let text = sandbox.in_a_session(
        "$MFA code my --at 59 </dev/null; echo = $?
        $MFA unlock --for 1h --passphrase-file $PASS; echo = $?
        $MFA code my --at 59 </dev/null; echo = $?
        $MFA vault status | grep session
        keyctl rdescribe $(keyctl show @s | sed -n 's/^ *\\([0-9]*\\).* user: mfa:.*/\\1/p')
        keyctl session - $MFA code my --at 59 </dev/null 2>&1 | grep -v Joined; echo = $?
        $MFA lock; $MFA lock
        $MFA code my --at 59 </dev/null; echo = $?",
    );
    let text = without_times(&text);
    let locked = "mfa: the vault is locked, and there is no terminal to ask for the passphrase\n  \
                  try: mfa unlock\n";
    let kept = "unlocked until TIME, for this session only\n";
    let expected = format!(
        "{locked}= 5\n{kept}= 0\n140615\n= 0\nsession     {kept}KEY;3f000000\n\
         {locked}= 0\nlocked\nalready locked\n{locked}= 5\n"
    );
    assert_eq!(text, expected);
}

/// Removes the time of unlocking and the key's name, which differ from run to run.
fn without_times(text: &str) -> String {
    let line = |line: &str| {
        if let Some((before, after)) = line.split_once("until ") {
            let (time, place) = after.rsplit_once(", ").unwrap();
            assert!(time.contains(" UTC, in "), "{time}");
            return format!("{before}until TIME, {place}\n");
        }
        match line.split(';').collect::<Vec<_>>()[..] {
            ["user", _, _, permissions, _] => format!("KEY;{permissions}\n"),
            _ => format!("{line}\n"),
        }
    };
    text.lines().map(line).collect()
}

#[test]
fn a_kept_key_goes_at_its_time() {
    if !keyrings_work() {
        return;
    }
    let text = with_passphrase().in_a_session(
        "$MFA unlock --for 1s --passphrase-file $PASS >/dev/null
        sleep 2
        $MFA code my </dev/null 2>/dev/null; echo = $?",
    );
    assert_eq!(text, "= 5\n");
}

#[test]
fn a_changed_passphrase_keeps_the_session_unlocked() {
    if !keyrings_work() {
        return;
    }
    let text = with_passphrase().in_a_session(
        "$MFA unlock --passphrase-file $PASS >/dev/null
        echo other > $HOME/other
        $MFA vault passphrase --new-passphrase-file $HOME/other --passphrase-file $PASS
        $MFA code my --at 59 </dev/null; echo = $?
        $MFA lock
        $MFA code my --at 59 --passphrase-file $PASS 2>&1; echo = $?
        $MFA code my --at 59 --passphrase-file $HOME/other; echo = $?",
    );
    let expected = "this replaces the passphrase\nset the passphrase\n140615\n= 0\nlocked\n\
                    mfa: wrong passphrase\n= 5\n140615\n= 0\n";
    assert_eq!(text, expected);
}

/// An unlocked session prints codes, but changing how the vault opens needs the passphrase.
#[test]
fn an_unlocked_session_alone_does_not_change_how_the_vault_opens() {
    if !keyrings_work() {
        return;
    }
    let sandbox = with_passphrase();
    let recovery = format!(
        "mfa vault recovery --passphrase-file {}",
        sandbox.passphrase_file()
    );
    sandbox.stdout(&recovery);
    let changes = [
        "passphrase --remove --force",
        "passphrase --new-passphrase-file $HOME/other",
        "passphrase",
        "recovery",
        "recovery --remove",
        "keyring on",
    ];
    let tries = changes.map(|change| format!("$MFA vault {change} </dev/null; echo = $?\n"));
    let text = sandbox.in_a_session(&format!(
        "echo other > $HOME/other
        $MFA unlock --passphrase-file $PASS >/dev/null
        {}
        $MFA vault status | grep revision
        $MFA code my --at 59 </dev/null; echo = $?
        $MFA vault passphrase --remove --passphrase-file $HOME/other; echo = $?
        $MFA vault passphrase --remove --passphrase-file $PASS; echo = $?",
        tries.concat()
    ));
    let refused = "mfa: changing how the vault opens needs its passphrase again, and there is no \
                   terminal to ask for it\n  try: MFA_PASSPHRASE_FILE=PATH mfa vault …\n= 5\n";
    let removes = "this removes the passphrase: anyone who can read vault.json and vault.key can \
                   read your secrets; the recovery code is replaced too\n";
    let replaces = "this replaces the passphrase; the recovery code is replaced too\n";
    let keyring = "this lets the system's keyring open the vault: no passphrase is asked for \
                   while you are logged in\n";
    let expected = format!(
        "{removes}{refused}{replaces}{refused}{replaces}{refused}\
         this creates a recovery code; the old one stops working\n{refused}\
         this removes the recovery code\n{refused}{keyring}{refused}\
         revision    2\n140615\n= 0\n{removes}mfa: wrong passphrase\n= 5\n{removes}recovery code: "
    );
    assert!(text.starts_with(&expected), "{text}\n{expected}");
    assert!(
        text.ends_with("a key file now opens the vault\n= 0\n"),
        "{text}"
    );
}

#[test]
fn another_vault_in_the_place_does_not_open_with_the_kept_key() {
    if !keyrings_work() {
        return;
    }
    let text = with_passphrase().in_a_session(
        "V=$HOME/.local/share/mfa/vault.json
        $MFA unlock --passphrase-file $PASS >/dev/null
        rm -r $HOME/.local
        echo other > $HOME/other
        $MFA vault init --passphrase-file $HOME/other >/dev/null
        $MFA list </dev/null 2>/dev/null; echo = $?
        $MFA vault status | grep session | cut -c1-24",
    );
    assert_eq!(text, "= 5\nsession     not unlocked\n");
}

#[test]
fn a_session_without_a_keyring_of_its_own_uses_that_of_the_user() {
    if !keyrings_work() {
        return;
    }
    // A revoked session keyring, as after a login that left a tmux behind.
    let text = with_passphrase().in_a_session(
        "keyctl revoke @s
        $MFA unlock --passphrase-file $PASS; echo = $?
        $MFA code my --at 59 </dev/null; echo = $?
        $MFA lock",
    );
    let expected = "unlocked until TIME, for all your sessions\n= 0\n140615\n= 0\nlocked\n";
    assert_eq!(without_times(&text), expected);
}

#[test]
fn lengths_of_time_that_make_no_sense_are_refused() {
    let sandbox = Sandbox::with_aws();
    for time in ["31d", "1ms", "8", "-1h", "x"] {
        let output = sandbox.run(&format!("mfa unlock --for={time}"), b"");
        assert_eq!(output.status.code(), Some(2), "{time}");
    }
    let odd = Sandbox::new().variable("MFA_UNLOCK_FOR", "x");
    let output = odd.run("mfa list", b"");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "mfa: MFA_UNLOCK_FOR=x: use a time such as 8h, 30m or 1h30m\n"
    );
}
