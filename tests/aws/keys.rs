//! Long-term access keys: moved into the vault, listed, exported, removed.

use std::io::Write as _;
use std::process::{Output, Stdio};

use serde_json::Value;

use crate::clients::{Clients, Moto};
use crate::stand_in::Keys;
use crate::world::{World, at_once, killed_at_write, text};

/// All text in `~/.aws`, backups included.
pub fn aws_folder(world: &World) -> String {
    let members = std::fs::read_dir(world.home().join(".aws")).unwrap();
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        std::fs::read_to_string(entry.unwrap().path()).unwrap()
    };
    members.map(read).collect()
}

/// The output of `mfa aws keys list --json`.
pub fn listed(world: &World) -> Vec<Value> {
    serde_json::from_str(&world.succeeds(&["aws", "keys", "list", "--json"])).unwrap()
}

fn write(world: &World, name: &str, text: &str) {
    std::fs::write(world.home().join(".aws").join(name), text).unwrap();
}

fn with_stdin(world: &World, arguments: &[&str], input: &str) -> Output {
    let mut command = world.command(arguments);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A program that fails early reads nothing.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    world.checked(arguments, child.wait_with_output().unwrap())
}

fn section(profile: &str, keys: &Keys) -> String {
    let (id, secret) = (&keys.access_key, &keys.secret_key);
    format!("[{profile}]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n")
}

pub fn an_import_moves_a_key_and_every_copy_of_it() {
    let (world, _) = World::registered();
    let secret = world.alice.secret_key.clone();
    let own = section("default", &world.alice);
    let other = "[other]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = other\n";
    write(
        &world,
        "credentials",
        &format!("# mine\n{own}output = json\n{other}"),
    );
    write(
        &world,
        "credentials.mfa-backup",
        &format!("{own}{other}# {secret}\n"),
    );
    write(
        &world,
        "credentials.mfa-backup.7",
        &section("old-name", &world.alice),
    );
    write(
        &world,
        "config.mfa-backup-2",
        &format!("[default]\naws_secret_access_key={secret}\n"),
    );
    let answer = world.succeeds(&["aws", "keys", "import"]);
    assert!(
        answer.contains(" of default (alice in 123456789012)\nremoved it from ")
            && answer.matches("removed it from the backup ").count() >= 3
            && answer.contains(".mfa-backup.7\n")
            && answer.contains("/.aws/config now runs mfa\n"),
        "{answer}"
    );
    let left = aws_folder(&world);
    assert!(!left.contains(&secret), "{left}");
    let credentials = std::fs::read_to_string(world.home().join(".aws/credentials")).unwrap();
    assert_eq!(
        credentials,
        format!("# mine\n[default]\noutput = json\n{other}")
    );
    let others = left.matches("aws_secret_access_key = other").count();
    assert!(others >= 2, "{left}");

    let listed = listed(&world);
    assert_eq!(listed[0]["profile"], "default");
    assert_eq!(listed[0]["access_key_id"], world.alice.access_key);
    assert_eq!(listed[0]["arn"], "arn:aws:iam::123456789012:user/alice");
    let again = world.succeeds(&["aws", "keys", "import"]);
    assert!(again.starts_with("the vault already has "), "{again}");
    // The line of the profile names itself, and is no loop: the vault comes first.
    world.succeeds(&["aws", "login"]);
    let printed = world.succeeds(&["aws", "credential-process", "--profile", "default"]);
    assert!(printed.contains("ASIA"), "{printed}");
    assert_eq!(world.aws.calls("GetSessionToken"), 1);
    let doctor = world.run(&["doctor"]);
    let found = text(&doctor.stdout);
    assert!(
        found.contains("profile default gets sessions from mfa"),
        "{found}"
    );
    let status = world.run(&["export", "--format", "otpauth", "-"]);
    assert!(!text(&status.stdout).contains(&secret));
}

pub fn a_key_in_the_config_file_is_moved_too() {
    let world = World::new();
    let own = section("profile work", &world.alice);
    world.write_config(&format!("{own}aws_session_token =\nregion = eu-west-1\n"));
    write(&world, "credentials", "");
    world.succeeds(&["aws", "keys", "import", "--profile", "work"]);
    let left = aws_folder(&world);
    assert!(!left.contains(&world.alice.secret_key), "{left}");
    assert!(
        !left.contains("aws_session_token") && left.contains("region = eu-west-1"),
        "{left}"
    );
    // With keys in the vault, `setup` needs no other name, and keeps the file free of secrets.
    let again = world.succeeds(&["aws", "setup", "--profile", "work"]);
    assert!(again.starts_with("profile work is already in "), "{again}");
    world.succeeds(&["aws", "setup", "--profile", "work", "--as", "more"]);
    assert!(!aws_folder(&world).contains(&world.alice.secret_key));
}

