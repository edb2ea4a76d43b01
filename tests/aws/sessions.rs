//! Sessions: roles, sources of keys, shells, the console, other partitions, refusals.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use mfa_test_support::can;
use serde_json::Value;

use crate::stand_in::{Fault, StandIn, Style};
use crate::world::{World, text};

fn printed(world: &World, profile: &str) -> Value {
    let answer = world.succeeds(&["aws", "credential-process", "--profile", profile]);
    serde_json::from_str(&answer).unwrap()
}

pub fn a_role_is_assumed_with_keys_that_last() {
    let (world, serial) = World::registered();
    let role = world.aws.add_role("Admin", "user/alice");
    world.write_config(&format!(
        "[default]\nmfa_serial = {serial}\n[profile admin]\nrole_arn = {role}\n\
         source_profile = default\nduration_seconds = 43200\n"
    ));
    let keys = printed(&world, "admin");
    assert!(keys["AccessKeyId"].as_str().unwrap().starts_with("ASIA"));
    let log = world.aws.log();
    let last = log.last().unwrap();
    assert!(
        last.contains("DurationSeconds=43200") && last.contains("by AKIA: 200"),
        "{last}"
    );
    // Beyond what the role allows, AWS's own message is shown.
    let arguments = ["aws", "login", "--profile", "admin", "--duration", "36h"];
    let (exit, told) = world.fails(&arguments);
    assert_eq!(exit, 2);
    assert!(
        told.contains("cannot last 36h: AWS allows 15m to 12h"),
        "{told}"
    );
    world.aws.role("Admin", |role| role.max_duration = 3600);
    let (exit, told) = world.fails(&["aws", "login", "--profile", "admin", "--renew"]);
    assert_eq!(exit, 1);
    assert!(told.contains("MaxSessionDuration"), "{told}");
    world.succeeds(&["aws", "login", "--profile", "admin", "--duration", "1h"]);
}

pub fn a_role_is_assumed_by_another_role() {
    let (world, serial) = World::registered();
    let first = world.aws.add_role("First", "user/alice");
    let second = world.aws.add_role("Second", "role/First");
    // The first role's MFA is not carried over to the second's session.
    world.aws.role("Second", |role| role.needs_mfa = false);
    world.write_config(&format!(
        "[default]\nmfa_serial = {serial}\n\
         [profile first]\nrole_arn = {first}\nsource_profile = default-mfa\n\
         [profile second]\nrole_arn = {second}\nsource_profile = first\n"
    ));
    // A profile that `setup` wrote is followed to the long-term keys.
    world.succeeds(&["aws", "setup"]);
    let keys = printed(&world, "second");
    let mut assumed = world.aws.log();
    assumed.retain(|line| line.starts_with("AssumeRole"));
    assert_eq!(assumed.len(), 2, "{assumed:?}");
    assert!(assumed[0].contains("by ASIA: 200") && !assumed[0].contains(&serial));
    assert!(assumed[1].contains("by ASIA: 200") && !assumed[1].contains(&serial));
    assert_eq!(printed(&world, "second"), keys);
    assert_eq!(world.aws.calls("AssumeRole"), 2);
    assert_eq!(world.aws.calls("GetSessionToken"), 1);
    let arguments = ["aws", "login", "--profile", "second", "--duration", "2h"];
    let (exit, told) = world.fails(&arguments);
    assert_eq!(exit, 2);
    assert!(told.contains("AWS allows 15m to 1h"), "{told}");
    // Renewing the second session does not renew the first.
    world.succeeds(&["aws", "login", "--profile", "second", "--renew"]);
    assert_eq!(world.aws.calls("AssumeRole"), 3);
}

