//! Signals during a prompt: how the program ends, and the state of the terminal afterwards.

use std::process::Command;

use mfa_test_support::can;
use rexpect::session::{PtySession, spawn_command};

use crate::sandbox::Sandbox;
use crate::terminal::{interrupted, rest};

/// Commands that prompt, and their prompts. Only the picker hides the cursor.
const QUESTIONS: [(&str, &str); 3] = [
    ("mfa add", "otpauth URI, secret key or picture: "),
    ("mfa remove my", "Remove Amazon"),
    (PICKER, "Account"),
];
const PICKER: &str = "mfa code";

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
        check_cursor(line, &text);
    }
    assert!(sandbox.stdout("mfa vault status").contains("revision    2"));
}

/// A command that hid the cursor shows it again; the others never hide it.
fn check_cursor(line: &str, text: &str) {
    let shows_it = text.rfind("\u{1b}[?25h") > text.rfind("\u{1b}[?25l");
    let touches_it = text.contains("\u{1b}[?25");
    assert!(
        if line == PICKER {
            shows_it
        } else {
            !touches_it
        },
        "{line}: {text:?}"
    );
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

/// A shell script that prints its process id, then becomes the program.
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

/// The shell `dash` keeps the terminal's modes as the program left them.
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
            check_cursor(line, &text);
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
            let text = session
                .exp_string("Name (or press Enter for again): ")
                .unwrap();
            session.send_line("").unwrap();
            session.exp_string("added again").unwrap();
            assert!(!text.contains("GEZD"), "{shell} {stop}: {text}");
            session.exp_string("ready> ").unwrap();
            session.send_line("exit").unwrap();
            session.exp_eof().unwrap();
        }
    }
}

/// A whole line is the answer, so the shell gets nothing of `yes`. Any answer but yes or no repeats the
/// prompt.
#[test]
fn a_yes_that_is_written_out_leaks_nothing_into_the_shell() {
    for (answers, is_removed) in [
        (&["yes"][..], true),
        (&["Y"], true),
        (&["maybe", "yes"], true),
        (&["maybe", "yesno", "no"], false),
        (&["n"], false),
        (&[""], false),
    ] {
        let sandbox = Sandbox::with_aws();
        let script = format!(
            "stty sane; {WITH_NUMBER} remove my; echo code=$?; read line; echo \"left=[$line]\""
        );
        let mut session = in_a_shell(&sandbox, "dash", &["-c", &script]);
        for answer in answers {
            session.exp_string("? [y/N] ").unwrap();
            session.send_line(answer).unwrap();
        }
        session.exp_string("code=0").unwrap();
        session.send_line("typed later").unwrap();
        let text = rest(session, 0);
        assert!(text.contains("left=[typed later]"), "{answers:?}: {text}");
        let list = sandbox.stdout("mfa list");
        assert_eq!(list.contains("my-iam-user"), !is_removed, "{answers:?}");
    }
}

/// After ^C at a hidden prompt, the shell gets the exit code 130.
#[test]
fn an_interrupt_at_a_hidden_question_is_exit_130() {
    let words = Sandbox::new();
    let pass = words.passphrase_file();
    words.stdout(&format!(
        "mfa add --qr tests/data/aws.png --passphrase-file {pass}"
    ));
    words.stdout(&format!("mfa vault recovery --passphrase-file {pass}"));
    let keys = Sandbox::with_aws();
    let none = Sandbox::new();
    let export = keys.home().join("export.json");
    let given = keys.passphrase_file();
    keys.stdout(&format!(
        "mfa export {} --format mfa --password-file {given}",
        export.display()
    ));
    let import = format!("import {}", export.display());
    let again = keys.home().join("again.json");
    let again = format!("export {} --format mfa", again.display());
    let verify = format!("vault recovery --verify --passphrase-file {pass}");
    let changed = format!("vault passphrase --passphrase-file {pass}");
    for (sandbox, arguments, questions) in [
        (&keys, "add", &["otpauth URI, secret key or picture: "][..]),
        (&keys, "add --secret x", &["Secret key: "]),
        (&keys, "vault passphrase", &["New passphrase: ", "Repeat "]),
        (&keys, &import, &["assword"]),
        (&keys, &again, &["Password of the export: ", "Repeat "]),
        (&none, "vault init", &["Choose a passphrase", "Repeat "]),
        (&words, "code", &["Passphrase (or recovery code): "]),
        (&words, "unlock", &["Passphrase (or recovery code): "]),
        (&words, &changed, &["New passphrase: ", "Repeat "]),
        (&words, &verify, &["Recovery code: "]),
    ] {
        for stop in 0..questions.len() {
            let script = format!("stty sane; \"$MFA\" {arguments}; echo code=$?; stty -a");
            let script = format!("trap : INT; {script}");
            let mut session = in_a_shell(sandbox, "dash", &["-c", &script]);
            for (at, question) in questions[..=stop].iter().enumerate() {
                session.exp_string(question).unwrap();
                if at < stop {
                    session.send_line("some words").unwrap();
                }
            }
            session.send_control('c').unwrap();
            let text = rest(session, 0);
            assert!(text.contains("code=130"), "{arguments}: {text}");
            let echoes = text.split_whitespace().any(|word| word == "echo");
            assert!(echoes, "{arguments}: {text}");
        }
    }
}
