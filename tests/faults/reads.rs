//! Reading writes nothing: a code costs no fsync, however slow the disk is.

use crate::support::Home;
use crate::support::trace::{self, Step, record};

#[test]
fn a_code_changes_no_file() {
    if !trace::works() {
        return;
    }
    let home = Home::new();
    // Opening a vault for the first time may record that it was seen.
    home.mfa(&["code", "x"]).ends(0);
    for arguments in [
        &["code", "x"][..],
        &["code", "x", "--pair"],
        &["list", "--codes"],
    ] {
        let calls = record(&home, Step::new(arguments));
        assert!(calls.iter().any(|call| call.line.contains("vault.json")));
        let writes = |name: &str| {
            ["fsync", "fdatasync", "rename", "unlink", "mkdir", "flock"].contains(&name)
        };
        let found: Vec<_> = calls
            .iter()
            .filter(|call| writes(&call.name) || call.line.contains("O_CREAT"))
            .collect();
        assert!(found.is_empty(), "{arguments:?}: {found:?}");
    }
}