pub fn what_is_no_long_term_key_is_not_imported() {
    let (world, _) = World::registered();
    let (id, secret) = (&world.alice.access_key, &world.alice.secret_key);
    let before = format!(
        "[default]\n{keys}[profile session]\n{keys}aws_session_token = t\n\
         [profile sso]\nsso_session = corp\n[profile tool]\ncredential_process = keys\n\
         [profile role]\nrole_arn = arn:aws:iam::123456789012:role/R\nsource_profile = default\n\
         [profile half]\naws_access_key_id = {id}\n\
         [profile wrong]\naws_access_key_id = {id}\naws_secret_access_key = wrong\n\
         [profile web]\nrole_arn = r\ncredential_source = Environment\n",
        keys = format_args!("aws_access_key_id = {id}\naws_secret_access_key = {secret}\n"),
    );
    world.write_config(&before);
    let other = world.aws.add_key("alice");
    world.write_credentials("default", &other);
    for (profile, said) in [
        ("default", "one in the config file and another one"),
        ("session", "it is a session's, which expires"),
        ("sso", "it uses SSO"),
        ("tool", "it uses credential_process"),
        (
            "role",
            "it uses that of 'default'\n  try: mfa aws keys import --profile default",
        ),
        ("half", "it is incomplete"),
        ("wrong", "the secret access key does not match"),
        ("web", "it uses credential_source"),
        ("nothing", "there is no AWS profile 'nothing'"),
    ] {
        let (exit, told) = world.fails(&["aws", "keys", "import", "--profile", profile]);
        assert!(exit == 1 && told.contains(said), "{profile}: {exit} {told}");
    }
    let variables = [
        ("AWS_ACCESS_KEY_ID", "AKIA"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
    ];
    let (exit, told) = world.fails_with(&["aws", "keys", "import"], &variables);
    assert!(
        exit == 2 && told.contains("are in the environment"),
        "{told}"
    );
    assert_eq!(std::fs::read_to_string(world.config()).unwrap(), before);
    assert!(listed(&world).is_empty());
}

pub fn all_profiles_are_imported_and_a_failure_stops_none() {
    let world = World::new();
    let bob = world.aws.add_user("bob");
    let twin = section("twin", &world.alice);
    write(
        &world,
        "credentials",
        &format!(
            "[bad]\naws_access_key_id = AKIANONE\naws_secret_access_key = s\n{}{}{twin}\
             [session]\naws_access_key_id = ASIA\naws_secret_access_key = s\n\
             aws_session_token = t\n",
            section("alice", &world.alice),
            section("bob", &bob),
        ),
    );
    let run = world.run(&["aws", "keys", "import", "--all"]);
    let (answer, told) = (text(&run.stdout), text(&run.stderr));
    assert_eq!(run.status.code(), Some(1), "{told}");
    assert!(
        told.contains("1 of 4 keys were not imported") && told.contains("bad: "),
        "{told}"
    );
    assert!(
        told.contains("skipped session: its keys are a session's"),
        "{told}"
    );
    // It is imported by the same run.
    assert!(!told.contains("still"), "{told}");
    assert_eq!(answer.matches("the vault now has ").count(), 3, "{answer}");
    let left = aws_folder(&world);
    assert!(
        !left.contains(&bob.secret_key) && !left.contains(&world.alice.secret_key),
        "{left}"
    );
    assert!(
        left.contains("AKIANONE") && left.contains("aws_session_token = t"),
        "{left}"
    );
    assert_eq!(listed(&world).len(), 3);
}

pub fn another_key_of_a_profile_is_not_replaced_unasked() {
    let world = World::new();
    world.succeeds(&["aws", "keys", "import"]);
    let new = world.aws.add_key("alice");
    world.write_credentials("default", &new);
    let (exit, told) = world.fails(&["aws", "keys", "import"]);
    assert_eq!(exit, 8, "{told}");
    assert!(
        told.contains(&world.alice.access_key)
            && told.ends_with("try: mfa aws keys import --profile default --replace\n"),
        "{told}"
    );
    assert!(aws_folder(&world).contains(&new.secret_key));
    world.succeeds(&["aws", "keys", "import", "--replace"]);
    assert_eq!(listed(&world)[0]["access_key_id"], new.access_key);
    assert!(!aws_folder(&world).contains(&new.secret_key));
    let undone = world.succeeds(&["undo"]);
    assert_eq!(undone, "undid: replace the AWS access key of default\n");
    assert_eq!(listed(&world)[0]["access_key_id"], world.alice.access_key);
}

pub fn an_import_killed_at_any_write_loses_nothing() {
    const WRITES: u32 = 18;
    at_once(1..=WRITES, |n| {
        let world = World::new();
        let secret = world.alice.secret_key.clone();
        write(
            &world,
            "credentials.mfa-backup",
            &section("default", &world.alice),
        );
        let arguments = ["aws", "keys", "import"];
        let Some(killed) = killed_at_write(&world, &arguments, n) else {
            return;
        };
        if n == WRITES {
            assert!(
                killed.status.success(),
                "more files are written than are tried"
            );
        }
        let credentials = std::fs::read_to_string(world.home().join(".aws/credentials")).unwrap();
        let is_in_file = credentials.contains(&secret);
        let run = world.run(&["aws", "keys", "export"]);
        let is_in_vault = text(&run.stdout).contains(&secret);
        assert!(is_in_file || is_in_vault, "write {n}: the key is lost");
        world.succeeds(&arguments);
        let left = aws_folder(&world);
        assert!(!left.contains(&secret), "write {n}: {left}");
        let exported = world.succeeds(&["aws", "keys", "export"]);
        assert!(exported.contains(&secret), "write {n}");
    });
}

pub fn a_key_is_added_exported_and_removed() {
    let (world, _) = World::registered();
    let (id, secret) = (&world.alice.access_key, &world.alice.secret_key);
    let add = ["aws", "keys", "add", id, "--profile", "new one"];
    let refused = with_stdin(&world, &add, "not the secret\n");
    assert_eq!(refused.status.code(), Some(7), "{}", text(&refused.stderr));
    let refused = with_stdin(&world, &add, "wrong\n");
    assert!(
        text(&refused.stderr).contains("does not match"),
        "{}",
        text(&refused.stderr)
    );
    let (exit, _) = world.fails(&["aws", "keys", "add", "--profile", "new one"]);
    assert_eq!(exit, 2);
    let session = ["aws", "keys", "add", "ASIA1", "--profile", "new one"];
    assert_eq!(with_stdin(&world, &session, "s").status.code(), Some(7));
    assert!(listed(&world).is_empty());

    let added = with_stdin(&world, &add, &format!("{secret}\n"));
    assert!(added.status.success(), "{}", text(&added.stderr));
    // The default profile has the same key.
    assert!(text(&added.stderr).contains("'default' still has the same key"));
    let config = std::fs::read_to_string(world.config()).unwrap();
    assert!(
        config.contains("[profile \"new one\"]\ncredential_process = "),
        "{config}"
    );
    let profile = ["--profile", "new one"];
    let with = |arguments: &[&'static str]| [arguments, &profile].concat();
    let exported = world.succeeds(&with(&["aws", "keys", "export"]));
    assert_eq!(exported, section("new one", &world.alice));
    let json = world.succeeds(&with(&["aws", "keys", "export", "--format", "json"]));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["Version"], &json["SecretAccessKey"]),
        (&1.into(), &secret.as_str().into())
    );
    let file = world.home().join("key.ini");
    let path = file.to_str().unwrap();
    let to_file = [&["aws", "keys", "export", path][..], &profile].concat();
    assert_eq!(world.succeeds(&to_file), "");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), exported);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_eq!(world.fails(&to_file).0, 1);

    let (exit, told) = world.fails(&with(&["aws", "keys", "rm"]));
    assert!(
        exit == 2 && told.ends_with("try: mfa aws keys rm --profile 'new one' --yes\n"),
        "{told}"
    );
    world.succeeds(&with(&["aws", "keys", "rm", "--yes"]));
    let (exit, told) = world.fails(&with(&["aws", "keys", "export"]));
    assert!(
        exit == 3 && told.contains("keys import --profile 'new one'"),
        "{told}"
    );
    let undone = world.succeeds(&["undo"]);
    assert_eq!(undone, "undid: remove the AWS access key of new one\n");
    assert_eq!(world.succeeds(&with(&["aws", "keys", "export"])), exported);
    let undone = world.run(&["undo"]);
    assert_eq!(
        text(&undone.stdout),
        "undid: add the AWS access key of new one\n"
    );
    let told = text(&undone.stderr);
    assert!(
        told.contains(id.as_str()) && told.contains("to get it back: mfa redo"),
        "{told}"
    );
    world.succeeds(&["redo"]);
    assert_eq!(listed(&world).len(), 1);
}

