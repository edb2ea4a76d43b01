//! The program on a terminal: prompts without echo, the picker, codes for people.

use std::process::Command;

use rexpect::session::{PtySession, spawn_command};

use crate::sandbox::{AWS, Sandbox, reveals_no_key};

pub fn open(sandbox: &Sandbox, line: &str) -> PtySession {
    let mut command = sandbox.command(line);
    command.env("TERM", "xterm");
    spawn_command(command, Some(20_000)).unwrap()
}

fn typed(session: &mut PtySession, prompt: &str, text: &str) {
    session.exp_string(prompt).unwrap();
    session.send_line(text).unwrap();
}

/// The remaining output; asserts that the program ends with this code.
pub fn rest(mut session: PtySession, code: i32) -> String {
    let text = session.exp_eof().unwrap();
    let status = format!("{:?}", session.process().wait().unwrap());
    assert!(status.ends_with(&format!(", {code})")), "{status}: {text}");
    reveals_no_key(&text);
    text
}

#[test]
fn a_new_vault_asks_for_a_passphrase_twice_and_shows_the_codes() {
    let sandbox = Sandbox::new();
    let mut session = open(&sandbox, &format!("{AWS} --at 59"));
    typed(&mut session, "Choose a passphrase", "one");
    typed(&mut session, "Repeat passphrase", "other");
    typed(&mut session, "they don't match", "");
    let text = rest(session, 0);
    assert!(text.contains("no passphrase: anyone"), "{text}");
    assert!(
        text.contains("added Amazon Web Services:my-iam-user@123456789012"),
        "{text}"
    );
    assert!(
        text.contains("140615") && text.contains("288013") && text.contains("1 s left"),
        "{text}"
    );
}

#[test]
fn a_passphrase_is_asked_for_without_echo_even_when_stdin_is_a_pipe() {
    let sandbox = Sandbox::new().variable("MFA_PASSPHRASE", "correct horse");
    sandbox.stdout(AWS);
    let vault = sandbox.vault();
    let bare = Sandbox::new();
    let line = format!("mfa --vault {} code my --at 59", vault.display());
    let mut session = open(&bare, &line);
    typed(&mut session, "Passphrase: ", "wrong horse");
    typed(&mut session, "wrong passphrase", "correct horse");
    let text = rest(session, 0);
    assert!(!text.contains("horse"), "{text}");
    assert!(text.contains("140615") && text.contains("next 288013") && text.contains("1 s left"));

    let mut session = open(&bare, &line);
    for _ in 0..3 {
        typed(&mut session, "Passphrase: ", "no");
    }
    assert!(rest(session, 5).contains("wrong passphrase"));
}

/// ^D is not an answer: the vault stays locked.
#[test]
fn the_end_of_input_at_a_passphrase_is_a_locked_vault() {
    let words = Sandbox::with_aws().variable("MFA_PASSPHRASE", "correct horse");
    words.stdout("mfa vault passphrase");
    let vault = words.vault();
    let bare = Sandbox::new().variable("MFA_UNLOCK_FOR", "0");
    let line = format!("mfa --vault {} code my --at 59", vault.display());
    let mut session = open(&bare, &line);
    session.exp_string("Passphrase: ").unwrap();
    session.send("\u{4}").unwrap();
    session.flush().unwrap();
    rest(session, 5);
}

