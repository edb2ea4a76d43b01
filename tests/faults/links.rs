//! File systems without hard links: backups are copies, as good and as many.

use std::fs;
use std::os::unix::fs::MetadataExt;

use crate::support::trace::{self, Step, inject, record, run_step};
use crate::support::{Home, X, Y, Z, in_parallel, named};

fn backups(home: &Home) -> Vec<serde_json::Value> {
    let ran = home.mfa(&["vault", "backups", "--json"]);
    serde_json::from_str(&ran.ends(0).stdout).unwrap()
}

#[test]
fn without_hard_links_backups_are_copies() {
    if !trace::works() {
        return;
    }
    for error in ["EPERM", "EMLINK", "EOPNOTSUPP"] {
        let fault = format!("linkat:error={error}");
        let home = Home::empty();
        for account in [X, Y, Z] {
            run_step(&home, Step::add(&account.uri()).with(&[&fault])).ends(0);
        }
        let rows = backups(&home);
        let revisions: Vec<_> = rows.iter().map(|r| r["revision"].as_u64()).collect();
        assert_eq!(revisions, [Some(3), Some(2), Some(1)], "{error}");
        for row in &rows {
            let metadata = fs::metadata(row["path"].as_str().unwrap()).unwrap();
            assert_eq!((metadata.nlink(), metadata.mode() & 0o777), (1, 0o600));
        }
        home.mfa(&["vault", "check"]).ends(0);
        home.mfa(&["undo"]).ends(0);
        home.holds(&[X, Y]);
    }
}

/// A kill in the middle of a copy leaves no half backup under a good name.
#[test]
fn a_copied_backup_is_whole_or_not_there() {
    if !trace::works() {
        return;
    }
    let stdin = Z.uri();
    let step = Step::add(&stdin).with(&["linkat:error=EPERM"]);
    let mut calls = record(&Home::new(), step);
    let names = ["fsync", "linkat", "openat", "rename", "write"];
    calls.retain(|call| names.contains(&call.name.as_str()) && call.line.contains("backups/"));
    assert!(calls.len() > 4, "only {} calls", calls.len());
    let worker = || {
        let home = Home::new();
        home.keep();
        home
    };
    in_parallel(&calls, worker, |home, call| {
        for fault in ["signal=SIGKILL", "error=EIO"] {
            home.reset();
            inject(home, step, call, fault);
            assert_eq!(home.accounts(), named(&[X, Y, Z]), "{fault} at {call:?}");
            home.goes_on();
            home.mfa(&["vault", "check"]).ends(0);
        }
    });
}
