//! What is done every day: programs and shells with a session, profiles, and what is cached.

use std::fs;
use std::process::Command;

use mfa_test_support::can;
use serde_json::Value;

use crate::world::{World, text};

/// The variables that a run prints, as `NAME=VALUE` lines.
fn variables(printed: &str, start: &str) -> Vec<String> {
    let mut lines: Vec<_> = printed
        .lines()
        .filter(|line| line.starts_with(start))
        .map(ToOwned::to_owned)
        .collect();
    lines.sort();
    lines
}

const STALE: [(&str, &str); 6] = [
    ("AWS_PROFILE", "gone"),
    ("AWS_DEFAULT_PROFILE", "gone"),
    ("AWS_SECURITY_TOKEN", "stale"),
    ("AWS_SESSION_TOKEN", "stale"),
    ("AWS_CREDENTIAL_EXPIRATION", "stale"),
    ("AWS_VAULT", "stale"),
];

pub fn exec_sets_all_that_a_program_reads_and_unsets_what_overrides_it() {
    let (world, _) = World::registered();
    let run = |arguments: &[&str]| {
        let arguments = [&["aws", "exec", "--profile", "default"], arguments].concat();
        let output = world.run_with(&arguments, &STALE);
        assert!(output.status.success(), "{}", text(&output.stderr));
        variables(&text(&output.stdout), "AWS_")
    };
    let names = |lines: &[String]| -> Vec<String> {
        let name = |line: &String| line.split('=').next().unwrap().to_owned();
        lines.iter().map(name).collect()
    };
    let lines = run(&["--", "env"]);
    assert_eq!(
        names(&lines),
        [
            "AWS_ACCESS_KEY_ID",
            "AWS_CREDENTIAL_EXPIRATION",
            "AWS_DEFAULT_REGION",
            "AWS_ENDPOINT_URL",
            "AWS_REGION",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_VAULT",
        ]
    );
    for line in ["AWS_VAULT=default", "AWS_REGION=eu-west-1"] {
        assert!(lines.iter().any(|found| found == line), "{line}");
    }
    let end = lines.iter().find(|line| line.contains("_EXPIRATION="));
    let end = end.unwrap();
    assert!(end.contains("=20") && end.ends_with('Z'), "{end}");
    let lines = run(&["--region", "ap-south-1", "--", "env"]);
    for line in ["AWS_REGION=ap-south-1", "AWS_DEFAULT_REGION=ap-south-1"] {
        assert!(lines.iter().any(|found| found == line), "{line}");
    }
    let wrong = ["aws", "exec", "--region", "a.evil/", "--", "env"];
    assert_eq!(world.fails(&wrong).0, 2);
    // Without a terminal there is no shell.
    let (exit, told) = world.fails(&["aws", "exec"]);
    assert_eq!(exit, 2);
    assert!(told.contains("no program was given"), "{told}");
}

/// Runs a script in a shell whose variables are stale.
fn in_shell(world: &World, shell: &[&str], script: &str) -> Option<String> {
    let is_here = Command::new(shell[0]).arg("--version").output().is_ok();
    if !can(is_here, shell[0]) {
        return None;
    }
    let base = world.command(&[]);
    let base = base.get_envs();
    let own = std::path::Path::new(env!("CARGO_BIN_EXE_mfa")).parent();
    let path = std::env::var("PATH").unwrap();
    let output = Command::new(shell[0])
        .args(&shell[1..])
        .arg(script)
        .env_clear()
        .envs(base.filter_map(|(name, value)| Some((name, value?))))
        .env("PATH", format!("{}:{path}", own.unwrap().display()))
        .envs(STALE)
        .env("AWS_ENDPOINT_URL", world.aws.url())
        .output()
        .unwrap();
    assert_eq!(text(&output.stderr), "", "{shell:?}");
    Some(text(&output.stdout))
}

