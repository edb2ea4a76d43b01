//! Against real servers on this machine, which `mfa_test_support::servers` starts.
#![expect(clippy::disallowed_methods, reason = "the tests need a clock")]

use std::thread;
use std::time::SystemTime;

use mfa_test_support::cut::{Cut, cutting};
use mfa_test_support::servers::{self, BUCKET, S3Server};

use super::*;
use crate::aws::api::Trust;
use crate::aws::api::s3::S3Place;
use crate::aws::config::{File, Files, Sections};
use crate::sync::remote::probe::{Probe, probe};

/// A part of the bucket of a server, which may be behind another URL.
fn remote(server: &S3Server, url: &str, bucket: &str, prefix: &str) -> S3Remote<'static> {
    remote_with(url, bucket, prefix, (server.key_id, server.secret))
}

fn remote_with(
    url: &str,
    bucket: &str,
    prefix: &str,
    (id, secret): (&str, &str),
) -> S3Remote<'static> {
    let keys = format!("aws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
    let files = Files {
        config: Sections::parse(&format!("[profile p]\n{keys}"), File::Config),
        ..Files::default()
    };
    let profile = files.profile(Some("p")).unwrap();
    let place = S3Place::resolve(&files, &profile, bucket, (Some(url), None)).unwrap();
    let s3 = S3::new(place, Box::new(|| Ok(Trust::System)), SystemTime::now);
    let keys = Credentials {
        id: id.to_owned(),
        secret: secret.to_owned(),
        token: None,
        expiration: None,
    };
    S3Remote::new(s3, prefix.to_owned(), Box::new(move || Ok(keys.clone())))
}

/// A part of the bucket of a server.
pub(crate) fn here(server: &S3Server, prefix: &str) -> S3Remote<'static> {
    remote(server, &server.url, BUCKET, prefix)
}

const PROBE: Probe = Probe { name: [9; 16] };

#[test]
fn seaweedfs_keeps_what_it_promises() {
    let Some(server) = servers::weed() else {
        return;
    };
    check(&server);
    checks_of_signatures(&server);
}

#[test]
fn moto_keeps_what_it_promises() {
    let Some(server) = servers::moto() else {
        return;
    };
    check(&server);
}

#[test]
fn s3rver_is_refused() {
    let Some(server) = servers::s3rver() else {
        return;
    };
    let refused = probe(&mut here(&server, "x"), &PROBE).unwrap_err();
    assert!(
        matches!(refused, RemoteError::NoConditions(_)),
        "{refused:?}"
    );
}

fn check(server: &S3Server) {
    assert_eq!(probe(&mut here(server, "probed"), &PROBE), Ok(()));
    keeps_objects(server);
    lists_in_parts(server);
    lets_one_of_twelve_win(server);
    survives_cuts(server);
    has_no_such_bucket(server);
}

fn keeps_objects(server: &S3Server) {
    let hostile = "a b+c%2F%/é'\"<&>;=?#@:,$!*()[]{}|^`~/日本";
    for prefix in ["", "plain", hostile] {
        let mut remote = here(server, prefix);
        let name = "v1/0123/000000000001";
        assert_eq!(remote.get(name), Ok(None), "{prefix}");
        assert_eq!(remote.list("v1/0123/", None), Ok(Vec::new()), "{prefix}");
        let bytes: Vec<u8> = (0..=255).cycle().take(3 << 20).collect();
        assert_eq!(remote.put_new(name, &bytes), Ok(Put::Created), "{prefix}");
        assert_eq!(remote.put_new(name, b"other"), Ok(Put::Exists), "{prefix}");
        assert_eq!(remote.put_new(name, &bytes), Ok(Put::Exists), "{prefix}");
        assert!(remote.get(name) == Ok(Some(bytes)), "{prefix}");
        let second = "v1/0123/000000000002";
        assert_eq!(remote.put_new(second, b""), Ok(Put::Created));
        assert_eq!(remote.get(second), Ok(Some(Vec::new())));
        let all = remote.list("v1/0123/", None).unwrap();
        assert_eq!(all, [name, second], "{prefix}");
        let later = remote.list("v1/0123/", Some(name)).unwrap();
        assert_eq!(later, [second], "{prefix}");
        assert!(remote.clock_ahead().is_some_and(|ahead| ahead.abs() < 60));
    }
}

fn lists_in_parts(server: &S3Server) {
    let mut remote = here(server, "many");
    let names: Vec<_> = (1..=1003).map(|n| format!("v1/0123/{n:012}")).collect();
    for name in &names {
        assert_eq!(remote.put_new(name, b"x"), Ok(Put::Created));
    }
    assert!(remote.list("v1/0123/", None).unwrap() == names);
    assert!(remote.list("v1/0123/", Some(&names[0])).unwrap() == names[1..]);
    let last = remote.list("v1/0123/", Some(&names[1001])).unwrap();
    assert_eq!(last, names[1002..]);
}

