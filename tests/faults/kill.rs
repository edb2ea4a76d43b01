//! Kills at any system call: the vault still opens, with every acknowledged change.

use crate::support::trace::{self, Call, Step, inject, record};
use crate::support::{Home, X, Y, Z, in_parallel, named};

/// Calls that touch neither files nor other processes. They are many, and a kill at one has the effect of
/// a kill at the next call that does: two of each name are enough.
const PURE: [&str; 20] = [
    "arch_prctl",
    "brk",
    "fcntl",
    "futex",
    "geteuid",
    "getpid",
    "getrandom",
    "gettid",
    "ioctl",
    "madvise",
    "mmap",
    "mprotect",
    "munmap",
    "poll",
    "prlimit64",
    "readlink",
    "rseq",
    "rt_sigaction",
    "rt_sigprocmask",
    "sigaltstack",
];

/// Calls with visible effects: files, their names, locks, the answer, the exit.
const CHANGING: [&str; 14] = [
    "close",
    "exit_group",
    "fchmod",
    "flock",
    "fsync",
    "ftruncate",
    "link",
    "linkat",
    "mkdir",
    "openat",
    "rename",
    "renameat2",
    "unlink",
    "write",
];

fn changes_something(call: &Call) -> bool {
    CHANGING.contains(&call.name.as_str())
}

fn can_matter(call: &Call) -> bool {
    call.nth <= 2 || !PURE.contains(&call.name.as_str())
}

#[test]
fn an_add_survives_a_kill_at_every_call() {
    if !trace::works() {
        return;
    }
    let stdin = Z.uri();
    let step = Step::add(&stdin);
    let mut calls = record(&Home::new(), step);
    // Before execve, the program does not run yet.
    calls.retain(|call| can_matter(call) && call.name != "execve");
    assert!(calls.len() > 100, "only {} calls", calls.len());
    let worker = || {
        let home = Home::new();
        home.keep();
        home
    };
    in_parallel(&calls, worker, |home, call| {
        home.reset();
        let ran = inject(home, step, call, "signal=SIGKILL");
        assert!(ran.was_killed(), "not killed at {call:?}: {ran:#?}");
        let found = home.accounts();
        let without = named(&[X, Y]);
        let with = named(&[X, Y, Z]);
        let right = found == with || (found == without && !ran.acknowledged());
        assert!(right, "after a kill at {call:?}: {found:?}, {ran:#?}");
        home.goes_on();
        home.mfa(&["vault", "check"]).ends(0);
    });
}

#[test]
fn the_birth_of_a_vault_survives_a_kill_at_every_change() {
    if !trace::works() {
        return;
    }
    let stdin = X.uri();
    let step = Step::add(&stdin);
    let mut calls = record(&Home::empty(), step);
    calls.retain(changes_something);
    assert!(calls.len() > 40, "only {} calls", calls.len());
    in_parallel(&calls, Home::empty, |home, call| {
        *home = Home::empty();
        let ran = inject(home, step, call, "signal=SIGKILL");
        assert!(ran.was_killed(), "not killed at {call:?}: {ran:#?}");
        let found = home.accounts();
        let right = found == named(&[X]) || (found.is_empty() && !ran.acknowledged());
        assert!(right, "after a kill at {call:?}: {found:?}, {ran:#?}");
        home.goes_on();
        home.mfa(&["vault", "check"]).ends(0);
    });
}
