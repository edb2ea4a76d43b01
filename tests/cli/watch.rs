//! `mfa watch`, the picker and `mfa add` as a person sees them.

use crate::eyes::Screen;
use crate::sandbox::{AWS, Sandbox};

/// Four accounts: of AWS, GitHub (two), and one that counts.
fn accounts() -> Sandbox {
    let sandbox = Sandbox::with_aws();
    sandbox.stdout("mfa add --qr tests/data/two-accounts.png");
    sandbox.fed(
        "mfa add -",
        b"otpauth://hotp/Counter:press?secret=MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U&counter=3\n",
    );
    sandbox
}

fn start(sandbox: &Sandbox, line: &str, columns: u16, rows: u16) -> Screen {
    Screen::start(sandbox.command(line), columns, rows)
}

/// Waits until the program has ended with this code, and checks what it leaves on the terminal.
fn ends(mut screen: Screen, code: i32) -> String {
    let status = screen.end();
    // ^C ends the program by the signal, which a shell reports as 130.
    let expected = if code == 130 {
        ", SIGINT, false)".to_owned()
    } else {
        format!(", {code})")
    };
    assert!(status.ends_with(&expected), "{status}");
    screen.until("the screen as it was", |_| {
        !screen.is_alternate() && !screen.hides_cursor()
    });
    screen.text()
}

#[test]
fn accounts_are_shown_by_issuer_with_their_codes() {
    let sandbox = accounts();
    for line in ["mfa", "mfa watch"] {
        let mut screen = start(&sandbox, line, 80, 24);
        let text = screen.shows("> my-iam-user@123456789012");
        assert!(screen.is_alternate());
        assert!(
            text.contains("4 accounts") && text.contains("Amazon Web Services\n"),
            "{text}"
        );
        let codes = sandbox.stdout("mfa code my");
        screen.until("the code", |text| {
            text.contains(sandbox.stdout("mfa code my").trim())
        });
        assert_eq!(codes.trim().len(), 6);
        assert!(text.contains("Enter takes a code"), "{text}");
        assert!(
            text.contains(" s of 30") && text.contains("Esc more keys"),
            "{text}"
        );
        screen.keys("\u{1b}");
        screen.shows("Esc quit");
        screen.keys("\u{1b}");
        ends(screen, 0);
    }
}

#[test]
fn typing_filters_as_in_list_and_the_keys_move() {
    let sandbox = accounts();
    let mut screen = start(&sandbox, "mfa watch", 80, 24);
    screen.shows("4 accounts");
    screen.keys("git");
    let text = screen.shows("1 of 4");
    assert!(
        text.contains("Filter: git") && text.contains("> alice"),
        "{text}"
    );
    screen.keys(" x");
    let text = screen.shows("no match");
    assert!(text.contains("0 of 4"), "{text}");
    screen.keys("\u{15}aws");
    screen.shows("> my-iam-user@");
    screen.keys("\u{17}");
    screen.shows("4 accounts");
    screen.keys("\u{1b}[B");
    screen.no_longer_shows("> my-iam-user");
    screen.keys("\u{10}");
    screen.shows("> my-iam-user");
    screen.keys("\u{1b}[F");
    screen.no_longer_shows("> my-iam-user");
    screen.keys("\u{1b}[H");
    screen.shows("> my-iam-user");
    screen.keys("\u{3}");
    ends(screen, 130);
}

#[test]
fn both_codes_the_qr_code_and_help_have_screens_of_their_own() {
    let sandbox = accounts();
    let mut screen = start(&sandbox, "mfa watch", 80, 40);
    screen.shows("> my-iam-user");
    screen.keys("\u{1b}");
    screen.shows("Esc quit");
    screen.keys("p");
    let text = screen.shows("MFA code 2");
    assert!(text.contains("██████") && text.contains("copy 1"), "{text}");
    screen.keys("\u{1b}");
    screen.shows("Esc quit");
    screen.keys("q");
    let text = screen.shows("▀▀");
    assert!(text.contains("Esc back"), "{text}");
    screen.resize(40, 10);
    let text = screen.shows("--output");
    assert!(text.contains("lines") && !text.contains('▀'), "{text}");
    screen.keys("\u{1b}");
    screen.shows("> my-iam-user");
    screen.keys("p");
    let text = screen.shows("MFA code 2");
    assert!(
        text.contains('█') && text.lines().all(|line| line.chars().count() <= 40),
        "{text}"
    );
    screen.keys("\u{1b}");
    screen.shows("> my-iam-user");
    screen.keys("?");
    screen.shows("copy the code");
    screen.keys("\u{3}");
    ends(screen, 130);
}

