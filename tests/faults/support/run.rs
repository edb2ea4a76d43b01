//! Runs the program, and checks how it ended.

use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};

use super::account::KEY;

/// The result of a run.
#[derive(Debug)]
pub struct Ran {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn exit(&self) -> Option<i32> {
        self.status.code()
    }

    pub fn was_killed(&self) -> bool {
        self.status.signal() == Some(9)
    }

    pub fn acknowledged(&self) -> bool {
        self.stdout.starts_with("added ")
    }

    /// Asserts the exit code. A failure must say why in one line `mfa: …`, with at most one line of
    /// advice after it.
    #[track_caller]
    pub fn ends(&self, exit: i32) -> &Self {
        assert_eq!(self.exit(), Some(exit), "{self:#?}");
        if exit != 0 {
            let mut lines = self.stderr.lines().filter(|line| !is_note_of_birth(line));
            let why = lines.next().unwrap_or_default();
            assert!(why.starts_with("mfa: "), "{self:#?}");
            assert!(lines.all(|line| line.starts_with("  try: ")), "{self:#?}");
            assert_eq!(self.stdout, "", "{self:#?}");
        }
        self
    }

    /// Asserts that stderr contains this.
    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "no '{text}' in {self:#?}");
        self
    }

    /// Asserts that stdout contains this.
    #[track_caller]
    pub fn says_on_stdout(&self, text: &str) -> &Self {
        assert!(self.stdout.contains(text), "no '{text}' in {self:#?}");
        self
    }

    /// The arguments of the command in the hint.
    #[track_caller]
    pub fn hint(&self) -> Vec<String> {
        let line = self.stderr.lines().find_map(|l| l.strip_prefix("  try: "));
        let line = line.unwrap_or_else(|| panic!("no hint in {self:#?}"));
        line.split(' ').map(str::to_owned).collect()
    }
}

fn is_note_of_birth(line: &str) -> bool {
    line.contains("creating a new vault") || line.contains("no passphrase: anyone")
}

/// Runs a command with this stdin.
pub fn run(command: &mut Command, stdin: &str) -> Ran {
    let command = command.stdin(Stdio::piped());
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that was killed or failed early does not read it.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    let ran = Ran {
        status: output.status,
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    // Whatever fails, nothing prints the key.
    for told in [&ran.stdout, &ran.stderr] {
        assert!(!told.contains(&KEY[..8]), "a key is shown: {ran:#?}");
    }
    ran
}
