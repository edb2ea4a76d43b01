//! `mfa sync` with a folder: several homes on one machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::sandbox::{AWS, Sandbox, snapshot};
#[cfg(unix)]
use crate::terminal;

const URI: &[u8] = b"otpauth://totp/GitHub:alice?secret=KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU";

/// A vault with a passphrase and two accounts.
pub fn first() -> Sandbox {
    let sandbox = machine();
    sandbox.stdout(AWS);
    assert!(sandbox.run("mfa add -", URI).status.success());
    sandbox
}

/// A home without a vault; its passphrase is given.
pub fn machine() -> Sandbox {
    Sandbox::new().variable("MFA_PASSPHRASE", "correct horse")
}

/// A folder that the machines share.
pub struct Shared(TempDir);

impl Shared {
    pub fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub fn path(&self) -> PathBuf {
        dunce::canonicalize(self.0.path()).unwrap().join("mfa")
    }

    /// The files of commits, sorted.
    pub fn commits(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        files_below(&self.path(), &mut found);
        found.sort();
        found
    }

    pub fn init(&self, sandbox: &Sandbox, name: &str) {
        sandbox.stdout(&format!(
            "mfa sync init {} --name {name}",
            self.path().display()
        ));
    }

    pub fn join(&self, sandbox: &Sandbox, name: &str, first: &Sandbox) -> Output {
        next_second();
        let line = format!(
            "mfa sync join {} --name {name} --fingerprint {}",
            self.path().display(),
            fingerprint(first)
        );
        sandbox.run(&line, b"")
    }

    /// Replaces what differs from run to run.
    fn neutral(&self, text: &str) -> String {
        let text = text.replace(self.path().to_str().unwrap(), "REMOTE");
        let word = |word: &str| {
            let end = word.trim_end_matches([',', ')']);
            let bare = end.trim_start_matches('(');
            let is_fingerprint = bare.len() == 19 && bare.matches('-').count() == 3;
            let is_hex = bare.len() >= 8 && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
            let is_time = bare.len() == 5
                && bare.as_bytes()[2] == b':'
                && bare
                    .bytes()
                    .all(|byte| byte == b':' || byte.is_ascii_digit());
            if is_fingerprint {
                word.replace(bare, "FINGERPRINT")
            } else if is_hex {
                word.replace(bare, "ID")
            } else if is_time {
                word.replace(bare, "TIME")
            } else {
                word.to_owned()
            }
        };
        let line = |line: &str| {
            let words: Vec<_> = line.split(' ').map(word).collect();
            let line = words.join(" ");
            // A slow machine takes a second.
            let (before, after) = line.split_once("TIME UTC, ").unwrap_or((&line, ""));
            let rest = after.split_once("just now").or(after.split_once(" s ago"));
            match rest {
                Some((_, rest)) => {
                    let rest = rest.trim_start();
                    let gap = if rest.is_empty() { "" } else { "  " };
                    format!("{before}TIME UTC, just now{gap}{rest}")
                }
                None => line,
            }
        };
        text.lines().map(|text| line(text) + "\n").collect()
    }

    fn transcript(&self, runs: &[(&Sandbox, &str, &str)]) -> String {
        let run = |(sandbox, name, line): &(&Sandbox, &str, &str)| {
            let line = line.replace("REMOTE", self.path().to_str().unwrap());
            format!("[{name}] {}", sandbox.transcript(&[&line]))
        };
        self.neutral(&runs.iter().map(run).collect::<String>())
    }
}

/// Machines are listed in the order in which they joined, which has whole seconds.
fn next_second() {
    std::thread::sleep(std::time::Duration::from_millis(1100));
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            files_below(&entry.path(), found);
        } else {
            found.push(entry.path());
        }
    }
}

pub fn json(sandbox: &Sandbox, line: &str) -> serde_json::Value {
    serde_json::from_str(&sandbox.stdout(line)).unwrap()
}

fn fingerprint(sandbox: &Sandbox) -> String {
    let status = json(sandbox, "mfa sync status --json");
    status["fingerprint"].as_str().unwrap().to_owned()
}

