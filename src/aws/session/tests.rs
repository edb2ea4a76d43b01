//! When AWS is asked for a session, and how.

use super::{Session, session};
use crate::aws::test_host::{Failed, TestHost};
use crate::aws::{Notice, Selection, device};

fn with_device() -> TestHost {
    let mut host = TestHost::new();
    device::register(&mut host, &Selection::default(), None, None).unwrap();
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