#[test]
fn a_uri_and_a_key_are_asked_for_without_echo() {
    let sandbox = Sandbox::with_aws();
    let mut session = open(&sandbox, "mfa add --at 59");
    typed(
        &mut session,
        "otpauth URI, secret key or picture: ",
        "otpauth://totp/a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    );
    typed(&mut session, "Name (or press Enter for a): ", "");
    let text = rest(session, 0);
    assert!(
        text.contains("added a") && text.contains("287082") && !text.contains("GEZD"),
        "{text}"
    );
    let mut session = open(&sandbox, "mfa add --secret b --digits 8 --at 59");
    typed(
        &mut session,
        "Secret key: ",
        "gezd gnbv gy3t qojq gezd gnbv gy3t qojq",
    );
    let text = rest(session, 0);
    assert!(
        text.contains("added b") && text.contains("287082") && !text.contains("gezd"),
        "{text}"
    );
}

#[test]
fn without_a_name_an_account_is_picked() {
    let sandbox = Sandbox::with_aws();
    sandbox.stdout("mfa add --qr tests/data/two-accounts.png");
    let mut session = open(&sandbox, "mfa code --at 59");
    session.exp_string("Account").unwrap();
    session.send("git").unwrap();
    session.flush().unwrap();
    session.exp_string("GitHub:alice").unwrap();
    session.send("\r").unwrap();
    session.flush().unwrap();
    let text = rest(session, 0);
    assert!(text.contains("s left"), "{text}");
}

#[test]
fn removing_asks_first() {
    let sandbox = Sandbox::with_aws();
    for (answer, left) in [("n", 1), ("y", 0)] {
        let mut session = open(&sandbox, "mfa remove my");
        session
            .exp_string("Remove Amazon Web Services:my-iam-user@123456789012?")
            .unwrap();
        session.send_line(answer).unwrap();
        rest(session, 0);
        let list: serde_json::Value =
            serde_json::from_str(&sandbox.stdout("mfa list --json")).unwrap();
        assert_eq!(list.as_array().unwrap().len(), left, "{answer}");
    }
}

#[test]
fn an_import_asks_about_names_that_another_key_has() {
    let lines = "otpauth://totp/GitHub:alice?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\n\
        otpauth://totp/GitHub:alice?secret=MFRGGZDFMFRGGZDFMFRGGZDFMFRGGZDF\n\
        otpauth://totp/GitHub:alice?secret=KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU";
    let (down, enter, escape) = ("\u{1b}[B", "\r", "\u{1b}");
    for (answers, names) in [
        (vec![enter, enter], "alice, alice (2), alice (3)"),
        (vec![down, enter, enter], "alice, alice (2)"),
        (vec![down, down, enter], "alice, alice (2), alice (3)"),
        (vec![down, down, down, enter], "alice"),
        (vec![escape], ""),
    ] {
        let sandbox = Sandbox::new();
        sandbox.stdout("mfa vault init --key-file");
        let file = sandbox.home().join("lines.txt");
        std::fs::write(&file, lines).unwrap();
        let mut session = open(&sandbox, &format!("mfa import {}", file.display()));
        session
            .exp_string("GitHub:alice exists with another secret key")
            .unwrap();
        session.exp_string("Esc to cancel").unwrap();
        for answer in answers {
            session.send(answer).unwrap();
            session.flush().unwrap();
            // Escape alone and the start of an arrow key are distinguished by time.
            std::thread::sleep(std::time::Duration::from_millis(300));
        }
        let text = rest(session, i32::from(names.is_empty()));
        let list: serde_json::Value =
            serde_json::from_str(&sandbox.stdout("mfa list --json")).unwrap();
        let list: Vec<_> = list.as_array().unwrap().iter().collect();
        let found: Vec<_> = list.iter().map(|a| a["name"].as_str().unwrap()).collect();
        assert_eq!(found.join(", "), names, "{text}");
    }
}

/// The picker shows only the accounts that match.
#[test]
fn several_matches_are_picked_from() {
    let sandbox = Sandbox::with_aws();
    sandbox.stdout("mfa add --qr tests/data/two-accounts.png");
    for (line, code, said) in [
        ("mfa code i --at 59", 0, "GitHub:alice"),
        ("mfa remove i", 0, "Remove GitHub:alice?"),
    ] {
        let mut session = open(&sandbox, line);
        session.exp_string("GitHub:alice").unwrap();
        session.send(" alice").unwrap();
        session.send("\r").unwrap();
        session.flush().unwrap();
        if line.contains("remove") {
            typed(&mut session, said, "n");
        }
        let text = rest(session, code);
        assert!(text.contains(said) || line.contains("remove"), "{text}");
    }
    // Without a terminal there is no prompt.
    assert_eq!(sandbox.run("mfa code i", b"").status.code(), Some(4));
}

#[test]
fn the_password_of_an_export_is_asked_for_twice() {
    let sandbox = Sandbox::with_aws();
    let file = sandbox.home().join("out.json");
    let line = format!("mfa export {} --format mfa", file.display());
    let mut session = open(&sandbox, &line);
    typed(&mut session, "Password of the export: ", "one");
    session
        .exp_string("anyone with a copy of the file can guess it")
        .unwrap();
    typed(&mut session, "Repeat password: ", "other");
    typed(&mut session, "Password of the export: ", "battery staple");
    typed(&mut session, "Repeat password: ", "battery staple");
    let text = rest(session, 0);
    assert!(
        text.contains("exported 1") && !text.contains("staple"),
        "{text}"
    );
    let line = format!("mfa --vault {} code my --at 59", file.display());
    let mut session = open(&sandbox, &line);
    typed(&mut session, "Passphrase: ", "battery staple");
    assert!(rest(session, 0).contains("140615"));
}

#[test]
fn hidden_input_that_is_left_stores_nothing() {
    let sandbox = Sandbox::with_aws();
    let mut session = open(&sandbox, "mfa add");
    session
        .exp_string("otpauth URI, secret key or picture: ")
        .unwrap();
    session.send_control('d').unwrap();
    assert!(rest(session, 1).contains("no answer was given"));
    let mut session = open(&sandbox, "mfa add");
    session
        .exp_string("otpauth URI, secret key or picture: ")
        .unwrap();
    session.send_control('c').unwrap();
    interrupted(session);
    assert!(sandbox.stdout("mfa vault status").contains("revision    1"));
}

/// The remaining output of an interrupted program.
pub fn interrupted(mut session: PtySession) -> String {
    let text = session.exp_eof().unwrap();
    let status = format!("{:?}", session.process().wait().unwrap());
    assert!(status.contains("SIGINT"), "{status}: {text}");
    reveals_no_key(&text);
    text
}

#[test]
fn a_typed_passphrase_serves_the_rest_of_the_session() {
    if !crate::unlock::keyrings_work() {
        return;
    }
    let sandbox = Sandbox::new();
    let pass = sandbox.passphrase_file();
    sandbox.stdout(&format!("{AWS} --passphrase-file {pass}"));
    let line = "$MFA code my --at 59; $MFA code my --at 59; MFA_UNLOCK_FOR=0 $MFA lock";
    let mut session = in_a_session(&sandbox, line);
    typed(&mut session, "Passphrase: ", "correct horse");
    let text = rest(session, 0);
    assert!(
        text.contains("unlocked until") && text.contains("'mfa lock' ends it"),
        "{text}"
    );
    assert_eq!(text.matches("140615").count(), 2, "{text}");
    assert!(!text.contains("Passphrase"), "{text}");
    assert!(text.trim_end().ends_with("locked"), "{text}");
}

/// Runs a script on a terminal, in a session with its own kernel keyring; `$MFA` is the program.
fn in_a_session(sandbox: &Sandbox, script: &str) -> PtySession {
    let mut command = Command::new("keyctl");
    command
        .args(["session", "-", "sh", "-c", script])
        .env_clear()
        .env("MFA", env!("CARGO_BIN_EXE_mfa"))
        .env("HOME", sandbox.home())
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("TERM", "xterm")
        .env("TZ", "UTC");
    spawn_command(command, Some(20_000)).unwrap()
}

/// After a passphrase is chosen, or typed for a change, the next command does not ask for it.
#[test]
fn a_new_passphrase_is_not_asked_for_again_at_once() {
    if !crate::unlock::keyrings_work() {
        return;
    }
    let (old, new) = ("Passphrase: ", "New passphrase: ");
    let (choose, repeat) = ("Choose a passphrase", "Repeat passphrase: ");
    for (before, change, questions) in [
        (
            "mfa vault path",
            "add --qr tests/data/aws.png",
            &[choose, repeat][..],
        ),
        ("mfa vault path", "vault init", &[choose, repeat]),
        (
            "mfa vault init --key-file",
            "vault passphrase",
            &[new, repeat],
        ),
        (
            "mfa vault init --passphrase-file PASS",
            "vault passphrase",
            &[old, new, repeat],
        ),
        (
            "mfa vault init --passphrase-file PASS",
            "vault recovery",
            &[old],
        ),
    ] {
        let sandbox = Sandbox::new();
        sandbox.stdout(&before.replace("PASS", &sandbox.passphrase_file()));
        let line = format!("$MFA {change}; echo; echo next:; $MFA list --json; $MFA lock");
        let mut session = in_a_session(&sandbox, &line);
        for question in questions {
            typed(&mut session, question, "correct horse");
        }
        let text = rest(session, 0);
        let (_, next) = text.split_once("next:").unwrap();
        assert!(
            next.contains('[') && !next.contains("assphrase"),
            "{change}: {text}"
        );
        assert!(next.contains("\nlocked"), "{change}: {text}");
    }
}

/// The command says what it will do, asks, and keeps the session as it was.
#[test]
fn an_unlocked_session_asks_again_before_it_changes_how_the_vault_opens() {
    if !crate::unlock::keyrings_work() {
        return;
    }
    let sandbox = Sandbox::new();
    let pass = sandbox.passphrase_file();
    sandbox.stdout(&format!("{AWS} --passphrase-file {pass}"));
    let line = format!(
        "$MFA unlock --passphrase-file {pass}; $MFA vault recovery; $MFA vault passphrase; \
         $MFA code my --at 59; $MFA lock"
    );
    let mut session = in_a_session(&sandbox, &line);
    session.exp_string("this creates a recovery code").unwrap();
    typed(&mut session, "Passphrase: ", "correct horse");
    session.exp_string("this replaces the passphrase").unwrap();
    typed(
        &mut session,
        "Passphrase (or recovery code): ",
        "correct horse",
    );
    typed(&mut session, "New passphrase: ", "battery staple");
    typed(&mut session, "Repeat passphrase: ", "battery staple");
    let text = rest(session, 0);
    let (_, after) = text.split_once("set the passphrase").unwrap();
    assert!(
        after.contains("140615") && !after.contains("Passphrase"),
        "{text}"
    );
    assert!(!text.contains("unlocked until"), "{text}");
}
