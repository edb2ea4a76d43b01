//! Databases whose latest rows are in a file beside them. `tests/data/wal/make.py` made them with `SQLite`.

use std::path::Path;

use mfa::import::{Import, ImportError, Input, read};

fn file(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/wal");
    std::fs::read(folder.join(name)).unwrap()
}

fn import(name: &str, companions: &[Vec<u8>]) -> Result<Import, ImportError> {
    let bytes = file(name);
    let input = Input {
        companions,
        ..Input::new(&bytes, name)
    };
    read(&input, None)
}

/// The names of the accounts, with at most eight letters.
fn names(import: &Import) -> Vec<String> {
    let found = import.rows.iter().map(|row| &row.as_ref().unwrap().draft);
    let names = found.map(|draft| draft.name.chars().take(8).collect());
    names.collect()
}

#[test]
fn rows_that_are_only_in_the_log_are_read() {
    let small = import("google.db", &[file("google.db-wal")]).unwrap();
    assert_eq!(names(&small), ["ann", "bea"]);
    assert_eq!(small.notes, Vec::<String>::new());
    let big = import("google-big.db", &[file("google-big.db-wal")]).unwrap();
    let numbers = (0..40).filter(|number| (number + 1) % 3 != 0);
    let expected = numbers.map(|number| format!("{number}xxxxxxxx")[..8].to_owned());
    assert_eq!(names(&big), expected.collect::<Vec<_>>());
}

#[test]
fn an_unfinished_change_is_not_read_and_said() {
    let open = import("google-open.db", &[file("google-open.db-wal")]).unwrap();
    assert_eq!(names(&open), ["ann"]);
    assert!(
        open.notes[0].contains("google-open.db-wal are unfinished"),
        "{:?}",
        open.notes
    );
    let mut cut = file("google.db-wal");
    cut.truncate(cut.len() - 1);
    let cut = import("google.db", &[cut]).unwrap();
    assert_eq!(names(&cut), ["ann", "bea", "carl"]);
    assert_eq!(cut.notes.len(), 1);
}

#[test]
fn without_the_log_or_with_that_of_another_it_is_said_where_rows_may_be() {
    let said = |companions: &[Vec<u8>]| match import("google.db", companions) {
        Err(ImportError::Unsupported(message)) => message,
        other => panic!("{other:?}"),
    };
    assert!(said(&[]).contains("may be in its -wal file"));
    let other = said(&[file("google-big.db-wal")]);
    assert!(other.contains("of another database"), "{other}");
    let mut damaged = file("google.db-wal");
    damaged[20] ^= 1;
    assert!(said(&[damaged]).contains("damaged"));
    let log = file("google.db-wal");
    let own = read(&Input::new(&log, "x"), None).map(|_| ());
    assert!(matches!(own, Err(ImportError::Unsupported(_))), "{own:?}");
    let mut journal = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7".to_vec();
    journal.resize(512, 0);
    let log = file("google.db-wal");
    let both = import("google.db", &[journal, log]).unwrap();
    assert!(
        both.notes[0].contains("google.db-journal"),
        "{:?}",
        both.notes
    );
}

/// Any byte may be changed, and the log cut anywhere: it is read or refused, never worse.
#[test]
fn no_log_stops_the_program() {
    let log = file("google-big.db-wal");
    for at in (0..log.len()).step_by(97) {
        let mut changed = log.clone();
        changed[at] ^= 0x5a;
        let _ = import("google-big.db", &[changed]);
        let _ = import("google-big.db", &[log[..at].to_vec()]);
    }
}
