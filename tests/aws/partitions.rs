//! Partitions: each has its own hosts, and no session of one is sent to another's.

use serde_json::Value;

use crate::stand_in::StandIn;
use crate::world::World;

/// A role's session in a partition whose console is unknown.
pub fn no_session_goes_to_another_partitions_console() {
    for (partition, region) in [("aws-iso", "us-iso-east-1"), ("aws-eusc", "eusc-de-east-1")] {
        let world = World::with(StandIn::start_in(partition));
        world.write_config("[default]\n");
        let role = world.aws.add_role("Admin", "user/alice");
        world.write_config(&format!("[default]\nregion = {region}\n"));
        let answer = world.succeeds(&["aws", "register"]);
        let serial = answer.split_whitespace().nth(1).unwrap();
        assert!(serial.starts_with(&format!("arn:{partition}:")), "{serial}");
        // The partition has a region, so the profile needs none.
        world.write_config(&format!(
            "[profile admin]\nrole_arn = {role}\nsource_profile = default\nmfa_serial = {serial}\n"
        ));
        let arguments = ["aws", "console", "--print", "--profile", "admin"];
        if partition == "aws-eusc" {
            let link = world.succeeds(&arguments);
            let console = "Destination=https%3A%2F%2Feusc-de-east-1.console.amazonaws-eusc.eu%2F";
            assert!(link.contains(console), "{link}");
            continue;
        }
        let (exit, told) = world.fails(&arguments);
        assert_eq!(exit, 1);
        assert!(
            told.contains("mfa knows no console of the AWS partition aws-iso"),
            "{told}"
        );
        assert_eq!(world.aws.calls("getSigninToken"), 0);
    }
}

/// Without an endpoint URL, nothing is sent anywhere if it is unclear where to.
pub fn what_is_in_no_known_partition_is_refused() {
    let (world, _) = World::registered();
    let china = "role_arn = arn:aws-cn:iam::123456789012:role/a\nsource_profile = default\n";
    for (settings, why) in [
        (
            "region = mars-1\n",
            "no AWS partition that mfa knows has the region 'mars-1'",
        ),
        (
            &format!("{china}region = eu-west-1\n"),
            "role/a is not in the partition of the region eu-west-1 (aws)",
        ),
        (
            "role_arn = arn:aws-new:iam::123456789012:role/a\nsource_profile = default\n",
            "mfa does not know the AWS partition of arn:aws-new:iam::123456789012:role/a",
        ),
    ] {
        world.write_config(&format!(
            "[profile p]\nsource_profile = default\n{settings}[default]\n"
        ));
        let own = std::fs::read_to_string(world.home().join(".aws/credentials")).unwrap();
        if !own.contains("[p]") && settings.starts_with("region") {
            let both = own.clone() + &own.replace("[default]", "[p]");
            std::fs::write(world.home().join(".aws/credentials"), both).unwrap();
        }
        let none = [("AWS_ENDPOINT_URL", "")];
        let (exit, told) = world.fails_with(&["aws", "login", "--profile", "p"], &none);
        assert_eq!(exit, 1);
        assert!(told.contains(why), "{told}");
        let hint = "  try: aws configure set region REGION --profile p\n";
        assert_eq!(told.ends_with(hint), settings.contains("region"), "{told}");
    }
}

/// The policy allows a user's own devices and those that `register` names, and nobody else's.
pub fn the_policy_is_for_own_devices_in_the_own_partition() {
    let (world, serial) = World::registered();
    let resources = |arguments: &[&str]| {
        let printed = world.succeeds(&[&["aws", "policy"], arguments].concat());
        let policy: Value = serde_json::from_str(&printed).unwrap();
        let statements = policy["Statement"].as_array().unwrap().clone();
        let resources = statements
            .iter()
            .flat_map(|s| s["Resource"].as_array().unwrap().clone());
        let resources = resources.map(|resource| resource.as_str().unwrap().to_owned());
        resources.collect::<Vec<_>>()
    };
    let allows = |resources: &[String], device: &str| {
        let of_alice = resources
            .iter()
            .map(|r| r.replace("${aws:username}", "alice"));
        of_alice
            .into_iter()
            .any(|pattern| is_like(&pattern, device))
    };
    let own = resources(&[]);
    assert!(allows(&own, &serial), "{serial}: {own:?}");
    let device = |name: &str| format!("arn:aws:iam::123456789012:mfa/{name}");
    assert!(allows(&own, &device("alice")));
    for name in [
        "alice2",
        "alice2-mfa-abcdef",
        "alice-smith",
        "alice-mfa-abcdef-mfa-abcdef",
    ] {
        assert!(!allows(&own, &device(name)), "{name}");
    }
    world.write_config(
        "[default]\nregion = cn-north-1\n[profile gov]\n\
         mfa_serial = arn:aws-us-gov:iam::123456789012:mfa/alice\n",
    );
    for (arguments, partition) in [
        (&["--partition", "aws-eusc"][..], "aws-eusc"),
        (&["--profile", "gov"], "aws-us-gov"),
        (&[], "aws-cn"),
    ] {
        let start = format!("arn:{partition}:iam::");
        assert!(
            resources(arguments)
                .iter()
                .all(|arn| arn.starts_with(&start)),
            "{arguments:?}"
        );
    }
    let (exit, _) = world.fails(&["aws", "policy", "--partition", "mars"]);
    assert_eq!(exit, 2);
    let (exit, told) = world.fails(&["aws", "policy", "--profile", "gone"]);
    assert_eq!(exit, 1);
    assert!(told.contains("there is no AWS profile 'gone'"), "{told}");
}

/// As IAM matches: `*` is any text, `?` one character.
fn is_like(pattern: &str, text: &str) -> bool {
    let Some(first) = pattern.chars().next() else {
        return text.is_empty();
    };
    let rest = &pattern[first.len_utf8()..];
    match first {
        '*' => (0..=text.len()).any(|start| is_like(rest, &text[start..])),
        '?' => !text.is_empty() && is_like(rest, &text[1..]),
        first => text
            .strip_prefix(first)
            .is_some_and(|text| is_like(rest, text)),
    }
}