/// What changes elsewhere is shown; `u` undoes it.
#[test]
fn the_list_follows_the_vault_and_undoes_the_last_change() {
    let sandbox = accounts();
    let mut screen = start(&sandbox, "mfa watch", 80, 24);
    screen.shows("4 accounts");
    sandbox.stdout("mfa rename press pushed");
    screen.shows("pushed");
    screen.keys("\u{1b}");
    screen.shows("Esc quit");
    screen.keys("u");
    screen.shows("press u again");
    screen.keys("u");
    let text = screen.shows("undid: rename Counter:press to Counter:pushed");
    assert!(!text.contains("> pushed"), "{text}");
    screen.shows("  press ");
    screen.keys("\u{1b}");
    ends(screen, 0);
    assert!(sandbox.stdout("mfa list").contains("press"));
}

#[test]
fn codes_are_hidden_until_a_key_is_pressed() {
    let sandbox = accounts();
    let mut screen = start(&sandbox, "mfa watch --hidden", 80, 24);
    let text = screen.shows("••••••");
    let code = sandbox.stdout("mfa code my");
    assert!(
        !text.contains(code.trim()) && text.contains("any key"),
        "{text}"
    );
    // The key does nothing else.
    screen.keys("x");
    let text = screen.no_longer_shows("••••••");
    assert!(text.contains("4 accounts"), "{text}");
    screen.keys("\u{3}");
    ends(screen, 130);
}

/// `mfa lock` elsewhere takes the accounts from the screen, and from the memory.
#[test]
fn the_screen_locks_with_the_vault() {
    if !crate::unlock::keyrings_work() {
        return;
    }
    let sandbox = Sandbox::new().variable("MFA_PASSPHRASE", "correct horse");
    sandbox.stdout(AWS);
    let vault = sandbox.vault();
    let bare = Sandbox::new().variable("MFA_UNLOCK_FOR", "1h");
    let watch = format!("mfa --vault {} watch", vault.display());
    let mut screen = start(&bare, &watch, 80, 24);
    screen.shows("Passphrase: ");
    screen.keys("correct horse\r");
    let text = screen.shows("> my-iam-user");
    assert!(!text.contains("horse"), "{text}");
    assert_eq!(
        bare.stdout(&format!("mfa --vault {} lock", vault.display())),
        "locked\n"
    );
    let text = screen.shows("The vault is locked.");
    assert!(!text.contains("my-iam"), "{text}");
    screen.keys("\r");
    screen.shows("Passphrase: ");
    screen.keys("correct horse\r");
    screen.shows("> my-iam-user");
    bare.stdout(&format!("mfa --vault {} lock", vault.display()));
    screen.shows("The vault is locked.");
    screen.keys("\u{1b}");
    ends(screen, 0);
}

#[test]
fn the_terminal_comes_back_after_every_signal() {
    let sandbox = accounts();
    for (line, seen) in [("mfa watch", "> my-iam-user"), ("mfa code", "> Amazon Web")] {
        for (signal, end) in [("-INT", "INT"), ("-TERM", "TERM"), ("-HUP", "HUP")] {
            let mut screen = start(&sandbox, line, 80, 24);
            screen.shows(seen);
            screen.signal(signal);
            let status = screen.end();
            assert!(status.contains(end), "{status}");
            screen.until("the screen as it was", |text| {
                !screen.is_alternate() && !screen.hides_cursor() && !text.contains(seen)
            });
        }
    }
}

/// A shell stops the program and continues it.
#[test]
fn a_stopped_program_gives_the_terminal_back_and_draws_again() {
    let sandbox = accounts();
    for (line, seen) in [("watch", "> my-iam-user"), ("code", "> Amazon Web")] {
        let mut shell = std::process::Command::new("bash");
        shell
            .args(["--norc", "--noediting", "-i"])
            .env("HOME", sandbox.home())
            .env("PS1", "ready> ")
            .env("MFA", env!("CARGO_BIN_EXE_mfa"))
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        let mut screen = Screen::start(shell, 80, 24);
        screen.shows("ready> ");
        screen.keys(&format!("\"$MFA\" {line}\n"));
        screen.shows(seen);
        screen.keys("\u{1a}");
        screen.shows("Stopped");
        screen.until("the screen as it was", |text| {
            !screen.is_alternate() && !screen.hides_cursor() && text.contains("ready> ")
        });
        screen.keys("fg\n");
        screen.shows(seen);
        screen.keys("zzzz");
        screen.shows("no match");
        screen.keys("\u{3}");
        screen.until("the prompt", |text| {
            !screen.is_alternate() && !text.contains("no match")
        });
        screen.keys("echo code=$?; stty -a | grep -ow '[-]*echo'; exit\n");
        let text = screen.shows("code=130");
        assert!(!text.contains("\n-echo\n"), "{text}");
        screen.end();
    }
}

