//! Many writers at once: each waits for its turn, and no change is lost.

use std::collections::BTreeMap;
use std::sync::Barrier;

use crate::support::{Home, uri};

/// Starts `count` threads at the same moment.
fn at_once(count: usize, work: impl Fn(usize) + Sync) {
    let start = Barrier::new(count);
    let (work, start) = (&work, &start);
    std::thread::scope(|scope| {
        for number in 0..count {
            scope.spawn(move || {
                start.wait();
                work(number);
            });
        }
    });
}

fn expected(names: impl Iterator<Item = String>) -> BTreeMap<String, String> {
    names.map(|name| (name, "287082".to_owned())).collect()
}

#[test]
fn sixteen_writers_lose_nothing() {
    const WRITERS: usize = 16;
    const ADDS: usize = 25;
    let home = Home::empty();
    home.mfa(&["vault", "init", "--key-file"]).ends(0);
    at_once(WRITERS, |writer| {
        for add in 0..ADDS {
            let ran = home.add_uris(&uri(&format!("w{writer}-{add}"), 6));
            assert_eq!(ran.ends(0).stdout, format!("added Test:w{writer}-{add}\n"));
        }
    });
    let names = (0..WRITERS * ADDS).map(|n| format!("w{}-{}", n / ADDS, n % ADDS));
    assert_eq!(home.accounts(), expected(names));
    let check = home.mfa(&["vault", "check"]);
    assert!(
        check.ends(0).stdout.contains("accounts: 400\n"),
        "{check:?}"
    );
    home.has_no_temporary_files();
}

#[test]
fn first_adds_at_once_make_one_vault() {
    for _ in 0..5 {
        let home = Home::empty();
        at_once(8, |writer| {
            home.add_uris(&uri(&format!("w{writer}"), 6)).ends(0);
        });
        let names = (0..8).map(|writer| format!("w{writer}"));
        assert_eq!(home.accounts(), expected(names));
        home.mfa(&["vault", "check"]).ends(0);
        home.has_no_temporary_files();
    }
}

/// Readers run between the writers, and always find a complete vault.
#[test]
fn readers_see_whole_vaults_only() {
    let home = Home::empty();
    home.add_uris(&uri("first", 6)).ends(0);
    at_once(4, |number| {
        for round in 0..25 {
            if number == 0 {
                home.add_uris(&uri(&format!("w{round}"), 6)).ends(0);
            } else {
                assert_eq!(home.accounts()["first"], "287082");
            }
        }
    });
    assert_eq!(home.accounts().len(), 26);
}