/// The code of this machine's time is refused, that of AWS's is not. Over plain text to another machine,
/// the time would be anybody's.
pub fn a_clock_that_explains_a_refusal_is_corrected() {
    let (world, _) = World::registered();
    world.aws.offset(120);
    let output = world.run(&["aws", "login"]);
    let told = text(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert_eq!(told.matches("this machine's clock is").count(), 1, "{told}");
    assert!(told.contains("s behind AWS's; using AWS's time"), "{told}");
    assert_eq!(world.aws.calls("GetSessionToken"), 2);
    // The session is valid by AWS's clock, and is used to its end there.
    let again = world.succeeds(&["aws", "login"]);
    assert!(again.starts_with("already logged in"), "{again}");
}

pub fn a_session_in_every_shell() {
    let (world, _) = World::registered();
    let keys = printed(&world, "default");
    let token = keys["SessionToken"].as_str().unwrap();
    let lines = |shell: &str| world.succeeds(&["aws", "env", "--shell", shell]);
    assert!(lines("sh").contains(&format!("export AWS_SESSION_TOKEN='{token}'\n")));
    assert!(lines("bash").contains("export AWS_ACCESS_KEY_ID='ASIA"));
    assert!(lines("zsh").contains("export AWS_REGION='eu-west-1'"));
    assert!(lines("fish").contains(&format!("set -gx AWS_SESSION_TOKEN '{token}'\n")));
    assert!(lines("powershell").contains(&format!("$env:AWS_SESSION_TOKEN = '{token}'\n")));
    assert!(lines("cmd").contains(&format!("set \"AWS_SESSION_TOKEN={token}\"\n")));
    let nu: Value = serde_json::from_str(&lines("nu")).unwrap();
    assert_eq!(nu["AWS_SESSION_TOKEN"], token);
    // A value that would run something is quoted, or refused if the shell cannot express it.
    let region = [("AWS_REGION", "x\\'; id; \"'")];
    let fish = world.run_with(&["aws", "env", "--shell", "fish"], &region);
    let line = r#"set -gx AWS_REGION 'x\\\'; id; "\''"#;
    assert!(text(&fish.stdout).contains(line), "{}", text(&fish.stdout));
    let (exit, told) = world.fails_with(&["aws", "env", "--shell", "cmd"], &region);
    assert_eq!(exit, 1);
    assert!(
        told.contains("cannot quote the value of AWS_REGION safely for cmd"),
        "{told}"
    );
    let output = world.run_with(
        &[
            "aws",
            "exec",
            "--",
            "sh",
            "-c",
            "printf %s \"$AWS_SESSION_TOKEN$AWS_PROFILE\"; exit 7",
        ],
        &[("AWS_PROFILE", "default")],
    );
    assert_eq!(text(&output.stdout), token);
    assert_eq!(output.status.code(), Some(7));
    let private = [
        ("MFA_PASSPHRASE", "horse"),
        ("MFA_PASSPHRASE_COMMAND", "echo horse"),
    ];
    let output = world.run_with(&["aws", "exec", "--", "env"], &private);
    let variables = text(&output.stdout);
    assert!(
        variables.contains("MFA_UNLOCK_FOR=") && !variables.contains("horse"),
        "{variables}"
    );
    let (exit, told) = world.fails(&["aws", "exec", "--", "no-such-program"]);
    assert_eq!(exit, 1);
    assert!(told.contains("cannot run no-such-program"), "{told}");
    assert_eq!(world.aws.calls("GetSessionToken"), 1);
}

pub fn what_is_kept_is_sealed_and_private() {
    let (world, _) = World::registered();
    world.succeeds(&["aws", "login"]);
    let folder = world.state();
    let mut files = 0;
    let mut look = vec![folder];
    while let Some(path) = look.pop() {
        if path.is_dir() {
            look.extend(
                fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
            continue;
        }
        files += 1;
        let bytes = fs::read(&path).unwrap();
        for secret in world.aws.secrets() {
            let shows = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!shows, "{}", path.display());
        }
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0);
    }
    assert!(files > 2);
}

pub fn a_session_goes_into_a_profile_and_leaves_the_rest() {
    let (world, _) = World::registered();
    let path = world.home().join(".aws/credentials");
    let before = fs::read_to_string(&path).unwrap() + "\n# mine\n[other]\nregion=x\n";
    fs::write(&path, &before).unwrap();
    world.succeeds(&["aws", "login", "--as", "default-mfa"]);
    let after = fs::read_to_string(&path).unwrap();
    assert!(after.starts_with(&before), "{after}");
    assert!(
        after.contains("[default-mfa]\naws_access_key_id = ASIA"),
        "{after}"
    );
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    // Another session replaces this one.
    world.succeeds(&["aws", "login", "--renew", "--as", "default-mfa"]);
    let renewed = fs::read_to_string(&path).unwrap();
    assert!(renewed.starts_with(&before) && renewed != after);
    assert_eq!(renewed.lines().count(), after.lines().count());
    // Nothing was lost that needs a backup.
    let names = fs::read_dir(world.home().join(".aws")).unwrap().flatten();
    let names: Vec<_> = names.map(|entry| entry.file_name()).collect();
    assert!(
        names
            .iter()
            .all(|name| name == "config" || name == "credentials"),
        "{names:?}"
    );
}