pub fn roles_and_profiles_without_a_file_use_the_vault() {
    let (world, serial) = World::registered();
    let role = world.aws.add_role("Admin", "user/alice");
    world.write_config(&format!(
        "[profile work]\nregion = eu-west-1\n\
         [profile admin]\nrole_arn = {role}\nsource_profile = work\nmfa_serial = {serial}\n"
    ));
    world.write_credentials("work", &world.alice);
    world.succeeds(&["aws", "keys", "import", "--profile", "work"]);
    std::fs::remove_file(world.home().join(".aws/credentials")).unwrap();
    world.succeeds(&["aws", "login", "--profile", "admin"]);
    world.write_config("");
    world.succeeds(&["aws", "login", "--profile", "work"]);
    let devices = world.succeeds(&["aws", "devices", "--profile", "work"]);
    assert!(devices.contains("alice@123456789012"), "{devices}");
    world.succeeds(&["aws", "doctor", "--profile", "work"]);
}

/// A passphrase, a re-key and the backups keep the key.
pub fn keys_stay_through_changes_of_the_vault() {
    let world = World::new();
    world.succeeds(&["aws", "keys", "import"]);
    let exported = world.succeeds(&["aws", "keys", "export"]);
    let passphrase = [("MFA_PASSPHRASE", "correct horse")];
    let run = world.run_with(&["vault", "passphrase"], &passphrase);
    assert!(run.status.success(), "{}", text(&run.stderr));
    let run = world.run_with(&["aws", "keys", "export"], &passphrase);
    assert_eq!(text(&run.stdout), exported);
    let run = world.run_with(&["vault", "check"], &passphrase);
    assert!(run.status.success(), "{}", text(&run.stderr));
    // A locked vault gives no key, and the plain file has none.
    let (exit, told) = world.fails(&["aws", "credential-process", "--profile", "default"]);
    assert_eq!(exit, 5, "{told}");
}

