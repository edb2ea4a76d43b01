//! The tests themselves: each bug of `src/planted.rs`, put into the program, makes the test fail
//! that is there for it.
//!
//! The program with the bugs is a build of its own, named by `MFA_PLANTED_PROGRAM`:
//! `RUSTC_WORKSPACE_WRAPPER=$PWD/tests/faults/planted-rustc cargo build`, as `.ci/run` has it.

use std::process::{Command, Stdio};
use std::time::Instant;

use crate::support::{in_parallel, tell};

/// A bug, and the tests of which each has to notice it.
const CAUGHT_BY: [(&str, &[&str]); 13] = [
    ("NoFsync", &["power_loss::xfs_loses_nothing_acknowledged"]),
    (
        "NoFolderFsync",
        &[
            "power_loss::ext4_loses_nothing_acknowledged",
            "power_loss::xfs_loses_nothing_acknowledged",
            "errors::a_folder_that_is_not_durable_is_told",
        ],
    ),
    (
        "NoReadBack",
        &["lies::a_write_that_only_claims_success_is_noticed"],
    ),
    (
        "InPlace",
        &[
            "kill::an_add_survives_a_kill_at_every_call",
            "errors::a_disk_that_fails_to_write_keeps_the_old_vault",
        ],
    ),
    ("NoLock", &["writers::sixteen_writers_lose_nothing"]),
    (
        "TempLeft",
        &[
            "kill::an_add_survives_a_kill_at_every_call",
            "full_disk::a_full_ext4_keeps_the_old_vault",
        ],
    ),
    (
        "NoBackups",
        &[
            "states::each_of_the_last_states_comes_back_after_a_deletion",
            "restore::a_deleted_vault_costs_nothing",
        ],
    ),
    (
        "SizeSignal",
        &["full_disk::a_file_size_limit_is_an_error_and_no_end"],
    ),
    (
        "HeaderNotSealed",
        &["tamper::a_flipped_bit_gives_the_right_code_or_none"],
    ),
    ("NoBounds", &["hostile::no_cost_out_of_bounds_is_paid"]),
    (
        "NoOwners",
        &[
            "owners::what_belongs_to_another_user_is_refused",
            "folders::a_folder_that_others_can_write_is_refused",
        ],
    ),
    (
        "NoPin",
        &["restore::an_older_copy_is_refused_until_it_is_trusted"],
    ),
    (
        "OpenMemory",
        &[
            "memory::no_core_is_dumped",
            "memory::another_process_of_the_same_user_reads_nothing",
        ],
    ),
];

/// Whether a test of this very program passes with that bug.
fn passes(test: &str, bug: &str, program: &str) -> bool {
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env("MFA_PROGRAM", program)
        .env("MFA_PLANTED", bug)
        .env("MFA_FAULTS_REQUIRED", "0")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&status.stdout).into_owned();
    assert!(told.contains("running 1 test"), "there is no test {test}");
    status.status.success()
}

#[test]
#[ignore = "needs a program with planted bugs, as .ci/run builds it"]
fn every_planted_bug_is_caught() {
    let program = std::env::var("MFA_PLANTED_PROGRAM").unwrap();
    let jobs: Vec<_> = CAUGHT_BY
        .iter()
        .flat_map(|(bug, tests)| tests.iter().map(move |test| (*bug, *test)))
        .collect();
    let missed = std::sync::Mutex::new(Vec::new());
    in_parallel(
        &jobs,
        || (),
        |(), (bug, test)| {
            let start = Instant::now();
            let is_missed = passes(test, bug, &program);
            let seconds = start.elapsed().as_secs_f32();
            let verdict = if is_missed { "MISSED BY" } else { "caught by" };
            let line = format!("planted: {bug:<16} {verdict} {test} ({seconds:.1} s)");
            tell(&line);
            if is_missed {
                missed.lock().unwrap().push(line);
            }
        },
    );
    let missed = missed.into_inner().unwrap();
    assert!(missed.is_empty(), "{missed:?}");
}
