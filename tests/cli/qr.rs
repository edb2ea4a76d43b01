//! `mfa qr`: what it draws can be read again.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

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

/// What `mfa qr` prints on a terminal of this size, and its exit code.
fn on_a_terminal(sandbox: &Sandbox, columns: usize, rows: usize) -> (String, String) {
    let mfa = env!("CARGO_BIN_EXE_mfa");
    let script =
        format!("stty cols {columns} rows {rows}; {mfa} qr my --color never; echo exit $?");
    let own = sandbox.command("mfa");
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).env_clear();
    shell.envs(
        own.get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    let mut session = rexpect::session::spawn_command(shell, Some(20_000)).unwrap();
    // rexpect reads bytes as Latin-1.
    let text = session.exp_eof().unwrap();
    let bytes: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    let text = String::from_utf8(bytes).unwrap().replace('\r', "");
    let (before, exit) = text.rsplit_once("exit ").unwrap();
    (before.to_owned(), exit.trim().to_owned())
}

#[test]
fn a_code_of_aws_fits_a_terminal_of_24_lines() {
    let sandbox = Sandbox::with_aws();
    for (columns, rows, side) in [(80, 24, 45), (45, 24, 45), (49, 27, 49), (80, 60, 53)] {
        let (text, exit) = on_a_terminal(&sandbox, columns, rows);
        assert_eq!(exit, "0", "{text}");
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), usize::div_ceil(side, 2), "{text}");
        assert!(
            lines.iter().all(|line| line.chars().count() == side),
            "{text}"
        );
        assert!(lines.len() < rows);
        // As light text on a dark terminal.
        let picture = sandbox.home().join("screen.pgm");
        std::fs::write(&picture, painted(&lines)).unwrap();
        let other = Sandbox::new();
        other.stdout(&format!("mfa add --qr {}", picture.display()));
        assert_eq!(other.stdout("mfa code --at 59"), "140615\n");
        assert!(
            other
                .stdout("mfa list")
                .contains("Amazon Web Services  my-iam-user@123456789012")
        );
        if mfa_test_support::can(
            Command::new("zbarimg").arg("--version").output().is_ok(),
            "zbarimg",
        ) {
            let read = Command::new("zbarimg")
                .args(["-q", "--raw"])
                .arg(&picture)
                .output()
                .unwrap();
            assert!(
                read.stdout
                    .starts_with(b"otpauth://totp/Amazon%20Web%20Services:my-iam-user@")
            );
        }
    }
}

/// The screen as a grey picture, 6 by 12 pixels a character.
fn painted(lines: &[&str]) -> Vec<u8> {
    let (width, height) = (lines[0].chars().count() * 6, lines.len() * 12);
    let mut picture = format!("P5 {width} {height} 255\n").into_bytes();
    for y in 0..height {
        for block in lines[y / 12].chars() {
            let is_light = match block {
                '█' => true,
                '▀' => y % 12 < 6,
                '▄' => y % 12 >= 6,
                _ => false,
            };
            picture.extend([if is_light { 255 } else { 0 }; 6]);
        }
    }
    picture
}

#[test]
fn a_terminal_that_is_too_small_gets_no_half_of_a_code() {
    let sandbox = Sandbox::with_aws();
    for (columns, rows) in [(80, 23), (44, 60), (20, 5)] {
        let (text, exit) = on_a_terminal(&sandbox, columns, rows);
        assert_eq!(exit, "1", "{text}");
        assert!(!text.contains(['█', '▀', '▄']), "{text}");
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let why = format!("needs 45 columns and 24 lines; the terminal has {columns} and {rows}");
        assert!(words.contains(&why), "{words}");
        assert!(words.contains(
            "try: mfa qr 'Amazon Web Services:my-iam-user@123456789012' --output FILE.png"
        ));
    }
}
