//! The names of accounts, for shells that complete them.

use std::ffi::OsStr;

use clap_complete::CompletionCandidate;

use super::context::{Context, Globals};
use crate::otp::Account;
use crate::ui::escape;

/// The names that begin with what was typed so far, where the vault opens without asking; else
/// none. An account completes by its name, where that is the only one, and by `issuer:name`.
pub(crate) fn account_names(typed: &OsStr) -> Vec<CompletionCandidate> {
    let globals = Globals {
        vault: None,
        passphrase_file: None,
        color: crate::ui::ColorChoice::Never,
    };
    let Ok(mut context) = Context::new(globals) else {
        return Vec::new();
    };
    let accounts = context
        .repository
        .accounts_without_asking(&context.host)
        .unwrap_or_default();
    let names = candidates(&accounts, &typed.to_string_lossy());
    names
        .into_iter()
        .map(|name| CompletionCandidate::new(escape(&name).into_owned()))
        .collect()
}

fn candidates(accounts: &[Account], typed: &str) -> Vec<String> {
    let is_unique = |name: &str| accounts.iter().filter(|a| a.name == name).count() == 1;
    let short = |a: &Account| Some(a.name.clone()).filter(|name| is_unique(name));
    let both = |a: &Account| match (short(a), typed.is_empty()) {
        // With nothing typed yet, each account is listed once.
        (Some(short), true) => vec![short],
        (short, _) => short.into_iter().chain([a.full_name()]).collect(),
    };
    let mut names: Vec<_> = accounts.iter().flat_map(both).collect();
    names.retain(|name| name.starts_with(typed));
    names.dedup();
    names
}
