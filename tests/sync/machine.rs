//! Homes that stand for machines, and a part of a bucket.

use std::process::{Command, Output, Stdio};

use mfa_test_support::servers::{BUCKET, S3Server};
use tempfile::TempDir;

const SECRET: &str = "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU";

/// A part of a bucket of a server.
pub struct Bucket {
    url: String,
    pub name: String,
    prefix: String,
}

impl Bucket {
    pub fn of(server: &S3Server, prefix: &str) -> Self {
        Self {
            url: server.url.clone(),
            name: BUCKET.to_owned(),
            prefix: prefix.to_owned(),
        }
    }

    fn address(&self) -> String {
        format!(
            "'s3://{}/{}' --endpoint {}",
            self.name, self.prefix, self.url
        )
    }

    pub fn init(&self, machine: &str) -> String {
        format!("mfa sync init {} --name {machine}", self.address())
    }

    pub fn join(&self, machine: &str, fingerprint: &str) -> String {
        let address = self.address();
        format!("mfa sync join {address} --name {machine} --fingerprint {fingerprint}")
    }
}

/// A home with its own vault and state.
pub struct Machine(TempDir);

impl Machine {
    pub fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// A machine whose vault has one account.
    pub fn with_account(name: &str) -> Self {
        let machine = Self::new();
        machine.add(name);
        machine
    }

    pub fn add(&self, name: &str) {
        let uri = format!("otpauth://totp/{name}?secret={SECRET}");
        let output = self.output("mfa add -", &uri, &[]);
        assert!(output.status.success(), "{output:?}");
    }

    fn output(&self, line: &str, stdin: &str, variables: &[(&str, &str)]) -> Output {
        use std::io::Write as _;

        let script = line.replacen("mfa", "exec \"$MFA\"", 1);
        let mut child = Command::new("sh")
            .args(["-c", &script])
            .env_clear()
            .env("MFA", env!("CARGO_BIN_EXE_mfa"))
            .env("HOME", self.0.path())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("MFA_PASSPHRASE", "correct horse")
            .env("MFA_UNLOCK_FOR", "0")
            .env("AWS_ACCESS_KEY_ID", "AKIATEST")
            .env("AWS_SECRET_ACCESS_KEY", "secret/test")
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        for secret in [SECRET, "WRONGSECRET", "secret/test", "correct horse"] {
            assert!(!told.contains(secret), "{line}: {told}");
        }
        output
    }

    pub fn run(&self, line: &str, stdin: &str) -> Output {
        self.output(line, stdin, &[])
    }

    /// Runs a command that must succeed, and returns what it prints.
    pub fn does(&self, line: &str) -> String {
        let output = self.run(line, "");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {told}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that must fail, and returns what it tells.
    pub fn fails(&self, line: &str, code: i32) -> String {
        self.fails_with(line, code, &[])
    }

    pub fn fails_with(&self, line: &str, code: i32, variables: &[(&str, &str)]) -> String {
        let output = self.output(line, "", variables);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{line}: {told}");
        // Lines are broken at words.
        told.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The names of all accounts, sorted.
    pub fn names(&self) -> Vec<String> {
        let list: serde_json::Value = serde_json::from_str(&self.does("mfa list --json")).unwrap();
        let accounts = list.as_array().unwrap().iter();
        let mut names: Vec<_> = accounts
            .map(|account| account["name"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    }

    pub fn fingerprint(&self) -> String {
        let status = self.does("mfa sync status --json");
        let status: serde_json::Value = serde_json::from_str(&status).unwrap();
        status["fingerprint"].as_str().unwrap().to_owned()
    }

    /// The remote has another URL from now on, in what this machine knows of it.
    pub fn remote_is(&self, url: &str) {
        let folder = self.0.path().join(".local/state/mfa/sync");
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let Ok(text) = std::fs::read_to_string(entry.path()) else {
                continue;
            };
            let Ok(mut known) = serde_json::from_str::<serde_json::Value>(&text) else {
                continue;
            };
            replace_endpoint(&mut known, url);
            std::fs::write(entry.path(), known.to_string()).unwrap();
        }
    }
}

fn replace_endpoint(value: &mut serde_json::Value, url: &str) {
    let serde_json::Value::Object(members) = value else {
        return;
    };
    for (name, member) in members {
        if name == "endpoint" {
            *member = url.into();
        } else {
            replace_endpoint(member, url);
        }
    }
}
