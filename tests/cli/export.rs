//! `mfa export`: the files it writes, and those it must not replace.

use std::path::Path;

use crate::sandbox::{Sandbox, snapshot};

#[cfg(unix)]
fn is_private(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = std::fs::metadata(file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// Access lists have tests of their own.
#[cfg(not(unix))]
const fn is_private(_: &Path) {}

pub fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let lines = b"otpauth://totp/GitHub:alice?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\n\
        otpauth://totp/Slow:carol?secret=MFRGGZDFMFRGGZDFMFRGGZDFMFRGGZDF&period=60\n\
        otpauth://hotp/Acme:bob?secret=KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU&counter=7";
    assert!(sandbox.run("mfa import -", lines).status.success());
    sandbox
}

#[test]
fn an_export_is_private_encrypted_and_read_back() {
    let sandbox = sandbox();
    let word = sandbox.passphrase_file();
    let file = sandbox.home().join("out.json");
    let shown = file.display();
    let export = format!("mfa export {shown} --password-file {word}");
    let text = sandbox.transcript(&[
        &format!("mfa export {shown}"),
        &export,
        &export,
        &format!("{export} --force"),
        &format!(
            "mfa --vault {0}/other.json import {shown} --password-file {word}",
            sandbox.home().display()
        ),
        &format!(
            "mfa --vault {}/other.json code GitHub:alice --at 59",
            sandbox.home().display()
        ),
        "mfa code GitHub:alice --at 59",
    ]);
    is_private(&file);
    assert!(!std::fs::read_to_string(&file).unwrap().contains("JBSWY3DP"));
    snapshot!(text);
}

#[test]
fn what_a_format_cannot_carry_is_said() {
    let sandbox = sandbox();
    let out = |name: &str| sandbox.home().join(name).display().to_string();
    snapshot!(sandbox.transcript(&[
        &format!("mfa export {} --format google", out("google")),
        &format!("mfa export {} --format bitwarden", out("bitwarden.json")),
        &format!("mfa export {} --format keepassxc", out("keepassxc.csv")),
        &format!("mfa export {} --format qr", out("codes")),
        &format!("mfa export {} --format paper", out("page.html")),
        &format!("mfa export {} --format nonsense", out("x")),
        &format!("mfa --vault {} import {}", out("other.json"), out("codes")),
        &format!("mfa --vault {} list", out("other.json")),
        &format!("mfa --vault {} export -", out("none.json")),
    ]));
}

#[test]
fn our_own_vault_opens_anywhere_by_its_passphrase() {
    let sandbox = sandbox();
    let word = sandbox.passphrase_file();
    let other = sandbox.home().join("other-word");
    std::fs::write(&other, "battery staple\n").unwrap();
    let home = sandbox.home().display();
    let (out, other) = (format!("{home}/out.json"), other.display());
    let export = format!("mfa export {out} --format mfa --password-file {word}");
    let own = sandbox.vault().display().to_string();
    let before = std::fs::read(sandbox.vault()).unwrap();
    let text = sandbox.transcript(&[
        &format!("mfa export {out} --format mfa"),
        &export,
        &export,
        &format!("mfa --vault {out} list --passphrase-file {word}"),
        &format!("mfa --vault {out} code GitHub:alice --at 59 --passphrase-file {word}"),
        &format!("mfa --vault {out} code GitHub:alice --at 59 --passphrase-file {other}"),
        "mfa code GitHub:alice --at 59",
        &format!("mfa --vault {home}/new.json import {out}"),
        &format!("mfa --vault {home}/new.json import {out} --password-file {other}"),
        &format!("mfa --vault {home}/new.json import {out} --password-file {word}"),
        &format!("mfa import {out} --password-file {word}"),
        &format!("mfa import {own}"),
        &format!("mfa export {own} --force --format mfa --password-file {word}"),
        &format!(
            "mfa export {} --force --format otpauth",
            own.replace(".json", ".key")
        ),
    ]);
    is_private(Path::new(&out));
    assert_eq!(std::fs::read(sandbox.vault()).unwrap(), before);
    snapshot!(text);
}
