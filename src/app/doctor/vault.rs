//! The vault: whether it is there and whole, what opens it, and its backups. Never prompts.

use std::time::UNIX_EPOCH;

use super::Report;
use crate::app::context::Context;
use crate::app::local_time::local_time;
use crate::app::vault::unlocked_until;
use crate::vault::format::SlotFormat;
use crate::vault::repository::{BackupState, CheckReport};
use crate::vault::unlock::{key_file_path, keyring_opens, session_key};
use crate::vault::{Header, SlotKind, Vault};

/// Checks all of it. Returns the accounts, if the vault opens without a prompt.
pub(crate) fn check(report: &mut Report, context: &mut Context) -> Option<Vault> {
    let path = context.repository.path().display().to_string();
    let header = match context.repository.load() {
        Err(error) => {
            report.error("vault", error);
            return None;
        }
        Ok(None) if context.vault_was_named => {
            report.error("vault", context.repository.no_vault());
            return None;
        }
        Ok(None) => {
            let begin = ["mfa add --qr PICTURE", "mfa import FILE"];
            report.note("vault", format!("none yet at {path}; to begin:"), &begin);
            return None;
        }
        Ok(Some(envelope)) => envelope.header,
    };
    report.ok("vault", path);
    let opens = context.with_vault(|vault, host| Ok(vault.unlock_without_asking(host, &header)));
    let opens = opens.unwrap_or_default();
    let vault = opens.then(|| accounts(report, context)).flatten();
    if !opens {
        let why = if context.host.passphrase.is_given() {
            "the passphrase that was given does not open the vault"
        } else {
            "the vault is locked"
        };
        report.note("accounts", format!("not checked: {why}"), &["mfa unlock"]);
    }
    ways(report, context, &header);
    session(report, context, &header, opens);
    backups(report, context);
    vault
}

fn accounts(report: &mut Report, context: &mut Context) -> Option<Vault> {
    let checked = match context.with_vault(|vault, host| Ok(vault.check(host)?)) {
        Ok(checked) => checked,
        Err(error) => {
            report.error("vault", error);
            return None;
        }
    };
    let count = checked.vault.accounts.len();
    let CheckReport { vault, .. } = &checked;
    let unusable = vault.unusable.len();
    for finding in checked.findings() {
        report.problem("accounts", finding, &["mfa vault backups"]);
    }
    if unusable == 0 {
        report.ok("accounts", format!("{count}, all usable"));
    }
    Some(checked.vault)
}

/// What opens the vault, and what is missing in case of a loss.
fn ways(report: &mut Report, context: &Context, header: &Header) {
    const CHECK: &str = "unlocking";
    let path = context.repository.path();
    let kinds = || header.slots.iter().map(|slot| &slot.kind);
    let has = |name: &str| kinds().any(|kind| kind.name() == name);
    let mut all: Vec<_> = kinds().map(|kind| kind.describe(path)).collect();
    all.dedup();
    report.ok(CHECK, format!("by {}", all.join(", ")));
    if has("keyfile") {
        let key_file = key_file_path(path);
        let name = key_file.display();
        if !crate::app::user_files::exists(&key_file) {
            let message = format!("{name} is missing, so it cannot open the vault");
            report.warning(CHECK, message, &["mfa vault status"]);
        } else if kinds().all(|kind| matches!(kind, SlotKind::KeyFile(_))) {
            let message = format!("no passphrase: anyone who can read {name} can open the vault");
            report.note(CHECK, message, &["mfa vault passphrase"]);
        }
    } else if !has("recovery") && !has("age") {
        let message = "no recovery code, for the day the passphrase or the keyring is lost";
        report.note(CHECK, message, &["mfa vault recovery"]);
    }
    if has("keyring") && !keyring_opens(header) {
        let message = "the system's keyring does not answer, or has no key for this vault";
        report.warning("keyring", message, &["mfa vault keyring on"]);
    }
}

/// How long the vault stays unlocked.
fn session(report: &mut Report, context: &Context, header: &Header, opens: bool) {
    const CHECK: &str = "session";
    let place = match session_key::place() {
        Ok(place) => place,
        // A vault that opens by itself needs none.
        Err(_) if opens => return,
        Err(error) => return report.note(CHECK, error.to_string(), &["mfa vault keyring on"]),
    };
    let cached = context.repository.cached_key(&context.host);
    let cached = cached.filter(|cached| cached.key.matches(&header.key_commit));
    match cached {
        Some(cached) => report.ok(CHECK, unlocked_until(cached.until, place)),
        None if opens => {}
        None => report.ok(CHECK, "locked"),
    }
}

fn backups(report: &mut Report, context: &mut Context) {
    const CHECK: &str = "backups";
    let found = context.repository.backups_without_asking(&context.host);
    let bad = found.iter().filter(|backup| !backup.is_good).count();
    let time = |backup: &BackupState| backup.written?.duration_since(UNIX_EPOCH).ok();
    let newest = found.iter().filter_map(time).max();
    let newest = newest.map(|since| format!(", the newest from {}", local_time(since.as_secs())));
    if bad > 0 {
        let message = format!("{bad} of {} are damaged", found.len());
        report.warning(CHECK, message, &["mfa vault backups"]);
    } else if found.is_empty() {
        report.note(CHECK, "none yet; the next change makes one", &[]);
    } else {
        report.ok(
            CHECK,
            format!("{}{}", found.len(), newest.unwrap_or_default()),
        );
    }
}
