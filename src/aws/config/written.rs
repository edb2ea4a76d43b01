//! The settings that `setup`, `login --as` and `rotate` write into AWS's files.

use std::path::Path;

use super::edit::{EditError, edit};
use super::ini::{File, Section, Sections};
use super::profile::Profile;
use crate::aws::Credentials;
use crate::otp::AccountId;
use crate::vault::storage::quoted;

/// The `credential_process` line of `mfa aws setup`. AWS's tools run it without a shell, so it cannot
/// use variables.
pub(crate) struct ProcessLine<'a> {
    /// The path of this program.
    pub(crate) program: &'a Path,
    /// The vault, unless it is the default one.
    pub(crate) vault: Option<&'a Path>,
    /// The profile with the keys.
    pub(crate) source: &'a str,
    /// The length of a session in seconds.
    pub(crate) duration: Option<u32>,
    /// The account whose codes are used. By id: its name comes from outside, and changes.
    pub(crate) account: Option<AccountId>,
}

/// The words between the program and the profile's name.
const COMMAND: [&str; 3] = ["aws", "credential-process", "--profile"];

impl ProcessLine<'_> {
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

    /// The profile with the keys, if `mfa aws setup` wrote this line.
    pub(super) fn source_of(line: &str) -> Option<String> {
        let words = shlex::split(line)?;
        let place = words
            .windows(COMMAND.len())
            .position(|three| three == COMMAND)?;
        words.get(place.checked_add(COMMAND.len())?).cloned()
    }
}

/// The settings of `setup`: the line, and endpoint settings that the person has not set already.
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

/// The settings of `login --as`: the keys of the session.
pub(crate) fn session_settings(keys: &Credentials) -> [(&'static str, Option<&str>); 3] {
    [
        ("aws_access_key_id", Some(&keys.id)),
        ("aws_secret_access_key", Some(&keys.secret)),
        ("aws_session_token", keys.token.as_deref()),
    ]
}

/// The config file after a rotation: each profile with the old `mfa_serial` gets the new one. Fails if
/// the new serial cannot be written.
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
