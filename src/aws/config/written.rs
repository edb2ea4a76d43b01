//! The settings that `setup` and `rotate` write into AWS's files.

use std::path::{Path, PathBuf};

use super::edit::{EditError, edit};
use super::ini::{File, Section, Sections};
use super::profile::Profile;
use super::words::Rules;
use crate::otp::AccountId;

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

/// The words between the program and its options.
const COMMAND: [&str; 2] = ["aws", "credential-process"];

impl ProcessLine<'_> {
    /// The line for this platform. Fails for a path or a name that cannot be quoted there.
    pub(crate) fn text(&self) -> Result<String, EditError> {
        self.text_by(Rules::HERE)
            .ok_or_else(|| EditError::Value("credential_process".to_owned()))
    }

    fn text_by(&self, rules: Rules) -> Option<String> {
        let path = |path: &Path| rules.quoted(path.to_str()?);
        let mut words = vec![path(self.program)?];
        if let Some(vault) = self.vault {
            words.push("--vault".to_owned());
            words.push(path(vault)?);
        }
        words.extend(COMMAND.map(str::to_owned));
        words.push("--profile".to_owned());
        words.push(rules.quoted(self.source)?);
        if let Some(seconds) = self.duration {
            words.push(format!("--duration {seconds}"));
        }
        if let Some(account) = &self.account {
            words.push(format!("--account {account}"));
        }
        let line = words.join(" ");
        // The Go SDK takes off the quotes around a whole value.
        let is_quoted = |quote| line.starts_with(quote) && line.ends_with(quote);
        let end = if is_quoted('\'') || is_quoted('"') {
            " --"
        } else {
            ""
        };
        Some(line + end)
    }

    /// The profile with the keys, if `mfa aws setup` wrote this line, or a person wrote one like it.
    pub(super) fn source_of(line: &str) -> Option<String> {
        source_in(&Rules::HERE.split(line)?)
    }

    /// The program of a line.
    pub(super) fn program_of(line: &str) -> Option<PathBuf> {
        Some(Rules::HERE.split(line)?.into_iter().next()?.into())
    }
}

/// The value of `--profile` in any of its spellings.
fn source_in(words: &[String]) -> Option<String> {
    let place = words
        .windows(COMMAND.len())
        .position(|two| two == COMMAND)?;
    let mut options = words[place + COMMAND.len()..].iter();
    while let Some(word) = options.next() {
        if word == "--profile" || word == "-p" {
            return options.next().cloned();
        }
        let long = word.strip_prefix("--profile=");
        let short = || {
            let name = word.strip_prefix("-p")?;
            Some(name.strip_prefix('=').unwrap_or(name))
        };
        if let Some(name) = long.or_else(short) {
            return Some(name.to_owned());
        }
    }
    None
}

/// The settings of `setup`: the line, and endpoint settings that the person has not set already.
pub(crate) fn process_settings<'a>(
    profile: &'a Profile,
    present: Option<&Section>,
    line: &'a str,
) -> Vec<(&'a str, Option<&'a str>)> {
    let settings = [
        ("region", &profile.file_region),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_back_on_each_platform() {
        for rules in [Rules::Posix, Rules::Windows] {
            for source in [
                "work",
                "two words",
                "it's",
                r"a\",
                "-p",
                "--profile=x",
                "a & b",
            ] {
                let line = ProcessLine {
                    program: Path::new(r"C:\Program Files\mfa.exe"),
                    vault: Some(Path::new("/my vault")),
                    source,
                    duration: None,
                    account: None,
                };
                let line = line.text_by(rules).unwrap();
                let words = rules.split(&line).unwrap();
                assert_eq!(words[0], r"C:\Program Files\mfa.exe");
                assert_eq!(source_in(&words).as_deref(), Some(source), "{rules:?}");
                assert_ne!(line.chars().next(), line.chars().last(), "{line}");
            }
        }
    }
}
