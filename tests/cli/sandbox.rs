//! A temporary home folder, and transcripts of the program's runs in it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// How the test keys start. None may ever be shown without being asked for.
const KEYS: [&str; 6] = [
    "JBSWY3DP", "DWTYBIYV", "GEZDGNBV", "KRSXG5CT", "MFRGGZDF", "jbswy3dp",
];

/// Adds the account from AWS's picture.
pub const AWS: &str = "mfa add --qr tests/data/aws.png";

pub struct Sandbox {
    home: TempDir,
    variables: Vec<(String, String)>,
}

/// Compares a transcript with the snapshot named after the test.
macro_rules! snapshot {
    ($transcript:expr) => {
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => true }, {
            insta::assert_snapshot!($transcript);
        })
    };
}
pub(crate) use snapshot;

impl Sandbox {
    pub fn new() -> Self {
        let home = TempDir::new().unwrap();
        Self {
            home,
            variables: Vec::new(),
        }
    }

    /// A sandbox whose vault has the account of AWS's picture and a key file.
    pub fn with_aws() -> Self {
        let sandbox = Self::new();
        assert!(sandbox.run(AWS, b"").status.success());
        sandbox
    }

    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub fn vault(&self) -> PathBuf {
        self.data().join("vault.json")
    }

    /// The folder of the vault, where this system keeps data.
    pub fn data(&self) -> PathBuf {
        self.home().join(if cfg!(windows) {
            "AppData/Roaming/mfa"
        } else if cfg!(target_os = "macos") {
            "Library/Application Support/mfa"
        } else {
            ".local/share/mfa"
        })
    }

    /// The folder of the user's settings.
    #[cfg(feature = "age")]
    pub fn config(&self) -> PathBuf {
        if cfg!(any(windows, target_os = "macos")) {
            self.data()
        } else {
            self.home().join(".config/mfa")
        }
    }

    /// The folder in which this machine remembers things.
    pub fn state(&self) -> PathBuf {
        if cfg!(windows) {
            self.home().join("AppData/Local/mfa")
        } else if cfg!(target_os = "macos") {
            self.data().join("state")
        } else {
            self.home().join(".local/state/mfa")
        }
    }

