//! Several machines over real servers of S3: homes on this machine, and the program as people run it.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and run programs"
)]

mod machine;

use std::thread;

use machine::{Bucket, Machine};
use mfa_test_support::cut::{Cut, cutting};
use mfa_test_support::servers::{self, BUCKET, S3Server};

#[test]
fn seaweedfs_keeps_machines_alike() {
    let Some(server) = servers::weed() else {
        return;
    };
    machines(&server);
    breaks(&server);
    wrong_keys(&server);
}

#[test]
fn moto_keeps_machines_alike() {
    let Some(server) = servers::moto() else {
        return;
    };
    machines(&server);
    breaks(&server);
    no_bucket(&server);
    locked(&server);
}

/// A server that ignores conditions is refused, and the vault stays as it was.
#[test]
fn s3rver_is_refused_by_init() {
    let Some(server) = servers::s3rver() else {
        return;
    };
    let machine = Machine::with_account("one");
    let keys = [
        ("AWS_ACCESS_KEY_ID", server.key_id),
        ("AWS_SECRET_ACCESS_KEY", server.secret),
    ];
    let init = Bucket::of(&server, "mfa").init("one");
    let refused = machine.fails_with(&init, 1, &keys);
    assert!(
        refused.contains("the remote replaces objects that exist"),
        "{refused}"
    );
    let status = machine.run("mfa sync", "");
    assert!(!status.status.success());
    assert_eq!(machine.names(), ["one"]);
}

fn machines(server: &S3Server) {
    for count in [2, 5] {
        converges(server, count);
    }
}

/// Each machine adds an account of its own at the same time; all end with all of them.
fn converges(server: &S3Server, count: usize) {
    let bucket = Bucket::of(server, &format!("m{count} x+y"));
    let first = Machine::with_account("first");
    first.does(&bucket.init("m0"));
    let mut all = vec![first];
    for n in 1..count {
        let machine = Machine::new();
        // That of the last who wrote.
        let fingerprint = all[n - 1].fingerprint();
        machine.does(&bucket.join(&format!("m{n}"), &fingerprint));
        assert!(machine.names().contains(&"first".to_owned()));
        all.push(machine);
    }
    for (n, machine) in all.iter().enumerate() {
        machine.add(&format!("own{n}"));
    }
    all[count - 1].does("mfa rename first renamed");
    thread::scope(|scope| {
        for machine in &all {
            scope.spawn(move || machine.does("mfa sync"));
        }
    });
    // Who was first has not seen the last.
    for machine in &all {
        machine.does("mfa sync");
    }
    let mut wanted: Vec<_> = (0..count).map(|n| format!("own{n}")).collect();
    wanted.push("renamed".to_owned());
    for machine in &all {
        assert_eq!(machine.names(), wanted);
    }
    assert_eq!(all[0].fingerprint(), all[count - 1].fingerprint());
}

/// The network breaks at any byte of a round. Nothing is lost, and the next round heals it.
fn breaks(server: &S3Server) {
    let sizes = [1, 300, 600, 900, 1500, 4000];
    let cuts = sizes.map(|size| [Cut::Requests(size), Cut::Answers(size)]);
    thread::scope(|scope| {
        for (index, cut) in cuts.into_iter().flatten().enumerate() {
            scope.spawn(move || breaks_at(server, cut, index));
        }
    });
}

fn breaks_at(server: &S3Server, cut: Cut, index: usize) {
    let bucket = Bucket::of(server, &format!("cut{index}"));
    let first = Machine::with_account("first");
    first.does(&bucket.init("m0"));
    first.add("later");
    first.remote_is(&cutting(&server.url, cut));
    let output = first.run("mfa sync", "");
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{cut:?} {output:?}"
    );
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!told.contains("panicked"), "{told}");
    assert_eq!(first.names(), ["first", "later"]);
    first.remote_is(&server.url);
    first.does("mfa sync");
    let second = Machine::new();
    second.does(&bucket.join("m1", &first.fingerprint()));
    assert_eq!(second.names(), ["first", "later"]);
}

fn wrong_keys(server: &S3Server) {
    let machine = Machine::with_account("one");
    let bucket = Bucket::of(server, "wrong");
    let with = |id: &str, secret: &str| {
        let keys = [("AWS_ACCESS_KEY_ID", id), ("AWS_SECRET_ACCESS_KEY", secret)];
        machine.fails_with(&bucket.init("m0"), 1, &keys)
    };
    let told = with(server.key_id, "WRONGSECRET");
    assert!(told.contains("does not match the access key"), "{told}");
    let told = with("AKIANOBODY", "WRONGSECRET");
    assert!(told.contains("does not know the access key"), "{told}");
}

fn no_bucket(server: &S3Server) {
    let machine = Machine::with_account("one");
    let mut bucket = Bucket::of(server, "x");
    "missing-bucket".clone_into(&mut bucket.name);
    let told = machine.fails(&bucket.init("m0"), 1);
    assert!(
        told.contains("there is no bucket 'missing-bucket'"),
        "{told}"
    );
    assert_ne!(BUCKET, bucket.name);
}

/// Without a terminal, a locked vault is not opened.
fn locked(server: &S3Server) {
    let machine = Machine::with_account("one");
    machine.does(&Bucket::of(server, "locked").init("m0"));
    machine.fails_with("mfa sync", 5, &[("MFA_PASSPHRASE", "")]);
}
