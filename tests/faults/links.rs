//! Backups are copies, even on file systems without hard links.

use std::fs;
use std::os::unix::fs::MetadataExt;

use crate::support::trace::{self, Step, inject, record};
use crate::support::{Home, X, Y, Z, in_parallel, named};

fn backups(home: &Home) -> Vec<serde_json::Value> {
    let ran = home.mfa(&["vault", "backups", "--json"]);
    serde_json::from_str(&ran.ends(0).stdout).unwrap()
}

#[test]
fn what_is_written_into_the_vault_is_not_written_into_its_backup() {
    let home = Home::empty();
    for account in [X, Y, Z] {
        home.add(&account).ends(0);
    }
    let rows = backups(&home);
    let revisions: Vec<_> = rows.iter().map(|r| r["revision"].as_u64()).collect();
    assert_eq!(revisions, [Some(3), Some(2), Some(1)]);
    for row in &rows {
        let metadata = fs::metadata(row["path"].as_str().unwrap()).unwrap();
        assert_eq!((metadata.nlink(), metadata.mode() & 0o777), (1, 0o600));
    }
    // Writes in place, as `cp` does.
    fs::write(
        &home.vault,
        fs::read(rows[1]["path"].as_str().unwrap()).unwrap(),
    )
    .unwrap();
    home.mfa(&["list"]).ends(6);
    home.mfa(&["vault", "restore", "3"]).ends(0);
    home.holds(&[X, Y, Z]);
    home.mfa(&["vault", "check"]).ends(0);
}

/// A kill during a copy leaves no partial backup under a backup's name.
#[test]
fn a_copied_backup_is_whole_or_not_there() {
    if !trace::works() {
        return;
    }
    let stdin = Z.uri();
    let step = Step::add(&stdin);
    let mut calls = record(&Home::new(), step);
    let names = ["fsync", "openat", "rename", "write"];
    calls.retain(|call| {
        names.contains(&call.name.as_str())
            && call.line.contains("backups/")
            && call.line.contains("00000003")
    });
    assert!(calls.len() > 3, "only {} calls", calls.len());
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
