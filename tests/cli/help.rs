//! Every help text.

use crate::sandbox::{Sandbox, snapshot};

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
        "aws status",
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
        "mfa --color sometimes list",
    ]));
}
