//! Devices are replaced, resynchronised and removed.

use std::time::Duration;

use crate::stand_in::{Fault, Moment};
use crate::world::{World, at_once, killed_at_write};

pub fn a_rotated_device_is_proven_before_the_old_one_goes() {
    let (world, old) = World::registered();
    world.write_config(&format!(
        "[default]\nregion = eu-west-1\nmfa_serial = {old}\n# kept\n"
    ));
    let answer = world.succeeds(&["aws", "rotate"]);
    assert!(answer.ends_with(&format!("; deleted {old}\n")), "{answer}");
    let devices = world.devices();
    assert_eq!(devices.len(), 1);
    let new = &devices[0].0;
    assert_ne!(*new, old);
    assert_eq!(world.accounts().len(), 1);
    assert_eq!(world.accounts()[0]["name"], "alice@123456789012");
    let config = std::fs::read_to_string(world.config()).unwrap();
    assert_eq!(
        config,
        format!("[default]\nregion = eu-west-1\nmfa_serial = {new}\n# kept\n")
    );
    let log = world.aws.log();
    let place = |start: &str, serial: &str| {
        let fits = |line: &String| line.starts_with(start) && line.contains(serial);
        log.iter().position(fits).unwrap()
    };
    assert!(place("GetSessionToken", new) < place("DeactivateMFADevice", &old));
    world.succeeds(&["aws", "login"]);
}

pub fn a_killed_rotation_is_finished() {
    let cases = [
        ("CreateVirtualMFADevice", Moment::Before),
        ("CreateVirtualMFADevice", Moment::After),
        ("EnableMFADevice", Moment::Before),
        ("EnableMFADevice", Moment::After),
        ("DeactivateMFADevice", Moment::Before),
        ("DeactivateMFADevice", Moment::After),
        ("DeleteVirtualMFADevice", Moment::Before),
        ("DeleteVirtualMFADevice", Moment::After),
    ];
    at_once(cases, |(action, moment)| {
        let (world, old) = World::registered();
        let gate = world.aws.hold(action, moment);
        let mut child = world.start(&["aws", "rotate"]);
        gate.reached();
        child.kill().unwrap();
        child.wait().unwrap();
        gate.open();
        std::thread::sleep(Duration::from_millis(200));
        world.succeeds(&["aws", "rotate"]);
        let devices = world.devices();
        assert_eq!(devices.len(), 1, "{action}: {devices:?}");
        assert_ne!(devices[0].0, old);
        let accounts = world.accounts();
        assert_eq!(accounts.len(), 1, "{action}: {accounts:?}");
        assert_eq!(accounts[0]["name"], "alice@123456789012");
        let shown = world.succeeds(&["show", "alice"]);
        assert!(!shown.contains("aws-"), "{shown}");
    });
}

pub fn a_rotation_killed_at_any_write_is_finished() {
    at_once(1..=24, |n| {
        let (world, old) = World::registered();
        let config = format!("[default]\nmfa_serial = {old}\n");
        world.write_config(&config);
        let Some(killed) = killed_at_write(&world, &["aws", "rotate"], n) else {
            return;
        };
        if n == 24 {
            assert!(
                killed.status.success(),
                "more files are written than are tried"
            );
        }
        let now = std::fs::read_to_string(world.config()).unwrap();
        if !killed.status.success() {
            world.succeeds(&["aws", "rotate"]);
        }
        let (devices, accounts) = (world.devices(), world.accounts());
        assert_eq!((devices.len(), accounts.len()), (1, 1), "write {n}: {now}");
        assert_ne!(devices[0].0, old);
        assert_eq!(accounts[0]["name"], "alice@123456789012");
        world.succeeds(&["aws", "login"]);
    });
}

