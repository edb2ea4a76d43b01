//! Mistakes of users: each ends with a sentence, an exit code of the contract, and no answer.

use std::fmt::Write as _;

use crate::stand_in::{Fault, StandIn};
use crate::world::{World, at_once, text};

const LOGIN: [&str; 2] = ["aws", "login"];

pub fn profiles_and_keys_that_are_not_there() {
    let world = World::new();
    let (exit, told) = world.fails(&["aws", "login", "--profile", "defualt"]);
    assert_eq!(exit, 1);
    assert!(
        told.contains("there is no AWS profile 'defualt'\n  default\n"),
        "{told}"
    );
    world.write_config("[profile bare]\nregion = eu-west-1\n");
    let (exit, told) = world.fails(&["aws", "devices", "--profile", "bare"]);
    assert_eq!(exit, 1);
    assert!(
        told.contains("has no access keys") && told.contains("try: aws configure"),
        "{told}"
    );
    std::fs::remove_dir_all(world.home().join(".aws")).unwrap();
    let (exit, told) = world.fails(&["aws", "devices"]);
    assert_eq!(exit, 1);
    assert!(told.contains("there is no AWS profile 'default'"), "{told}");
}

pub fn a_device_that_does_not_fit() {
    let (world, serial) = World::registered();
    let other = "arn:aws:iam::123456789012:mfa/bob";
    world.write_config(&format!("[default]\nmfa_serial = {other}\n"));
    let (exit, told) = world.fails(&LOGIN);
    assert_eq!(exit, 3);
    assert!(
        told.contains(&format!(
            "no account in the vault belongs to the device {other}"
        )),
        "{told}"
    );
    // A person who names the account means its device.
    world.succeeds(&["aws", "login", "--account", "alice"]);
    assert!(world.aws.log().pop().unwrap().contains(&serial));
    let key = world.aws.add_security_key("alice");
    world.write_config(&format!("[default]\nmfa_serial = {key}\n"));
    let (exit, told) = world.fails(&LOGIN);
    assert_eq!(exit, 1);
    assert!(
        told.contains("is a security key, which has no codes"),
        "{told}"
    );
    world.write_config(&format!("[default]\nmfa_serial = {serial}\n"));
    world.succeeds(&LOGIN);
}

pub fn a_length_that_aws_does_not_give() {
    let world = World::new();
    for duration in ["10m", "37h", "-1", "soon"] {
        let (exit, told) = world.fails(&["aws", "login", &format!("--duration={duration}")]);
        assert_eq!(exit, 2, "{told}");
        assert!(told.contains("give 15m to 36h"), "{told}");
    }
    for (text, why) in [
        ("60", "cannot last 1m: AWS allows 15m to 36h"),
        ("long", "is not a number"),
    ] {
        world.succeeds(&[
            "vault",
            "init",
            "--key-file",
            "--vault",
            &format!("{}/v{text}", world.home().display()),
        ]);
        world.write_config(&format!("[default]\nduration_seconds = {text}\n"));
        let vault = format!("{}/v{text}", world.home().display());
        let (_, told) = world.fails(&["aws", "login", "--vault", &vault]);
        assert!(told.contains(why), "{told}");
    }
}

pub fn answers_that_are_none() {
    let cases = [
        (
            Fault::Html,
            "gave an unexpected answer to GetSessionToken (HTTP 500)",
        ),
        (Fault::Empty, "gave an unexpected answer to GetSessionToken"),
        (Fault::DropBefore, "did not answer GetSessionToken: "),
        (Fault::Cut, "did not answer GetSessionToken: "),
    ];
    at_once(cases, |(fault, why)| {
        let (world, _) = World::registered();
        world.aws.fault("GetSessionToken", 1, fault);
        let (exit, told) = world.fails(&LOGIN);
        assert_eq!(exit, 1);
        assert!(told.contains(why), "{told}");
    });
}