pub fn keys_that_last_are_never_written_over() {
    let (world, _) = World::registered();
    let path = world.home().join(".aws/credentials");
    let own = fs::read_to_string(&path).unwrap();
    world.write_credentials("carol", &world.aws.add_user("carol"));
    let before = own + &fs::read_to_string(&path).unwrap();
    fs::write(&path, &before).unwrap();
    let config = fs::read_to_string(world.config()).unwrap();
    for name in ["default", "carol"] {
        let (exit, told) = world.fails(&["aws", "login", "--as", name]);
        assert_eq!(exit, 8, "{told}");
        assert!(told.contains("which would be lost"), "{told}");
    }
    for name in ["", "a]b", "a\nb", "x\u{1b}[31m"] {
        assert_eq!(
            world.fails(&["aws", "login", "--as", name]).0,
            2,
            "{name:?}"
        );
        assert_eq!(
            world.fails(&["aws", "setup", "--as", name]).0,
            2,
            "{name:?}"
        );
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), before);
    assert_eq!(fs::read_to_string(world.config()).unwrap(), config);
}

pub fn setup_spares_what_others_have_written() {
    let (world, serial) = World::registered();
    let config = "[profile admin]\nrole_arn = arn:aws:iam::123456789012:role/Admin\nsource_profile = default\n\
        [profile tool]\ncredential_process = /bin/keys\n[default-mfa]\nregion = b\n\
        [profile key]\nsource_profile = default\nmfa_serial = arn:aws:iam::123456789012:u2f/user/alice/k\n\
        [profile set]\nregion = mine\n\n# of the next\n[profile last]\n";
    world.write_config(config);
    for name in ["admin", "tool"] {
        let (exit, told) = world.fails(&["aws", "setup", "--as", name]);
        assert_eq!(exit, 8, "{told}");
    }
    let (exit, told) = world.fails(&["aws", "setup", "--account", "nobody"]);
    assert_eq!(exit, 3, "{told}");
    assert_eq!(fs::read_to_string(world.config()).unwrap(), config);
    let variables = [("AWS_REGION", "eu-north-1")];
    let setup = ["aws", "setup", "--as", "set", "--account", "alice"];
    assert!(world.run_with(&setup, &variables).status.success());
    let after = fs::read_to_string(world.config()).unwrap();
    let shown: Value = serde_json::from_str(&world.succeeds(&["show", "alice", "--json"])).unwrap();
    let id = shown["id"].as_str().unwrap();
    let ours = |line: &&str| line.contains(" aws credential-process ");
    let line = after.lines().find(ours).unwrap();
    assert!(line.ends_with(&format!(" --account {id}")), "{line}");
    let wanted = format!("region = mine\n{line}\n\n# of the next\n");
    assert!(after.contains(&wanted), "{after}");
    // AWS's tools ignore a section without the word `profile`, so it is not written to.
    world.succeeds(&["aws", "setup"]);
    let after = fs::read_to_string(world.config()).unwrap();
    assert!(
        after.contains("\n[profile default-mfa]\ncredential_process"),
        "{after}"
    );
    // The profile that it wrote stands for the one with the keys.
    let code = world.succeeds(&["code", "--profile", "default-mfa"]);
    assert_eq!(code, world.succeeds(&["code", &serial]));
    world.succeeds(&["aws", "login", "--profile", "default-mfa"]);
}

pub fn setup_writes_a_profile_that_works() {
    let (world, _) = World::registered();
    let before =
        "\u{feff}# mine\r\n[default]\r\nregion\t=\teu-west-1\r\n\r\n[default]\r\noutput = json\r\n";
    world.write_config(before);
    let answer = world.succeeds(&["aws", "setup", "--duration", "1h"]);
    assert!(answer.starts_with("wrote profile default-mfa"), "{answer}");
    let config = fs::read_to_string(world.config()).unwrap();
    assert!(config.starts_with(before), "{config:?}");
    assert!(!config.replace("\r\n", "").contains('\n'), "{config:?}");
    let line = config
        .lines()
        .find_map(|line| line.trim().strip_prefix("credential_process = "));
    let output = std::process::Command::new("sh")
        .args(["-c", line.unwrap()])
        .env_clear()
        .env("HOME", world.home())
        .env("AWS_ENDPOINT_URL", world.aws.url())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let keys: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(keys["Version"], 1);
    assert!(
        world
            .aws
            .log()
            .last()
            .unwrap()
            .contains("DurationSeconds=3600")
    );
    let again = world.succeeds(&["aws", "setup", "--duration", "1h"]);
    assert!(again.contains("already"), "{again}");
}

