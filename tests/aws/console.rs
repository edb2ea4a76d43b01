//! The console in the browser: who may sign in, what the browser gets, and what stays on disk.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use mfa_test_support::can;

use crate::world::{World, text};

/// A browser that runs `script`; `$1` is the address, `$HOME` the world's home.
fn browser(world: &World, script: &str) -> String {
    let path = world.home().join("browser");
    fs::write(&path, format!("#!/bin/sh\ncd \"$HOME\"\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A profile `admin` with a role.
fn with_role() -> World {
    let (world, _) = World::registered();
    let role = world.aws.add_role("Admin", "user/alice");
    world.write_config(&format!(
        "[default]\nregion = eu-west-1\n[profile admin]\nrole_arn = {role}\nsource_profile = default\n"
    ));
    world
}

fn files_below(folder: PathBuf) -> Vec<PathBuf> {
    let (mut found, mut left) = (Vec::new(), vec![folder]);
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(
                fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else {
            found.push(path);
        }
    }
    found
}

/// Whether curl is here, which stands for a browser.
fn has_curl() -> bool {
    let found = std::process::Command::new("curl").arg("--version").output();
    can(found.is_ok(), "curl")
}

pub fn the_browser_gets_the_link_once_and_nothing_stays_on_disk() {
    if !has_curl() {
        return;
    }
    let world = with_role();
    let command = browser(
        &world,
        "echo \"$1\" >address
        get() { curl -s -o /dev/null -w '%{http_code} %{redirect_url}\\n' \"$@\"; }
        get \"${1%?}\" >wrong-path
        get -I \"$1\" >head
        get -H 'Host: evil.example' \"$1\" >wrong-host
        get \"$1\" >right
        get \"$1\" >again",
    );
    let arguments = [
        "aws",
        "console",
        "--profile",
        "admin",
        "--browser",
        &command,
    ];
    let output = world.run(&arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(output.stdout.is_empty());
    // The browser may still be asking for the second time.
    let read = |name: &str| {
        let path = world.home().join(name);
        for _ in 0..1000 {
            let content = fs::read_to_string(&path).unwrap_or_default();
            if content.ends_with('\n') {
                return content.trim().to_owned();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        String::new()
    };
    let right = read("right");
    let start = format!("303 {}/federation?Action=login&", world.aws.url());
    assert!(
        right.starts_with(&start) && right.contains("SigninToken="),
        "{right}"
    );
    for refused in ["wrong-path", "head", "wrong-host"] {
        assert_eq!(read(refused), "404", "{refused}");
    }
    assert!(
        ["404", "000"].contains(&read("again").as_str()),
        "{}",
        read("again")
    );
    let address = read("address");
    let path = address.strip_prefix("http://127.0.0.1:").unwrap();
    let (_, path) = path.split_once('/').unwrap();
    assert_eq!(path.len(), 64);
    let told = text(&output.stderr);
    assert!(
        !told.contains(path) && !told.contains("SigninToken"),
        "{told}"
    );
    for name in ["right", "again", "address"] {
        fs::remove_file(world.home().join(name)).unwrap();
    }
    for file in files_below(world.home().to_path_buf()) {
        let content = fs::read(&file).unwrap();
        let content = String::from_utf8_lossy(&content);
        let has_link = content.contains("SigninToken") || content.contains(path);
        assert!(!has_link, "{}", file.display());
    }
}

/// Other users see the address among the browser's arguments.
#[cfg(target_os = "linux")]
pub fn another_user_does_not_get_the_link() {
    let is_root = rustix::process::getuid().is_root();
    if !has_curl() || !can(is_root, "root, to be another user") {
        return;
    }
    let world = with_role();
    fs::set_permissions(world.home(), fs::Permissions::from_mode(0o755)).unwrap();
    let command = browser(
        &world,
        "setpriv --reuid=65534 --clear-groups curl -s -o /dev/null -w '%{http_code}\\n' \"$1\" >other
        curl -s -o /dev/null -w '%{http_code}\\n' \"$1\" >own",
    );
    let arguments = [
        "aws",
        "console",
        "--profile",
        "admin",
        "--browser",
        &command,
    ];
    let output = world.run(&arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(
        fs::read_to_string(world.home().join("other")).unwrap(),
        "404\n"
    );
}

pub fn a_browser_that_fails_is_said_at_once() {
    let world = with_role();
    let command = browser(&world, "exit 3");
    let arguments = [
        "aws",
        "console",
        "--profile",
        "admin",
        "--browser",
        &command,
    ];
    let (exit, told) = world.fails(&arguments);
    assert_eq!(exit, 1);
    assert!(told.contains("browser failed (exit status: 3)"), "{told}");
    assert!(
        told.contains("try: mfa aws console") && told.contains("--print"),
        "{told}"
    );
    let arguments = [
        "aws",
        "console",
        "--profile",
        "admin",
        "--browser",
        "no-such-browser",
    ];
    let (exit, told) = world.fails(&arguments);
    assert_eq!(exit, 1);
    assert!(
        told.contains("cannot open a browser: no-such-browser: "),
        "{told}"
    );
}

pub fn the_console_opens_at_a_page_for_a_time() {
    let world = with_role();
    let print = |more: &[&str]| {
        let arguments = [&["aws", "console", "--print"], more].concat();
        world.succeeds(&arguments)
    };
    let link = print(&[
        "--profile",
        "admin",
        "--service",
        "s3",
        "--region",
        "us-east-2",
    ]);
    let place =
        "&Destination=https%3A%2F%2Fconsole.aws.amazon.com%2Fs3%2Fhome%3Fregion%3Dus-east-2&";
    assert!(link.contains(place), "{link}");
    print(&[
        "--profile",
        "admin",
        "--duration",
        "8h",
        "--service",
        "/ec2/v2/home",
    ]);
    let signed = |world: &World| {
        let log = world.aws.log();
        let entry = log
            .iter()
            .rfind(|entry| entry.starts_with("getSigninToken"));
        entry.cloned().unwrap()
    };
    assert!(
        signed(&world).contains("SessionDuration=28800"),
        "{}",
        signed(&world)
    );
    // What can be refused without a code is refused before one is used.
    let calls = world.aws.log().len();
    for wrong in [
        ["--duration", "13h"],
        ["--duration", "1m"],
        ["--service", "s3?x"],
        ["--service", "//evil.example"],
        ["--region", "x/y"],
        ["--container", ""],
    ] {
        let arguments = [
            &["aws", "console", "--print", "--profile", "admin"][..],
            &wrong,
        ]
        .concat();
        assert_eq!(world.fails(&arguments).0, 2, "{wrong:?}");
    }
    let role = world.aws.add_role("Second", "role/Admin");
    let config = fs::read_to_string(world.config()).unwrap();
    world.write_config(&format!(
        "{config}[profile second]\nrole_arn = {role}\nsource_profile = admin\n"
    ));
    let long = [
        "aws",
        "console",
        "--print",
        "--profile",
        "second",
        "--duration",
        "2h",
    ];
    let (exit, told) = world.fails(&long);
    assert_eq!(exit, 2);
    assert!(told.contains("AWS allows at most 1h"), "{told}");
    assert_eq!(world.aws.log().len(), calls);
}

pub fn users_and_sessions_without_a_role_sign_in_too() {
    let (world, _) = World::registered();
    let link = world.succeeds(&["aws", "console", "--print"]);
    assert!(link.contains("&SigninToken="), "{link}");
    let log = world.aws.log();
    let federated = log
        .iter()
        .find(|line| line.starts_with("GetFederationToken"));
    let federated = federated.unwrap();
    assert!(
        federated.contains("Name=alice") && federated.contains("DurationSeconds=43200"),
        "{federated}"
    );
    assert_eq!(world.aws.calls("GetSessionToken"), 0);
    world.succeeds(&["aws", "console", "--print", "--duration", "1h"]);
    let log = world.aws.log();
    let last = log
        .iter()
        .rfind(|line| line.starts_with("GetFederationToken"));
    assert!(last.unwrap().contains("DurationSeconds=3600"), "{log:?}");

    // The session of a role, from a command as with SSO, or in the environment.
    let role = world.aws.add_role("Admin", "user/alice");
    world.write_config(&format!(
        "[profile admin]\nrole_arn = {role}\nsource_profile = default\n"
    ));
    let keys = world.succeeds(&["aws", "credential-process", "--profile", "admin"]);
    fs::write(world.home().join("keys.json"), &keys).unwrap();
    world.write_config(&format!(
        "[profile tool]\ncredential_process = cat {}\n",
        world.home().join("keys.json").display()
    ));
    let calls = world.aws.calls("GetFederationToken");
    world.succeeds(&["aws", "console", "--print", "--profile", "tool"]);
    let keys: serde_json::Value = serde_json::from_str(&keys).unwrap();
    let part = |name: &str| keys[name].as_str().unwrap().to_owned();
    let variables = |token: &str, id: &str, secret: &str| {
        let output = world.run_with(
            &["aws", "console", "--print"],
            &[
                ("AWS_ACCESS_KEY_ID", id),
                ("AWS_SECRET_ACCESS_KEY", secret),
                ("AWS_SESSION_TOKEN", token),
            ],
        );
        (output.status.code(), text(&output.stderr))
    };
    let (id, secret) = (part("AccessKeyId"), part("SecretAccessKey"));
    let (exit, told) = variables(&part("SessionToken"), &id, &secret);
    assert_eq!(exit, Some(0), "{told}");
    assert_eq!(world.aws.calls("GetFederationToken"), calls);

    // AWS's console refuses a session of GetSessionToken.
    let keys = world.succeeds(&["aws", "credential-process"]);
    let keys: serde_json::Value = serde_json::from_str(&keys).unwrap();
    let part = |name: &str| keys[name].as_str().unwrap().to_owned();
    let (id, secret) = (part("AccessKeyId"), part("SecretAccessKey"));
    let (exit, told) = variables(&part("SessionToken"), &id, &secret);
    assert_eq!(exit, Some(1));
    assert!(told.contains("accepts sessions of roles, of SSO"), "{told}");
}
