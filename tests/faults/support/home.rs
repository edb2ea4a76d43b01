//! A home folder with a vault, in which the program runs with an otherwise empty environment.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use tempfile::TempDir;

use super::account::{AT, Account, MORE, X, Y, named};
use super::run::{Ran, run};

/// The program under test; in `fault_injection.rs`, the one with faults.
pub fn program() -> &'static str {
    static PROGRAM: LazyLock<String> = LazyLock::new(|| {
        std::env::var("MFA_PROGRAM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_mfa").to_owned())
    });
    &PROGRAM
}

/// A home folder, which is removed after its last use.
pub struct Home {
    folder: TempDir,
    pub vault: PathBuf,
}

impl Home {
    /// The same home with its vault at another path.
    pub fn with_vault_at(mut self, path: &str) -> Self {
        self.vault = self.path().join(path);
        self
    }

    /// A home without a vault.
    pub fn empty() -> Self {
        let folder = tempfile::Builder::new().prefix("mfa-fault-").tempdir();
        let folder = folder.unwrap();
        let vault = folder.path().join("home/data/vault.json");
        fs::create_dir_all(folder.path().join("home")).unwrap();
        Self { folder, vault }
    }

    /// A home with a vault of X and Y, opened by a key file.
    pub fn new() -> Self {
        let home = Self::empty();
        home.add(&X).ends(0);
        home.add(&Y).ends(0);
        home
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// The folder of the vault.
    pub fn data(&self) -> PathBuf {
        self.vault.parent().unwrap().to_path_buf()
    }

    pub fn key_file(&self) -> PathBuf {
        self.vault.with_extension("key")
    }

    /// A command in this home, with nothing else in its environment.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("MFA_VAULT", &self.vault)
            .envs(std::env::var("MFA_FAULT").map(|fault| ("MFA_FAULT", fault)))
            .current_dir("/");
        command
    }

    pub fn mfa<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Ran {
        run(self.command(program()).args(arguments), "")
    }

    /// Adds an account through stdin.
    pub fn add(&self, account: &Account) -> Ran {
        self.add_uris(&account.uri())
    }

    /// Adds accounts by their URIs.
    pub fn add_uris(&self, uris: &str) -> Ran {
        run(self.command(program()).args(["add", "-"]), uris)
    }

    /// Adds an account in a shell that runs `shell` first.
    pub fn add_after(&self, shell: &str, account: &Account) -> Ran {
        let script = format!("{shell}; exec \"$0\" add -");
        let mut command = self.command("sh");
        run(command.args(["-c", &script, program()]), &account.uri())
    }

    /// All names with their codes at second 30. Asserts that the vault opens.
    #[track_caller]
    pub fn accounts(&self) -> BTreeMap<String, String> {
        self.accounts_with(&[])
    }

    /// As [`Self::accounts`], with more options.
    #[track_caller]
    pub fn accounts_with(&self, options: &[&str]) -> BTreeMap<String, String> {
        let list = [&["list", "--json", "--codes", "--at", AT], options].concat();
        let ran = self.mfa(&list);
        if !self.vault.exists() && ran.stderr.contains("there is no vault at") {
            ran.ends(1);
            return BTreeMap::new();
        }
        ran.ends(0);
        let all: Vec<serde_json::Value> = serde_json::from_str(&ran.stdout).unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let pair = |account: &serde_json::Value| (text(&account["name"]), text(&account["code"]));
        all.iter().map(pair).collect()
    }

    /// Asserts that the vault opens, with exactly these accounts and their codes.
    #[track_caller]
    pub fn holds(&self, accounts: &[Account]) {
        assert_eq!(self.accounts(), named(accounts));
    }

    /// Asserts that this home contains no temporary file.
    #[track_caller]
    pub fn has_no_temporary_files(&self) {
        let is_temporary = |path: &&PathBuf| {
            let name = path.file_name().unwrap_or_default();
            name.to_string_lossy().contains("tmp")
        };
        let files = files_below(&self.path());
        let left: Vec<_> = files.iter().filter(is_temporary).collect();
        assert!(left.is_empty(), "left behind: {left:?}");
    }

    /// Asserts that the next change works, and removes what was left behind.
    #[track_caller]
    pub fn goes_on(&self) {
        let before = self.accounts();
        self.add(&MORE).ends(0);
        self.has_no_temporary_files();
        let mut expected = named(&[MORE]);
        expected.extend(before);
        assert_eq!(self.accounts(), expected);
    }

    /// The files in the vault's folder, with their content.
    pub fn contents(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let files = files_below(&self.data()).into_iter();
        files.map(|f| (f.clone(), fs::read(f).unwrap())).collect()
    }

    /// Keeps a copy of the home, beside it.
    pub fn keep(&self) {
        self.copy("home", "kept");
    }

    /// Restores the home from that copy.
    pub fn reset(&self) {
        self.copy("kept", "home");
    }

    /// Uses `cp`, which preserves hard links.
    fn copy(&self, from: &str, to: &str) {
        let (from, to) = (self.folder.path().join(from), self.folder.path().join(to));
        let _ = fs::remove_dir_all(&to);
        super::must("cp", &["-a", from.to_str().unwrap(), to.to_str().unwrap()]);
    }
}

pub fn files_below(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files_below(&entry.path()));
        } else {
            found.insert(entry.path());
        }
    }
    found
}
