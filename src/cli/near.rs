//! Suggests a command for a word that is not one.

use std::path::Path;

use clap::Command;

use super::{ENTRIES, find_entry};
use crate::app::sources::payloads::is_named_like_a_picture;
use crate::otp::Parsed;

/// What an unknown word may mean.
pub(super) enum Near {
    /// Words to use in place of the unknown one.
    Command(Vec<String>),
    /// An account to add. The word may be a key, so no suggestion repeats it.
    Key,
    /// Nothing known; perhaps the name of an account.
    Nothing,
}

/// Commands, each with its names in other programs.
const NAMES: &[(&str, &[&str])] = &[
    ("add", &["create", "enroll", "insert", "new"]),
    ("code", &["gen", "generate", "hotp", "otp", "token", "totp"]),
    #[cfg(feature = "desktop")]
    ("cp", &["clip", "clipboard", "copy"]),
    ("doctor", &["check", "checkup", "diagnose", "health"]),
    ("edit", &["change", "modify", "set", "update"]),
    ("export", &["dump", "save"]),
    ("import", &["load"]),
    ("list", &["accounts", "all"]),
    ("remove", &["del", "delete", "drop", "erase", "forget"]),
    ("rename", &["move"]),
    ("scan", &["decode", "read"]),
    ("show", &["describe", "details", "info"]),
    ("undo", &["revert", "rollback"]),
    ("watch", &["interactive", "live", "top", "tui", "ui"]),
    ("vault backups", &["backup", "backups"]),
    ("init", &["completion", "setup", "shell", "shellenv"]),
    ("vault passphrase", &["passphrase", "passwd", "password"]),
    ("vault recovery", &["recover", "recovery"]),
    ("vault restore", &["restore"]),
    ("vault status", &["status"]),
    #[cfg(feature = "aws")]
    ("aws clear", &["logout"]),
    #[cfg(feature = "aws")]
    ("aws console", &["console"]),
    #[cfg(feature = "aws")]
    ("aws devices", &["device"]),
    #[cfg(feature = "aws")]
    ("aws exec", &["exec", "subshell"]),
    #[cfg(feature = "aws")]
    ("aws list", &["profiles"]),
    #[cfg(feature = "aws")]
    ("aws login", &["login", "session", "sso"]),
    #[cfg(feature = "aws")]
    ("aws register", &["register"]),
    ("--version", &["version"]),
];

/// Finds the command that `word` may stand for.
pub(super) fn near_command(word: &str) -> Near {
    let lower = word.to_lowercase();
    if lower.starts_with("otpauth") || holds_key(word) {
        return Near::Key;
    }
    if is_named_like_a_picture(Path::new(word)) {
        return Near::Command(["add", "--qr", word].map(str::to_owned).to_vec());
    }
    let known = NAMES.iter().find(|(_, names)| names.contains(&&*lower));
    let command = known
        .map(|(command, _)| (*command).to_owned())
        .or_else(|| nearest(&lower, ENTRIES.iter().map(|entry| entry.name)).map(ToOwned::to_owned));
    match command {
        Some(command) => Near::Command(command.split(' ').map(str::to_owned).collect()),
        None => Near::Nothing,
    }
}

/// What a word after `mfa vault` or `mfa aws` may stand for.
pub(super) enum Inner {
    /// Another command after the same one.
    Sibling(String),
    /// A command that stands alone.
    Outer(&'static str),
}

/// The command that `word` may stand for after the command `outer`. A vague match is none: some of these
/// commands change what protects the vault, or what AWS asks for.
pub(super) fn near_inner(outer: &str, word: &str) -> Option<Inner> {
    let word = word.to_lowercase();
    let own = (find_entry(outer)?.augment)(Command::new("mfa"));
    if let Some(name) = nearest(&word, own.get_subcommands().map(Command::get_name)) {
        return Some(Inner::Sibling(name.to_owned()));
    }
    let known = NAMES.iter().find_map(|(command, names)| {
        let (first, inner) = command.split_once(' ')?;
        (first == outer && names.contains(&&*word)).then(|| Inner::Sibling(inner.to_owned()))
    });
    let outer = || find_entry(&word).filter(|entry| entry.name != "remove");
    known.or_else(|| outer().map(|entry| Inner::Outer(entry.name)))
}

/// The name of which `word` is a typo or the beginning.
fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = names.filter(|name| is_typo(word, name));
    near.min_by_key(|name| strsim::osa_distance(word, name))
}

/// Whether `word` is the beginning of `name`, or differs from it by a letter in three.
pub(super) fn is_typo(word: &str, name: &str) -> bool {
    let allowed = (name.chars().count() / 3).max(1);
    (word.len() > 2 && name.starts_with(word)) || strsim::osa_distance(word, name) <= allowed
}

/// Whether a word may be or contain a secret key.
pub(super) fn holds_key(word: &str) -> bool {
    word.contains("://")
        || word.contains("otpauth:")
        || (word.len() >= 16 && Parsed::from_key(word).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(word: &str) -> String {
        match near_command(word) {
            Near::Command(words) => words.join(" "),
            Near::Key => "key".to_owned(),
            Near::Nothing => String::new(),
        }
    }

    #[test]
    fn a_word_of_another_program_names_our_command() {
        for (word, command) in [
            ("del", "remove"),
            ("Totp", "code"),
            ("token", "code"),
            ("passwd", "vault passphrase"),
            ("lsit", "list"),
            ("remvoe", "remove"),
            ("improt", "import"),
            ("liste", "list"),
            ("aws.png", "add --qr aws.png"),
            ("Shot 1.PNG", "add --qr Shot 1.PNG"),
            ("otpauth://totp/x?secret=GEZDGNBV", "key"),
            ("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "key"),
            ("github", ""),
            ("x", ""),
        ] {
            assert_eq!(near(word), command, "{word}");
        }
    }

    #[test]
    fn every_command_that_is_named_exists() {
        for (command, _) in NAMES {
            let mut whole = crate::cli::whole_command();
            whole.build();
            let words = command.split(' ').filter(|word| !word.starts_with('-'));
            for word in words {
                whole = whole.find_subcommand(word).expect(command).clone();
            }
        }
    }
}
