//! Registrations never get stuck. A failed one leaves nothing, or something that the same command
//! finishes; the error says which.

use std::time::Duration;

use crate::stand_in::{Fault, Moment};
use crate::world::{World, at_once, killed_at_write, text};

/// Asserts that the command finishes the job, and that the one account's codes are accepted.
fn finishes(world: &World) {
    world.aws.heal();
    world.succeeds(&["aws", "register"]);
    assert_eq!(world.accounts().len(), 1);
    assert_eq!(world.devices().len(), 1, "{:?}", world.devices());
    assert!(world.devices()[0].1);
    world.succeeds(&["aws", "login"]);
}

fn has_nothing(world: &World) {
    assert_eq!(world.devices(), []);
    assert!(world.accounts().is_empty());
}

pub fn a_refused_create_leaves_nothing() {
    let world = World::new();
    world.aws.policy("alice", |policy| {
        policy.denied.insert("iam:CreateVirtualMFADevice");
    });
    let (exit, told) = world.fails(&["aws", "register"]);
    assert_eq!(exit, 1);
    assert!(told.contains("iam:CreateVirtualMFADevice"), "{told}");
    assert!(told.contains("try: mfa aws policy"), "{told}");
    has_nothing(&world);
    world.aws.policy("alice", |policy| policy.denied.clear());
    finishes(&world);
}

pub fn a_policy_that_wants_the_users_name_gets_it() {
    let world = World::new();
    world
        .aws
        .policy("alice", |policy| policy.own_device_name = true);
    finishes(&world);
    assert_eq!(world.devices()[0].0, "arn:aws:iam::123456789012:mfa/alice");
}

/// Another tool left a device with this name, whose key nobody has.
pub fn a_device_that_blocks_the_users_name_goes() {
    let world = World::new();
    world
        .aws
        .policy("alice", |policy| policy.own_device_name = true);
    world.aws.add_device("alice", None);
    finishes(&world);
}

pub fn a_name_that_is_taken_is_said() {
    let world = World::new();
    world.aws.add_device("phone", None);
    let (exit, told) = world.fails(&["aws", "register", "--device-name", "phone"]);
    assert_eq!(exit, 1);
    assert!(told.contains("a device 'phone' already exists"), "{told}");
    assert!(world.accounts().is_empty());
    assert_eq!(world.devices().len(), 1);
    let (exit, told) = world.fails(&["aws", "register", "--device-name", "a b/c"]);
    assert_eq!(exit, 2);
    assert!(told.contains("can contain only letters, digits"), "{told}");
}

pub fn a_full_account_is_said() {
    let world = World::new();
    world.aws.state().most_devices = 0;
    let (exit, told) = world.fails(&["aws", "register"]);
    assert_eq!(exit, 1);
    assert!(told.contains("VirtualMFADevicesPerAccount"), "{told}");
    has_nothing(&world);
}

pub fn a_refused_enable_leaves_nothing() {
    let world = World::new();
    world.aws.policy("alice", |policy| {
        policy.denied.insert("iam:EnableMFADevice");
    });
    let (exit, told) = world.fails(&["aws", "register"]);
    assert_eq!(exit, 1);
    assert!(told.contains("iam:EnableMFADevice"), "{told}");
    has_nothing(&world);
    world.aws.policy("alice", |policy| policy.denied.clear());
    finishes(&world);
}

pub fn a_wrong_clock_is_explained_and_the_device_kept() {
    let world = World::new();
    world.aws.offset(100);
    let fault = Fault::Refuse {
        status: 403,
        code: "InvalidAuthenticationCode",
        message: "Authentication code for device is not valid.",
    };
    world.aws.fault("EnableMFADevice", 1, fault);
    let (exit, told) = world.fails(&["aws", "register"]);
    assert_eq!(exit, 1);
    let seconds = ["99", "100", "101"];
    let said = |s: &&str| {
        told.contains(&format!(
            "AWS rejected the code: this machine's clock is {s} s behind"
        ))
    };
    assert!(seconds.iter().any(said), "{told}");
    assert!(told.contains("run it again to resume"), "{told}");
    assert_eq!(world.accounts().len(), 1);
    let first = world.devices();
    world.aws.offset(0);
    finishes(&world);
    assert_eq!(world.devices()[0].0, first[0].0);
}

/// Signatures and codes are made again with AWS's own time, which is said once.
pub fn a_clock_beyond_what_signatures_allow_is_corrected() {
    for offset in [-400, 7200] {
        let world = World::new();
        world.aws.offset(offset);
        let output = world.run(&["aws", "register"]);
        let told = text(&output.stderr);
        assert!(output.status.success(), "{told}");
        assert_eq!(told.matches("this machine's clock is").count(), 1, "{told}");
        assert!(
            told.contains("; using AWS's time for this: correct the clock"),
            "{told}"
        );
        assert_eq!(
            world.aws.calls("EnableMFADevice"),
            1,
            "{:#?}",
            world.aws.log()
        );
        assert!(world.devices()[0].1);
        world.succeeds(&["aws", "login"]);
    }
}

