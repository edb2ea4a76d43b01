//! What an interrupted operation leaves behind, and how the next run resumes it.

use super::{Wanted, register, rotate};
use crate::aws::lookup::serial_of;
use crate::aws::test_host::{Failed, TestHost};
use crate::aws::unfinished::Unfinished;
use crate::aws::{Host, Notice, Selection};
use crate::otp::{self, Account, AccountId, AwsLink};
use crate::vault::format::DataKey;

fn linked(n: u8, name: &str, tags: &[&str]) -> Account {
    let uri = format!("otpauth://totp/{name}@123456789012?secret=AAAAAAAA");
    let draft = otp::parse(&uri).unwrap().draft;
    let mut account = Account::from_draft(draft, AccountId::new(0, &[n; 10]), 1);
    account.aws = Some(AwsLink {
        serial: format!("arn:aws:iam::123456789012:mfa/{name}"),
        profile: Some("default".to_owned()),
    });
    account.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    account
}

fn register_alice(host: &mut TestHost) -> Result<Account, Failed> {
    register_named(host, None)
}

fn register_named(host: &mut TestHost, device_name: Option<&str>) -> Result<Account, Failed> {
    let wanted = Wanted {
        user: None,
        device_name,
    };
    let registered = register(host, &Selection::default(), wanted, |_, _| Ok(true));
    registered.map(|registered| registered.unwrap().account)
}

fn unfinished(host: &mut TestHost) -> usize {
    let open = host.open_vault().unwrap();
    Unfinished::all(&host.state, &open).len()
}

#[test]
fn a_registration_is_resumed_and_leaves_the_tags_alone() {
    let mut host = TestHost::new();
    host.refuse("EnableMFADevice", "InvalidAuthenticationCode");
    register_alice(&mut host).unwrap_err();
    let first = host.vault.accounts[0].clone();
    assert!(first.tags.is_empty());
    assert_eq!(unfinished(&mut host), 1);
    // Meanwhile, the person adds a tag.
    host.vault.accounts[0].tags.push("work".to_owned());
    let account = register_alice(&mut host).unwrap();
    assert_eq!(
        (account.id, account.tags),
        (first.id, vec!["work".to_owned()])
    );
    assert_eq!(host.sent("CreateVirtualMFADevice"), 1);
    assert_eq!((host.vault.accounts.len(), unfinished(&mut host)), (1, 0));
    assert!(host.state.names("aws-unfinished").is_empty());
}

#[test]
fn an_account_that_an_earlier_version_tagged_is_resumed() {
    let mut host = TestHost::new();
    let tags = ["mine", "aws-registering=alice", "aws-like"];
    host.vault.add(linked(1, "phone", &tags), false).unwrap();
    assert_eq!(unfinished(&mut host), 1);
    let account = register_alice(&mut host).unwrap();
    assert_eq!(account.id, AccountId::new(0, &[1; 10]));
    assert_eq!(account.tags, ["mine", "aws-like"]);
    assert_eq!(host.sent("CreateVirtualMFADevice"), 0);
    assert_eq!(unfinished(&mut host), 0);
    let serial = "arn:aws:iam::123456789012:mfa/phone".to_owned();
    assert_eq!(*host.notices.borrow(), [Notice::Resuming(serial)]);
}

/// The old tag is removed as soon as a command has seen it, even if that command fails.
#[test]
fn tags_of_an_earlier_version_are_moved_before_anything_else() {
    let mut host = TestHost::new();
    let tags = ["aws-registering=alice", "mine"];
    host.vault.add(linked(1, "phone", &tags), false).unwrap();
    host.refuse("EnableMFADevice", "InvalidAuthenticationCode");
    register_alice(&mut host).unwrap_err();
    assert_eq!(host.vault.accounts[0].tags, ["mine"]);
    assert_eq!(unfinished(&mut host), 1);
}

#[test]
fn a_rotation_that_an_earlier_version_tagged_is_resumed() {
    let mut host = TestHost::new();
    host.vault
        .add(linked(1, "alice", &["work"]), false)
        .unwrap();
    let tag = "aws-replacing=arn:aws:iam::123456789012:mfa/alice";
    host.vault.add(linked(2, "new", &[tag]), false).unwrap();
    let rotated = rotate(&mut host, &Selection::default(), None).unwrap();
    assert_eq!(rotated.name, "alice@123456789012");
    assert!(rotated.new.ends_with("mfa/new") && rotated.old.ends_with("mfa/alice"));
    let [account] = &host.vault.accounts[..] else {
        panic!("{:?}", host.vault.accounts);
    };
    assert_eq!(account.tags, ["work"]);
    assert_eq!(host.sent("CreateVirtualMFADevice"), 0);
    assert_eq!(unfinished(&mut host), 0);
}

/// On other accounts, a tag that looks like ours is the person's own.
#[test]
fn tags_of_other_accounts_are_the_persons_own() {
    let mut host = TestHost::new();
    let mut account = linked(1, "bob", &["aws-registering=alice"]);
    account.aws = None;
    host.vault.add(account.clone(), false).unwrap();
    register_alice(&mut host).unwrap();
    assert_eq!(host.vault.accounts[0], account);
    assert_eq!(host.vault.accounts.len(), 2);
}

/// The person is told of a device that may not be enabled.
#[test]
fn what_was_sealed_before_a_rekey_is_forgotten() {
    let mut host = TestHost::new();
    host.refuse("EnableMFADevice", "InvalidAuthenticationCode");
    register_alice(&mut host).unwrap_err();
    host.data_key = DataKey::from_bytes([8; 32]);
    assert_eq!(unfinished(&mut host), 0);
    host.notices.borrow_mut().clear();
    register_alice(&mut host).unwrap();
    let serial = serial_of(&host.vault.accounts[0]).to_owned();
    assert_eq!(*host.notices.borrow(), [Notice::Forgotten(serial)]);
    assert!(host.state.names("aws-unfinished").is_empty());
    assert_eq!(host.sent("CreateVirtualMFADevice"), 2);
    assert_eq!(host.vault.accounts.len(), 2);
}

#[test]
fn a_device_without_a_place_in_the_vault_is_deleted() {
    let mut host = TestHost::new();
    for name in ["alice", "device"] {
        let mut account = linked(1, name, &[]);
        "Amazon Web Services".clone_into(&mut account.issuer);
        host.vault.add(account, false).unwrap();
    }
    let named = register_named(&mut host, Some("device"));
    assert!(named.is_err_and(|error| error.0.contains("exists")));
    assert_eq!(host.sent("DeleteVirtualMFADevice"), 1);
    assert!(host.state.names("aws-unfinished").is_empty());
    assert!(host.state.names("aws-devices").len() <= 1);
}
