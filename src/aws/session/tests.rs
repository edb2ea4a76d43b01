//! When AWS is asked for a session, and how.

use super::{Session, cache, session};
use crate::aws::api::ApiError;
use crate::aws::test_host::{Failed, TestHost};
use crate::aws::{Notice, Selection, device};

fn with_device() -> TestHost {
    let mut host = TestHost::new();
    let wanted = device::Wanted::default();
    device::register(&mut host, &Selection::default(), wanted, |_, _| Ok(true)).unwrap();
    host
}

fn login(host: &mut TestHost, renew: bool) -> Result<Session, Failed> {
    session(host, &Selection::default(), renew)
}

#[test]
fn aws_is_asked_once() {
    let mut host = with_device();
    assert!(login(&mut host, false).unwrap().is_new);
    assert!(!login(&mut host, false).unwrap().is_new);
    assert_eq!(host.sent("GetSessionToken"), 1);
    assert!(login(&mut host, true).unwrap().is_new);
    assert_eq!(host.sent("GetSessionToken"), 2);
}

#[test]
fn a_code_that_another_program_used_is_followed_by_the_next() {
    const USED: &str = "MultiFactorAuthentication failed with invalid MFA one time pass code.";
    let mut host = with_device();
    host.refuse_saying("GetSessionToken", "AccessDenied", USED);
    assert!(login(&mut host, false).unwrap().is_new);
    assert_eq!(host.sent("GetSessionToken"), 2);
    assert_eq!(host.notices.borrow().last(), Some(&Notice::TryingNextCode));
    for _ in 0..2 {
        host.refuse_saying("GetSessionToken", "AccessDenied", USED);
    }
    assert!(login(&mut host, true).is_err());
    assert_eq!(host.sent("GetSessionToken"), 4);
}

#[test]
fn a_length_that_aws_does_not_give_is_refused_before_it_is_asked() {
    let mut host = with_device();
    let selection = Selection {
        duration: Some(129_601),
        ..Selection::default()
    };
    let error = session(&mut host, &selection, false)
        .map(|_| ())
        .unwrap_err();
    assert_eq!(
        error.0,
        "a session of default cannot last 129601s: AWS allows 15m to 36h"
    );
    assert_eq!(host.sent("GetSessionToken"), 0);
}

const ROLES: &str = "[profile one]\nrole_arn = arn:aws:iam::123456789012:role/One\nsource_profile = default\n\
    [profile two]\nrole_arn = arn:aws:iam::123456789012:role/Two\nsource_profile = default\n\
    [profile long]\nrole_arn = arn:aws:iam::123456789012:role/Long\nsource_profile = default\n\
    duration_seconds = 7200\n\
    [profile after]\nrole_arn = arn:aws:iam::123456789012:role/After\nsource_profile = one\n\
    [profile late]\nrole_arn = arn:aws:iam::123456789012:role/After\nsource_profile = one\n\
    duration_seconds = 3601\n";

fn with_roles() -> TestHost {
    let mut host = with_device();
    host.config = ROLES;
    host
}

fn of(host: &mut TestHost, profile: &str) -> Result<Session, Failed> {
    let selection = Selection {
        profile: Some(profile.to_owned()),
        ..Selection::default()
    };
    session(host, &selection, false)
}

#[test]
fn many_roles_need_one_code() {
    let mut host = with_roles();
    for profile in ["one", "two", "after", "default"] {
        of(&mut host, profile).unwrap();
    }
    assert_eq!((host.sent("GetSessionToken"), host.codes()), (1, 1));
    assert_eq!(host.sent("AssumeRole"), 3);
    assert!(!of(&mut host, "after").unwrap().is_new);
    // A longer session than an hour is assumed with the long-term keys.
    of(&mut host, "long").unwrap();
    assert_eq!((host.sent("GetSessionToken"), host.codes()), (1, 2));
    let first = of(&mut host, "one").unwrap();
    let second = of(&mut host, "two").unwrap();
    assert_ne!(first.keys.id, second.keys.id);
}

#[test]
fn a_chain_that_lasts_too_long_uses_no_code() {
    let mut host = with_roles();
    assert!(of(&mut host, "late").is_err());
    assert_eq!((host.sent("AssumeRole"), host.codes()), (0, 0));
}

#[test]
fn a_role_that_needs_a_newer_mfa_gets_a_code() {
    const DENIED: &str = "User is not authorized to perform: sts:AssumeRole";
    let mut host = with_roles();
    host.refuse_saying("AssumeRole", "AccessDenied", DENIED);
    // The MFA session is new: another code would be refused too.
    assert!(of(&mut host, "one").is_err());
    assert_eq!(host.codes(), 1);
    host.now += 600;
    host.refuse_saying("AssumeRole", "AccessDenied", DENIED);
    of(&mut host, "one").unwrap();
    assert_eq!((host.sent("GetSessionToken"), host.codes()), (1, 2));
    assert_eq!(host.notices.borrow().last(), Some(&Notice::NeedsNewCode));
}

#[test]
fn a_session_that_aws_no_longer_accepts_is_replaced() {
    let mut host = with_roles();
    of(&mut host, "one").unwrap();
    host.refuse("AssumeRole", "InvalidClientTokenId");
    of(&mut host, "two").unwrap();
    assert_eq!((host.sent("GetSessionToken"), host.codes()), (2, 2));
}

#[test]
fn the_length_decides_only_if_it_is_asked_for() {
    let mut host = with_device();
    let lasting = |host: &mut TestHost, duration| {
        let selection = Selection {
            duration,
            ..Selection::default()
        };
        session(host, &selection, false).unwrap().is_new
    };
    assert!(lasting(&mut host, Some(3600)));
    assert!(!lasting(&mut host, None));
    assert!(!lasting(&mut host, Some(900)));
}

#[test]
fn a_code_that_was_not_sent_is_given_back() {
    let mut host = with_device();
    let unreached = ApiError::Unreached {
        endpoint: "https://sts.amazonaws.com".to_owned(),
        why: "no network".to_owned(),
    };
    host.fail("GetSessionToken", unreached);
    assert!(login(&mut host, false).is_err());
    assert_eq!(host.given_back.len(), 1);
    let lost = ApiError::Lost {
        action: "GetSessionToken",
        endpoint: "https://sts.amazonaws.com".to_owned(),
        why: "connection reset".to_owned(),
    };
    host.fail("GetSessionToken", lost);
    assert!(login(&mut host, false).is_err());
    assert_eq!(host.given_back.len(), 1, "AWS may have seen the code");
}

#[test]
fn expired_sessions_are_removed() {
    let mut host = with_roles();
    of(&mut host, "one").unwrap();
    assert!(host.state.names("aws").len() > 1);
    // After the expiration of all sessions here, the new one too.
    host.now = 1_900_000_000;
    login(&mut host, true).unwrap();
    assert_eq!(host.state.names("aws"), Vec::<String>::new());
}

#[test]
fn clearing_leaves_no_session_lock_or_failure() {
    let mut host = with_roles();
    host.refuse("AssumeRole", "Throttled");
    assert!(of(&mut host, "one").is_err());
    of(&mut host, "two").unwrap();
    let files = |host: &TestHost| {
        let all = host.state.members();
        all.iter().filter(|path| path.is_file()).count()
    };
    // A session of the user and one of a role, three locks, and a failure.
    let others = 1;
    assert_eq!(files(&host), 6 + others);
    assert!(cache::clear_all(&host.state));
    assert_eq!(files(&host), others);
    assert!(!cache::clear_all(&host.state));
}