pub fn env_clears_in_every_shell_what_would_override_the_session() {
    let (world, _) = World::registered();
    world.succeeds(&["aws", "login"]);
    let mfa = "mfa aws env --profile default";
    let shells: [(&[&str], String); 5] = [
        (
            &["bash", "--norc", "-c"],
            format!("eval \"$({mfa})\"; env; echo MIDDLE; eval \"$(mfa aws env --clear)\"; env"),
        ),
        (
            &["zsh", "-f", "-c"],
            format!("eval \"$({mfa})\"; env; echo MIDDLE; eval \"$(mfa aws env --clear)\"; env"),
        ),
        (
            &["fish", "--no-config", "-c"],
            format!(
                "{mfa} --shell fish | source; or echo failed; env; echo MIDDLE; \
                 mfa aws env --clear --shell fish | source; or echo failed; env"
            ),
        ),
        (
            &["elvish", "-norc", "-c"],
            format!(
                "fn put {{ |s| for n [(keys $s)] {{ if (eq $s[$n] $nil) {{ unset-env $n }} else \
                 {{ set-env $n $s[$n] }} }} }}; put ({mfa} --shell elvish | from-json); e:env; \
                 echo MIDDLE; put (mfa aws env --clear --shell elvish | from-json); e:env"
            ),
        ),
        (
            &["nu", "-n", "-c"],
            format!(
                "{mfa} --shell nu | from json | load-env; ^env; print MIDDLE; \
                 mfa aws env --clear --shell nu | from json | load-env; ^env"
            ),
        ),
    ];
    for (shell, script) in shells {
        let Some(printed) = in_shell(&world, shell, &script) else {
            continue;
        };
        let (with, without) = printed.split_once("MIDDLE").unwrap();
        let with = variables(with, "AWS_");
        assert_eq!(with.len(), 8, "{shell:?} {with:?}");
        assert!(with.contains(&"AWS_VAULT=default".to_owned()), "{with:?}");
        assert!(
            !with
                .iter()
                .any(|line| line.ends_with("=gone") || line.ends_with("=stale"))
        );
        let without = variables(without, "AWS_");
        let url = format!("AWS_ENDPOINT_URL={}", world.aws.url());
        assert_eq!(without, [url], "{shell:?}");
        assert!(!printed.contains("failed"), "{shell:?}");
    }
    let lines = |shell: &str| world.succeeds(&["aws", "env", "--shell", shell]);
    assert!(lines("powershell").contains("$env:AWS_PROFILE = $null\n"));
    assert!(lines("cmd").contains("set \"AWS_PROFILE=\"\n"));
    let both = ["aws", "env", "--clear", "--profile", "default"];
    assert_eq!(world.fails(&both).0, 2);
}

pub fn sessions_are_cleared_of_one_profile_or_all() {
    let (world, serial) = World::registered();
    let role = world.aws.add_role("Admin", "user/alice");
    world.write_config(&format!(
        "[default]\nmfa_serial = {serial}\n[profile admin]\nrole_arn = {role}\nsource_profile = default\n"
    ));
    assert_eq!(
        world.succeeds(&["aws", "clear"]),
        "there are no cached sessions\n"
    );
    world.succeeds(&["aws", "login"]);
    world.succeeds(&["aws", "login", "--profile", "admin"]);
    let folder = world.state();
    fs::write(folder.join("aws-console.html"), "a link").unwrap();
    assert_eq!(
        world.succeeds(&["aws", "clear", "--profile", "admin"]),
        "removed the cached session of admin\n"
    );
    assert!(!folder.join("aws-console.html").exists());
    let status = world.succeeds(&["aws", "status", "--json"]);
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status.as_array().unwrap().len(), 1);
    assert_eq!(status[0]["profile"], "default");
    assert_eq!(
        world.succeeds(&["aws", "clear", "--profile", "admin"]),
        "there is no cached session of admin\n"
    );
    assert_eq!(world.fails(&["aws", "clear", "--profile", "gone"]).0, 1);
    // All sessions go, also if the vault cannot be opened.
    let vault = world.data();
    fs::rename(&vault, world.home().join("elsewhere")).unwrap();
    assert_eq!(
        world.succeeds(&["aws", "clear"]),
        "removed all cached sessions\n"
    );
    let left = fs::read_dir(folder.join("aws")).unwrap().flatten();
    let left: Vec<_> = left
        .map(|entry| entry.file_name().into_string().unwrap())
        .filter(|name| !name.contains('.'))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

