//! A home folder with a vault, and the program run in it with nothing else in its environment.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use tempfile::TempDir;

use super::account::{AT, Account, MORE, X, Y, named};
use super::run::{Ran, run};

/// The program under test; another one where `fault_injection.rs` runs a test again.
pub fn program() -> &'static str {
    static PROGRAM: LazyLock<String> = LazyLock::new(|| {
        std::env::var("MFA_PROGRAM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_mfa").to_owned())
    });
    &PROGRAM
}

/// A home folder. It goes away with its last use.
pub struct Home {
    folder: TempDir,
    pub vault: PathBuf,
}

impl Home {
    /// The same home with its vault elsewhere.
    pub fn with_vault_at(mut self, path: &str) -> Self {
        self.vault = self.path().join(path);
        self
    }

    /// Without a vault.
    pub fn empty() -> Self {
        let folder = tempfile::Builder::new().prefix("mfa-fault-").tempdir();
        let folder = folder.unwrap();
        let vault = folder.path().join("home/data/vault.json");
        fs::create_dir_all(folder.path().join("home")).unwrap();
        Self { folder, vault }
    }

    /// With a vault of X and Y, opened by a key file.
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

    /// Runs the program.
    pub fn mfa<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Ran {
        run(self.command(program()).args(arguments), "")
    }

    /// Adds an account over stdin.
    pub fn add(&self, account: &Account) -> Ran {
        self.add_uris(&account.uri())
    }

    /// Adds accounts by their URIs.
    pub fn add_uris(&self, uris: &str) -> Ran {
        run(self.command(program()).args(["add", "-"]), uris)
    }

    /// Adds an account in a shell that first does something to itself.
    pub fn add_after(&self, shell: &str, account: &Account) -> Ran {
        let script = format!("{shell}; exec \"$0\" add -");
        let mut command = self.command("sh");
        run(command.args(["-c", &script, program()]), &account.uri())
    }

    /// All names with their codes at second 30. The vault has to open.
    #[track_caller]
    pub fn accounts(&self) -> BTreeMap<String, String> {
        self.accounts_with(&[])
    }

    /// The same with further options.
    #[track_caller]
    pub fn accounts_with(&self, options: &[&str]) -> BTreeMap<String, String> {
        let list = [&["list", "--json", "--codes", "--at", AT], options].concat();
        let ran = self.mfa(&list);
        ran.ends(0);
        let all: Vec<serde_json::Value> = serde_json::from_str(&ran.stdout).unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let pair = |account: &serde_json::Value| (text(&account["name"]), text(&account["code"]));
        all.iter().map(pair).collect()
    }

    /// Asserts that the vault opens and holds these accounts, each with its code, and no others.
    #[track_caller]
    pub fn holds(&self, accounts: &[Account]) {
        assert_eq!(self.accounts(), named(accounts));
    }

    /// Asserts that no temporary file is left anywhere in this home.
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

    /// Asserts that a further change works and clears away what was left behind.
    #[track_caller]
    pub fn goes_on(&self) {
        let before = self.accounts();
        self.add(&MORE).ends(0);
        self.has_no_temporary_files();
        let mut expected = named(&[MORE]);
        expected.extend(before);
        assert_eq!(self.accounts(), expected);
    }

    /// Every file of the vault's folder with its content.
    pub fn contents(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let files = files_below(&self.data()).into_iter();
        files.map(|f| (f.clone(), fs::read(f).unwrap())).collect()
    }

    /// Keeps the home as it is now, beside it.
    pub fn keep(&self) {
        self.copy("home", "kept");
    }

    /// Puts the home back as it was kept.
    pub fn reset(&self) {
        self.copy("kept", "home");
    }

    /// By `cp`, which keeps hard links what they are.
    fn copy(&self, from: &str, to: &str) {
        let (from, to) = (self.folder.path().join(from), self.folder.path().join(to));
        let _ = fs::remove_dir_all(&to);
        super::must("cp", &["-a", from.to_str().unwrap(), to.to_str().unwrap()]);
    }
}

/// All files, in all folders.
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