const BEGINS: &str = "nothing was left behind; run it again to start over";
const GOES_ON: &str = "the device and its key are kept; run it again to resume";

/// The answers to creating and deleting the device are lost, or it may not be deleted.
pub fn a_device_that_may_be_there_is_said() {
    let world = World::new();
    world
        .aws
        .fault("CreateVirtualMFADevice", 1, Fault::DropAfter);
    world
        .aws
        .fault("DeleteVirtualMFADevice", 1, Fault::DropBefore);
    let (_, told) = world.fails(&["aws", "register"]);
    assert!(told.contains("it is unknown whether"), "{told}");
    finishes(&world);
    let world = World::new();
    world.aws.policy("alice", |policy| {
        policy.denied.insert("iam:DeleteVirtualMFADevice");
    });
    world
        .aws
        .fault("CreateVirtualMFADevice", 1, Fault::DropAfter);
    let (_, told) = world.fails(&["aws", "register"]);
    assert!(told.contains("which was never enabled"), "{told}");
    assert!(told.contains("start over, with another device"), "{told}");
    world.succeeds(&["aws", "register"]);
    assert_eq!(world.devices().len(), 2);
}

pub fn lost_connections_are_made_good() {
    let cases = [
        ("CreateVirtualMFADevice", Fault::DropBefore, BEGINS),
        ("CreateVirtualMFADevice", Fault::DropAfter, BEGINS),
        ("CreateVirtualMFADevice", Fault::Cut, BEGINS),
        ("EnableMFADevice", Fault::DropBefore, GOES_ON),
        ("EnableMFADevice", Fault::Html, GOES_ON),
    ];
    at_once(cases, |(action, fault, next)| {
        let world = World::new();
        world.aws.fault(action, 1, fault);
        let (exit, told) = world.fails(&["aws", "register"]);
        assert_eq!(exit, 1, "{told}");
        assert!(told.contains(action) && told.contains(next), "{told}");
        assert!(told.contains("try: mfa aws register"), "{told}");
        finishes(&world);
    });
    // It is enabled; AWS is asked whether it is.
    let world = World::new();
    world.aws.fault("EnableMFADevice", 1, Fault::DropAfter);
    finishes(&world);
}

pub fn what_comes_later_or_is_throttled_is_waited_for() {
    let world = World::new();
    world.aws.fault("GetCallerIdentity", 2, Fault::THROTTLING);
    world.aws.fault("ListMFADevices", 1, Fault::Html);
    world
        .aws
        .fault("CreateVirtualMFADevice", 1, Fault::TOO_MANY);
    world
        .aws
        .fault("CreateVirtualMFADevice", 1, Fault::SLOW_DOWN);
    world.aws.fault("EnableMFADevice", 1, Fault::UNMODIFIABLE);
    world.aws.fault("EnableMFADevice", 1, Fault::CONCURRENT);
    world
        .aws
        .fault("EnableMFADevice", 1, Fault::Delay(Duration::from_secs(2)));
    world.aws.fault("GetSessionToken", 2, Fault::UNAVAILABLE);
    finishes(&world);
}

/// Killed during each of its calls: before AWS acts, or before the answer is read.
pub fn killed_at_any_call_the_next_run_finishes() {
    let actions = [
        "GetCallerIdentity",
        "ListMFADevices",
        "CreateVirtualMFADevice",
        "EnableMFADevice",
    ];
    let moments = [Moment::Before, Moment::After];
    let cases = actions
        .iter()
        .flat_map(|action| moments.map(|moment| (*action, moment)));
    at_once(cases, |(action, moment)| {
        let world = World::new();
        let gate = world.aws.hold(action, moment);
        let mut child = world.start(&["aws", "register"]);
        gate.reached();
        child.kill().unwrap();
        child.wait().unwrap();
        gate.open();
        // By then, the stand-in has carried out calls held after the gate.
        std::thread::sleep(Duration::from_millis(200));
        world.succeeds(&["aws", "register"]);
        assert_eq!(world.accounts().len(), 1, "{action}");
        let enabled = world.devices().iter().filter(|device| device.1).count();
        assert_eq!((enabled, world.devices().len()), (1, 1), "{action}");
    });
}

/// Killed at each file that it writes; the count is higher than the number of files.
pub fn killed_at_any_write_the_next_run_finishes() {
    at_once(1..=16, |n| {
        let world = World::new();
        let Some(killed) = killed_at_write(&world, &["aws", "register"], n) else {
            return;
        };
        if n == 1 {
            assert!(!killed.status.success(), "nothing was killed");
        }
        if n == 16 {
            assert!(
                killed.status.success(),
                "more files are written than are tried"
            );
        }
        // The last record is removed, not renamed: a killed run is always resumed.
        if !killed.status.success() {
            world.succeeds(&["aws", "register"]);
        }
        assert_eq!(world.accounts().len(), 1, "write {n}");
        let devices = world.devices();
        assert_eq!(
            (devices.len(), devices[0].1),
            (1, true),
            "write {n}: {devices:?}"
        );
        world.succeeds(&["aws", "login"]);
    });
}