pub fn the_list_says_how_each_profile_gets_its_keys() {
    let (world, serial) = World::registered();
    let role = world.aws.add_role("Admin", "user/alice");
    world.write_config(&format!(
        "[default]\nmfa_serial = {serial}\n[profile admin]\nrole_arn = {role}\nsource_profile = default\n\
         [profile tool]\ncredential_process = touch PWNED\n[profile sso]\nsso_session = corp\n\
         [profile empty]\nregion = x\n[profile lost]\nrole_arn = {role}\nsource_profile = nobody\n\
         [profile \u{1b}[31mred]\ncredential_process = x\n[sso-session corp]\nsso_region = x\n"
    ));
    world.succeeds(&["aws", "setup"]);
    world.succeeds(&["aws", "login"]);
    let calls = world.aws.log().len();
    let list = world.succeeds(&["aws", "list", "--json"]);
    let list: Value = serde_json::from_str(&list).unwrap();
    let rows: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["profile"].as_str().unwrap(),
                row["keys"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("\u{1b}[31mred", "credential_process"),
            ("admin", "role Admin, by default"),
            ("default", "credentials file"),
            ("default-mfa", "mfa, for default"),
            ("empty", "none"),
            ("lost", "source_profile 'nobody' is missing"),
            ("sso", "SSO"),
            ("tool", "credential_process"),
        ]
    );
    assert_eq!(list[1]["role"], role);
    assert_eq!(list[2]["device"], serial);
    assert!(list[2]["account"].as_str().unwrap().contains("alice@"));
    let expires = list[2]["expires"].as_u64().unwrap();
    assert!(expires > 1_700_000_000);
    assert_eq!(list[3]["expires"], expires);
    assert!(list[1]["expires"].is_null());
    let shown = world.succeeds(&["aws", "ls"]);
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
    assert!(
        shown.contains("credentials file  ") && shown.contains(", in 12 h"),
        "{shown}"
    );
    // Nobody was asked, and nothing was run.
    assert_eq!(world.aws.log().len(), calls);
    assert!(!world.home().join("PWNED").exists());
    // Keys in the environment are a profile of their own.
    let keys = [
        ("AWS_ACCESS_KEY_ID", "AKIAX"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
    ];
    let output = world.run_with(&["aws", "list", "--json"], &keys);
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(list[0]["profile"].is_null());
    assert_eq!(list[0]["keys"], "environment");
}

