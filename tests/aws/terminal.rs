//! `mfa aws` on a terminal: the picker of profiles, shells, and prompts below other programs.

use std::fs;
use std::process::Command;

use mfa_test_support::can;
use rexpect::session::{PtySession, spawn_command};

use crate::world::World;

/// Runs a script on a terminal; `$MFA` is the program. Nothing is drawn, so that lines can be read.
fn on_terminal(world: &World, script: &str) -> PtySession {
    let base = world.command(&[]);
    let mut command = Command::new("sh");
    command
        .args(["-c", script])
        .current_dir(world.home())
        .env_clear()
        .envs(
            base.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("MFA", env!("CARGO_BIN_EXE_mfa"))
        .env("TERM", "dumb");
    spawn_command(command, Some(60_000)).unwrap()
}

/// The keys of alice in two profiles, none of which is the default.
fn two_profiles(world: &World) {
    let keys = |name: &str| {
        world.write_credentials(name, &world.alice);
        fs::read_to_string(world.home().join(".aws/credentials")).unwrap()
    };
    let both = keys("alpha") + &keys("beta");
    fs::write(world.home().join(".aws/credentials"), both).unwrap();
    world.write_config("");
}

pub fn a_profile_is_picked_if_none_is_meant() {
    let (world, _) = World::registered();
    two_profiles(&world);
    let mut session = on_terminal(&world, "$MFA aws env >out; echo = $?");
    session.exp_string("1  alpha").unwrap();
    session.exp_string("2  beta").unwrap();
    session.exp_string("AWS profile (number").unwrap();
    session.send_line("2").unwrap();
    session.exp_string("= 0").unwrap();
    let out = || fs::read_to_string(world.home().join("out")).unwrap();
    assert!(out().contains("AWS_VAULT='beta'\n"), "{}", out());
    assert!(!out().contains("alpha"), "{}", out());
    // The one that was used last comes first.
    let mut session = on_terminal(&world, "$MFA aws login; echo = $?");
    session.exp_string("1  beta").unwrap();
    session.exp_string("2  alpha").unwrap();
    session.exp_string("AWS profile (number").unwrap();
    session.send_line("").unwrap();
    session.exp_string("= 1").unwrap();
    // Nobody is asked about a profile that is meant.
    let mut session = on_terminal(&world, "AWS_PROFILE=alpha $MFA aws env >out; echo = $?");
    session.exp_string("= 0").unwrap();
    assert!(out().contains("AWS_VAULT='alpha'\n"), "{}", out());
    // A script fails as before.
    let (exit, told) = world.fails(&["aws", "env"]);
    assert_eq!(exit, 1);
    assert!(told.contains("there is no AWS profile 'default'"), "{told}");
    // The only one is not asked about.
    world.write_credentials("alpha", &world.alice);
    let mut session = on_terminal(&world, "$MFA aws env >out; echo = $?");
    session.exp_string("= 0").unwrap();
    assert!(out().contains("AWS_VAULT='alpha'\n"), "{}", out());
}

pub fn without_a_command_a_profile_and_an_action_are_picked() {
    let (world, _) = World::registered();
    two_profiles(&world);
    let shell = world.home().join("shell");
    fs::write(
        &shell,
        "#!/bin/sh\necho \"in a shell of $AWS_VAULT$AWS_PROFILE\"\nexit 4\n",
    )
    .unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&shell, executable).unwrap();
    let mut session = on_terminal(&world, "SHELL=$HOME/shell $MFA aws; echo = $?");
    session.exp_string("AWS profile (number").unwrap();
    session.send_line("1").unwrap();
    session
        .exp_string("1  open a shell with a session")
        .unwrap();
    session.exp_string("To do (number").unwrap();
    session.send_line("1").unwrap();
    session
        .exp_string("a shell with a session of alpha until ")
        .unwrap();
    session.exp_string("in a shell of alpha").unwrap();
    session.exp_string("= 4").unwrap();
    // A script gets the help.
    let (exit, told) = world.fails(&["aws"]);
    assert_eq!(exit, 2);
    assert!(told.contains("Usage: mfa aws [COMMAND]"), "{told}");
}

/// As boto3 or an SDK runs it: without any stream of the terminal.
pub fn a_program_below_another_asks_on_their_terminal() {
    let world = World::new();
    let pass = world.home().join("pass");
    fs::write(&pass, "correct horse\n").unwrap();
    let file = [("MFA_PASSPHRASE_FILE", pass.to_str().unwrap())];
    assert!(world.run_with(&["aws", "register"], &file).status.success());
    let line = "$MFA aws credential-process </dev/null >out 2>err; echo = $?";
    let out = || fs::read_to_string(world.home().join("out")).unwrap();
    // A full-screen program reads the keys itself.
    let mut session = on_terminal(&world, &format!("stty -icanon; {line}"));
    session.exp_string("= 5").unwrap();
    // A job in the background would be stopped.
    let mut session = on_terminal(
        &world,
        "set -m; $MFA aws credential-process </dev/null >out 2>err & wait $!; echo = $?",
    );
    session.exp_string("= 5").unwrap();
    // Other commands do not take the terminal from a program.
    let mut session = on_terminal(&world, "$MFA aws env </dev/null >out 2>err; echo = $?");
    session.exp_string("= 5").unwrap();
    assert_eq!(world.aws.calls("GetSessionToken"), 0);
    let mut session = on_terminal(&world, line);
    session.exp_string("mfa: Passphrase: ").unwrap();
    session.send_line("correct horse").unwrap();
    session.exp_string("= 0").unwrap();
    assert!(out().contains("\"AccessKeyId\""));
}

/// Several programs that find the vault locked ask once, if the system can keep the key.
pub fn programs_at_once_ask_once() {
    let works = Command::new("keyctl")
        .args(["session", "-", "true"])
        .output();
    let works = works.is_ok_and(|output| output.status.success());
    if !can(works, "kernel keyring that keyctl may use") {
        return;
    }
    let world = World::new();
    let pass = world.home().join("pass");
    fs::write(&pass, "correct horse\n").unwrap();
    let file = [("MFA_PASSPHRASE_FILE", pass.to_str().unwrap())];
    assert!(world.run_with(&["aws", "register"], &file).status.success());
    let script = "unset MFA_UNLOCK_FOR; exec keyctl session - sh -c '\
                  for i in 1 2 3 4; do $MFA aws credential-process </dev/null >out$i 2>err$i & done; \
                  wait; echo done'";
    let mut session = on_terminal(&world, script);
    session.exp_string("Passphrase: ").unwrap();
    // All of them have found the vault locked by now, or will find it open.
    session.send_line("correct horse").unwrap();
    let rest = session.exp_string("done").unwrap();
    assert!(!rest.contains("Passphrase"), "{rest}");
    for number in 1..=4 {
        let out = fs::read_to_string(world.home().join(format!("out{number}"))).unwrap();
        assert!(out.contains("\"AccessKeyId\""), "{number}: {out}");
    }
    assert_eq!(world.aws.calls("GetSessionToken"), 1);
}
