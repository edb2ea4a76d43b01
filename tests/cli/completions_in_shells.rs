//! TAB and Enter in real shells, with names that are meant to run something. Each must print that
//! account's code, and do nothing else.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use mfa_test_support::can;
use rexpect::session::{PtySession, spawn_command};

use crate::sandbox::Sandbox;

/// Names from a QR code, and characters that are special in shells.
fn names() -> Vec<String> {
    let signs = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ";
    let of_sign = |sign: char| [format!("{sign}x{sign}y"), format!("k{sign}{sign}")];
    let mut names: Vec<_> = signs.chars().flat_map(of_sign).collect();
    names.extend(
        [
            "a;touch${IFS}$HOME/PWNED",
            "$(touch PWNED)",
            "`touch PWNED`",
            "k`touch PWNED`",
            "'; touch PWNED; '",
            "\"; touch PWNED; \"",
            "k'\"$(touch PWNED)\"'",
            "\\'; touch PWNED #",
            "two\nlines\ntouch PWNED\n",
            "k\ttab",
            "k\r",
            "\u{1b}[31mred",
            "~root",
            "~",
            "=ls",
            "*",
            "k?[a-z]*",
            "{a,b}",
            "k{1..3}",
            "!!",
            "k!touch",
            "^a^b",
            "#x",
            "%1",
            "-x",
            "--help",
            "--",
            "k  two  spaces ",
            " first",
            "\\",
            "k\\\\",
            "<(touch PWNED)",
            "k\u{2019}; touch PWNED; \u{2018}",
            "né \u{1f511}",
            "k:@=",
            "(touch PWNED)",
            "k\nid",
            "&touch PWNED",
            "|touch PWNED",
            ">PWNED",
            "Amazon Web Services:me@123",
            "Amazon Web Services:root@1:2=3",
        ]
        .map(ToOwned::to_owned),
    );
    names
}

/// One vault for each name, so that nothing else completes, and the code of its account.
struct Vaults {
    sandbox: Sandbox,
    codes: Vec<String>,
}

impl Vaults {
    fn new(names: &[String]) -> Self {
        let sandbox = Sandbox::new();
        let folder = sandbox.home().join("v");
        let codes = names.iter().enumerate().map(|(number, name)| {
            let key: String = format!("{number:020}").chars().map(base32).collect();
            let mut add = sandbox.command("mfa add -");
            let mut child = add
                .arg(format!("--name={name}"))
                .arg("--vault")
                .arg(folder.join(number.to_string()))
                .stdin(Stdio::piped())
                .stderr(Stdio::piped())
                .stdout(Stdio::null())
                .spawn()
                .unwrap();
            let uri = format!("otpauth://totp/x?secret={key}\n");
            std::io::Write::write_all(&mut child.stdin.take().unwrap(), uri.as_bytes()).unwrap();
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{name:?}: {output:?}");
            let vault = folder.join(number.to_string());
            let code = format!("mfa code --at 59 --vault {}", vault.display());
            sandbox.stdout(&code).trim().to_owned()
        });
        let codes = codes.collect();
        // Files that globs would match.
        for name in ["kaa", "xx", "yx"] {
            std::fs::write(sandbox.home().join(name), "").unwrap();
        }
        Self { sandbox, codes }
    }

    /// Checks the files of the home folder at the end.
    fn nothing_ran(&self) {
        let entries = std::fs::read_dir(self.sandbox.home()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.retain(|name| !name.to_str().unwrap().starts_with('.'));
        names.sort();
        assert_eq!(names, ["kaa", "v", "xx", "yx"]);
    }
}

/// Encodes digits as base32, which has no digits 0, 1, 8 and 9.
fn base32(digit: char) -> char {
    char::from(b'A' + u8::try_from(digit.to_digit(10).unwrap()).unwrap())
}

/// Shown by each shell when it is ready for a line.
const PROMPT: &str = "READY> ";

/// An interactive shell in the sandbox; `None` if it is not installed.
fn shell(sandbox: &Sandbox, line: &str) -> Option<PtySession> {
    let program = line.split(' ').next().unwrap();
    let is_here = Command::new(program).args(["-c", "exit"]).output();
    if !can(is_here.is_ok(), program) {
        return None;
    }
    let mfa = PathBuf::from(env!("CARGO_BIN_EXE_mfa"));
    let path = std::env::var("PATH").unwrap();
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("stty rows 50 cols 400; exec {line}")])
        .current_dir(sandbox.home())
        .env_clear()
        .env("HOME", sandbox.home())
        .env(
            "PATH",
            format!("{}:{path}", mfa.parent().unwrap().display()),
        )
        .env("LC_ALL", "C.UTF-8")
        .env("TERM", "xterm")
        .env("MFA_UNLOCK_FOR", "0");
    Some(spawn_command(command, Some(20_000)).unwrap())
}