    /// The program with these arguments, not yet started.
    pub fn command(&self, line: &str) -> Command {
        let words = words(line);
        assert_eq!(words[0], "mfa");
        let mut command = Command::new(env!("CARGO_BIN_EXE_mfa"));
        command
            .args(&words[1..])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env_clear()
            .env("HOME", self.home())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            // A passphrase typed in one command must not unlock the vault for the next.
            .env("MFA_UNLOCK_FOR", "0")
            .env("TZ", "UTC");
        if cfg!(windows) {
            let home = self.home();
            let kept = ["SYSTEMROOT", "TEMP", "TMP", "PATHEXT"];
            let kept = kept
                .iter()
                .filter_map(|name| Some((name, std::env::var_os(name)?)));
            command
                .envs(kept)
                .env("USERPROFILE", home)
                .env("APPDATA", home.join("AppData\\Roaming"))
                .env("LOCALAPPDATA", home.join("AppData\\Local"));
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// A file with this sandbox's passphrase.
    pub fn passphrase_file(&self) -> String {
        let path = self.home().join("pass");
        std::fs::write(&path, "correct horse\n").unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Runs a shell script in a session with its own kernel keyring. `$MFA` is the program, `$PASS` the
    /// file with the passphrase. Returns all output.
    #[cfg(unix)]
    pub fn in_a_session(&self, script: &str) -> String {
        let output = Command::new("keyctl")
            .args(["session", "-", "sh", "-c", &format!("exec 2>&1\n{script}")])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env_clear()
            .env("HOME", self.home())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("TZ", "UTC")
            .env("MFA", env!("CARGO_BIN_EXE_mfa"))
            .env("PASS", self.passphrase_file())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn run(&self, line: &str, stdin: &[u8]) -> Output {
        let mut child = self
            .command(line)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that does not read stdin closes the pipe.
        let _ = child.stdin.take().unwrap().write_all(stdin);
        let output = child.wait_with_output().unwrap();
        let shown = String::from_utf8_lossy(&output.stderr).into_owned();
        let answer = String::from_utf8_lossy(&output.stdout).into_owned();
        reveals_no_key(&shown);
        let asked = line.contains("--uri") || line.starts_with("mfa scan");
        if !asked {
            reveals_no_key(&answer);
        }
        output
    }

    /// The stdout of a run that must succeed.
    pub fn stdout(&self, line: &str) -> String {
        let output = self.run(line, b"");
        assert!(output.status.success(), "{line}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs each line and records its output: `!` marks stderr, `=` the exit code.
    pub fn transcript(&self, lines: &[&str]) -> String {
        lines.iter().map(|line| self.fed(line, b"")).collect()
    }

    /// As [`Self::transcript`], for one line with this stdin.
    pub fn fed(&self, line: &str, stdin: &[u8]) -> String {
        let output = self.run(line, stdin);
        let mut text = format!("$ {line}\n{}", String::from_utf8_lossy(&output.stdout));
        for line in String::from_utf8_lossy(&output.stderr).lines() {
            let _ = writeln!(text, "! {line}");
        }
        let _ = writeln!(text, "= {}", output.status.code().unwrap_or(-1));
        self.neutral(&text)
    }

    /// Replaces what differs from run to run.
    pub fn neutral(&self, text: &str) -> String {
        let home = dunce::canonicalize(self.home()).unwrap();
        // Which kernel keyring exists depends on the machine; ids are random.
        let machine = |line: &str| {
            let own = ["session     ", "    \"keyring\": "];
            match own.iter().find(|start| line.starts_with(*start)) {
                Some(start) => format!("{start}(as the machine is)\n"),
                None => match line.split_once("\"id\": \"") {
                    Some((before, _)) => format!("{before}\"id\": \"(an id)\",\n"),
                    None => line.to_owned(),
                },
            }
        };
        let text: String = text.split_inclusive('\n').map(machine).collect();
        let escaped = |path: &Path| path.to_str().unwrap().replace('\\', "\\\\");
        let here = std::path::absolute(env!("CARGO_MANIFEST_DIR")).unwrap();
        let text = text
            .replace(here.to_str().unwrap(), "REPOSITORY")
            .replace(&escaped(self.home()), "~")
            .replace(home.to_str().unwrap(), "~")
            .replace(self.home().to_str().unwrap(), "~");
        if cfg!(windows) {
            as_on_unix(&text)
        } else {
            text.replace("~/Library/Application Support/mfa", "~/.local/share/mfa")
        }
    }
}

/// Windows' paths below the home, and its words for common errors, as on Unix.
fn as_on_unix(text: &str) -> String {
    let text = text.replace("REPOSITORY\\", "REPOSITORY~\\");
    let mut parts = text.split("~\\");
    let mut unix = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_end = |c: char| c.is_whitespace() || matches!(c, '\'' | '"' | ':' | ',');
        let end = part.find(is_end).unwrap_or(part.len());
        // In JSON, each backslash is doubled.
        let path = part[..end].trim_start_matches('\\');
        let path = path.replace("\\\\", "/").replace('\\', "/");
        let _ = write!(unix, "~/{path}{}", &part[end..]);
    }
    // Commands to try have the quotes of Windows' shells.
    let unix: String = unix
        .split_inclusive('\n')
        .map(|line| {
            if line.contains("try: ") || line.contains("machine: ") {
                line.replace('"', "'")
            } else {
                line.to_owned()
            }
        })
        .collect();
    unix.replace("REPOSITORY~/", "REPOSITORY/")
        .replace("~/AppData/Roaming/mfa", "~/.local/share/mfa")
        .replace("~/AppData/Local/mfa", "~/.local/state/mfa")
        .replace("File not found.", "No such file or directory")
        .replace("Path not found.", "No such file or directory")
        .replace(
            "The system cannot find the file specified.",
            "No such file or directory",
        )
        .replace(
            "The system cannot find the path specified.",
            "No such file or directory",
        )
}

/// Asserts that no output contains a test key.
pub fn reveals_no_key(text: &str) {
    for key in KEYS {
        assert!(!text.contains(key), "a key is shown: {text}");
    }
}

/// Lets nobody else read or write a file.
#[cfg(unix)]
pub fn make_private(path: &Path) {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(path, mode).unwrap();
}

/// The folder makes its files private.
#[cfg(not(unix))]
pub const fn make_private(_: &Path) {}

/// Splits at spaces, except within single quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '\'' => quoted = !quoted,
            '"' if cfg!(windows) => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            _ => words.last_mut().unwrap().push(character),
        }
    }
    words
}