#[test]
fn a_vault_is_shared_by_two_machines() {
    let (shared, one, two) = (Shared::new(), first(), machine());
    let mut text = shared.transcript(&[
        (&one, "one", "mfa sync init REMOTE --name laptop"),
        (&one, "one", "mfa sync init REMOTE"),
        (&one, "one", "mfa sync status"),
        (&two, "two", "mfa sync"),
        (&two, "two", "mfa sync join REMOTE"),
        (
            &two,
            "two",
            "mfa sync join REMOTE --fingerprint AAAA-BBBB-CCCC-DDDD",
        ),
    ]);
    let fingerprint = fingerprint(&one).to_lowercase().replace('-', " ");
    next_second();
    let join = format!("mfa sync join REMOTE --name desktop --fingerprint '{fingerprint}'");
    text += &shared
        .transcript(&[(&two, "two", &join)])
        .replace(&fingerprint, "FINGERPRINT");
    text += &shared.transcript(&[
        (&two, "two", "mfa list"),
        (&one, "one", "mfa sync"),
        (&one, "one", "mfa sync"),
        (&two, "two", "mfa rename GitHub:alice GitHub:bob"),
        (&one, "one", "mfa edit my-iam-user --tag work"),
        (&two, "two", "mfa sync status"),
        (&two, "two", "mfa sync"),
        (&one, "one", "mfa sync"),
        (&two, "two", "mfa sync"),
        (&one, "one", "mfa sync --quiet"),
        (&two, "two", "mfa sync log"),
        (&two, "two", "mfa sync devices"),
    ]);
    snapshot!(text);
}

#[test]
fn removed_accounts_come_back_and_undo_takes_it_back() {
    let (shared, one) = (Shared::new(), first());
    shared.init(&one, "laptop");
    snapshot!(shared.transcript(&[
        (&one, "one", "mfa sync restore bob --yes"),
        (&one, "one", "mfa rename my-iam-user me"),
        (&one, "one", "mfa remove GitHub:alice --yes"),
        (&one, "one", "mfa sync"),
        (&one, "one", "mfa sync restore bob --yes"),
        (&one, "one", "mfa sync restore ali"),
        (&one, "one", "mfa sync restore ali --yes"),
        (&one, "one", "mfa sync restore 1 my-iam-user --yes"),
        (&one, "one", "mfa undo"),
        (&one, "one", "mfa sync restore 1 --yes"),
        (&one, "one", "mfa sync restore 1 --yes"),
        (&one, "one", "mfa sync restore 99 --yes"),
        (&one, "one", "mfa undo"),
        (&one, "one", "mfa list"),
    ]));
}

#[test]
fn a_removed_machine_is_told_and_the_others_go_on() {
    let (shared, one, two) = (Shared::new(), first(), machine());
    shared.init(&one, "laptop");
    assert!(shared.join(&two, "desktop", &one).status.success());
    snapshot!(shared.transcript(&[
        (&one, "one", "mfa sync remove-device phone --yes"),
        (&one, "one", "mfa sync remove-device laptop --yes"),
        (&two, "two", "mfa rename GitHub:alice GitHub:bob"),
        (&two, "two", "mfa sync"),
        (&one, "one", "mfa sync remove-device desktop"),
        (&one, "one", "mfa sync remove-device desktop --yes"),
        (&one, "one", "mfa sync remove-device desktop --yes"),
        (&one, "one", "mfa sync devices"),
        (&two, "two", "mfa sync"),
        (&two, "two", "mfa sync leave"),
        (&two, "two", "mfa list"),
        (&two, "two", "mfa sync"),
        (&one, "one", "mfa sync"),
    ]));
}

#[test]
fn two_keys_for_one_account_are_both_kept() {
    let (shared, one, two) = (Shared::new(), first(), machine());
    shared.init(&one, "laptop");
    assert!(shared.join(&two, "desktop", &one).status.success());
    // The digits belong to the key.
    one.stdout("mfa edit GitHub:alice --digits 7");
    next_second();
    two.stdout("mfa edit GitHub:alice --digits 8");
    snapshot!(shared.transcript(&[
        (&one, "one", "mfa sync"),
        (&two, "two", "mfa sync"),
        (&one, "one", "mfa sync"),
        (&one, "one", "mfa sync conflicts use 2 --yes"),
        (&one, "one", "mfa sync conflicts drop 1"),
        (&one, "one", "mfa sync conflicts use 1 --yes"),
        (&one, "one", "mfa sync conflicts"),
        (&one, "one", "mfa sync"),
        (&two, "two", "mfa sync"),
        (&two, "two", "mfa sync conflicts --json"),
    ]));
    let shown = json(&two, "mfa show GitHub:alice --json");
    assert_eq!(shown["digits"], 7);
}