/// More than a key would become lines of a file, and commands of a shell.
pub fn answers_that_are_more_than_keys() {
    const LINES: &str = "ASIA&#10;[default]&#10;credential_process = touch PWNED";
    let session = ["aws", "login", "--as", "out"];
    let cases = [
        ("GetSessionToken", "AccessKeyId", LINES, &session[..]),
        ("GetSessionToken", "SecretAccessKey", "a\nb", &session),
        ("GetSessionToken", "SessionToken", "a #b", &session),
        (
            "GetSessionToken",
            "Expiration",
            "2099'; id; '",
            &["aws", "env"],
        ),
        ("GetCallerIdentity", "Arn", LINES, &["aws", "devices"]),
        ("ListMFADevices", "SerialNumber", LINES, &["aws", "devices"]),
        (
            "CreateVirtualMFADevice",
            "SerialNumber",
            LINES,
            &["aws", "register"],
        ),
    ];
    at_once(cases, |(action, name, bad, arguments)| {
        let (world, _) = World::registered();
        let path = world.home().join(".aws/credentials");
        let before = std::fs::read(&path).unwrap();
        world.aws.fault(action, 1, Fault::Element(name, bad));
        let (exit, told) = world.fails(arguments);
        assert_eq!(exit, 1, "{told}");
        let why = format!("gave an unexpected answer to {action}");
        assert!(told.contains(&why), "{told}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
        let config = std::fs::read_to_string(world.config()).unwrap();
        assert!(!config.contains("PWNED"), "{config}");
    });
}

/// A session from one endpoint is not used for another.
pub fn sessions_belong_to_their_endpoint() {
    let (world, _) = World::registered();
    let url = world.aws.url();
    let key = |variables: &[(&str, &str)]| {
        let output = world.run_with(&["aws", "credential-process"], variables);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let keys: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        keys["AccessKeyId"].as_str().unwrap().to_owned()
    };
    let first = key(&[]);
    assert_eq!(key(&[("AWS_ENDPOINT_URL", &format!("{url}/"))]), first);
    assert_eq!(world.aws.calls("GetSessionToken"), 1);
    let simulator = StandIn::start();
    let nowhere = [("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")];
    let (exit, told) = world.fails_with(&["aws", "credential-process"], &nowhere);
    assert_eq!(exit, 1);
    assert!(told.contains("cannot reach http://127.0.0.1:9"), "{told}");
    let other = simulator.url();
    let elsewhere = [("AWS_ENDPOINT_URL_STS", other.as_str())];
    let (_, told) = world.fails_with(&["aws", "env"], &elsewhere);
    assert!(told.contains("does not know the access key"), "{told}");
    // The other way round, and set by the profile instead of a variable.
    let config = format!(
        "[default]\nregion = eu-west-1\nservices = s\n[services s]\nsts =\n  endpoint_url = {other}\n"
    );
    world.write_config(&config);
    let without = [("AWS_ENDPOINT_URL", ""), ("AWS_ENDPOINT_URL_IAM", &url)];
    let (_, told) = world.fails_with(&["aws", "credential-process"], &without);
    assert!(told.contains("does not know the access key"), "{told}");
    assert_eq!(key(&[]), first);
    assert_eq!(world.aws.calls("GetSessionToken"), 1);
}

/// Unencrypted endpoints cause a warning, and are never used to get a link.
pub fn plain_text_is_warned_of() {
    let (world, _) = World::registered();
    let role = world.aws.add_role("Admin", "user/alice");
    world.write_config(&format!(
        "[profile admin]\nrole_arn = {role}\nsource_profile = default\n"
    ));
    let warning = "mfa: warning: http://192.0.2.1:9 is not encrypted";
    let arguments = ["aws", "console", "--print", "--profile", "admin"];
    let signin = [("AWS_ENDPOINT_URL_SIGNIN", "http://192.0.2.1:9")];
    let (exit, told) = world.fails_with(&arguments, &signin);
    assert_eq!(exit, 1);
    assert!(told.contains(warning), "{told}");
    assert!(
        told.contains("mfa does not send session keys there"),
        "{told}"
    );
    let loopback = world.run(&arguments);
    assert!(loopback.status.success());
    assert!(
        !text(&loopback.stderr).contains("warning"),
        "{}",
        text(&loopback.stderr)
    );
}

pub fn addresses_that_are_none() {
    let world = World::new();
    world.succeeds(&["vault", "init", "--key-file"]);
    let nowhere = [("AWS_ENDPOINT_URL", "http://127.0.0.1:9")];
    let (exit, told) = world.fails_with(&["aws", "devices"], &nowhere);
    assert_eq!(exit, 1);
    assert!(told.contains("cannot reach http://127.0.0.1:9: "), "{told}");
    for bad in ["not a url", "ftp://x", "http://"] {
        let (exit, told) = world.fails_with(&["aws", "devices"], &[("AWS_ENDPOINT_URL", bad)]);
        assert_eq!(exit, 1, "{told}");
        assert!(told.contains(bad) && !told.contains("bug"), "{told}");
    }
}

#[cfg(target_os = "linux")]
pub fn a_locked_vault_answers_nothing_without_a_terminal() {
    let world = World::new();
    let pass = world.home().join("pass");
    std::fs::write(&pass, "correct horse\n").unwrap();
    let file = [("MFA_PASSPHRASE_FILE", pass.to_str().unwrap())];
    let output = world.run_with(&["vault", "init"], &file);
    assert!(output.status.success());
    for command in ["login", "register", "env", "status", "rotate", "resync"] {
        let (exit, told) = world.fails(&["aws", command]);
        assert_eq!(exit, 5, "{command}: {told}");
    }
    // It would ask on the terminal of the tests, which a session of its own does not have.
    let program = world.command(&["aws", "credential-process"]);
    let mut alone = std::process::Command::new("setsid");
    let variables = program.get_envs();
    alone
        .arg("--wait")
        .arg(program.get_program())
        .args(program.get_args())
        .env_clear()
        .envs(variables.filter_map(|(name, value)| Some((name, value?))))
        .stdin(std::process::Stdio::null());
    let output = alone.output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", text(&output.stderr));
    assert_eq!(
        world.aws.log().len(),
        0,
        "AWS was asked before the vault was open"
    );
    let output = world.run_with(&["aws", "register"], &file);
    assert!(output.status.success());
}

pub fn wrong_keys_are_told_apart() {
    let world = World::new();
    world.succeeds(&["vault", "init", "--key-file"]);
    let mut keys = world.alice.clone();
    "wrong".clone_into(&mut keys.secret_key);
    world.write_credentials("default", &keys);
    let (exit, told) = world.fails(&["aws", "register"]);
    assert_eq!(exit, 1);
    assert!(
        told.contains("the secret access key does not match the access key"),
        "{told}"
    );
    "AKIANOBODY".clone_into(&mut keys.access_key);
    world.write_credentials("default", &keys);
    let (_, told) = world.fails(&["aws", "devices"]);
    assert!(told.contains("AWS does not know the access key"), "{told}");
}

pub fn keys_of_a_session_get_no_session() {
    let (world, _) = World::registered();
    let answer = world.succeeds(&["aws", "credential-process"]);
    let keys: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let variable = |name: &str| keys[name].as_str().unwrap().to_owned();
    let (id, secret, token) = (
        variable("AccessKeyId"),
        variable("SecretAccessKey"),
        variable("SessionToken"),
    );
    let variables = [
        ("AWS_ACCESS_KEY_ID", id.as_str()),
        ("AWS_SECRET_ACCESS_KEY", &secret),
        ("AWS_SESSION_TOKEN", &token),
    ];
    let (exit, told) = world.fails_with(&LOGIN, &variables);
    assert_eq!(exit, 1);
    assert!(told.contains("are session credentials"), "{told}");
}

pub fn odd_files_are_read() {
    let (world, serial) = World::registered();
    let mut config = "\u{feff}; a comment\r\n\t[ profile  \"x y\" ]\r\nbroken line\r\n".to_owned();
    for number in 0..10_000 {
        let _ = write!(config, "[profile p{number}]\r\nregion = eu-west-1\r\n");
    }
    let _ = write!(
        config,
        "[default]\r\nmfa_serial\t=\t{serial} # mine\r\n[default]\r\nregion=eu-west-2\r\n"
    );
    world.write_config(&config);
    world.succeeds(&LOGIN);
    world.succeeds(&["aws", "setup"]);
    let after = std::fs::read_to_string(world.config()).unwrap();
    assert!(after.starts_with(&config));
    assert!(
        after[config.len()..].contains("region = eu-west-2\r\n"),
        "{}",
        &after[config.len()..]
    );
}
