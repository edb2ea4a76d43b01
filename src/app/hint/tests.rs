//! Hints carry what was given, quoted, and nothing else.

use clap::ArgAction;

use super::*;

fn value(name: &'static str) -> Arg {
    Arg::new(name).long(name)
}

fn find(name: &str) -> Option<Command> {
    let profile = || value("profile").short('p');
    let account = || value("account");
    let yes = Arg::new("yes").long("yes").action(ArgAction::SetTrue);
    match name {
        "aws" => Some(
            Command::new("aws")
                .subcommand(Command::new("login").args([
                    profile(),
                    account(),
                    value("duration"),
                    value("as"),
                ]))
                .subcommand(Command::new("setup").args([profile(), value("as")]))
                .subcommand(Command::new("unregister").args([profile(), account(), yes]))
                .subcommand(
                    Command::new("exec")
                        .arg(profile())
                        .arg(Arg::new("program").last(true).num_args(1..)),
                )
                .subcommand(Command::new("policy")),
        ),
        "code" => Some(Command::new("code").alias("get").args([
            profile(),
            value("at"),
            Arg::new("name").num_args(0..),
        ])),
        "list" => Some(Command::new("list").arg(value("at"))),
        "vault" => Some(Command::new("vault").subcommand(Command::new("restore"))),
        _ => None,
    }
}

fn given(line: &str) -> Given {
    let root = Command::new("mfa")
        .arg(value("vault").global(true))
        .arg(
            Arg::new("passphrase_file")
                .long("passphrase-file")
                .global(true),
        )
        .subcommands(["aws", "code", "list", "vault"].map(|name| find(name).unwrap()));
    let words = shlex::split(line).unwrap();
    Given::new(&Arc::new(root.get_matches_from(words)), find)
}

fn hinted(line: &str, hint: impl Into<Hint>) -> String {
    given(line).command(hint)
}

#[test]
fn the_vault_is_carried_to_every_command() {
    let line = "mfa code foo --vault 'my vault.json' --passphrase-file=-p";
    assert_eq!(
        hinted(line, "mfa list"),
        "mfa --vault 'my vault.json' --passphrase-file=-p list"
    );
    assert_eq!(
        hinted(line, "mfa --vault x vault restore 3"),
        "mfa --passphrase-file=-p --vault x vault restore 3"
    );
    assert_eq!(
        hinted("mfa --vault v list", "wl-paste | mfa add --qr -"),
        "wl-paste | mfa --vault v add --qr -"
    );
    assert_eq!(
        hinted("mfa --vault v list", "A=PATH mfa vault …"),
        "A=PATH mfa --vault v vault …"
    );
}

#[test]
fn other_programs_are_left_alone() {
    for hint in [
        "aws configure",
        "ps -fp 1",
        "echo in mfa list",
        "chmod 600 mfa",
    ] {
        assert_eq!(hinted("mfa --vault v list", hint), hint);
    }
}

#[test]
fn options_of_the_profile_are_carried_to_commands_that_take_them() {
    let line = "mfa aws login -p work --account=bob --duration 8h --as x";
    let carried = [
        ("mfa aws setup", "mfa aws setup --profile work"),
        (
            "mfa aws unregister --yes",
            "mfa aws unregister --profile work --account bob --yes",
        ),
        ("mfa aws policy", "mfa aws policy"),
        ("mfa list", "mfa list"),
        (
            "mfa aws login --profile NAME",
            "mfa aws login --account bob --duration 8h --as x --profile NAME",
        ),
        ("mfa aws setup -p x", "mfa aws setup -p x"),
    ];
    for (hint, whole) in carried {
        assert_eq!(hinted(line, hint), whole);
    }
    assert_eq!(
        hinted("mfa get foo -p work --at 5", "mfa aws login"),
        "mfa aws login --profile work"
    );
    // They have it by chance.
    assert_eq!(hinted("mfa code foo --at 5", "mfa list"), "mfa list");
    // A flag belongs to the command it was given to.
    assert_eq!(
        hinted("mfa aws unregister --yes", "mfa aws login"),
        "mfa aws login"
    );
}

#[test]
fn the_same_command_again_has_all_that_it_had() {
    let again = Hint::again().option("account", "b's; rm");
    assert_eq!(
        hinted(
            "mfa --vault v aws unregister -p '$(id)' --account a --yes",
            again.clone()
        ),
        "mfa --vault v aws unregister --profile '$(id)' --yes --account \"b's; rm\""
    );
    assert_eq!(
        hinted(
            "mfa aws exec -p a -- sh -c 'x y'",
            Hint::again().word("--now")
        ),
        "mfa aws exec --profile a --now -- sh -c 'x y'"
    );
    assert_eq!(Given::default().command(again), "mfa --account \"b's; rm\"");
}

/// The value is outside text, and no option.
#[test]
fn a_value_that_looks_like_an_option_hides_none() {
    let hint = Hint::again().option("account", "x --vault y --profile z");
    assert_eq!(
        hinted("mfa --vault v aws login --profile p", hint),
        "mfa --vault v aws login --profile p --account 'x --vault y --profile z'"
    );
}

#[test]
fn an_implied_option_gives_way() {
    let hint = Hint::from("mfa aws login").implied("profile", "from env");
    let hint = hint.implied("profile", "outer").implied("vault", "x");
    assert_eq!(
        hinted("mfa list", hint.clone()),
        "mfa aws login --profile 'from env'"
    );
    assert_eq!(
        hinted("mfa aws setup -p given", hint),
        "mfa aws login --profile given"
    );
    let policy = Hint::from("mfa aws policy").implied("profile", "p");
    assert_eq!(hinted("mfa list", policy), "mfa aws policy");
}