pub fn a_second_device_is_registered_in_a_session() {
    let (world, first) = World::registered();
    let told = text(
        &world
            .run(&["aws", "register", "--device-name", "second"])
            .stderr,
    );
    assert_eq!(world.devices().len(), 2, "{told}");
    assert_eq!(world.accounts()[1]["name"], "second@123456789012");
    // Both are known, so the person must say which one is meant.
    let (exit, told) = world.fails(&["aws", "login", "--renew", "--account", "nobody"]);
    assert_eq!(exit, 3, "{told}");
    world.succeeds(&["aws", "login", "--account", "second@123456789012"]);
    let log = world.aws.log();
    let last = log
        .iter()
        .rfind(|line| line.starts_with("GetSessionToken"))
        .unwrap();
    assert!(
        last.contains("SerialNumber=arn:aws:iam::123456789012:mfa/second"),
        "{last}"
    );
    assert!(!last.contains(&first));
}

pub fn a_second_device_without_the_first_ones_codes_is_explained() {
    let world = World::new();
    world.aws.add_device("phone", Some("alice"));
    let (exit, told) = world.fails(&["aws", "register"]);
    assert_eq!(exit, 1);
    assert!(told.contains("needs a session with MFA"), "{told}");
    assert!(world.accounts().is_empty());
    assert_eq!(world.devices().len(), 1);
}

pub fn an_administrator_registers_for_another() {
    let world = World::new();
    world.aws.policy("alice", |policy| policy.admin = true);
    world.aws.add_user("bob");
    world.succeeds(&["aws", "register", "--user", "bob"]);
    assert!(world.accounts()[0]["name"] == "bob@123456789012");
    assert!(world.aws.log().last().unwrap().contains("UserName=bob"));
}

pub fn two_at_once_do_not_disturb_each_other() {
    let world = World::new();
    let children = [0, 1].map(|_| world.start(&["aws", "register"]));
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    assert_eq!(world.devices().len(), 2);
    assert!(world.devices().iter().all(|device| device.1));
}

pub fn with_several_devices_each_command_finds_one() {
    let (world, first) = World::registered();
    world.succeeds(&["aws", "login"]);
    let calls = world.aws.log().len();
    world.succeeds(&["aws", "register"]);
    assert_eq!(world.devices().len(), 2);
    let log = world.aws.log();
    let sessions = |log: &[String]| {
        log.iter()
            .filter(|line| line.starts_with("GetSessionToken"))
            .count()
    };
    assert_eq!(sessions(&log[calls..]), 0, "{log:?}");
    // The existing session can still be used, and the first device gets a new one.
    world.succeeds(&["aws", "credential-process"]);
    assert_eq!(sessions(&world.aws.log()[calls..]), 0);
    world.succeeds(&["aws", "login", "--renew"]);
    let log = world.aws.log();
    let session = log.iter().rfind(|line| line.starts_with("GetSessionToken"));
    assert!(session.unwrap().contains(&first), "{log:?}");
    let code = world.succeeds(&["code", "--profile", "default"]);
    assert_eq!(code, world.succeeds(&["code", &first]));
    world.succeeds(&["aws", "doctor"]);
}

/// Unfinished registrations and rotations do not appear in the person's tags.
pub fn what_is_unfinished_is_in_nobodys_tags() {
    let refused = Fault::Refuse {
        status: 403,
        code: "InvalidAuthenticationCode",
        message: "Authentication code for device is not valid.",
    };
    let has_no_tags = |world: &World, name: &str| {
        let shown: serde_json::Value =
            serde_json::from_str(&world.succeeds(&["show", name, "--json"])).unwrap();
        assert_eq!(shown["tags"], serde_json::json!([]), "{shown}");
        let export = ["export", "-", "--format", "paper"];
        let exported = world.command(&export).output().unwrap();
        assert!(exported.status.success(), "{}", text(&exported.stderr));
        let exported = text(&exported.stdout);
        assert!(!exported.contains("aws-re"), "{exported}");
    };
    let world = World::new();
    world.aws.fault("EnableMFADevice", 1, refused.clone());
    world.fails(&["aws", "register"]);
    has_no_tags(&world, "alice");
    finishes(&world);
    let old = world.devices()[0].0.clone();
    world.aws.fault("EnableMFADevice", 1, refused);
    world.fails(&["aws", "rotate"]);
    has_no_tags(&world, world.accounts()[1]["name"].as_str().unwrap());
    world.succeeds(&["aws", "rotate"]);
    assert_ne!(world.devices()[0].0, old);
    has_no_tags(&world, "alice");
    assert_eq!((world.devices().len(), world.accounts().len()), (1, 1));
}