/// Types the start of each name, TAB and Enter, and expects its code.
fn completes(mut session: PtySession, vaults: &Vaults, names: &[String], shell: &Shell) {
    for (number, (name, code)) in names.iter().zip(&vaults.codes).enumerate() {
        for (typed, begins) in shell.starts {
            let is_id = name.chars().any(char::is_control)
                || name.ends_with(['/', '='])
                || name.trim() != name;
            let stays_open = typed.len() > 1 && name.ends_with(shell.no_space_after);
            if !name.starts_with(begins) || (is_id && !typed.is_empty()) || stays_open {
                continue;
            }
            let line = format!("mfa --vault v/{number} code --at 59 -- {typed}\t");
            session.send(&line).unwrap();
            session.send(shell.enter).unwrap();
            session.flush().unwrap();
            let found = session.exp_string(code);
            assert!(found.is_ok(), "{name:?} after {typed:?}: {found:?}");
            session.exp_string(PROMPT).unwrap();
        }
    }
    session.send("exit\r").unwrap();
    session.flush().unwrap();
    let _ = session.exp_eof();
    vaults.nothing_ran();
}

/// Names of AWS profiles that are meant to run something.
const PROFILES: &[&str] = &[
    "work",
    "wide open",
    "x;touch PWNED",
    "$(touch PWNED)",
    "`touch PWNED`",
    "k'\"$(touch PWNED)\"'",
    "a@b:c=d",
    "{a,b}*?~!",
    "\\'&|<>(x)",
    "né \u{1f511}",
];

/// Types TAB and Enter after an option for a profile, and after `awslogin`, with one profile in the
/// configuration.
fn completes_profiles(session: &mut PtySession, sandbox: &Sandbox, shell: &Shell) {
    std::fs::create_dir(sandbox.home().join(".aws")).unwrap();
    for name in PROFILES {
        // AWS's tools read a section's name as a shell reads words.
        let section = if name.contains(['"', '\\']) {
            shlex::try_quote(name).unwrap()
        } else {
            (*name).into()
        };
        let write = |setting: &str| {
            let keys = "aws_access_key_id = A\naws_secret_access_key = B";
            let config = format!("[profile {section}]\n{keys}\n{setting}\n");
            std::fs::write(sandbox.home().join(".aws/config"), config).unwrap();
        };
        let mut expect = |line: &str, answer: &str| {
            session.send(line).unwrap();
            session.send(shell.enter).unwrap();
            session.flush().unwrap();
            let found = session.exp_string(answer);
            assert!(found.is_ok(), "{line}{name:?}: {found:?}");
            session.exp_string(PROMPT).unwrap();
        };
        write("mfa_serial = arn:aws:iam::123456789012:mfa/my-iam-user");
        expect("mfa code --at 59 --profile \t", "140615");
        // Fails before it asks AWS.
        write("duration_seconds = no");
        // rexpect reads bytes as Latin-1.
        let shown = if name.is_ascii() { *name } else { "" };
        let why = format!("{shown}' has a duration_seconds that is not a number");
        expect("awslogin \t", &why);
    }
}

/// Starts a shell with `mfa init`, and completes the names of profiles.
fn profiles_in_shell(wanted: &Shell) {
    let sandbox = Sandbox::with_aws();
    for file in [".rc", ".zshrc"] {
        std::fs::write(sandbox.home().join(file), wanted.rc).unwrap();
    }
    for name in ["kaa", "xx"] {
        std::fs::write(sandbox.home().join(name), "").unwrap();
    }
    if let Some(mut session) = shell(&sandbox, wanted.line) {
        session.exp_string(PROMPT).unwrap();
        completes_profiles(&mut session, &sandbox, wanted);
        assert!(!sandbox.home().join("PWNED").exists());
    }
}

struct Shell {
    line: &'static str,
    rc: &'static str,
    /// What is typed, and which part of the name that is.
    starts: &'static [(&'static str, &'static str)],
    /// The keys that run the line.
    enter: &'static str,
    /// Characters after which it adds no space, and closes no quote.
    no_space_after: &'static [char],
}

/// Nothing, a letter, and a letter after each kind of quote.
const STARTS: &[(&str, &str)] = &[
    ("", ""),
    ("k", "k"),
    ("'k", "k"),
    ("\"k", "k"),
    ("Amaz", "Amazon"),
    ("'Amazon W", "Amazon"),
    ("\"Amazon Web Services:", "Amazon"),
    ("\"Amazon Web Services:me@", "Amazon Web Services:me@"),
];

/// Also a tilde that is not a home folder.
const STARTS_AND_TILDE: &[(&str, &str)] = &[
    ("", ""),
    ("k", "k"),
    ("'k", "k"),
    ("\"k", "k"),
    ("\\~", "~"),
    ("Amaz", "Amazon"),
    ("'Amazon W", "Amazon"),
    ("\"Amazon Web Services:", "Amazon"),
    ("Amazon\\ Web\\ Services:me@", "Amazon Web Services:me@"),
];

const SHELL: Shell = Shell {
    line: "",
    rc: "",
    starts: STARTS,
    enter: "\r",
    no_space_after: &[],
};

