//! Completes the names of accounts in shells, and the values of options that are outside the program.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::UNIX_EPOCH;

use clap_complete::CompletionCandidate;

use super::context::{Context, Globals};
use super::hint::Given;
use super::local_time::local_time;
use crate::otp::{Account, AccountId, AwsLink};
use crate::ui::escape;
use crate::vault::repository::BackupState;

/// What is known about the line that is completed.
#[derive(Debug)]
pub(crate) struct Line {
    /// The value of `--vault`.
    pub(crate) vault: Option<PathBuf>,
    /// The value of `--passphrase-file`.
    pub(crate) passphrase_file: Option<PathBuf>,
    /// The words up to the one that is completed, with the program.
    pub(crate) words: Vec<String>,
    /// Whether the shell can take a word on its line.
    pub(crate) holds: fn(&str) -> bool,
}

static LINE: OnceLock<Line> = OnceLock::new();

/// Remembers the line for [`account_names`], to which clap passes only one word.
pub(crate) fn is_for(line: Line) {
    // A process completes only one line.
    let _ = LINE.set(line);
}

/// Completes the name of an account if the vault opens without a prompt. An account completes by
/// its name if no other account has it, and by `issuer:name`. If a line can hold neither, it
/// completes by its id.
pub(crate) fn account_names(typed: &OsStr) -> Vec<CompletionCandidate> {
    let accounts = accounts().unwrap_or_default();
    let holds = LINE
        .get()
        .map_or::<fn(&str) -> bool, _>(|_| true, |line| line.holds);
    let names = candidates(&accounts, &typed.to_string_lossy(), holds).into_iter();
    names
        .map(|(name, help)| CompletionCandidate::new(name).help(help.map(Into::into)))
        .collect()
}

/// The world of the line that is completed.
fn context() -> Option<Context> {
    let line = LINE.get();
    let globals = Globals {
        vault: line.and_then(|line| line.vault.clone()),
        passphrase_file: line.and_then(|line| line.passphrase_file.clone()),
        color: crate::ui::ColorChoice::Never,
    };
    Context::new(globals, Given::default()).ok()
}

fn accounts() -> Option<Vec<Account>> {
    let mut context = context()?;
    let accounts = context.repository.accounts_without_asking(&context.host);
    accounts.ok()
}

/// The words of the line before the one that is completed, without the program.
pub(crate) fn words_before() -> &'static [String] {
    let words = LINE.get().map_or(&[][..], |line| &line.words);
    let last = words.len().saturating_sub(1);
    words.get(1..last).unwrap_or_default()
}

/// Completes one of these values, each with its help. clap takes none that looks like an option.
pub(crate) fn one_of(
    values: impl IntoIterator<Item = (String, Option<String>)>,
    typed: &OsStr,
) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let fits = |value: &String| value.starts_with(&*typed) && !value.starts_with('-');
    let values = values.into_iter().filter(|(value, _)| fits(value));
    values
        .map(|(value, help)| CompletionCandidate::new(value).help(help.map(Into::into)))
        .collect()
}

/// Completes the tags of all accounts, if the vault opens without a prompt.
pub(crate) fn tags(typed: &OsStr) -> Vec<CompletionCandidate> {
    let accounts = accounts().unwrap_or_default();
    let tags: BTreeSet<_> = accounts
        .into_iter()
        .flat_map(|account| account.tags)
        .collect();
    one_of(tags.into_iter().map(|tag| (tag, None)), typed)
}

/// Completes the names of the machines that share the vault, if it opens without a prompt.
pub(crate) fn sync_devices(typed: &OsStr) -> Vec<CompletionCandidate> {
    let vault = context().and_then(|mut context| {
        let vault = context.repository.vault_without_asking(&context.host);
        vault.ok()
    });
    let devices = vault.and_then(|vault| vault.devices().ok());
    let devices = devices.into_iter().flatten();
    let active = devices.filter(|device| !device.is_removed && escape(&device.name) == device.name);
    one_of(active.map(|device| (device.name, None)), typed)
}

/// Completes the names of AWS profiles.
#[cfg(feature = "aws")]
pub(crate) fn aws_profiles(typed: &OsStr) -> Vec<CompletionCandidate> {
    let files = super::aws::files::load().unwrap_or_default();
    let names = files
        .names()
        .into_iter()
        .map(|name| (name.to_owned(), None));
    one_of(names, typed)
}

