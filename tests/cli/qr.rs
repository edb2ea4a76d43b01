//! `mfa qr`: what it draws can be read again.

use std::os::unix::fs::PermissionsExt;

use crate::sandbox::{Sandbox, snapshot};

#[test]
fn pictures_are_private_and_read_back() {
    let sandbox = Sandbox::with_aws();
    let file = sandbox.home().join("out.png");
    let line = format!("mfa qr my --output {}", file.display());
    let force = format!("{line} --force");
    let svg = line.replace(".png", ".svg");
    let bad = line.replace(".png", ".gif");
    snapshot!(sandbox.transcript(&[&line, &line, &force, &svg, &bad, "mfa qr my --force"]));
    for name in ["out.png", "out.svg"] {
        let mode = std::fs::metadata(sandbox.home().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let other = Sandbox::new();
    other.stdout(&format!("mfa add --qr {}", file.display()));
    assert_eq!(other.stdout("mfa code --at 59"), "140615\n");
}

#[test]
fn a_picture_goes_to_stdout() {
    let sandbox = Sandbox::with_aws();
    let output = sandbox.run("mfa qr my --output -", b"");
    assert!(output.status.success() && output.stderr.is_empty());
    let other = Sandbox::new();
    assert!(other.run("mfa add --qr -", &output.stdout).status.success());
    assert_eq!(other.stdout("mfa code --at 59"), "140615\n");
    let text = sandbox.run("mfa qr my", b"");
    let said = String::from_utf8(text.stderr).unwrap();
    let name = "'Amazon Web Services:my-iam-user@123456789012'";
    assert!(
        said.contains(&format!("mfa qr {name} --output FILE.png")),
        "{said}"
    );
}

#[test]
fn on_a_pipe_it_is_drawn_without_escapes() {
    let sandbox = Sandbox::with_aws();
    let plain = sandbox.stdout("mfa qr my");
    assert_eq!(plain, sandbox.stdout("mfa show my --qr"));
    assert!(!plain.contains('\u{1b}'));
    let width = plain.lines().next().unwrap().chars().count();
    assert!(plain.lines().count() >= width / 2);
    assert!(
        plain
            .lines()
            .all(|line| line.chars().all(|c| " █▀▄".contains(c)))
    );
    assert!(
        sandbox
            .stdout("mfa qr my --color always")
            .contains("\u{1b}[")
    );
}
