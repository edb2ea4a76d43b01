//! Which keys are used for a bucket.

use super::*;
use crate::aws::device;
use crate::aws::test_host::TestHost;

const ROLE: &str = "[profile bucket]\nrole_arn = arn:aws:iam::123456789012:role/Bucket\n\
    source_profile = default\n";
/// When the sessions of the double end.
const END: u64 = 1_893_456_000;

fn with_device() -> TestHost {
    let mut host = TestHost::new();
    let wanted = device::Wanted::default();
    device::register(&mut host, &Selection::default(), wanted, |_, _| Ok(true)).unwrap();
    host
}

fn keys(host: &mut TestHost, profile: Option<&str>) -> Credentials {
    let vault = host.vault.clone();
    keys_for_s3(host, profile, &vault).unwrap()
}

fn asked(host: &TestHost) -> [usize; 2] {
    ["GetSessionToken", "AssumeRole"].map(|action| host.sent(action))
}

#[test]
fn long_term_keys_are_used_as_they_are() {
    let mut host = with_device();
    host.config = ROLE;
    let own = keys(&mut host, None);
    assert_eq!((own.id.as_str(), own.is_session()), ("AKIA", false));
    assert_eq!(asked(&host), [0, 0]);
}

#[test]
fn a_device_in_the_profile_needs_a_session() {
    let mut host = with_device();
    let serial = &host.vault.accounts[0].aws.as_ref().unwrap().serial;
    host.config = format!("[default]\nmfa_serial = {serial}\n").leak();
    assert!(keys(&mut host, None).is_session());
    assert_eq!((asked(&host), host.codes()), ([1, 0], 1));
}

#[test]
fn a_role_gives_its_session_and_a_new_one_before_it_ends() {
    let mut host = with_device();
    host.config = ROLE;
    let first = keys(&mut host, Some("bucket"));
    assert!(first.is_session() && first.id.starts_with("ASIA"));
    assert!(keys(&mut host, Some("bucket")) == first);
    assert_eq!(asked(&host), [1, 1]);
    host.now = END - 60;
    assert!(keys(&mut host, Some("bucket")) != first);
    assert_eq!(asked(&host), [2, 2]);
}