fn lets_one_of_twelve_win(server: &S3Server) {
    for round in 0..5 {
        let name = format!("v1/0123/{round:012}");
        let won: Vec<_> = thread::scope(|scope| {
            let racing = (0..12u8).map(|writer| {
                let name = name.clone();
                let put = move || here(server, "race").put_new(&name, &[writer; 4096]);
                scope.spawn(move || put().unwrap())
            });
            let racing: Vec<_> = racing.collect();
            let results = racing.into_iter().map(|thread| thread.join().unwrap());
            results.collect()
        });
        let winners: Vec<u8> = (0..12u8)
            .filter(|n| won[usize::from(*n)] == Put::Created)
            .collect();
        assert_eq!(winners.len(), 1, "{won:?}");
        let kept = here(server, "race").get(&name).unwrap().unwrap();
        assert_eq!(kept, [winners[0]; 4096]);
    }
}

fn survives_cuts(server: &S3Server) {
    let sizes = [0, 1, 40, 400, 700, 3000];
    let cuts = sizes.map(|size| [Cut::Requests(size), Cut::Answers(size)]);
    thread::scope(|scope| {
        for (index, cut) in cuts.into_iter().flatten().enumerate() {
            scope.spawn(move || survives_cut(server, cut, index));
        }
        for size in [0, 1, 100] {
            scope.spawn(move || heals(server, size));
        }
    });
}

/// All requests, over a network that breaks for good.
fn survives_cut(server: &S3Server, cut: Cut, index: usize) {
    let prefix = format!("cut{index}");
    let (name, bytes) = ("v1/0123/000000000001", [7; 2000]);
    let through = |prefix: &str| {
        let url = cutting(&server.url, cut);
        remote(server, &url, BUCKET, prefix)
    };
    match through(&prefix).put_new(name, &bytes) {
        Ok(Put::Created) => {
            assert_eq!(here(server, &prefix).get(name), Ok(Some(bytes.to_vec())));
        }
        Ok(Put::Exists) => panic!("{cut:?}: nobody else stores"),
        Err(RemoteError::Lost(told)) => assert!(told.contains("PutObject"), "{told}"),
        Err(RemoteError::Unreached(_)) => {
            assert_eq!(here(server, &prefix).get(name), Ok(None), "{cut:?}");
        }
        Err(other) => panic!("{cut:?}: {other:?}"),
    }
    let other = format!("{prefix}-read");
    assert_eq!(here(server, &other).put_new(name, &bytes), Ok(Put::Created));
    match through(&other).get(name) {
        Ok(got) => assert_eq!(got, Some(bytes.to_vec()), "{cut:?}"),
        Err(error) => assert!(matches!(error, RemoteError::Unreached(_)), "{error:?}"),
    }
    match through(&other).list("v1/0123/", None) {
        Ok(names) => assert_eq!(names, [name], "{cut:?}"),
        Err(error) => assert!(matches!(error, RemoteError::Unreached(_)), "{error:?}"),
    }
}

/// The acknowledgement is lost once: the object that exists then is the one that was sent.
fn heals(server: &S3Server, size: usize) {
    let prefix = format!("healed{size}");
    let url = cutting(&server.url, Cut::AnswersOnce(size));
    let mut remote = remote(server, &url, BUCKET, &prefix);
    let name = "v1/0123/000000000001";
    assert_eq!(remote.put_new(name, b"mine"), Ok(Put::Created), "{size}");
    assert_eq!(remote.put_new(name, b"mine"), Ok(Put::Exists), "{size}");
    // The same, if another was first.
    let name = "v1/0123/000000000002";
    assert_eq!(
        here(server, &prefix).put_new(name, b"theirs"),
        Ok(Put::Created)
    );
    let url = cutting(&server.url, Cut::AnswersOnce(size));
    let mut remote = self::remote(server, &url, BUCKET, &prefix);
    assert_eq!(remote.put_new(name, b"mine"), Ok(Put::Exists), "{size}");
}

fn has_no_such_bucket(server: &S3Server) {
    let mut missing = remote(server, &server.url, "missing-bucket", "");
    let told = probe(&mut missing, &PROBE).unwrap_err().to_string();
    assert!(
        told.starts_with("there is no bucket 'missing-bucket' at http://"),
        "{told}"
    );
}

fn checks_of_signatures(server: &S3Server) {
    let told = |keys| {
        let mut remote = remote_with(&server.url, BUCKET, "", keys);
        let refused = remote.put_new("v1/0123/000000000009", b"x").unwrap_err();
        assert!(matches!(refused, RemoteError::Refused(_)), "{refused:?}");
        refused.to_string()
    };
    let wrong = told((server.key_id, "SECRET"));
    assert!(wrong.contains("does not match the access key"), "{wrong}");
    let unknown = told(("AKIANOBODY", "SECRET"));
    assert!(
        unknown.contains("does not know the access key"),
        "{unknown}"
    );
    assert!(!format!("{wrong}{unknown}").contains("SECRET"));
}

#[test]
fn a_server_that_is_not_there_is_not_reached() {
    let mut remote = remote_with("http://127.0.0.1:1", BUCKET, "", ("A", "s"));
    let failed = remote.put_new("v1/0123/000000000001", b"x").unwrap_err();
    assert!(matches!(failed, RemoteError::Unreached(_)), "{failed:?}");
}
