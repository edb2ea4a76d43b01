//! Signals during a prompt: how the program ends, and the state of the terminal afterwards.

use std::process::Command;

use mfa_test_support::can;
use rexpect::session::{PtySession, spawn_command};

use crate::sandbox::Sandbox;
use crate::terminal::{interrupted, rest};

/// Commands that prompt, and their prompts.
const QUESTIONS: [(&str, &str); 3] = [
    ("mfa add", "otpauth URI, secret key or picture: "),
    ("mfa remove my", "Remove Amazon"),
    ("mfa code", "Account"),
];

/// A script's background job ignores INT and QUIT, and so do its children.
#[test]
fn every_prompt_ends_by_an_interrupt_that_the_parent_ignored() {
    let sandbox = Sandbox::with_aws();
    sandbox.stdout("mfa add --qr tests/data/two-accounts.png");
    for (line, question) in QUESTIONS {
        let program = sandbox.command(line);
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "trap '' INT QUIT; exec \"$0\" \"$@\""])
            .arg(program.get_program())
            .args(program.get_args())
            .env_clear()
            .env("HOME", sandbox.home())
            .env("TERM", "xterm");
        let mut session = spawn_command(shell, Some(20_000)).unwrap();
        session.exp_string(question).unwrap();
        session.send_control('c').unwrap();
        let text = interrupted(session);
        let shows_the_cursor = text.contains("\u{1b}[?25h");
        assert!(shows_the_cursor || line == "mfa add", "{line}: {text:?}");
    }
    assert!(sandbox.stdout("mfa vault status").contains("revision    2"));
}

/// Runs a script in a shell on a terminal; `$MFA` is the program.
fn in_a_shell(sandbox: &Sandbox, shell: &str, arguments: &[&str]) -> PtySession {
    let mut command = Command::new(shell);
    command
        .args(arguments)
        .env_clear()
        .env("HOME", sandbox.home())
        .env("MFA", env!("CARGO_BIN_EXE_mfa"))
        .env("MFA_UNLOCK_FOR", "0")
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("PS1", "ready> ")
        .env("TERM", "xterm");
    spawn_command(command, Some(20_000)).unwrap()
}

/// Prints the number of the process before it becomes the program.
const WITH_NUMBER: &str = "sh -c 'echo number=$$=; exec \"$MFA\" \"$@\"' sh";

fn number(session: &mut PtySession) -> String {
    session.exp_string("number=").unwrap();
    // An interactive shell echoes its input first.
    let mut number = session.exp_string("=").unwrap();
    while number.parse::<u32>().is_err() {
        session.exp_string("number=").unwrap();
        number = session.exp_string("=").unwrap();
    }
    number
}

fn kill(signal: &str, process: &str) {
    let killed = Command::new("kill").args([signal, process]).status();
    assert!(killed.unwrap().success());
}

/// dash keeps the terminal's modes as the program left them.
#[test]
fn the_terminal_is_as_it_was_after_every_signal() {
    let sandbox = Sandbox::with_aws();
    sandbox.stdout("mfa add --qr tests/data/two-accounts.png");
    for (line, question) in QUESTIONS {
        for (signal, code) in [
            ("-INT", 130),
            ("-TERM", 143),
            ("-HUP", 129),
            ("-QUIT", 131),
            ("^C", 130),
        ] {
            let arguments = line.strip_prefix("mfa ").unwrap();
            let script =
                format!("trap : INT; stty sane; {WITH_NUMBER} {arguments}; echo code=$?; stty -a");
            let mut session = in_a_shell(&sandbox, "dash", &["-c", &script]);
            let process = number(&mut session);
            session.exp_string(question).unwrap();
            if signal == "^C" {
                session.send_control('c').unwrap();
            } else {
                // The picker sets its modes only after it is shown.
                std::thread::sleep(std::time::Duration::from_millis(200));
                kill(signal, &process);
            }
            let text = rest(session, 0);
            assert!(
                text.contains(&format!("code={code}")),
                "{line} {signal}: {text}"
            );
            for mode in ["echo", "isig", "icanon", "icrnl", "opost"] {
                let is_set = text.split_whitespace().any(|word| word == mode);
                assert!(is_set, "{line} {signal}: {text}");
            }
            let shows_the_cursor = text.contains("\u{1b}[?25h");
            assert!(shows_the_cursor || line == "mfa add", "{line}: {text:?}");
        }
    }
    assert!(sandbox.stdout("mfa vault status").contains("revision    2"));
}

/// After `fg`, typed text is still hidden, whatever modes the shell sets.
#[test]
fn a_question_that_is_continued_hides_what_is_typed() {
    let uri = "otpauth://totp/again?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    for (shell, arguments) in [
        ("dash", vec!["-i"]),
        ("bash", vec!["--norc", "--noediting", "-i"]),
        ("zsh", vec!["-f", "-i"]),
    ] {
        let is_here = Command::new(shell).args(["-c", ":"]).status().is_ok();
        if !can(is_here, shell) {
            continue;
        }
        for stop in ["^Z", "-STOP", "-TSTP"] {
            let sandbox = Sandbox::with_aws();
            let mut session = in_a_shell(&sandbox, shell, &arguments);
            session.exp_string("ready> ").unwrap();
            // The test's terminal starts without echo.
            session
                .send_line(&format!("stty sane; {WITH_NUMBER} add"))
                .unwrap();
            let process = number(&mut session);
            session
                .exp_string("otpauth URI, secret key or picture: ")
                .unwrap();
            if stop == "^Z" {
                session.send_control('z').unwrap();
            } else {
                kill(stop, &process);
            }
            session.exp_string("ready> ").unwrap();
            session.send_line("stty -a; fg").unwrap();
            let modes = session
                .exp_string("otpauth URI, secret key or picture: ")
                .unwrap();
            let echoes = modes.split_whitespace().any(|word| word == "echo");
            // Nothing can restore the terminal before a SIGSTOP; zsh's own modes hide it.
            assert!(echoes || stop == "-STOP", "{shell} {stop}: {modes}");
            session.send_line(uri).unwrap();
            let text = session.exp_string("added again").unwrap();
            assert!(!text.contains("GEZD"), "{shell} {stop}: {text}");
            session.exp_string("ready> ").unwrap();
            session.send_line("exit").unwrap();
            session.exp_eof().unwrap();
        }
    }
}