/// Completes the revision of a backup, with when it was written and how many accounts it has.
pub(crate) fn backups(typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some(mut context) = context() else {
        return Vec::new();
    };
    let backups = context.repository.backups_without_asking(&context.host);
    let kept = backups
        .into_iter()
        .filter(|backup| backup.is_good && !backup.is_current);
    let value = |backup: BackupState| {
        let since = backup
            .written
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let written = since
            .map(|since| local_time(since.as_secs()))
            .unwrap_or_default();
        let accounts = backup.accounts.map(|count| format!(", accounts: {count}"));
        (
            backup.rev.to_string(),
            Some(written + &accounts.unwrap_or_default()),
        )
    };
    one_of(kept.map(value), typed)
}

/// Returns names, and help for those that are ids.
fn candidates(
    accounts: &[Account],
    typed: &str,
    holds: fn(&str) -> bool,
) -> Vec<(String, Option<String>)> {
    let mut owners: HashMap<String, usize> = HashMap::new();
    for name in accounts.iter().flat_map(exact_names) {
        *owners.entry(name).or_default() += 1;
    }
    let usable = |name: &String| is_typable(name) && holds(name) && owners.get(name) == Some(&1);
    let mut found = Vec::new();
    for account in accounts {
        let mut names = vec![account.name.clone(), account.full_name()];
        names.dedup();
        let fits = names.iter().any(|name| name.starts_with(typed));
        names.retain(usable);
        if names.is_empty() {
            let id = account.id.to_string();
            if fits || id.starts_with(typed) {
                found.push((id, Some(escape(&account.full_name()).into_owned())));
            }
            continue;
        }
        // Before anything is typed, list each account once.
        names.truncate(if typed.is_empty() { 1 } else { names.len() });
        names.retain(|name| name.starts_with(typed));
        found.extend(names.into_iter().map(|name| (name, None)));
    }
    found
}

/// The names that mean an account by the first rule of `crate::vault::resolve`, without duplicates.
fn exact_names(account: &Account) -> Vec<String> {
    let linked = account.aws.as_ref().and_then(AwsLink::user_at_account);
    let mut names = vec![account.name.clone(), account.full_name()];
    names.extend(linked);
    names.sort_unstable();
    names.dedup();
    names
}

/// Whether a line can hold a name and means an account by it: no option, ARN or id. Names that end
/// in `/` or `=` are excluded, because scripts expect more to follow.
fn is_typable(name: &str) -> bool {
    escape(name) == name
        && !name.starts_with('-')
        && !name.ends_with(['/', '='])
        && !name.starts_with("arn:")
        && !name.trim().is_empty()
        && AccountId::parse(name).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otp::parse;

    fn account(number: u8, label: &str) -> Account {
        let uri = "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        let mut draft = parse(uri).unwrap().draft;
        let (issuer, name) = label.split_once(':').unwrap_or(("", label));
        (draft.issuer, draft.name) = (issuer.to_owned(), name.to_owned());
        Account::from_draft(draft, AccountId::new(0, &[number; 10]), 0)
    }

    #[test]
    fn each_account_is_given_by_what_means_it_alone() {
        let labels = [
            "alice",
            "a:bob",
            "b:bob",
            "-x",
            "c:-y",
            "two\nlines",
            "arn:aws:x",
        ];
        let mut accounts: Vec<_> = (0..)
            .zip(labels)
            .map(|(n, label)| account(n, label))
            .collect();
        // One account's name is another one's `issuer:name`.
        let mut clash = account(100, "z");
        clash.name = "a:bob".to_owned();
        accounts.push(clash);
        for typed in ["", "a", "b", "c", "-", "t", "arn:", "0"] {
            for (name, _) in candidates(&accounts, typed, |_| true) {
                assert!(!name.starts_with('-') && !name.contains('\n'), "{name}");
                let resolved = crate::vault::resolve(&accounts, &name);
                assert!(matches!(resolved, crate::vault::Match::One(_)), "{name}");
            }
        }
        let all = |typed| candidates(&accounts, typed, |name| !name.starts_with('a'));
        let names = |typed| all(typed).into_iter().map(|(name, _)| name);
        assert_eq!(names("").count(), accounts.len());
        assert!(names("b").eq([accounts[1].id.to_string(), "b:bob".to_owned()]));
        assert!(names("c").eq(["c:-y"]));
        assert!(names("two").eq([accounts[5].id.to_string()]));
        assert!(names("ali").eq([accounts[0].id.to_string()]));
    }
}