pub fn every_form_of_an_end_is_taken() {
    let (world, _) = World::registered();
    for style in [Style::Fraction, Style::Offset] {
        world.aws.state().style = style;
        world.succeeds(&["aws", "login", "--renew"]);
        let again = world.succeeds(&["aws", "login"]);
        assert!(again.starts_with("already logged in"), "{again}");
    }
}

pub fn other_partitions_have_their_own_names() {
    for (partition, region) in [("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")] {
        let world = World::with(StandIn::start_in(partition));
        world.write_config(&format!("[default]\nregion = {region}\n"));
        let answer = world.succeeds(&["aws", "register"]);
        let start = format!("registered arn:{partition}:iam::123456789012:mfa/alice-mfa-");
        assert!(answer.starts_with(&start), "{answer}");
        world.succeeds(&["aws", "login"]);
    }
}

pub fn keys_may_come_from_a_command() {
    let world = World::new();
    fs::remove_file(world.home().join(".aws/credentials")).unwrap();
    let json = format!(
        "{{\"Version\":1,\"AccessKeyId\":\"{}\",\"SecretAccessKey\":\"{}\"}}",
        world.alice.access_key, world.alice.secret_key
    );
    fs::write(world.home().join("keys.json"), json).unwrap();
    let path = world.home().join("keys.json");
    world.write_config(&format!(
        "[profile tool]\ncredential_process = cat {}\n",
        path.display()
    ));
    world.succeeds(&["aws", "register", "--profile", "tool"]);
    world.succeeds(&["aws", "login", "--profile", "tool"]);
    world.write_config("[profile tool]\ncredential_process = exit 3\n");
    let (exit, told) = world.fails(&["aws", "login", "--profile", "tool"]);
    assert_eq!(exit, 1);
    assert!(
        told.contains("credential_process failed (exit status: 3)"),
        "{told}"
    );
}

/// An endless output, and lines that are no key.
pub fn what_a_command_prints_is_bounded() {
    let world = World::new();
    world.succeeds(&["vault", "init", "--key-file"]);
    for (command, why) in [
        ("yes", "credential_process printed more than 256 KiB"),
        (
            "cat /dev/zero",
            "credential_process printed more than 256 KiB",
        ),
        (
            "echo '{\"Version\":1,\"AccessKeyId\":\"A\\n[b]\",\"SecretAccessKey\":\"s\"}'",
            "credential_process printed no credentials",
        ),
    ] {
        world.write_config(&format!("[profile tool]\ncredential_process = {command}\n"));
        let (exit, told) = world.fails(&["aws", "login", "--profile", "tool"]);
        assert_eq!(exit, 1);
        assert!(told.contains(why), "{told}");
    }
}

pub fn an_sso_profile_goes_through_the_aws_program() {
    let world = World::new();
    world.write_config(
        "[profile sso]\nsso_start_url = https://example.com\nsso_region = eu-west-1\n",
    );
    let bin = world.home().join("bin");
    fs::create_dir(&bin).unwrap();
    let (exit, told) = world.fails_with(
        &["aws", "devices", "--profile", "sso"],
        &[("PATH", bin.to_str().unwrap())],
    );
    assert_eq!(exit, 1);
    assert!(told.contains("needs the AWS CLI version 2"), "{told}");
    let script = format!(
        "#!/bin/sh\n[ \"$*\" = 'configure export-credentials --format process --profile sso' ] || exit 9\n\
         echo '{{\"Version\":1,\"AccessKeyId\":\"{}\",\"SecretAccessKey\":\"{}\"}}'\n",
        world.alice.access_key, world.alice.secret_key
    );
    let path = format!("{}:/usr/bin:/bin", bin.display());
    let old = "#!/bin/sh\necho 'usage: aws [options]\n\nInvalid choice' >&2\nexit 252\n";
    for (script, why) in [
        (old, "needs the AWS CLI version 2"),
        (
            "#!/bin/sh\necho gone >&2\nexit 1\n",
            "failed: gone\n  try: aws sso login --profile sso\n",
        ),
    ] {
        program(&bin.join("aws"), script);
        let arguments = ["aws", "devices", "--profile", "sso"];
        let (exit, told) = world.fails_with(&arguments, &[("PATH", &path)]);
        assert_eq!(exit, 1);
        assert!(told.contains(why) && !told.contains("usage"), "{told}");
    }
    program(&bin.join("aws"), &script);
    let output = world.run_with(
        &["aws", "devices", "--profile", "sso", "--json"],
        &[("PATH", &path)],
    );
    assert_eq!(
        text(&output.stdout).trim(),
        "[]",
        "{}",
        text(&output.stderr)
    );
}