#[test]
fn a_terminal_that_cannot_draw_gets_a_command_or_numbers() {
    let sandbox = accounts().variable("TERM", "dumb");
    let mut screen = start(&sandbox, "mfa watch", 80, 24);
    assert!(screen.end().ends_with(", 2)"));
    screen.shows("try: mfa list --codes");
    let mut screen = start(&sandbox, "mfa show git", 80, 24);
    assert!(screen.end().ends_with(", 0)"));
    let mut screen = start(&sandbox, "mfa rename i new", 80, 24);
    let text = screen.shows("number, or Enter to cancel");
    assert!(
        text.contains("  1  Amazon Web Services:my-iam-user@123456789012"),
        "{text}"
    );
    screen.keys("9\r");
    screen.until("the question again", |text| {
        text.matches("number, or").count() == 2
    });
    screen.keys("2\r");
    screen.shows("renamed GitHub:alice to GitHub:new");
    assert!(screen.end().ends_with(", 0)"));
}

#[test]
fn without_a_vault_a_person_is_welcomed_and_a_script_gets_help() {
    let sandbox = Sandbox::new();
    let mut screen = start(&sandbox, "mfa", 80, 24);
    assert!(screen.end().ends_with(", 0)"));
    let text = screen.shows("mfa add --qr aws.png");
    assert!(
        text.lines().count() <= 4 && text.contains("  mfa help "),
        "{text}"
    );
    let output = sandbox.run("mfa", b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("Commands:"));
}

/// The picker begins with what was used last, and says when nothing matches.
#[test]
fn the_picker_shows_what_was_used_last_first() {
    let sandbox = accounts();
    let mut screen = start(&sandbox, "mfa code", 80, 24);
    let text = screen.shows("4 of 4");
    assert!(
        text.contains("Account: ") && text.contains("> Amazon"),
        "{text}"
    );
    screen.keys("hub");
    screen.shows("> GitHub:alice");
    screen.keys("zz");
    screen.shows("no match");
    screen.keys("\r\u{7f}\u{7f}\r");
    let text = screen.shows("s left");
    assert!(
        !text.contains("no match") && !text.contains("Account:"),
        "{text}"
    );
    ends(screen, 0);
    let mut screen = start(&sandbox, "mfa show", 80, 24);
    screen.shows("> GitHub:alice");
    screen.keys("\u{1b}");
    ends(screen, 1);
    // An account that was named counts too.
    let mut screen = start(&sandbox, "mfa code my", 80, 24);
    assert!(screen.end().ends_with(", 0)"));
    let mut screen = start(&sandbox, "mfa show", 80, 24);
    screen.shows("> Amazon Web");
    screen.keys("\u{3}");
    ends(screen, 130);
}

/// After a moment without a change, only the seconds are drawn.
#[test]
fn only_what_changes_is_drawn() {
    let sandbox = accounts();
    let mut screen = start(&sandbox, "mfa watch", 80, 24);
    screen.shows("4 accounts");
    let bar = |text: &str| {
        let line = text
            .lines()
            .find(|line| line.contains(" s of 30"))
            .unwrap_or_default();
        line.to_owned()
    };
    let first = bar(&screen.shows(" s of 30"));
    let second = bar(&screen.until("the next second", |text| bar(text) != first));
    let before = screen.written();
    screen.until("the next second", |text| bar(text) != second);
    let written = screen.written() - before;
    // A new step changes all codes; the whole screen has 1,920 cells.
    assert!(written < 1000, "{written} bytes");
    screen.keys("\u{3}");
    ends(screen, 130);
}

/// A terminal that is too small shows what fits, whatever is on the screen.
#[test]
fn no_size_is_too_small() {
    let sandbox = accounts();
    for (line, keys) in [("mfa watch", "\u{1b}pq?x\u{1b}q"), ("mfa code", "x\u{7f}")] {
        for (columns, rows) in [(1, 1), (3, 2), (9, 4), (200, 3), (5, 60)] {
            let mut screen = start(&sandbox, line, columns, rows);
            screen.until("a drawing", |text| !text.is_empty());
            for key in keys.chars() {
                screen.keys(&key.to_string());
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            screen.resize(80, 24);
            screen.keys("\u{1b}\u{1b}");
            screen.keys("\u{3}");
            let status = screen.end();
            assert!(!status.contains("101"), "{status}");
        }
    }
}

/// Only a person at a terminal sees progress, and nothing of it stays.
#[test]
fn what_takes_long_shows_progress() {
    let sandbox = Sandbox::new();
    sandbox.stdout("mfa vault init --key-file");
    let line = |number: u32| {
        let key = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        format!("otpauth://totp/Many:{number}?secret={key}&issuer=Many{number}\n")
    };
    let lines: String = (0..4000).map(line).collect();
    let file = sandbox.home().join("many.txt");
    std::fs::write(&file, lines).unwrap();
    sandbox.stdout(&format!("mfa import {}", file.display()));
    let export = |name: &str| {
        let file = sandbox.home().join(name);
        format!("mfa export {} --format paper", file.display())
    };
    let mut screen = start(&sandbox, &export("one.html"), 80, 24);
    screen.shows("writing the export, ");
    let text = screen.shows("exported 4000 accounts");
    assert!(!text.contains("writing"), "{text}");
    assert!(screen.end().ends_with(", 0)"));
    let output = sandbox.run(&export("two.html"), b"");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("writing"));
}
