//! Vault files that ask for more than a real vault needs are refused before the cost is paid.

use std::fs;
use std::time::{Duration, Instant};

use crate::support::{Home, Ran, X, program, run, tell};

fn with_passphrase(command: &mut std::process::Command, stdin: &str) -> Ran {
    run(command.env("MFA_PASSPHRASE", "correct horse"), stdin)
}

/// A vault that a passphrase opens.
fn home() -> Home {
    let home = Home::empty();
    let mut add = home.command(program());
    with_passphrase(add.args(["add", "-"]), &X.uri()).ends(0);
    home
}

/// Asks for a code with a time limit; also returns how long it took.
fn code(home: &Home) -> (Ran, Duration) {
    let start = Instant::now();
    let mut command = home.command("timeout");
    let ran = with_passphrase(
        command.args(["10", program(), "code", "x", "--at", "30"]),
        "",
    );
    (ran, start.elapsed())
}

#[test]
fn no_cost_out_of_bounds_is_paid() {
    let home = home();
    let text = fs::read_to_string(&home.vault).unwrap();
    let (good, paid) = code(&home);
    assert_eq!(good.ends(0).stdout, "287082\n");
    let mut slowest = Duration::ZERO;
    for (from, to) in [
        ("\"m_kib\": 65536", "\"m_kib\": 1048577"),
        ("\"m_kib\": 65536", "\"m_kib\": 4294967295"),
        ("\"m_kib\": 65536", "\"m_kib\": 18446744073709551615"),
        ("\"m_kib\": 65536", "\"m_kib\": 19455"),
        ("\"m_kib\": 65536", "\"m_kib\": 0"),
        ("\"m_kib\": 65536", "\"m_kib\": 6.5e4"),
        ("\"t\": 3", "\"t\": 4294967295"),
        ("\"t\": 3", "\"t\": 17"),
        ("\"t\": 3", "\"t\": 1"),
        ("\"p\": 4", "\"p\": 17"),
        ("\"p\": 4", "\"p\": 0"),
        ("\"p\": 4", "\"p\": 16777215"),
        ("\"version\": 19", "\"version\": 16"),
        ("\"argon2id\"", "\"argon2d\""),
    ] {
        let hostile = text.replace(from, to);
        assert_ne!(hostile, text, "{from}");
        fs::write(&home.vault, hostile).unwrap();
        let (ran, took) = code(&home);
        assert_eq!(ran.exit(), Some(6), "{to}: {ran:#?}");
        slowest = slowest.max(took);
    }
    tell(&format!(
        "hostile costs: refused within {slowest:.0?}; the right passphrase costs {paid:.0?}"
    ));
}

/// The JSON text of a slot, with the text before and after it.
fn slot(text: &str) -> (&str, &str, &str) {
    let start = text.find("\"slots\": [").unwrap() + "\"slots\": [".len();
    let end = text.rfind("]\n").unwrap();
    (&text[..start], &text[start..end], &text[end..])
}

#[test]
fn no_size_out_of_bounds_is_read() {
    let home = home();
    let text = fs::read_to_string(&home.vault).unwrap();
    let (before, one, after) = slot(&text);
    let many = |count: usize| format!("{before}{}{after}", vec![one; count].join(","));
    assert_eq!(many(1), text);
    let deep =
        |open: &str| text.replace("\"rev\": 1", &format!("\"rev\": {}", open.repeat(500_000)));
    let mut slowest = Duration::ZERO;
    for (what, hostile) in [
        ("17 slots", many(17)),
        ("no slots", many(0)),
        ("100,000 slots", many(100_000)),
        ("deep lists", deep("[")),
        ("deep objects", deep("{\"a\":")),
        ("a long number", deep("9")),
    ] {
        fs::write(&home.vault, hostile).unwrap();
        let (ran, took) = code(&home);
        assert_eq!(ran.exit(), Some(6), "{what}: {ran:#?}");
        slowest = slowest.max(took);
    }
    // 64 MiB and a byte, and about the largest possible file.
    for size in [(64 << 20) + 1, 1 << 42] {
        fs::write(&home.vault, &text).unwrap();
        fs::File::options()
            .write(true)
            .open(&home.vault)
            .unwrap()
            .set_len(size)
            .unwrap();
        let (ran, took) = code(&home);
        ran.ends(1).says("is larger than");
        slowest = slowest.max(took);
    }
    tell(&format!("hostile sizes: refused within {slowest:.0?}"));
}
