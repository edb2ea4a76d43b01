//! The help of every command.

use crate::sandbox::{Sandbox, snapshot};

/// Other systems have other shells and keyrings.
#[cfg(target_os = "linux")]
#[test]
fn help_of_every_command() {
    let sandbox = Sandbox::new();
    let commands = [
        "",
        "add",
        "code",
        "list",
        "show",
        "qr",
        "rename",
        "edit",
        "remove",
        "undo",
        "redo",
        "scan",
        "import",
        "export",
        "unlock",
        "lock",
        "aws",
        "aws register",
        "aws login",
        "aws setup",
        "aws env",
        "aws exec",
        "aws credential-process",
        "aws console",
        "aws list",
        "aws status",
        "aws clear",
        "aws devices",
        "aws resync",
        "aws rotate",
        "aws unregister",
        "aws doctor",
        "aws policy",
        "vault",
        "vault init",
        "vault status",
        "vault path",
        "vault passphrase",
        "vault recovery",
        "vault keyring",
        "vault share",
        "vault share list",
        "vault share revoke",
        "vault backups",
        "vault restore",
        "vault check",
        "vault trust",
        "sync",
        "sync init",
        "sync join",
        "sync status",
        "sync auto",
        "sync log",
        "sync restore",
        "sync conflicts",
        "sync conflicts use",
        "sync devices",
        "sync remove-device",
        "sync leave",
        "doctor",
        "init",
        "completions",
        "man",
    ];
    let lines = commands.map(|command| format!("mfa {command} --help").replace("  ", " "));
    snapshot!(sandbox.transcript(&lines.each_ref().map(String::as_str)));
}

#[test]
fn wrong_usage_is_exit_2() {
    let sandbox = Sandbox::new();
    snapshot!(sandbox.transcript(&[
        "mfa",
        "mfa cod",
        "mfa code --nonsense",
        "mfa vault",
        "mfa add --qr",
        "mfa add --digits 0",
        "mfa rename one",
        "mfa vault restore one",
        "mfa --color sometimes list",
    ]));
}

/// The command that was meant, with all that was typed.
#[test]
fn a_near_miss_names_the_command() {
    let sandbox = Sandbox::new();
    snapshot!(sandbox.transcript(&[
        "mfa del github --yes",
        "mfa totp github",
        "mfa token",
        "mfa copy",
        "mfa liste",
        "mfa passwd",
        "mfa --vault 'my vault.json' delete x",
        "mfa aws.png",
        "mfa 'Screen Shot.PNG' --codes",
        "mfa github",
        "mfa 'otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'",
        "mfa GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        "mfa lsit GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        "mfa list --jsno",
        "mfa list --qrcode",
        "mfa search x",
        "mfa --vault v.json list --jsn",
        "mfa vault stats",
        "mfa vault staus",
        "mfa vault lock",
        "mfa vault passwd --remove",
        "mfa aws stats",
        "mfa aws exce",
        "mfa aws role",
        "mfa aws remove",
        "mfa aws logout",
        "mfa vault nothing",
    ]));
}

#[test]
fn short_names_are_their_commands() {
    let sandbox = Sandbox::with_aws();
    sandbox.stdout("mfa mv my-iam-user me");
    assert_eq!(sandbox.stdout("mfa get me --at 59"), "140615\n");
    assert_eq!(sandbox.stdout("mfa ls"), sandbox.stdout("mfa list"));
    assert_eq!(
        sandbox.stdout("mfa ls --help"),
        sandbox.stdout("mfa list --help")
    );
    sandbox.stdout("mfa rm me --yes");
    assert_eq!(sandbox.stdout("mfa list --json").trim(), "[]");
}

/// All commands, from their own lists.
fn commands(sandbox: &Sandbox) -> Vec<String> {
    let inner = |command: &str| {
        let help = sandbox.stdout(&format!("mfa {command} -h"));
        let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
        let lines = lines.take_while(|line| !line.is_empty());
        let names = lines.filter_map(|line| line.split_whitespace().next());
        names
            .map(|name| format!("{command} {name}"))
            .collect::<Vec<_>>()
    };
    let outer = "add code list show qr rename edit remove undo import export scan aws vault unlock \
                 lock help man completions";
    let outer = outer.split(' ').map(ToOwned::to_owned);
    let all = outer.flat_map(|command| {
        let inner = inner(&command);
        std::iter::once(command).chain(inner).collect::<Vec<_>>()
    });
    std::iter::once(String::new()).chain(all).collect()
}

#[test]
fn short_help_fits_a_terminal_and_long_help_has_an_example() {
    let sandbox = Sandbox::new();
    let commands = commands(&sandbox);
    assert!(commands.len() > 40, "{commands:?}");
    for command in &commands {
        let line = format!("mfa {command} -h").replace("  ", " ");
        let help = sandbox.stdout(&line);
        let widest = help.lines().map(|line| line.chars().count()).max().unwrap();
        let rows = help.lines().count();
        assert!(
            rows <= 24 && widest <= 80,
            "{line}: {rows} rows, {widest} columns"
        );
        let names = [
            "vault path",
            "vault share list",
            "help",
            "man",
            "completions",
        ];
        if !names.contains(&command.as_str()) && command != "aws" && command != "vault" {
            let line = format!("mfa {command} --help").replace("  ", " ");
            let help = sandbox.stdout(&line);
            assert!(help.contains("xample"), "{line}");
        }
    }
}

/// `mfa --help` names every command, and no others.
#[test]
fn every_command_stands_in_the_help() {
    let sandbox = Sandbox::new();
    let help = sandbox.stdout("mfa --help");
    for command in commands(&sandbox)
        .iter()
        .filter(|command| !command.contains(' '))
    {
        let stands = |line: &str| line.split([' ', ',']).any(|word| word == command);
        assert!(help.lines().any(stands), "{command}");
    }
}

#[test]
fn topics_are_read_without_a_network() {
    let sandbox = Sandbox::new();
    let list = sandbox.stdout("mfa help help");
    for topic in [
        "aws",
        "formats",
        "pictures",
        "security",
        "format",
        "exit-codes",
    ] {
        assert!(list.contains(topic));
        let text = sandbox.stdout(&format!("mfa help {topic}"));
        assert!(text.starts_with("# ") && text.len() > 500, "{topic}");
    }
    assert!(
        sandbox
            .stdout("mfa help vault restore")
            .contains("Usage: mfa vault restore")
    );
    assert_eq!(sandbox.run("mfa help nonsense", b"").status.code(), Some(2));
}
