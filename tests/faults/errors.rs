//! System calls that fail. Either the change fails with a clear error, and leaves the old vault and
//! nothing else, or it did not need the call and succeeds.

use crate::support::trace::{self, Call, Step, find, inject, record, run_step};
use crate::support::{Home, Ran, X, Y, Z, in_parallel};

const TEMPORARY: &[&str] = &[".vault.json."];

/// The calls of an add of Z to X and Y, to repeat the add with one of them failing.
pub struct Bench {
    home: Home,
    stdin: String,
    pub calls: Vec<Call>,
}

impl Bench {
    pub fn new() -> Self {
        let home = Home::new();
        let stdin = Z.uri();
        home.keep();
        let mut bench = Self {
            home,
            stdin,
            calls: Vec::new(),
        };
        bench.calls = record(&bench.home, bench.step());
        bench
    }

    fn step(&self) -> Step<'_> {
        Step::add(&self.stdin)
    }

    pub fn find(&self, name: &str, texts: &[&str]) -> Call {
        find(&self.calls, name, texts).clone()
    }

    fn fail(&self, call: &Call, fault: &str) -> Ran {
        self.home.reset();
        inject(&self.home, self.step(), call, fault)
    }

    /// Asserts that the add fails and leaves the old vault.
    #[track_caller]
    pub fn is_refused(&self, call: &Call, fault: &str) -> Ran {
        let ran = self.fail(call, fault);
        ran.ends(1);
        self.home.has_no_temporary_files();
        self.home.holds(&[X, Y]);
        self.home.goes_on();
        ran
    }

    /// Asserts that the add succeeds anyway.
    #[track_caller]
    pub fn is_done(&self, call: &Call, fault: &str) -> Ran {
        let ran = self.fail(call, fault);
        ran.ends(0);
        self.home.holds(&[X, Y, Z]);
        self.home.goes_on();
        ran
    }

    /// Asserts that the add fails or succeeds, but not by halves; returns whether it failed.
    fn is_whole(&self, call: &Call, fault: &str) -> bool {
        let ran = self.fail(call, fault);
        let failed = !ran.acknowledged();
        if failed {
            ran.ends(1);
            self.home.holds(&[X, Y]);
        } else {
            ran.ends(0);
            self.home.holds(&[X, Y, Z]);
        }
        self.home.goes_on();
        failed
    }
}

#[test]
fn a_disk_that_fails_to_write_keeps_the_old_vault() {
    if !trace::works() {
        return;
    }
    let bench = Bench::new();
    let write = bench.find("write", TEMPORARY);
    for (error, text) in [
        ("ENOSPC", "No space left on device"),
        ("EIO", "Input/output error"),
        ("EDQUOT", "quota exceeded"),
        ("EFBIG", "File too large"),
    ] {
        bench
            .is_refused(&write, &format!("error={error}"))
            .says(text);
    }
    let fsync = bench.find("fsync", TEMPORARY);
    bench.is_refused(&fsync, "error=EIO").says("cannot sync");
    let rename = bench.find("rename", TEMPORARY);
    bench.is_refused(&rename, "error=EIO").says("replace");
}

#[test]
fn a_folder_that_is_not_durable_is_told() {
    if !trace::works() {
        return;
    }
    let bench = Bench::new();
    let fsync = bench.find("fsync", &["/data>"]);
    let text = "may not survive a power loss: Input/output error";
    bench.is_done(&fsync, "error=EIO").says(text);
}

#[test]
fn without_a_lock_nothing_is_written() {
    if !trace::works() {
        return;
    }
    let bench = Bench::new();
    let flock = bench.find("flock", &["vault.json.lock"]);
    bench.is_refused(&flock, "error=ENOLCK").says("cannot lock");
    let pin = bench.find("flock", &["/pins/"]);
    let told = bench.is_done(&pin, "error=ENOLCK");
    told.says("would not be noticed");
}

#[test]
fn a_file_that_does_not_open_costs_no_account() {
    if !trace::works() {
        return;
    }
    let bench = Bench::new();
    for texts in [
        ["data/vault.json\"", "O_RDONLY"],
        ["data/vault.key\"", "O_RDONLY"],
        ["vault.json.lock\"", "O_CREAT"],
        ["data/.vault.json.", "O_CREAT"],
    ] {
        let open = bench.find("openat", &texts);
        bench
            .is_refused(&open, "error=EMFILE")
            .says("Too many open files");
        bench
            .is_refused(&open, "error=EACCES")
            .says("Permission denied");
    }
}

#[test]
fn any_call_may_fail_and_the_change_is_whole_or_not_at_all() {
    if !trace::works() {
        return;
    }
    let names = [
        "openat",
        "read",
        "write",
        "fsync",
        "rename",
        "linkat",
        "mkdir",
        "flock",
        "lseek",
        "statx",
        "newfstatat",
        "getdents64",
    ];
    let mut calls = Bench::new().calls;
    let at = calls
        .iter()
        .position(|c| c.line.contains("data/vault.json"));
    // The calls of the runtime, and of printing the answer, do not concern the vault.
    let mut calls = calls.split_off(at.unwrap());
    calls.retain(|call| names.contains(&call.name.as_str()) && !call.line.contains("(1<"));
    assert!(calls.len() > 50, "only {} calls", calls.len());
    let failed = std::sync::atomic::AtomicUsize::new(0);
    in_parallel(&calls, Bench::new, |bench, call| {
        for fault in ["error=EIO", "error=EMFILE"] {
            let count = usize::from(bench.is_whole(call, fault));
            failed.fetch_add(count, std::sync::atomic::Ordering::Relaxed);
        }
    });
    assert!(failed.into_inner() > 20, "hardly any fault was noticed");
}

#[test]
fn interrupted_calls_are_tried_again() {
    if !trace::works() {
        return;
    }
    let names = ["openat", "read", "write", "fsync"];
    let mut calls = Bench::new().calls;
    let at = calls
        .iter()
        .position(|c| c.line.contains("data/vault.json"));
    let mut calls = calls.split_off(at.unwrap());
    calls.retain(|call| names.contains(&call.name.as_str()));
    in_parallel(&calls, Bench::new, |bench, call| {
        let told = bench.is_done(call, "error=EINTR");
        assert_eq!(told.stderr, "", "after EINTR at {call:?}");
    });
}

#[test]
fn a_device_that_fails_for_good_leaves_the_vault_as_it_was() {
    if !trace::works() {
        return;
    }
    let bench = Bench::new();
    for (name, error) in [("fsync", "EIO"), ("rename", "EROFS"), ("flock", "ENOLCK")] {
        bench.home.reset();
        let before = bench.home.contents();
        let fault = format!("{name}:error={error}");
        run_step(&bench.home, bench.step().with(&[&fault])).ends(1);
        assert_eq!(bench.home.contents(), before, "{name} {error}");
    }
}