fn program(path: &Path, script: &str) {
    fs::write(path, script).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

pub fn a_code_that_another_used_is_followed_by_the_next() {
    let (world, serial) = World::registered();
    let account = text(&world.run(&["code", &serial]).stdout);
    assert_eq!(account.trim().len(), 6);
    let fault = Fault::Refuse {
        status: 403,
        code: "AccessDenied",
        message: "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
    };
    world.aws.fault("GetSessionToken", 1, fault.clone());
    let output = world.run(&["aws", "login"]);
    assert!(output.status.success());
    assert!(text(&output.stderr).contains("trying the next one"));
    world.aws.fault("GetSessionToken", 2, fault);
    let (exit, told) = world.fails(&["aws", "login", "--renew"]);
    assert_eq!(exit, 1);
    assert!(told.contains("wrong, or was already used"), "{told}");
    assert!(told.contains("try: mfa aws devices resync"), "{told}");
}

pub fn a_clock_that_is_off_is_said() {
    let (world, _) = World::registered();
    world.aws.fault("GetSessionToken", 1, Fault::Date(25));
    let output = world.run(&["aws", "login"]);
    assert!(output.status.success());
    let told = text(&output.stderr);
    assert!(told.contains("this machine's clock is 2"), "{told}");
    assert!(told.contains("s behind AWS's"), "{told}");
}

pub fn slow_and_silent_endpoints_end_in_time() {
    let (world, _) = World::registered();
    world
        .aws
        .fault("GetSessionToken", 1, Fault::Delay(Duration::from_secs(3)));
    world.succeeds(&["aws", "login"]);
    world.aws.fault("GetSessionToken", 1, Fault::Silent);
    let (exit, told) = world.fails(&["aws", "login", "--renew"]);
    assert_eq!(exit, 1);
    assert!(told.contains("did not answer GetSessionToken: "), "{told}");
    // Even a repeatable call is not repeated once its time is over.
    let calls = world.aws.calls("GetCallerIdentity");
    world.aws.fault("GetCallerIdentity", 2, Fault::Silent);
    let (exit, told) = world.fails(&["aws", "devices"]);
    assert_eq!(exit, 1);
    assert!(told.contains("no complete answer within 30 s"), "{told}");
    assert_eq!(world.aws.calls("GetCallerIdentity"), calls + 1);
}

pub fn leftovers_of_killed_writers_go() {
    let world = World::new();
    let folder = world.home().join(".aws");
    fs::write(world.config(), "[default]\nregion = eu-west-1\n").unwrap();
    for name in ["config", "config.mfa-backup"] {
        fs::write(folder.join(format!(".{name}.1.mfa-tmp")), "secret").unwrap();
    }
    world.succeeds(&["aws", "setup"]);
    let left = fs::read_dir(&folder).unwrap().flatten();
    let left = left.filter(|entry| entry.file_name().to_string_lossy().ends_with(".mfa-tmp"));
    assert_eq!(left.count(), 0);
}

pub fn awss_files_are_none_of_the_vaults() {
    let (world, _) = World::registered();
    let vault = world.home().join("v.mfa");
    let path = vault.to_str().unwrap();
    world.succeeds(&["--vault", path, "vault", "init", "--key-file"]);
    let before = fs::read(&vault).unwrap();
    let arguments = ["--vault", path, "aws", "setup"];
    let (exit, told) = world.fails_with(&arguments, &[("AWS_CONFIG_FILE", path)]);
    assert_eq!(exit, 2, "{told}");
    assert!(told.contains("belongs to a vault"), "{told}");
    assert_eq!(fs::read(&vault).unwrap(), before);
}

/// What a shell with `mfa init` prints when it runs `script`; `None` without that shell.
fn in_shell(world: &World, shell: &[&str], script: &str) -> Option<(String, String)> {
    if !can(
        Command::new(shell[0]).arg("--version").output().is_ok(),
        shell[0],
    ) {
        return None;
    }
    let own = Path::new(env!("CARGO_BIN_EXE_mfa")).parent().unwrap();
    let path = format!("{}:{}", own.display(), std::env::var("PATH").unwrap());
    let base = world.command(&[]);
    let variables = base
        .get_envs()
        .filter_map(|(name, value)| Some((name, value?)));
    let output = Command::new(shell[0])
        .args(&shell[1..])
        .arg(script)
        .env_clear()
        .envs(variables)
        .env("PATH", path)
        .env("AWS_PROFILE", "other")
        .env("AWS_REGION", "us-east-2")
        .output()
        .unwrap();
    Some((text(&output.stdout), text(&output.stderr)))
}

pub fn awslogin_puts_a_session_into_every_shell() {
    let (world, _) = World::registered();
    let keys = printed(&world, "default");
    let token = keys["SessionToken"].as_str().unwrap();
    let own = |shell: &[&str], script: &str, unset: &str| {
        let Some((answer, told)) = in_shell(&world, shell, script) else {
            return;
        };
        let wanted = format!("1 other us-east-2 {unset}\n0 {token} eu-west-1 {unset}\n2\n");
        // A missing profile is exit 1; a wrong call is exit 2.
        assert_eq!(answer, wanted, "{shell:?}: {told}");
        assert!(told.contains("there is no AWS profile 'gone'"), "{told}");
        assert!(told.contains("usage: awslogin PROFILE"), "{told}");
    };
    for shell in ["bash", "zsh"] {
        let script = format!(
            "eval \"$(mfa init {shell})\"; awslogin gone; \
             echo $? $AWS_PROFILE $AWS_REGION ${{AWS_SECRET_ACCESS_KEY+set}}-; awslogin default; \
             echo $? $AWS_SESSION_TOKEN $AWS_REGION ${{AWS_PROFILE+set}}-; awslogin --help; echo $?"
        );
        let options: &[&str] = if shell == "bash" {
            &["bash", "--norc", "-c"]
        } else {
            &["zsh", "-f", "-c"]
        };
        own(options, &script, "-");
    }
    own(
        &["fish", "--no-config", "-c"],
        "mfa init fish | source; awslogin gone; \
         echo $status $AWS_PROFILE $AWS_REGION (count $AWS_SECRET_ACCESS_KEY); awslogin default; \
         echo $status $AWS_SESSION_TOKEN $AWS_REGION (count $AWS_PROFILE); awslogin --help; echo $status",
        "0",
    );
}

pub fn awslogin_in_nushell() {
    let (world, _) = World::registered();
    let keys = printed(&world, "default");
    let token = keys["SessionToken"].as_str().unwrap();
    let file = world.home().join("mfa.nu");
    std::fs::write(&file, world.succeeds(&["init", "nushell"])).unwrap();
    let script = format!(
        "source {}; try {{ awslogin gone }}; print $\"($env.AWS_PROFILE) ($env.AWS_REGION)\"; \
         awslogin default; print $\"($env.AWS_SESSION_TOKEN) ($env.AWS_REGION) ($env.AWS_PROFILE?)\"",
        file.display()
    );
    if let Some((answer, told)) = in_shell(&world, &["nu", "-n", "-c"], &script) {
        let wanted = format!("other us-east-2\n{token} eu-west-1 \n");
        assert_eq!(answer, wanted, "{told}");
        assert!(told.contains("there is no AWS profile 'gone'"), "{told}");
    }
}

pub fn the_doctor_asks_aws_for_the_time_and_a_session() {
    let (world, serial) = World::registered();
    let online = ["doctor", "--online", "--server", "127.0.0.1:9"];
    let told = world.succeeds(&online);
    let url = world.aws.url();
    assert!(told.contains(&format!("in step with {url}\n")), "{told}");
    world.aws.state().date_skew = 90;
    let output = world.run(&online);
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stdout);
    assert!(
        told.contains(&format!("s behind {url}, so codes are refused\n")),
        "{told}"
    );
    let (before, calls) = (world.aws.log().len(), |world: &World| world.aws.log().len());
    assert!(!world.succeeds(&["doctor"]).contains(&url));
    assert_eq!(calls(&world), before);
    world.aws.state().date_skew = 0;
    let told = world.succeeds(&["doctor", "--profile", "default"]);
    assert!(told.contains(&format!("{serial}, enabled\n")), "{told}");
    let output = world.run(&["doctor", "--profile", "gone", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut found = found.as_array().unwrap().iter();
    let problem = found
        .rfind(|finding| finding["state"] == "problem")
        .unwrap();
    assert_eq!(problem["message"], "there is no AWS profile 'gone'");
}
