//! Commands to try are about the same vault, profile and device as the command that failed.

use crate::world::{World, text};

/// Each line after `try: ` and each command at the end of a note.
fn tries(told: &str) -> Vec<String> {
    let lines = told.lines();
    lines
        .filter_map(|line| {
            line.split_once("try: ")
                .map(|(_, command)| command.to_owned())
        })
        .collect()
}

/// Two users with a device each; `work` is bob's.
fn two_users() -> World {
    let (world, _) = World::registered();
    let bob = world.aws.add_user("bob");
    let alice = std::fs::read_to_string(world.home().join(".aws/credentials")).unwrap();
    let work = format!(
        "{alice}[it's work]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
        bob.access_key, bob.secret_key
    );
    std::fs::write(world.home().join(".aws/credentials"), work).unwrap();
    world.succeeds(&["aws", "register", "--profile", "it's work"]);
    world
}

/// Runs the hint as a shell does.
fn paste(world: &World, hint: &str) -> std::process::Output {
    let words = world.command(&[]).get_program().to_owned();
    let folder = std::path::Path::new(&words).parent().unwrap().to_owned();
    let path = format!("{}:/usr/bin:/bin", folder.display());
    let mut shell = world.command(&[]);
    let variables: Vec<_> = shell
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
    shell = std::process::Command::new("sh");
    shell.args(["-c", hint]).env_clear().envs(variables);
    shell.env("PATH", path).stdin(std::process::Stdio::null());
    shell.output().unwrap()
}

/// The hint of a refused removal removes the device that the refused command was about.
pub fn a_pasted_hint_removes_the_device_that_was_meant() {
    let work = "it's work";
    let variable = [("AWS_PROFILE", work)];
    let account = ["--account", "bob@123456789012", "-p", work];
    let cases = [
        (&["--profile", work][..], &[][..]),
        (&[], &variable),
        (&account, &[]),
    ];
    for (options, variables) in cases {
        let arguments = ["aws", "unregister"].iter().chain(options);
        let arguments: Vec<_> = arguments.copied().collect();
        let world = two_users();
        let (exit, told) = world.fails_with(&arguments, variables);
        assert_eq!(exit, 2, "{told}");
        let tries = tries(&told);
        assert_eq!(tries.len(), 1, "{told}");
        assert!(tries[0].contains("--profile \"it's work\""), "{told}");
        let pasted = paste(&world, &tries[0]);
        assert!(pasted.status.success(), "{}", text(&pasted.stderr));
        let devices = world.devices();
        assert_eq!(devices.len(), 1, "{devices:?}");
        assert!(devices[0].0.contains("/alice"), "{devices:?}");
    }
}

/// Every kind of failure, with everything given.
pub fn hints_carry_what_was_given() {
    let world = two_users();
    let named = world.home().join("my vault.json");
    std::fs::copy(world.data().join("vault.json"), &named).unwrap();
    std::fs::copy(world.data().join("vault.key"), named.with_extension("key")).unwrap();
    let vault = named.to_str().unwrap();
    let work = "--profile \"it's work\"";
    let here = format!("mfa --vault '{vault}'");
    let cases: Vec<(Vec<&str>, String)> = vec![
        (vec!["code", "nobody"], format!("{here} list")),
        (
            vec![
                "aws",
                "login",
                "-p",
                "it's work",
                "--duration",
                "36h",
                "--account",
                "nobody",
            ],
            format!("{here} list"),
        ),
        (
            vec![
                "aws",
                "login",
                "-p",
                "it's wrok",
                "--duration",
                "1h",
                "--renew",
            ],
            format!("{here} aws login --duration 1h --renew {work}"),
        ),
        (
            vec![
                "aws",
                "register",
                "-p",
                "it's work",
                "--device-name",
                "taken",
            ],
            format!("{here} aws register {work} --device-name ANOTHER"),
        ),
        (
            vec!["aws", "rotate", "-p", "it's work", "--device-name", "taken"],
            format!("{here} aws rotate {work} --device-name ANOTHER"),
        ),
        (
            vec![
                "aws",
                "login",
                "-p",
                "it's work",
                "--as",
                "default",
                "--duration",
                "2h",
            ],
            format!("{here} aws login {work} --duration 2h --as ANOTHER"),
        ),
        (
            vec!["aws", "login", "-p", "it's work"],
            format!("{here} aws setup {work}"),
        ),
        (
            vec!["vault", "restore", "-p", "it's work"],
            format!("{here} vault restore --help"),
        ),
    ];
    world.aws.add_device("taken", None);
    for (arguments, wanted) in cases {
        let whole: Vec<_> = ["--vault", vault].into_iter().chain(arguments).collect();
        let told = text(&world.run(&whole).stderr);
        assert_eq!(tries(&told), [wanted], "{whole:?}: {told}");
    }
}

/// A rotation that was cut is resumed by a rotation.
pub fn what_was_cut_is_hinted_by_its_own_name() {
    let (world, _) = World::registered();
    let fault = crate::stand_in::Fault::DropBefore;
    world.aws.fault("EnableMFADevice", 1, fault);
    let (_, told) = world.fails(&["aws", "rotate", "--device-name", "new"]);
    assert_eq!(tries(&told), ["mfa aws rotate --device-name new"], "{told}");
}