#[test]
fn what_no_other_machine_could_open_is_not_uploaded() {
    let (shared, one) = (Shared::new(), Sandbox::with_aws());
    let other = Sandbox::new();
    snapshot!(shared.transcript(&[
        (&one, "one", "mfa sync init REMOTE"),
        (&one, "one", "mfa sync init gs://bucket"),
        (&one, "one", "mfa sync init s3://My_Bucket/x"),
        (&one, "one", "mfa sync init REMOTE --region eu-west-1"),
        (&one, "one", "mfa sync init REMOTE/missing/folder --name x"),
        (&one, "one", "mfa sync"),
        (&other, "two", "mfa sync join REMOTE"),
    ]));
    assert!(shared.commits().is_empty());
}

#[test]
fn a_machine_with_another_vault_is_told_what_to_do() {
    let (shared, one, two) = (Shared::new(), first(), first());
    shared.init(&one, "laptop");
    let output = shared.join(&two, "desktop", &one);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("is another vault than the one in the remote"),
        "{told}"
    );
    assert!(
        told.contains("try: mfa --vault NEW.json sync join"),
        "{told}"
    );
    let init = two.run(&format!("mfa sync init {}", shared.path().display()), b"");
    let told = String::from_utf8(init.stderr).unwrap();
    assert!(told.contains("already has another vault"), "{told}");
}

/// As people made before.
#[test]
fn a_copy_of_the_vault_is_merged_when_it_joins() {
    let (shared, one, two) = (Shared::new(), first(), machine());
    let folder = two.vault().parent().unwrap().to_owned();
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(one.vault(), two.vault()).unwrap();
    two.stdout("mfa rename GitHub:alice GitHub:bob");
    shared.init(&one, "laptop");
    let output = shared.join(&two, "desktop", &one);
    assert!(output.status.success(), "{output:?}");
    one.stdout("mfa sync");
    assert!(one.stdout("mfa list").contains("bob"));
}

#[test]
fn a_machine_comes_back_with_the_recovery_code_alone() {
    let (shared, one) = (Shared::new(), first());
    let code = one.stdout("mfa vault recovery");
    shared.init(&one, "laptop");
    let new = Sandbox::new().variable("MFA_PASSPHRASE", code.trim());
    let output = shared.join(&new, "desktop", &one);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}");
    let next = "opened by the recovery code; to choose a passphrase: mfa vault passphrase";
    assert!(told.contains(next), "{told}");
    assert_eq!(new.stdout("mfa list"), one.stdout("mfa list"));
}

#[test]
fn a_forged_commit_is_refused_and_the_vault_stays_as_it_was() {
    let (shared, one, two) = (Shared::new(), first(), machine());
    shared.init(&one, "laptop");
    assert!(shared.join(&two, "desktop", &one).status.success());
    one.stdout("mfa rename GitHub:alice GitHub:bob");
    one.stdout("mfa sync");
    let newest = shared.commits().pop().unwrap();
    let text = std::fs::read_to_string(&newest).unwrap();
    let place = text.find("\"payload\"").unwrap() + 20;
    let mut forged = text.into_bytes();
    forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
    std::fs::remove_file(&newest).unwrap();
    std::fs::write(&newest, forged).unwrap();
    let before = std::fs::read(two.vault()).unwrap();
    let output = two.run("mfa sync", b"");
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(6), "{told}");
    assert!(told.contains("cannot be trusted"), "{told}");
    assert!(told.contains("try: mfa sync --repair"), "{told}");
    assert_eq!(std::fs::read(two.vault()).unwrap(), before);
    let repaired = two.run("mfa sync --repair", b"");
    let told = String::from_utf8(repaired.stderr).unwrap();
    assert!(
        repaired.status.success() && told.contains("skipped"),
        "{told}"
    );
}

#[test]
fn a_folder_that_is_gone_is_told_and_counted() {
    let (shared, one) = (Shared::new(), first());
    shared.init(&one, "laptop");
    std::fs::rename(shared.path(), shared.path().with_extension("away")).unwrap();
    for _ in 0..2 {
        let output = one.run("mfa sync", b"");
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains("is its disk mounted?"), "{told}");
    }
    let status = json(&one, "mfa sync status --json");
    assert_eq!(status["failures"]["count"], 2);
    std::fs::rename(shared.path().with_extension("away"), shared.path()).unwrap();
    one.stdout("mfa sync");
    assert!(json(&one, "mfa sync status --json")["failures"].is_null());
}

/// Waits for the helper in the background, which nobody else does.
fn until(mut holds: impl FnMut() -> bool) {
    let is_so = (0..600).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        holds()
    });
    assert!(is_so, "not within 30 s");
}

