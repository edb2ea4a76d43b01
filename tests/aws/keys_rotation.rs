//! Access keys of the vault are replaced, and a cut anywhere leaves one that works.

use std::time::Duration;

use crate::keys::{aws_folder, listed};
use crate::stand_in::{Fault, Moment};
use crate::world::{World, at_once, killed_at_write, text};

const ROTATE: [&str; 3] = ["aws", "keys", "rotate"];

/// With the key in the vault, and no device.
fn imported() -> World {
    let world = World::new();
    world.succeeds(&["aws", "keys", "import"]);
    world
}

fn current(world: &World) -> String {
    listed(world)[0]["access_key_id"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// The key of the vault works, and is the only active one of the user.
fn check_one_works(world: &World, what: &str) {
    let keys = world.aws.access_keys("alice");
    let active: Vec<_> = keys.iter().filter(|(_, is_active)| *is_active).collect();
    assert_eq!(active.len(), 1, "{what}: {keys:?}");
    assert_eq!(active[0].0, current(world), "{what}");
}

pub fn a_new_key_is_proven_before_the_old_one_stops() {
    let world = imported();
    let old = world.alice.access_key.clone();
    {
        let mut state = world.aws.state();
        state.keys.values_mut().for_each(|key| key.created -= 60);
        state.key_settling = 2;
    }
    let answer = world.succeeds(&ROTATE);
    let new = current(&world);
    assert_eq!(
        answer,
        format!("default now uses {new}; the old key {old} is inactive\n")
    );
    check_one_works(&world, "rotated");
    let log = world.aws.log();
    let unknown = |line: &&String| line.starts_with("GetCallerIdentity") && !line.ends_with("200");
    assert!(log.iter().filter(unknown).count() >= 1, "{log:#?}");
    let place = |start: &str| {
        log.iter()
            .rposition(|line| line.starts_with(start))
            .unwrap()
    };
    assert!(
        place("GetCallerIdentity") < place("UpdateAccessKey"),
        "{log:#?}"
    );
    assert_eq!(listed(&world)[0]["other"]["state"], "inactive");
    assert!(!aws_folder(&world).contains(&old));

    // AWS allows two keys, so the next rotation deletes the old one first.
    world.aws.state().key_settling = 0;
    let again = world.run(&ROTATE);
    let told = text(&again.stderr);
    assert!(
        again.status.success() && told.contains(&format!("deleted {old}")),
        "{told}"
    );
    let done = world.succeeds(&["aws", "keys", "rotate", "--delete-old"]);
    assert!(
        done.ends_with(&format!("the old key {new} is deleted\n")),
        "{done}"
    );
    assert_eq!(world.aws.calls("CreateAccessKey"), 2);
    assert_eq!(world.aws.access_keys("alice").len(), 1);
    check_one_works(&world, "rotated twice");
    assert!(listed(&world)[0]["other"].is_null());
}

pub fn the_old_key_is_deleted_now_or_kept_for_a_time() {
    let world = imported();
    let old = world.alice.access_key.clone();
    let answer = world.succeeds(&["aws", "keys", "rotate", "--delete-old"]);
    assert!(answer.ends_with(&format!("{old} is deleted\n")), "{answer}");
    assert_eq!(world.aws.access_keys("alice").len(), 1);
    let kept = current(&world);
    let answer = world.succeeds(&["aws", "keys", "rotate", "--after", "7d"]);
    assert!(
        answer.contains(&format!("{kept} is inactive, kept until ")),
        "{answer}"
    );
    let (exit, told) = world.fails(&ROTATE);
    assert_eq!(exit, 1);
    assert!(
        told.contains(&kept) && told.ends_with("keys rotate --profile default --delete-old\n"),
        "{told}"
    );
    let list = world.succeeds(&["aws", "keys", "list"]);
    assert!(
        list.contains(&format!("old key {kept} is inactive, kept until ")),
        "{list}"
    );
    world.succeeds(&["aws", "keys", "rotate", "--delete-old"]);
    world.succeeds(&["aws", "keys", "rotate", "--after", "0s"]);
    let list = world.succeeds(&["aws", "keys", "list"]);
    assert!(list.contains(" is due for deletion"), "{list}");
    check_one_works(&world, "due");
    world.succeeds(&ROTATE);
    assert_eq!(world.aws.access_keys("alice").len(), 2);
}

/// Runs a rotation again, as its hint says if the cut left a key without a secret.
fn resumed(world: &World, arguments: &[&str]) {
    let run = world.run(arguments);
    let told = text(&run.stderr);
    if !run.status.success() {
        assert!(
            told.contains("may have created\n") && told.contains(" --delete-lost"),
            "{told}"
        );
        world.succeeds(&[arguments, &["--delete-lost"]].concat());
    }
}

pub fn a_rotation_killed_at_any_write_is_resumed() {
    const WRITES: u32 = 24;
    at_once(1..=WRITES, |n| {
        let world = imported();
        let arguments = ["aws", "keys", "rotate", "--delete-old"];
        let Some(killed) = killed_at_write(&world, &arguments, n) else {
            return;
        };
        if n == WRITES {
            assert!(
                killed.status.success(),
                "more files are written than are tried"
            );
        }
        let works = world.aws.access_keys("alice");
        let current_key = current(&world);
        assert!(works.contains(&(current_key, true)), "write {n}: {works:?}");
        if !killed.status.success() {
            resumed(&world, &arguments);
        }
        check_one_works(&world, &format!("write {n}"));
        assert_eq!(world.aws.access_keys("alice").len(), 1, "write {n}");
    });
}

pub fn a_rotation_killed_at_any_call_is_resumed() {
    let calls = ["CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey"];
    let moments = [Moment::Before, Moment::After];
    let cases = calls
        .iter()
        .flat_map(|call| moments.map(|moment| (*call, moment)));
    at_once(cases, |(action, moment)| {
        let world = imported();
        let arguments = ["aws", "keys", "rotate", "--delete-old"];
        let gate = world.aws.hold(action, moment);
        let mut child = world.start(&arguments);
        gate.reached();
        child.kill().unwrap();
        child.wait().unwrap();
        gate.open();
        std::thread::sleep(Duration::from_millis(200));
        let works = world.aws.access_keys("alice");
        assert!(
            works.contains(&(current(&world), true)),
            "{action}: {works:?}"
        );
        resumed(&world, &arguments);
        check_one_works(&world, action);
        assert_eq!(world.aws.access_keys("alice").len(), 1, "{action}");
    });
}

pub fn a_lost_answer_leaves_no_key_behind() {
    let world = imported();
    let old = world.alice.access_key.clone();
    world.aws.fault("CreateAccessKey", 1, Fault::DropAfter);
    world.fails(&ROTATE);
    assert_eq!(
        (current(&world), world.aws.access_keys("alice").len()),
        (old, 2)
    );
    let run = world.run(&["aws", "keys", "rotate", "--delete-lost"]);
    let told = text(&run.stderr);
    assert!(
        run.status.success() && told.contains("its secret never arrived"),
        "{told}"
    );
    check_one_works(&world, "lost");
    assert_eq!(world.aws.access_keys("alice").len(), 2);
    // A refusal leaves nothing that a later run could take for its own.
    world.succeeds(&["aws", "keys", "rotate", "--delete-old"]);
    world.aws.policy("alice", |policy| {
        policy.denied.insert("iam:CreateAccessKey");
    });
    let (_, told) = world.fails(&ROTATE);
    assert!(told.contains("try: mfa aws policy"), "{told}");
    let elsewhere = world.aws.add_key("alice");
    world.aws.policy("alice", |policy| policy.denied.clear());
    let (_, told) = world.fails(&ROTATE);
    assert!(told.contains("already has two access keys"), "{told}");
    assert!(
        world
            .aws
            .access_keys("alice")
            .contains(&(elsewhere.access_key, true))
    );
}

/// A key that somebody else made after a cut is not taken for the lost one.
pub fn a_key_of_another_time_is_never_deleted() {
    let world = imported();
    world.aws.fault("CreateAccessKey", 1, Fault::DropBefore);
    world.fails(&ROTATE);
    world.aws.offset(3600);
    let elsewhere = world.aws.add_key("alice");
    world.aws.offset(0);
    let (exit, told) = world.fails(&ROTATE);
    assert_eq!(exit, 1);
    assert!(
        told.contains("already has two access keys")
            && told.contains(&format!("{} (active)", elsewhere.access_key))
            && told.contains(&format!(
                "delete-access-key --access-key-id {}",
                elsewhere.access_key
            )),
        "{told}"
    );
    assert!(
        world
            .aws
            .access_keys("alice")
            .contains(&(elsewhere.access_key, true))
    );
    // The same if the person may not list the keys.
    world.aws.policy("alice", |policy| {
        policy.denied.insert("iam:ListAccessKeys");
    });
    let (_, told) = world.fails(&ROTATE);
    assert!(told.contains("already has two access keys"), "{told}");
}

/// After a cut somebody deleted one of the two keys.
pub fn the_key_that_is_left_is_used() {
    for (gone, is_new) in [("the old key", false), ("the new key", true)] {
        let world = imported();
        let old = world.alice.access_key.clone();
        // The first call asks who rotates. The new key is not proven: each try is lost.
        world
            .aws
            .fault("GetCallerIdentity", 1, Fault::Delay(Duration::ZERO));
        world.aws.fault("GetCallerIdentity", 4, Fault::Html);
        world.fails(&ROTATE);
        let all = world.aws.access_keys("alice");
        assert_eq!((all.len(), current(&world)), (2, old.clone()), "{gone}");
        let deleted = all.iter().find(|(id, _)| (*id != old) == is_new).unwrap();
        world.aws.state().keys.remove(&deleted.0);
        // AWS lists a new key only after some time.
        world.aws.offset(150);
        let run = world.run(&ROTATE);
        let told = text(&run.stderr);
        assert!(run.status.success(), "{gone}: {told}");
        assert_eq!(
            told.contains("was deleted in AWS"),
            is_new,
            "{gone}: {told}"
        );
        assert!(told.contains("resuming the rotation"), "{gone}: {told}");
        check_one_works(&world, gone);
    }
}

/// A user whose policy asks for MFA rotates in a session.
pub fn a_device_gives_the_session_that_a_policy_wants() {
    let (world, _) = World::registered();
    world.succeeds(&["aws", "keys", "import"]);
    world.aws.policy("alice", |policy| {
        let actions = [
            "iam:CreateAccessKey",
            "iam:ListAccessKeys",
            "iam:UpdateAccessKey",
            "iam:DeleteAccessKey",
        ];
        policy.denied_without_mfa.extend(actions);
    });
    world.succeeds(&["aws", "keys", "rotate", "--delete-old"]);
    check_one_works(&world, "with MFA");
    let log = world.aws.log();
    let by_session = |line: &&String| line.contains("AccessKey") && line.contains(" by ASIA");
    assert_eq!(log.iter().filter(by_session).count(), 4, "{log:#?}");
    assert_eq!(world.aws.calls("GetSessionToken"), 1);
}

/// `undo` after a rotation takes the change before it back, and never the dead key.
pub fn undo_and_restore_keep_the_newest_key() {
    let (world, _) = World::registered();
    world.succeeds(&["aws", "keys", "import"]);
    world.succeeds(&["aws", "keys", "rotate", "--delete-old"]);
    let new = current(&world);
    let backups = world.succeeds(&["vault", "backups", "--json"]);
    let backups: serde_json::Value = serde_json::from_str(&backups).unwrap();
    world.succeeds(&["rename", "alice", "renamed"]);
    for backup in backups.as_array().unwrap() {
        let rev = backup["revision"].as_u64().unwrap().to_string();
        world.succeeds(&["vault", "restore", &rev]);
        let keys = listed(&world);
        assert!(
            keys.is_empty() || keys[0]["access_key_id"] == *new,
            "revision {rev}: {keys:?}"
        );
    }
}

pub fn only_a_key_of_the_vault_is_rotated() {
    let world = World::new();
    let (exit, told) = world.fails(&ROTATE);
    assert_eq!(exit, 3, "{told}");
    assert!(
        told.ends_with("try: mfa aws keys import --profile default\n"),
        "{told}"
    );
    assert_eq!(world.aws.calls("CreateAccessKey"), 0);
}

/// A rotation makes the old key inactive, wherever it is.
pub fn profiles_of_one_key_get_the_new_one() {
    let world = World::new();
    let path = world.home().join(".aws/credentials");
    let own = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, own.clone() + &own.replace("[default]", "[two]")).unwrap();
    world.succeeds(&["aws", "keys", "import"]);
    let (exit, told) = world.fails(&ROTATE);
    assert_eq!(exit, 1);
    assert!(
        told.contains("  two\n") && told.contains("try: mfa aws keys import --profile two"),
        "{told}"
    );
    assert_eq!(world.aws.calls("CreateAccessKey"), 0);
    world.succeeds(&["aws", "keys", "import", "--profile", "two"]);
    world.succeeds(&ROTATE);
    let new = current(&world);
    for own in listed(&world) {
        assert_eq!(own["access_key_id"], *new, "{own}");
    }
    world.succeeds(&["aws", "login", "--profile", "two"]);
    check_one_works(&world, "both");
}

/// Whether the interrupted call made a key is unknown: one of that time may be anybody's.
pub fn a_key_of_that_moment_is_deleted_only_if_a_person_says_so() {
    for fault in [Fault::DropBefore, Fault::DropAfter] {
        let world = imported();
        let is_lost = matches!(fault, Fault::DropAfter);
        world.aws.fault("CreateAccessKey", 1, fault);
        world.fails(&ROTATE);
        if !is_lost {
            world.aws.add_key("alice");
        }
        let keys = world.aws.access_keys("alice");
        let (exit, told) = world.fails(&ROTATE);
        assert_eq!(exit, 1);
        let other = keys.iter().find(|(id, _)| *id != current(&world)).unwrap();
        assert!(told.contains(&other.0), "{told}");
        assert!(
            told.contains("try: mfa aws keys rotate --delete-lost"),
            "{told}"
        );
        assert_eq!(world.aws.access_keys("alice"), keys);
        world.succeeds(&["aws", "keys", "rotate", "--delete-lost"]);
        check_one_works(&world, "resumed");
    }
}