/// Starts a shell that reads `.rc` first, and tries all names.
fn in_shell(wanted: &Shell) {
    let names = names();
    let vaults = Vaults::new(&names);
    // zsh has no option for this file.
    for file in [".rc", ".zshrc"] {
        std::fs::write(vaults.sandbox.home().join(file), wanted.rc).unwrap();
    }
    if let Some(mut session) = shell(&vaults.sandbox, wanted.line) {
        session.exp_string(PROMPT).unwrap();
        completes(session, &vaults, &names, wanted);
    }
}

#[test]
fn bash_gives_the_account_that_was_meant() {
    in_shell(&Shell {
        line: "bash --rcfile .rc -i",
        rc: "PS1='READY> '; source <(mfa completions bash)",
        starts: STARTS_AND_TILDE,
        ..SHELL
    });
}

#[test]
fn zsh_gives_the_account_that_was_meant() {
    in_shell(&Shell {
        line: "zsh -o extendedglob -i",
        rc: "PS1='READY> '; autoload -U compinit; compinit -u; source <(mfa completions zsh)",
        starts: STARTS_AND_TILDE,
        ..SHELL
    });
}

#[test]
fn fish_gives_the_account_that_was_meant() {
    in_shell(&Shell {
        line: "fish --no-config -i -C 'source .rc'",
        rc: "function fish_prompt; echo -n 'READY> '; end; mfa completions fish | source",
        no_space_after: &['/', '=', '@', ':', '.', ',', '-', '_'],
        ..SHELL
    });
}

#[test]
fn elvish_gives_the_account_that_was_meant() {
    in_shell(&Shell {
        line: "elvish -rc .rc",
        rc: "set edit:prompt = { print 'READY> ' }; eval (mfa completions elvish | slurp)",
        // The first Enter accepts the candidate.
        enter: "\r\r",
        ..SHELL
    });
}

#[test]
fn bash_gives_the_profile_that_was_meant() {
    profiles_in_shell(&Shell {
        line: "bash --rcfile .rc -i",
        rc: "PS1='READY> '; eval \"$(mfa init bash)\"",
        ..SHELL
    });
}

#[test]
fn zsh_gives_the_profile_that_was_meant() {
    profiles_in_shell(&Shell {
        line: "zsh -o extendedglob -i",
        rc: "PS1='READY> '; ZSH_DISABLE_COMPFIX=true; eval \"$(mfa init zsh)\"",
        ..SHELL
    });
}

#[test]
fn fish_gives_the_profile_that_was_meant() {
    profiles_in_shell(&Shell {
        line: "fish --no-config -i -C 'source .rc'",
        rc: "function fish_prompt; echo -n 'READY> '; end; mfa init fish | source",
        ..SHELL
    });
}

#[test]
fn elvish_gives_the_profile_that_was_meant() {
    profiles_in_shell(&Shell {
        line: "elvish -rc .rc",
        rc: "set edit:prompt = { print 'READY> ' }; eval (mfa init elvish | slurp)",
        enter: "\r\r",
        ..SHELL
    });
}

/// The passphrase is asked for on the terminal, although stdout is captured. AWS is not there, so the
/// shell stays as it was.
#[test]
fn awslogin_asks_for_the_passphrase_and_changes_nothing_when_it_fails() {
    let sandbox = Sandbox::new();
    let file = sandbox.passphrase_file();
    let serial = "mfa_serial = arn:aws:iam::123456789012:mfa/my-iam-user";
    let config = format!(
        "[profile work]\naws_access_key_id = A\naws_secret_access_key = B\n{serial}\n\
         endpoint_url = http://127.0.0.1:9\n"
    );
    std::fs::create_dir(sandbox.home().join(".aws")).unwrap();
    std::fs::write(sandbox.home().join(".aws/config"), config).unwrap();
    sandbox.stdout(&format!(
        "mfa add --qr tests/data/aws.png --passphrase-file {file}"
    ));
    let rc = "PS1='READY> '; eval \"$(mfa init bash)\"; export AWS_PROFILE=other";
    std::fs::write(sandbox.home().join(".rc"), rc).unwrap();
    let Some(mut session) = shell(&sandbox, "bash --rcfile .rc -i") else {
        return;
    };
    session.exp_string(PROMPT).unwrap();
    session
        .send_line("awslogin work; echo \"=$? $AWS_PROFILE$AWS_ACCESS_KEY_ID=\"")
        .unwrap();
    session.exp_string("Passphrase: ").unwrap();
    session.send_line("correct horse").unwrap();
    session.exp_string("http://127.0.0.1:9").unwrap();
    session.exp_string("=1 other=").unwrap();
    // ^C at the prompt leaves the shell alone, too.
    session.exp_string(PROMPT).unwrap();
    session
        .send_line("awslogin work; echo \"=$? $AWS_PROFILE=\"")
        .unwrap();
    session.exp_string("Passphrase: ").unwrap();
    session.send_control('c').unwrap();
    session.exp_string(PROMPT).unwrap();
    session.send_line("echo \"=$? $AWS_PROFILE=\"").unwrap();
    session.exp_string("=130 other=").unwrap();
}