#[test]
fn each_change_is_uploaded_in_the_background() {
    let (shared, one) = (Shared::new(), first());
    shared.init(&one, "laptop");
    one.stdout("mfa rename GitHub:alice GitHub:bob");
    assert_eq!(shared.commits().len(), 1);
    one.stdout("mfa sync auto on");
    one.stdout("mfa list");
    assert_eq!(shared.commits().len(), 1);
    one.stdout("mfa rename GitHub:bob GitHub:carol");
    until(|| shared.commits().len() == 2);
    until(|| json(&one, "mfa sync status --json")["changes_wait"] == false);
    one.stdout("mfa sync auto off");
    one.stdout("mfa rename GitHub:carol GitHub:dave");
    assert_eq!(json(&one, "mfa sync status --json")["changes_wait"], true);
}

/// A program that a round starts must not start a round.
#[test]
fn a_program_of_a_round_starts_no_other() {
    let (shared, one) = (Shared::new(), first().variable("MFA_IN_SYNC", "1"));
    shared.init(&one, "laptop");
    one.stdout("mfa sync auto on");
    one.stdout("mfa rename GitHub:alice GitHub:bob");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    assert_eq!(shared.commits().len(), 1);
}

#[test]
fn watch_syncs_after_each_change() {
    let (shared, one, two) = (Shared::new(), first(), machine());
    shared.init(&one, "laptop");
    assert!(shared.join(&two, "desktop", &one).status.success());
    let mut watch: Command = two.command("mfa sync --watch --every 1s");
    let mut watch = watch.stdout(Stdio::piped()).spawn().unwrap();
    one.stdout("mfa rename GitHub:alice GitHub:bob");
    one.stdout("mfa sync");
    until(|| two.stdout("mfa list").contains("bob"));
    let before = shared.commits().len();
    two.stdout("mfa rename GitHub:bob GitHub:carol");
    until(|| shared.commits().len() > before);
    watch.kill().unwrap();
    let output = watch.wait_with_output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let news = "renamed GitHub:alice to GitHub:bob (on laptop)";
    assert!(told.contains(news), "{told}");
}

/// The names of machines come from outside.
#[test]
fn the_name_of_a_machine_is_shown_escaped_and_completed() {
    let (shared, one) = (Shared::new(), first());
    for bad in ["''", "'\u{1b}[31m'"] {
        let line = format!("mfa sync init {} --name {bad}", shared.path().display());
        assert_eq!(one.run(&line, b"").status.code(), Some(2));
    }
    shared.init(&one, "'my laptop'");
    let devices = json(&one, "mfa sync devices --json");
    assert_eq!(devices[0]["name"], "my laptop");
    assert_eq!(devices[0]["is_this"], true);
}

/// The fingerprint comes before the passphrase: who sees another one types nothing.
#[cfg(unix)]
#[test]
fn a_person_compares_the_fingerprint_before_typing_the_passphrase() {
    let (shared, one, two) = (Shared::new(), first(), Sandbox::new());
    shared.init(&one, "laptop");
    let line = format!("mfa sync join {} --name desktop", shared.path().display());
    let mut session = terminal::open(&two, &line);
    let shown = session
        .exp_string("Is this the right fingerprint?")
        .unwrap();
    assert!(shown.contains(&fingerprint(&one)), "{shown}");
    session.send_line("n").unwrap();
    let text = terminal::rest(session, 0);
    assert!(
        text.contains("nothing changed") && !two.vault().exists(),
        "{text}"
    );

    let mut session = terminal::open(&two, &line);
    session
        .exp_string("Is this the right fingerprint?")
        .unwrap();
    session.send_line("y").unwrap();
    session.exp_string("Passphrase").unwrap();
    session.send_line("correct horse").unwrap();
    let text = terminal::rest(session, 0);
    assert!(text.contains("joined as desktop: 2 accounts"), "{text}");
}

/// On a terminal, the third failure in a row is told once.
#[cfg(unix)]
#[test]
fn failures_in_the_background_are_told_once() {
    let (shared, one) = (Shared::new(), first());
    shared.init(&one, "laptop");
    std::fs::rename(shared.path(), shared.path().with_extension("away")).unwrap();
    let told = || terminal::rest(terminal::open(&one, "mfa list"), 0);
    for is_told in [false, false, true] {
        one.run("mfa sync --quiet", b"");
        assert_eq!(told().contains("syncing failed 3 times"), is_told);
    }
    let again = told();
    assert!(!again.contains("syncing failed"), "{again}");
    one.run("mfa sync --quiet", b"");
    let again = told();
    assert!(!again.contains("syncing failed"), "{again}");
}
