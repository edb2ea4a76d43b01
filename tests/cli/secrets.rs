//! A key in every place where a person may put it by mistake: no error quotes it. (Every run in these
//! tests is searched for keys; the runs here provoke such errors.)

#[cfg(unix)]
use crate::sandbox::AWS;
use crate::sandbox::Sandbox;

const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

#[test]
fn no_error_quotes_the_key_of_a_uri_in_the_wrong_place() {
    let sandbox = Sandbox::with_aws();
    let uri = format!("otpauth://totp/x?secret={KEY}");
    for line in [
        format!("mfa {uri}"),
        format!("mfa {uri} list"),
        format!("mfa vault {uri}"),
        format!("mfa code {uri}"),
        format!("mfa show {uri} --json"),
        format!("mfa qr {uri}"),
        format!("mfa edit {uri} --name y"),
        format!("mfa rename {uri} y"),
        format!("mfa remove {uri} --yes"),
        format!("mfa code my --at {uri}"),
        format!("mfa add --qr {uri}"),
        format!("mfa scan {uri}"),
        format!("mfa add {uri} --digits {uri}"),
        format!("mfa add --type {uri}"),
        format!("mfa add --algorithm={uri}"),
        format!("mfa add --nonsense={uri}"),
        format!("mfa add --secret x {uri}"),
        format!("mfa add --passphrase-file {uri} -"),
        format!("mfa list --vault {uri}/x --color {uri}"),
        format!("mfa code otpauth-migration://offline?data={KEY}"),
        format!("mfa code steam://{KEY}"),
    ] {
        let output = sandbox.run(&line, b"");
        assert!(!output.status.success(), "{line}: {output:?}");
    }
}

#[test]
fn no_error_quotes_a_key_that_cannot_be_used() {
    let sandbox = Sandbox::new();
    let uri = format!("otpauth://totp/x?secret={KEY}");
    for text in [
        format!("{uri}1"),
        format!("{uri}&secret={KEY}"),
        format!("{uri}&digits=11"),
        format!("{uri}&period=0"),
        format!("{uri}&algorithm=MD5"),
        format!("otpauth://hotp/x?secret={KEY}"),
        format!("otpauth://nonsense/x?secret={KEY}"),
        format!("otpaut:/totp/x?secret={KEY}"),
        format!("otpauth:/totp/x?secret={KEY}&2step_salt=8"),
        format!("{uri}&epoch=5"),
        format!("{uri}&encoder={KEY}x"),
        format!("{uri}&digits=6#&digits=8"),
        format!("otpauth://totp/{}?secret={KEY}", "x".repeat(70_000)),
        format!("motp://x?secret={KEY}"),
        format!("steam://{KEY}!"),
        format!("otpauth-migration://offline?data={KEY}"),
        KEY.to_owned(),
        format!("{KEY}!"),
        KEY.repeat(100),
    ] {
        for line in ["mfa add -", "mfa add --secret x --digits 3 --type hotp"] {
            let output = sandbox.run(line, text.as_bytes());
            assert!(!output.status.success(), "{line}: {text}: {output:?}");
        }
        let line = format!("mfa add '{text}' --counter 1 --type totp");
        if line.len() < 1000 {
            assert!(!sandbox.run(&line, b"").status.success(), "{line}");
        }
    }
    assert!(!sandbox.vault().exists());
}

/// The public types that hold a key: no `Debug` prints it.
#[test]
fn no_debug_shows_a_key() {
    use mfa::otp::{Account, AccountId, Code, UriError, migration, parse};
    use mfa::vault::RecoveryCode;
    use mfa::vault::format::{DataKey, SlotKey, document};

    let raw = *b"12345678901234567890123456789012";
    let parsed = parse(&format!("otpauth://totp/x?secret={KEY}")).unwrap();
    let account = Account::from_draft(parsed.draft.clone(), AccountId::new(0, &[0; 10]), 0);
    let broken = format!("{{\"accounts\":[{{\"secret\":\"{KEY}\",\"digits\":\"{KEY}\"}}]}}");
    let mut vault = document::parse(broken.as_bytes()).unwrap();
    vault.accounts.push(account.clone());
    let code: Code = account.credential.code_at_counter(1);
    let refused: UriError = parse(&format!("otpauth://totp/x?secret={KEY}1")).unwrap_err();
    let export =
        "otpauth-migration://offline?data=Ch8KFDEyMzQ1Njc4OTAxMjM0NTY3ODkwEgF4IAEoATACEAEYAQ";
    let recovery = RecoveryCode::from_bytes(*b"12345678901234567890").unwrap();
    let shown = [
        format!("{parsed:?} {parsed:#?} {account:?} {vault:?} {vault:#?} {refused:?} {refused}"),
        format!(
            "{:?} {:?}",
            DataKey::from_bytes(raw),
            SlotKey::from_bytes(raw)
        ),
        format!("{recovery:?} {:?}", migration::parse(export).unwrap()),
        format!("{:?}", account.credential),
    ]
    .concat();
    for key in [KEY, "GEZDGNBV", "12345678901", "49, 50", "31323334"] {
        assert!(!shown.contains(key), "{key} in {shown}");
    }
    assert!(!format!("{code:?}").is_empty());
}

/// If a passphrase is given, no vault is made without one. A path may be any bytes.
#[cfg(unix)]
#[test]
fn a_passphrase_that_is_not_utf_8_makes_no_vault() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let sandbox = Sandbox::new();
    let latin = OsStr::from_bytes(b"gr\xfcn");
    let file = sandbox.home().join(latin);
    std::fs::write(&file, b"gr\xfcn\n").unwrap();
    let mut command = b"cat ".to_vec();
    command.extend_from_slice(file.as_os_str().as_bytes());
    for (variable, value) in [
        ("MFA_PASSPHRASE", latin),
        ("MFA_PASSPHRASE_FILE", file.as_os_str()),
        ("MFA_PASSPHRASE_COMMAND", OsStr::from_bytes(&command)),
    ] {
        for line in [AWS, "mfa vault init", "mfa vault init --keyring"] {
            let mut run = sandbox.command(line);
            let output = run.env(variable, value).output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(5), "{variable}: {said}");
            assert!(said.contains("is not UTF-8"), "{variable}: {said}");
            assert!(!sandbox.vault().exists(), "{variable}");
        }
    }
    std::fs::write(&file, "correct horse\n").unwrap();
    let folder = sandbox.home().join(OsStr::from_bytes(b"\xfc"));
    for line in [AWS, "mfa code my --at 59"] {
        let mut run = sandbox.command(line);
        run.env("MFA_PASSPHRASE_FILE", &file);
        run.env("MFA_VAULT", folder.join("vault.json"));
        let output = run.output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    assert!(folder.join("vault.json").exists() && !folder.join("vault.key").exists());
}
