//! Shared by all tests here: a home with a vault, `strace`, mounts, and parallel work.

mod account;
mod home;
pub mod mount;
mod run;
pub mod trace;

use std::process::{Command, Stdio};
use std::sync::Mutex;

pub use account::{Account, MORE, X, Y, Z, named, uri};
pub use home::{Home, files_below, program};
pub use mfa_test_support::{can, tell};
pub use run::{Ran, run};

/// Whether a system command exists and succeeds.
pub fn works(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a system command that must succeed.
pub fn must(program: &str, arguments: &[&str]) {
    assert!(works(program, arguments), "{program} {arguments:?} failed");
}

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Does all jobs on all cores; `W` is what each worker sets up once.
pub fn in_parallel<J: Sync, W>(
    jobs: &[J],
    worker: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, &J) + Sync,
) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let queue = Mutex::new(jobs.iter());
    let next = || queue.lock().unwrap().next();
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                let mut own = worker();
                while let Some(job) = next() {
                    work(&mut own, job);
                }
            });
        }
    });
}