/// A profile whose SDK renews itself, and nothing else: no keys in the environment.
pub fn a_program_that_renews_gets_a_profile_in_a_private_file() {
    let (world, _) = World::registered();
    world.write_config(
        "[default]\nregion = eu-west-1\noutput = json\n[profile default-renewing]\noutput = text\n",
    );
    let refresh = |script: &str| {
        let arguments = [
            "aws",
            "exec",
            "--refresh",
            "--profile",
            "default",
            "--",
            "sh",
            "-c",
            script,
        ];
        world.run_with(&arguments, &STALE)
    };
    let output = refresh(
        "env; echo MIDDLE; ls -l \"$AWS_CONFIG_FILE\" | cut -c1-10; cat \"$AWS_CONFIG_FILE\"; exit 7",
    );
    assert_eq!(output.status.code(), Some(7), "{}", text(&output.stderr));
    let printed = text(&output.stdout);
    let (environment, file) = printed.split_once("MIDDLE\n").unwrap();
    let mut lines = variables(environment, "AWS_");
    let path = lines
        .iter()
        .find_map(|line| line.strip_prefix("AWS_CONFIG_FILE="));
    let path = std::path::PathBuf::from(path.unwrap());
    assert!(
        path.starts_with(world.home()) && !path.exists(),
        "{}",
        path.display()
    );
    lines.retain(|line| !line.starts_with("AWS_CONFIG_FILE") && !line.starts_with("AWS_ENDPOINT"));
    assert_eq!(
        lines,
        [
            "AWS_DEFAULT_REGION=eu-west-1",
            "AWS_PROFILE=default-renewing2",
            "AWS_REGION=eu-west-1",
            "AWS_SDK_LOAD_CONFIG=1",
            "AWS_VAULT=default",
        ]
    );
    assert!(file.starts_with("-rw-------\n[default]\n"), "{file}");
    let line = " aws credential-process --profile default\n";
    assert!(
        file.contains("[profile default-renewing2]\n") && file.contains(line),
        "{file}"
    );
    // A signal to this process reaches the program, whose exit code stays.
    let output = refresh("trap 'exit 9' TERM; kill -TERM $PPID; while :; do sleep 0.05; done");
    assert_eq!(output.status.code(), Some(9), "{}", text(&output.stderr));
    let output = refresh("kill -KILL $$");
    assert_eq!(output.status.code(), Some(137));
    let folder = world.state().join("aws-exec");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    // What a killed run left is removed by the next one.
    let output = refresh("kill -KILL $PPID");
    assert_eq!(output.status.code(), None);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    let output = refresh("ls \"${AWS_CONFIG_FILE%/*}\" | wc -l");
    assert_eq!(text(&output.stdout).trim(), "1");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

pub fn a_program_cannot_renew_what_nobody_can_unlock() {
    let world = World::new();
    let pass = world.home().join("pass");
    fs::write(&pass, "correct horse\n").unwrap();
    let file = [("MFA_PASSPHRASE_FILE", pass.to_str().unwrap())];
    assert!(world.run_with(&["aws", "register"], &file).status.success());
    let arguments = ["aws", "exec", "--refresh", "--", "env"];
    let (exit, told) = world.fails_with(&arguments, &file);
    assert_eq!(exit, 5);
    assert!(told.contains("must open without a prompt"), "{told}");
    assert!(told.contains("try: mfa unlock"), "{told}");
}

/// boto3 asks again when the session is about to expire, here at once: it lasts 15 minutes.
pub fn boto3_renews_a_session_by_itself() {
    let tools = std::env::var_os("MFA_AWS_TOOLS").unwrap_or_default();
    if !can(!tools.is_empty(), "MFA_AWS_TOOLS") {
        return;
    }
    let (world, _) = World::registered();
    let script = format!(
        "import boto3, subprocess\n\
         session = boto3.Session()\n\
         sts = session.client('sts')\n\
         key = lambda: session.get_credentials().get_frozen_credentials().access_key\n\
         print(sts.get_caller_identity()['Arn'], key())\n\
         subprocess.run(['{}', 'aws', 'clear'], check=True, stdout=subprocess.DEVNULL)\n\
         print(sts.get_caller_identity()['Arn'], key())\n",
        env!("CARGO_BIN_EXE_mfa")
    );
    let python = std::path::Path::new(&tools).join("python3");
    let arguments = [
        "aws",
        "exec",
        "--refresh",
        "--duration",
        "15m",
        "--profile",
        "default",
        "--",
        python.to_str().unwrap(),
        "-c",
        &script,
    ];
    let printed = world.succeeds(&arguments);
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!(lines.len(), 2, "{printed}");
    assert!(
        lines.iter().all(|line| line.contains(":user/alice ASIA")),
        "{printed}"
    );
    assert_ne!(lines[0], lines[1]);
    let log = world.aws.log();
    let sessions = log
        .iter()
        .filter(|line| line.starts_with("GetSessionToken"));
    let short = sessions.filter(|line| line.contains("DurationSeconds=900"));
    assert_eq!(short.count(), 2, "{log:#?}");
}

/// A region that the last session left is not that of a profile without one.
pub fn a_region_does_not_outlive_its_session() {
    let (world, _) = World::registered();
    let own = std::fs::read_to_string(world.home().join(".aws/credentials")).unwrap();
    let two = own.replace("[default]", "[two]");
    std::fs::write(world.home().join(".aws/credentials"), own + &two).unwrap();
    world.write_config("[default]\nregion = eu-west-1\n[profile two]\noutput = json\n");
    let left = [("AWS_VAULT", "default"), ("AWS_REGION", "eu-west-1")];
    let env = ["aws", "env", "--profile", "two"];
    let lines = text(&world.run_with(&env, &left).stdout);
    assert!(lines.contains("unset AWS_REGION\n"), "{lines}");
    assert!(!lines.contains("eu-west-1"), "{lines}");
    // A person's own region stays.
    let lines = text(&world.run_with(&env, &left[1..]).stdout);
    assert!(lines.contains("export AWS_REGION='eu-west-1'"), "{lines}");
    // The profile's own session keeps its region.
    let own = text(&world.run_with(&["aws", "env"], &left).stdout);
    assert!(own.contains("export AWS_REGION='eu-west-1'"), "{own}");
}
