//! Disks that lie: writes report success without effect, and reads return other bytes. What was written
//! is read back before it counts.

use std::fs;

use crate::errors::Bench;
use crate::support::trace::{self, Call, Step, find, inject, record};
use crate::support::{Home, X, Y, Z};

const OTHER_BYTES: &str = "the disk returned different bytes";

/// The first read of a file after it was written, in one run.
fn read_back(calls: &[Call], file: &str) -> Call {
    let written = |call: &Call| call.name == "write" && call.line.contains(file);
    let at = calls.iter().position(written).unwrap();
    find(&calls[at..], "read", &[file]).clone()
}

#[test]
fn a_write_that_only_claims_success_is_noticed() {
    if !trace::works() {
        return;
    }
    let bench = Bench::new();
    let write = bench.find("write", &[".vault.json."]);
    let length = write.line.rsplit("= ").next().unwrap().to_owned();
    assert!(length.parse::<usize>().unwrap() > 4096, "{write:?}");
    bench.is_refused(&write, "retval=100").says(OTHER_BYTES);
    bench
        .is_refused(&write, &format!("retval={length}"))
        .says(OTHER_BYTES);
    // The pin is only this machine's record: the vault is safe without it.
    let pin = bench.find("write", &["/pins/"]);
    bench.is_done(&pin, "retval=5").says("would not be noticed");
}

#[test]
fn a_read_back_of_other_bytes_is_noticed() {
    if !trace::works() {
        return;
    }
    let bench = Bench::new();
    let call = read_back(&bench.calls, ".vault.json.");
    // One byte of what is read is changed.
    bench
        .is_refused(&call, "poke_exit=@arg2=00")
        .says(OTHER_BYTES);
    // The read returns nothing.
    bench.is_refused(&call, "retval=0").says(OTHER_BYTES);
}

#[test]
fn a_vault_that_is_misread_is_not_written() {
    if !trace::works() {
        return;
    }
    let home = Home::new();
    let stdin = Z.uri();
    let step = Step::add(&stdin);
    home.keep();
    let calls = record(&home, step);
    let reads: Vec<_> = calls
        .iter()
        .filter(|c| c.name == "read" && c.line.contains("data/vault.json>"))
        .filter(|c| !c.line.ends_with("= 0"))
        .collect();
    assert_eq!(reads.len(), 1, "once, under the lock");
    for call in reads {
        home.reset();
        let before = home.contents();
        inject(&home, step, call, "poke_exit=@arg2=00").ends(6);
        assert_eq!(home.contents(), before);
        home.holds(&[X, Y]);
    }
}

/// A vault is useless without its key file, so that is read back too.
#[test]
fn a_key_file_that_was_not_written_is_noticed() {
    if !trace::works() {
        return;
    }
    let stdin = X.uri();
    let step = Step::add(&stdin);
    let calls = record(&Home::empty(), step);
    let write = find(&calls, "write", &[".vault.key."]);
    for fault in ["retval=10", "retval=103"] {
        let home = Home::empty();
        inject(&home, step, write, fault).ends(1).says(OTHER_BYTES);
        assert!(!home.vault.exists() && !home.key_file().exists());
        home.has_no_temporary_files();
        home.goes_on();
    }
}

#[test]
fn a_key_file_that_is_not_durable_is_told() {
    if !trace::works() {
        return;
    }
    let stdin = X.uri();
    let step = Step::add(&stdin);
    let calls = record(&Home::empty(), step);
    let at = calls
        .iter()
        .position(|call| call.name == "rename" && call.line.contains("vault.key"));
    let fsync = find(&calls[at.unwrap()..], "fsync", &["/data>"]);
    let home = Home::empty();
    let ran = inject(&home, step, fsync, "error=EIO");
    ran.ends(0)
        .says("may not survive a power loss: Input/output error");
    home.holds(&[X]);
    assert!(fs::read(home.key_file()).is_ok());
}
