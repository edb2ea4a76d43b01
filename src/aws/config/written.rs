//! What `setup`, `login --as` and `rotate` write into AWS's files.

use std::path::Path;

use super::edit::{EditError, edit};
use super::ini::{File, Section, Sections};
use super::profile::Profile;
use crate::aws::Credentials;
use crate::otp::AccountId;
use crate::vault::storage::quoted;

/// The `credential_process` line of `mfa aws setup`. AWS's tools run it without a shell, so it holds
/// no variable.
pub(crate) struct ProcessLine<'a> {
    /// Path of this program.
    pub(crate) program: &'a Path,
    /// The vault, where it is not the usual one.
    pub(crate) vault: Option<&'a Path>,
    /// The profile that has the keys.
    pub(crate) source: &'a str,
    /// Length of a session in seconds.
    pub(crate) duration: Option<u32>,
    /// The account that gives the codes: by its id, as its name comes from outside, and changes.
    pub(crate) account: Option<AccountId>,
}

/// What is in a line between the program and the name of the profile.
const COMMAND: [&str; 3] = ["aws", "credential-process", "--profile"];

impl ProcessLine<'_> {
    /// The line.
    pub(crate) fn text(&self) -> String {
        let mut words = vec![quoted(self.program)];
        if let Some(vault) = self.vault {
            words.push("--vault".to_owned());
            words.push(quoted(vault));
        }
        words.extend(COMMAND.map(str::to_owned));
        words.push(quoted(Path::new(self.source)));
        if let Some(seconds) = self.duration {
            words.push(format!("--duration {seconds}"));
        }
        if let Some(account) = &self.account {
            words.push(format!("--account {account}"));
        }
        words.join(" ")
    }

    /// The profile that has the keys, where a line is one of `mfa aws setup`.
    pub(super) fn source_of(line: &str) -> Option<String> {
        let words = shlex::split(line)?;
        let place = words
            .windows(COMMAND.len())
            .position(|three| three == COMMAND)?;
        words.get(place.checked_add(COMMAND.len())?).cloned()
    }
}

/// What `setup` writes: the line, and where AWS is, but for what the person has set there already.
pub(crate) fn process_settings<'a>(
    profile: &'a Profile,
    present: Option<&Section>,
    line: &'a str,
) -> Vec<(&'a str, Option<&'a str>)> {
    let settings = [
        ("region", &profile.region),
        ("endpoint_url", &profile.endpoint),
        ("ca_bundle", &profile.ca_bundle),
    ];
    let is_new = |key: &str| present.is_none_or(|section| !section.contains_key(key));
    let settings = settings.into_iter().filter(|(key, _)| is_new(key));
    let settings = settings.filter_map(|(key, value)| Some((key, Some(value.as_deref()?))));
    std::iter::once(("credential_process", Some(line)))
        .chain(settings)
        .collect()
}

/// What `login --as` writes.
pub(crate) fn session_settings(keys: &Credentials) -> [(&'static str, Option<&str>); 3] {
    [
        ("aws_access_key_id", Some(&keys.id)),
        ("aws_secret_access_key", Some(&keys.secret)),
        ("aws_session_token", keys.token.as_deref()),
    ]
}

/// The config file after a rotation: each profile that named the old device names the new one.
///
/// # Errors
/// When the new serial is none.
pub(crate) fn replace_serial(text: &str, old: &str, new: &str) -> Result<String, EditError> {
    const KEY: &str = "mfa_serial";
    let sections = Sections::parse(text, File::Config);
    let is_old = |name: &&str| {
        let setting = sections.get(name).and_then(|section| section.get(KEY));
        setting.is_some_and(|serial| serial == old)
    };
    let mut names = sections.names().into_iter().filter(is_old);
    names.try_fold(text.to_owned(), |text, name| {
        edit(&text, File::Config, name, &[(KEY, Some(new))])
    })
}