pub fn a_device_out_of_step_is_brought_back() {
    let (world, serial) = World::registered();
    let answer = world.succeeds(&["aws", "resync"]);
    assert_eq!(answer, format!("{serial} is in sync with AWS\n"));
    world.succeeds(&["aws", "login"]);
    let refused = world
        .aws
        .log()
        .iter()
        .filter(|line| !line.ends_with(": 200"))
        .count();
    assert_eq!(refused, 0);
}

pub fn an_unregistered_device_is_gone_everywhere() {
    let (world, serial) = World::registered();
    let (exit, told) = world.fails(&["aws", "unregister"]);
    assert_eq!(exit, 2, "{told}");
    assert_eq!(world.devices().len(), 1);
    let answer = world.succeeds(&["aws", "unregister", "--yes"]);
    assert!(
        answer.starts_with(&format!("unregistered {serial}")),
        "{answer}"
    );
    assert!(world.devices().is_empty());
    assert!(world.accounts().is_empty());
    assert_eq!(world.succeeds(&["aws", "status", "--json"]).trim(), "[]");
}

/// Without a question, part of a name, another account, or one of several matches is refused.
pub fn what_is_destroyed_is_named_exactly() {
    let (world, _) = World::registered();
    world.succeeds(&["aws", "register", "--device-name", "alice2"]);
    let unregister = |name| world.fails(&["aws", "unregister", "--account", name, "--yes"]);
    let (exit, told) = unregister("alice");
    assert_eq!(exit, 3, "{told}");
    let (exit, told) = world.fails(&["aws", "rotate", "--account", "alice2"]);
    assert_eq!(exit, 3, "{told}");
    let (exit, told) = world.fails(&["aws", "unregister", "--yes"]);
    assert_eq!(exit, 4, "{told}");
    assert_eq!((world.devices().len(), world.accounts().len()), (2, 2));
    let name = "alice@123456789012";
    world.succeeds(&["aws", "unregister", "--account", name, "--yes"]);
    assert_eq!(unregister(name).0, 3);
    assert_eq!((world.devices().len(), world.accounts().len()), (1, 1));
    let mut add = world.command(&["add", "-"]);
    add.stdin(std::process::Stdio::piped());
    let mut child = add.spawn().unwrap();
    let uri = b"otpauth://totp/GitHub:me?secret=JBSWY3DPEHPK3PXP\n";
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), uri).unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
    let (_, told) = unregister("GitHub:me");
    assert!(told.contains("does not belong to the device"), "{told}");
    let (_, told) = world.fails(&["aws", "rotate", "--account", "GitHub:me"]);
    assert!(told.contains("does not belong to the device"), "{told}");
    assert_eq!((world.devices().len(), world.accounts().len()), (1, 2));
}

pub fn a_killed_removal_is_finished() {
    at_once(
        ["DeactivateMFADevice", "DeleteVirtualMFADevice"],
        |action| {
            let (world, _) = World::registered();
            let gate = world.aws.hold(action, Moment::After);
            let mut child = world.start(&["aws", "unregister", "--yes"]);
            gate.reached();
            child.kill().unwrap();
            child.wait().unwrap();
            gate.open();
            std::thread::sleep(Duration::from_millis(200));
            world.succeeds(&["aws", "unregister", "--yes"]);
            assert!(world.devices().is_empty(), "{action}");
            assert!(world.accounts().is_empty(), "{action}");
        },
    );
}

/// A portal or a proxy answers anything with 200.
pub fn an_answer_that_is_not_awss_removes_nothing() {
    let (world, _) = World::registered();
    for action in ["DeactivateMFADevice", "DeleteVirtualMFADevice"] {
        world.aws.fault(action, 1, Fault::Empty);
        let (exit, told) = world.fails(&["aws", "unregister", "--yes"]);
        assert_eq!(exit, 1);
        assert!(
            told.contains(&format!("gave an unexpected answer to {action}")),
            "{told}"
        );
        assert_eq!(world.accounts().len(), 1);
    }
    world.aws.heal();
    world.succeeds(&["aws", "unregister", "--yes"]);
}
