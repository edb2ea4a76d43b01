//! AWS's files: what is read from them, what is written into them, and what is never overwritten.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::world::{World, text};

fn credentials(world: &World) -> PathBuf {
    world.home().join(".aws/credentials")
}

/// The names of the files in `~/.aws`, sorted.
fn names(world: &World) -> Vec<String> {
    let folder = fs::read_dir(world.home().join(".aws")).unwrap().flatten();
    let mut names: Vec<_> = folder
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Each of these profiles would be lost or stay dead, in a way that an earlier version did not see.
pub fn login_writes_over_nothing_of_others() {
    let (world, _) = World::registered();
    let keys = "aws_access_key_id = AKIALASTING\naws_secret_access_key = only-copy\n";
    let before = fs::read_to_string(credentials(&world)).unwrap()
        + &format!("[empty]\n{keys}aws_session_token =\n[old]\n{keys}aws_security_token = t\n")
        + "[half]\naws_secret_access_key = only-copy\n[colon]\naws_access_key_id: AKIA\n"
        + &format!("[token]\n{keys}aws_session_token = t\n");
    fs::write(credentials(&world), &before).unwrap();
    let config = format!(
        "[default]\nregion = eu-west-1\n[profile inconfig]\n{keys}[profile tool]\n\
         credential_process = /bin/keys\n[profile role]\nrole_arn = r\nsource_profile = default\n\
         [profile sso]\nsso_session = corp\n[profile web]\nweb_identity_token_file = f\n\
         [profile 'ours too']\ncredential_process = mfa aws credential-process -p default\n"
    );
    world.write_config(&config);
    for (name, why) in [
        ("empty", "has its own access keys, which would be lost"),
        ("old", "has its own access keys"),
        ("half", "has its own access keys"),
        ("colon", "has its own access keys"),
        ("token", "has its own access keys"),
        ("inconfig", "has its own access keys"),
        (
            "tool",
            "has credential_process, which AWS's tools would not use",
        ),
        ("role", "has role_arn, which"),
        ("sso", "has sso_session, which"),
        ("web", "has web_identity_token_file, which"),
        (
            "ours too",
            "runs mfa for its sessions, so it needs no login",
        ),
    ] {
        let (exit, told) = world.fails(&["aws", "login", "--as", name]);
        assert_eq!(exit, 8, "{name}: {told}");
        assert!(
            told.contains(why) && told.contains("\n  try: "),
            "{name}: {told}"
        );
    }
    assert_eq!(fs::read_to_string(credentials(&world)).unwrap(), before);
    assert_eq!(fs::read_to_string(world.config()).unwrap(), config);
    assert_eq!(names(&world), ["config", "credentials"]);
    assert_eq!(world.aws.calls("GetSessionToken"), 0, "a code was spent");
}

/// Keys that came under our mark later are not ours.
pub fn a_session_that_was_replaced_by_hand_is_not_ours() {
    let (world, _) = World::registered();
    world.succeeds(&["aws", "login", "--as", "out"]);
    let written = fs::read_to_string(credentials(&world)).unwrap();
    let id = written.split("x_mfa_session = ").nth(1).unwrap();
    let id = id.lines().next().unwrap();
    let by_hand = written.replacen(id, "AKIALASTING", 1);
    fs::write(credentials(&world), &by_hand).unwrap();
    for arguments in [
        ["aws", "login", "--as", "out"],
        ["aws", "setup", "--as", "out"],
    ] {
        let (exit, told) = world.fails(&arguments);
        assert_eq!(exit, 8, "{told}");
    }
    assert_eq!(fs::read_to_string(credentials(&world)).unwrap(), by_hand);
}

/// `login --as` and then `setup` of the same profile: the keys would win over the new line for ever.
pub fn setup_repairs_a_profile_with_an_old_session() {
    let (world, _) = World::registered();
    let before = fs::read_to_string(credentials(&world)).unwrap();
    world.succeeds(&["aws", "login", "--as", "default-mfa"]);
    let shadowed = fs::read_to_string(credentials(&world)).unwrap();
    let output = world.run(&["aws", "setup"]);
    assert!(output.status.success());
    let told = text(&output.stderr);
    assert!(
        told.contains("removed the session of profile default-mfa from "),
        "{told}"
    );
    let after = fs::read_to_string(credentials(&world)).unwrap();
    assert_eq!(after, format!("{before}\n[default-mfa]\n"));
    // An earlier version let both stand. The doctor, login and setup know what to do.
    fs::write(credentials(&world), shadowed).unwrap();
    let repair = "mfa aws setup --profile default --as default-mfa";
    let (_, told) = world.fails(&["aws", "login", "--as", "default-mfa"]);
    assert!(told.ends_with(&format!("  try: {repair}\n")), "{told}");
    let told = text(&world.run(&["doctor"]).stdout);
    assert!(
        told.contains("profile default-mfa has an old session"),
        "{told}"
    );
    let words: Vec<_> = repair.split(' ').skip(1).collect();
    world.succeeds(&words);
    assert_eq!(fs::read_to_string(credentials(&world)).unwrap(), after);
    assert_eq!(names(&world), ["config", "credentials"]);
}

/// What a change loses is in a backup with a number of its own, which nobody else can read.
pub fn backups_are_numbered_and_private() {
    let (world, serial) = World::registered();
    let config = format!("[default]\nmfa_serial = {serial}\n");
    world.write_config(&config);
    world.succeeds(&["aws", "rotate"]);
    let rotated = fs::read_to_string(world.config()).unwrap();
    assert!(!rotated.contains(&serial), "{rotated}");
    world.succeeds(&["aws", "rotate"]);
    let backup = |number: u32| {
        world
            .home()
            .join(format!(".aws/config.mfa-backup-{number}"))
    };
    assert_eq!(fs::read_to_string(backup(1)).unwrap(), config);
    assert_eq!(fs::read_to_string(backup(2)).unwrap(), rotated);
    for number in [1, 2] {
        let mode = fs::metadata(backup(number)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_eq!(names(&world).len(), 4, "{:?}", names(&world));
    let told = text(&world.run(&["doctor"]).stdout);
    let wanted = format!(
        "{} is a copy from before a change by mfa",
        backup(2).display()
    );
    assert!(told.contains(&wanted), "{told}");
}

pub fn a_role_is_assumed_with_its_tags() {
    let (world, _) = World::registered();
    let role = world.aws.add_role("Admin", "user/alice");
    world.write_config(&format!(
        "[profile admin]\nrole_arn = {role}\nsource_profile = default\nexternal_id = x-1\n\
         session_tags = team = blue,cost=7\ntransitive_session_tags = team\nsource_identity = me\n"
    ));
    world.succeeds(&["aws", "login", "--profile", "admin"]);
    let log = world.aws.log();
    let call = log.iter().find(|line| line.starts_with("AssumeRole"));
    for sent in [
        "ExternalId=x-1",
        "SourceIdentity=me",
        "Tags.member.1.Key=team",
        "Tags.member.1.Value=blue",
        "Tags.member.2.Key=cost",
        "Tags.member.2.Value=7",
        "TransitiveTagKeys.member.1=team",
    ] {
        assert!(call.unwrap().contains(sent), "{sent}: {log:#?}");
    }
}

/// What `env` printed for one profile is no setting of the next.
pub fn a_named_profile_has_its_own_region() {
    let (world, _) = World::registered();
    let config = "[default]\nregion = eu-west-1\n[profile us]\nregion = us-west-2\n\
        source_profile = default\nrole_arn = ROLE\n[profile none]\nrole_arn = ROLE\n\
        source_profile = keys\n[profile keys]\n";
    let role = world.aws.add_role("Admin", "user/alice");
    world.write_config(&config.replace("ROLE", &role));
    let own = fs::read_to_string(credentials(&world)).unwrap();
    fs::write(
        credentials(&world),
        own.clone() + &own.replace("default", "keys"),
    )
    .unwrap();
    let exported = [
        ("AWS_REGION", "eu-north-1"),
        ("AWS_DEFAULT_REGION", "eu-north-1"),
    ];
    let region = |arguments: &[&str]| {
        let output = world.run_with(arguments, &exported);
        let told = text(&output.stderr);
        assert!(output.status.success(), "{told}");
        let printed = text(&output.stdout);
        let line = printed.lines().find(|line| line.contains("AWS_REGION"));
        line.unwrap_or_default().to_owned()
    };
    let of = |profile| region(&["aws", "env", "--profile", profile]);
    assert_eq!(of("us"), "export AWS_REGION='us-west-2'");
    assert_eq!(of("default"), "export AWS_REGION='eu-west-1'");
    assert_eq!(of("none"), "export AWS_REGION='eu-north-1'");
    // Without a name, the variable overrides the profile, as in AWS's tools.
    assert_eq!(region(&["aws", "env"]), "export AWS_REGION='eu-north-1'");
    region(&["aws", "setup", "--profile", "none"]);
    let written = fs::read_to_string(world.config()).unwrap();
    assert!(!written.contains("eu-north-1"), "{written}");
}

/// Each of these started itself without end.
pub fn a_command_that_starts_itself_is_stopped() {
    let (world, _) = World::registered();
    let own = env!("CARGO_BIN_EXE_mfa");
    let count = world.home().join("count");
    let script = world.home().join("keys.sh");
    let line = format!("{own} aws credential-process");
    let body = format!(
        "#!/bin/sh\necho x >> {}\nexec {line} \"$@\"\n",
        count.display()
    );
    fs::write(&script, body).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let script = script.display();
    world.write_config(&format!(
        "[profile spelled]\ncredential_process = {line} --profile=spelled\n\
         [profile short]\ncredential_process = {line} -p short\n\
         [profile one]\ncredential_process = {line} -ptwo\n\
         [profile two]\ncredential_process = {line} --profile one\n\
         [profile script]\ncredential_process = {script} --profile script\n\
         [profile bare]\ncredential_process = AWS_PROFILE=bare {line}\n\
         [profile role]\nrole_arn = r\nsource_profile = script\n"
    ));
    for name in ["spelled", "short", "one", "two"] {
        let (exit, told) = world.fails(&["aws", "credential-process", "-p", name]);
        assert_eq!(exit, 1);
        let said = match name {
            "one" | "two" => "gets its keys from itself",
            _ => "are not in the vault",
        };
        assert!(told.contains(said), "{name}: {told}");
    }
    for name in ["script", "bare", "role"] {
        let (exit, told) = world.fails(&["aws", "credential-process", "-p", name]);
        assert_eq!(exit, 1);
        assert!(
            told.contains("starts mfa again and again"),
            "{name}: {told}"
        );
    }
    let starts = fs::read_to_string(count).unwrap();
    assert_eq!(starts.lines().count(), 6, "two profiles, each three deep");
}

/// What only AWS's own program can read is taken through it, also as the source of a role.
pub fn the_aws_program_supplies_what_only_it_can_read() {
    let (world, _) = World::registered();
    let role = world.aws.add_role("Admin", "user/alice");
    world.aws.role("Admin", |role| role.needs_mfa = false);
    world.write_config(&format!(
        "[default]\nregion = eu-west-1\n\
         [profile ec2]\nrole_arn = r\ncredential_source = Ec2InstanceMetadata\n\
         [profile web]\nrole_arn = r\nweb_identity_token_file = /token\n\
         [profile admin]\nrole_arn = {role}\nsource_profile = ec2\n"
    ));
    let bin = world.home().join("bin");
    fs::create_dir(&bin).unwrap();
    let script = format!(
        "#!/bin/sh\n[ \"$MFA_AWS_DEPTH\" = 1 ] || exit 8\ncase \"$*\" in\n\
         'configure export-credentials --format process --profile '[ew]*) ;; *) exit 9;; esac\n\
         echo '{{\"Version\":1,\"AccessKeyId\":\"{}\",\"SecretAccessKey\":\"{}\"}}'\n",
        world.alice.access_key, world.alice.secret_key
    );
    fs::write(bin.join("aws"), script).unwrap();
    fs::set_permissions(bin.join("aws"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", bin.display());
    for name in ["ec2", "web"] {
        let arguments = ["aws", "devices", "--profile", name];
        let output = world.run_with(&arguments, &[("PATH", &path)]);
        assert!(output.status.success(), "{name}: {}", text(&output.stderr));
    }
    let arguments = ["aws", "credential-process", "--profile", "admin"];
    let output = world.run_with(&arguments, &[("PATH", &path)]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(world.aws.calls("AssumeRole"), 1);
}

/// Files that Nix or home-manager writes, or that were made read-only, stay as they are.
pub fn a_read_only_config_is_left_alone() {
    let (world, _) = World::registered();
    let before = "[default]\nregion = eu-west-1\n";
    fs::set_permissions(world.config(), fs::Permissions::from_mode(0o444)).unwrap();
    let (exit, told) = world.fails(&["aws", "setup"]);
    assert_eq!(exit, 1);
    let why = format!(
        "cannot write {}: it is read-only\n",
        world.config().display()
    );
    assert!(told.contains(&why), "{told}");
    assert!(
        told.ends_with("  try: mfa aws setup --as default-mfa --print\n"),
        "{told}"
    );
    let section = world.succeeds(&["aws", "setup", "--print", "--duration", "1h"]);
    let own = env!("CARGO_BIN_EXE_mfa");
    let wanted = format!(
        "[profile default-mfa]\ncredential_process = {own} aws credential-process --profile default \
         --duration 3600\nregion = eu-west-1\n"
    );
    assert_eq!(section, wanted);
    assert_eq!(fs::read_to_string(world.config()).unwrap(), before);
    assert_eq!(names(&world), ["config", "credentials"]);
    // A link into the store, which root could write to.
    fs::remove_file(world.config()).unwrap();
    std::os::unix::fs::symlink("/nix/store/abc-config", world.config()).unwrap();
    let (exit, told) = world.fails(&["aws", "setup"]);
    assert_eq!(exit, 1);
    assert!(
        told.contains("it is a link to /nix/store/abc-config: Nix writes it"),
        "{told}"
    );
}

/// Names and values as people write them: read as boto3 reads them, and written so that boto3 reads them.
pub fn odd_names_work_in_boto3() {
    let (world, serial) = World::registered();
    let Some(tools) = std::env::var_os("MFA_AWS_TOOLS") else {
        return;
    };
    let keys = fs::read_to_string(credentials(&world)).unwrap();
    let odd = keys.replace("[default]", "[x y]").replace(" = ", ": ");
    let quote = keys.replace("[default]", "[it's & co]");
    fs::write(credentials(&world), keys + &odd + &quote).unwrap();
    world.write_config(&format!(
        "[profile 'x y']\nregion: us-west-2\nmfa_serial: {serial}\n\
         [profile \"it's & co\"]\nregion = eu-west-1\nmfa_serial = {serial}\n"
    ));
    world.succeeds(&["aws", "setup", "--profile", "x y"]);
    world.succeeds(&["aws", "setup", "--profile", "it's & co", "--as", "and co"]);
    world.succeeds(&["aws", "login", "--profile", "x y", "--as", "z z"]);
    let script = "import boto3\nfor name in ['x y-mfa', 'and co', 'z z']:\n    \
        session = boto3.Session(profile_name=name)\n    \
        print(session.client('sts', region_name='us-west-2').get_caller_identity()['Account'])";
    let output = std::process::Command::new(PathBuf::from(tools).join("python3"))
        .args(["-c", script])
        .env_clear()
        .env("HOME", world.home())
        .env("AWS_ENDPOINT_URL", world.aws.url())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "123456789012\n".repeat(3));
}