/// AWS's own program, with the profile that ran on plain keys before.
pub fn a_real_client_uses_the_same_profile() {
    let (world, _) = World::registered();
    let Some(clients) = Clients::of(&world) else {
        return;
    };
    world.succeeds(&["aws", "keys", "import"]);
    for line in [
        "sts get-caller-identity",
        "--profile default sts get-caller-identity",
    ] {
        assert!(clients.aws(line).contains(":user/alice"));
    }
    assert_eq!(world.aws.calls("GetSessionToken"), 1);
}

/// The simulator knows no access key of the stand-in's making.
pub fn moto_rotates_a_key_and_gives_its_session() {
    let world = World::new();
    let Some((moto, clients)) = Moto::with_clients(&world) else {
        return;
    };
    let keys = Moto::alice(&clients);
    world.write_credentials("default", &keys);
    clients.mfa_succeeds("aws register");
    clients.mfa_succeeds("aws keys import");
    moto.trust_everybody();
    let answer = clients.mfa_succeeds("aws keys rotate --delete-old");
    assert!(
        answer.ends_with(&format!("{} is deleted\n", keys.access_key)),
        "{answer}"
    );
    let listed = clients.aws("iam list-access-keys --user-name alice --output text");
    assert!(
        !listed.contains(&keys.access_key) && listed.contains("Active"),
        "{listed}"
    );
    let identity = clients.aws("--profile default sts get-caller-identity --output text");
    assert!(identity.contains("123456789012"), "{identity}");
    assert!(!aws_folder(&world).contains("aws_secret_access_key"));
}

/// Without any MFA device, the vault's key gets a plain session.
pub fn a_vault_of_keys_only_gives_sessions() {
    let world = World::new();
    let role = world.aws.add_role("Admin", "user/alice");
    world.aws.role("Admin", |role| role.needs_mfa = false);
    world.succeeds(&["aws", "keys", "import"]);
    world.write_config(&format!(
        "{}[profile admin]\nrole_arn = {role}\nsource_profile = default\n",
        std::fs::read_to_string(world.config()).unwrap()
    ));
    world.succeeds(&["aws", "login"]);
    for profile in ["default", "admin"] {
        let printed = world.succeeds(&["aws", "credential-process", "--profile", profile]);
        assert!(printed.contains("ASIA"), "{printed}");
    }
    assert_eq!(world.aws.calls("GetSessionToken"), 1);
    if let Some(clients) = Clients::of(&world) {
        assert!(
            clients
                .aws("sts get-caller-identity")
                .contains(":user/alice")
        );
    }
    // After a rotation, a session of the new key.
    world.succeeds(&["aws", "keys", "rotate", "--delete-old"]);
    world.succeeds(&["aws", "login"]);
    assert_eq!(world.aws.calls("GetSessionToken"), 2);
}
