//! Access keys in a file that are a session which `mfa aws login --as` wrote. Nothing else is ever
//! overwritten or removed.
//!
//! The evidence is a setting of our own, [`MARK`], with the id of the key that was written: AWS's tools
//! ignore it, and keys that came there later have another id. Earlier versions wrote no mark, so a
//! section with nothing but an id, a secret and a token counts too, if AWS says by the id (`ASIA`) that
//! the keys are temporary.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>

use std::collections::HashMap;

use super::edit::{EditError, edit};
use super::ini::{File, Kind, Line, Section, lines};
use super::written::ProcessLine;
use crate::aws::Credentials;

/// The id of the access key that `mfa` wrote into this section.
const MARK: &str = "x_mfa_session";
const ID: &str = "aws_access_key_id";
const SECRET: &str = "aws_secret_access_key";
const TOKEN: &str = "aws_session_token";
/// The token's older name, which boto3 prefers.
const OLD_TOKEN: &str = "aws_security_token";
const KEYS: [&str; 4] = [ID, SECRET, TOKEN, OLD_TOKEN];

/// The access keys of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// None, or only empty settings.
    Nothing,
    /// A session that `mfa` wrote.
    OwnSession,
    /// Long-term keys, a part of keys, or a session of another program.
    Others,
}

/// Tells what a section holds.
pub(super) fn held_by(section: Option<&Section>) -> Held {
    let settings = section.into_iter().flatten();
    held(settings.map(|(key, value)| (key.as_str(), value.as_str())))
}

/// A setting that occurs twice is never ours: which of its values is lost would be unclear.
fn held<'a>(settings: impl Iterator<Item = (&'a str, &'a str)>) -> Held {
    let mut values = HashMap::new();
    let mut is_repeated = false;
    for (key, value) in settings.filter(|(_, value)| !value.is_empty()) {
        let is_ours = key == MARK || KEYS.contains(&key);
        if is_ours && values.insert(key, value).is_some() {
            is_repeated = true;
        }
    }
    let mark = values.remove(MARK);
    if values.is_empty() {
        return Held::Nothing;
    }
    let (Some(id), true) = (values.get(ID), values.contains_key(SECRET)) else {
        return Held::Others;
    };
    let is_session = values.contains_key(TOKEN) || values.contains_key(OLD_TOKEN);
    if is_session && !is_repeated && mark == Some(id) {
        Held::OwnSession
    } else {
        Held::Others
    }
}

/// What each section of a text holds.
fn sections<'a>(lines: &'a [Line<'a>]) -> HashMap<&'a str, Held> {
    let mut settings: HashMap<&str, Vec<(&str, &str)>> = HashMap::new();
    let mut inside = None;
    for line in lines {
        match &line.kind {
            Kind::Section(name) => inside = Some(name.as_str()),
            Kind::Setting { key, value } => {
                if let Some(name) = inside {
                    settings.entry(name).or_default().push((key, value));
                }
            }
            Kind::Continued | Kind::Other => {}
        }
    }
    let held = |(name, settings): (_, Vec<_>)| (name, held(settings.into_iter()));
    settings.into_iter().map(held).collect()
}

/// Writes a session into the credentials file. Fails if the section holds keys that are not ours.
pub(crate) fn write_session(
    text: &str,
    profile: &str,
    keys: &Credentials,
) -> Result<String, EditError> {
    check(text, profile)?;
    let settings = [
        (ID, Some(keys.id.as_str())),
        (SECRET, Some(&keys.secret)),
        (TOKEN, keys.token.as_deref()),
        (OLD_TOKEN, None),
        (MARK, Some(&keys.id)),
    ];
    edit(text, File::Credentials, profile, &settings)
}

/// Removes our session from the credentials file, if the section holds one. Fails if it holds other
/// keys.
pub(crate) fn remove_session(text: &str, profile: &str) -> Result<String, EditError> {
    check(text, profile)?;
    let settings = [ID, SECRET, TOKEN, OLD_TOKEN, MARK].map(|key| (key, None));
    edit(text, File::Credentials, profile, &settings)
}

fn check(text: &str, profile: &str) -> Result<(), EditError> {
    let lines = lines(text, File::Credentials);
    match sections(&lines).get(profile) {
        Some(Held::Others) => Err(EditError::OthersKeys(profile.to_owned())),
        _ => Ok(()),
    }
}

/// The lines that somebody may miss: all but those of our sessions, and our `credential_process` lines.
fn worth_keeping<'a>(lines: &'a [Line<'a>]) -> Vec<&'a Line<'a>> {
    let sections = sections(lines);
    let mut is_own_session = false;
    let mut kept = Vec::new();
    for line in lines {
        let is_ours = match &line.kind {
            Kind::Section(name) => {
                is_own_session = sections.get(name.as_str()) == Some(&Held::OwnSession);
                false
            }
            Kind::Setting { key, value } if key == "credential_process" => {
                ProcessLine::source_of(value).is_some()
            }
            Kind::Setting { key, .. } => {
                is_own_session && (key == MARK || KEYS.contains(&key.as_str()))
            }
            Kind::Continued | Kind::Other => false,
        };
        if !is_ours {
            kept.push(line);
        }
    }
    kept
}

/// The text to keep as a backup: without the secrets of our sessions. `None` if the change loses nothing
/// that somebody may miss.
pub(crate) fn backup_of(before: &str, after: &str, file: File) -> Option<String> {
    let lines = lines(before, file);
    let kept = worth_keeping(&lines);
    let mut new = after.lines();
    let mut old = kept.iter();
    let is_lost = old.any(|line| !new.any(|new| new.trim_end() == line.text.trim_end()));
    let whole = |line: &&Line<'_>| &before[line.start..line.end];
    is_lost.then(|| kept.iter().map(whole).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Credentials {
        Credentials {
            id: "ASIANEW".to_owned(),
            secret: "new".to_owned(),
            token: Some("newtoken".to_owned()),
            expiration: None,
        }
    }

    const MARKED: &str = "aws_access_key_id = LSIA1\naws_secret_access_key = s\n\
        aws_session_token = t\nx_mfa_session = LSIA1\n";

    #[test]
    fn only_our_sessions_are_overwritten_and_removed() {
        let old_token = MARKED.replace("session_token", "security_token");
        let with_region = format!("region = x\n{MARKED}");
        let empty = "aws_access_key_id =\naws_secret_access_key =\nregion = x\n";
        for ours in [MARKED, &old_token, &with_region, empty, ""] {
            let text = format!("[a]\n{ours}[b]\naws_access_key_id = AKIA\n");
            let new = write_session(&text, "a", &session()).unwrap();
            assert!(new.ends_with("[b]\naws_access_key_id = AKIA\n"), "{new}");
            assert!(!new.contains("security_token"), "{new}");
            assert_eq!(new.matches("ASIANEW").count(), 2, "{new}");
            assert_eq!(
                backup_of(&text, &new, File::Credentials).is_some(),
                ours == empty
            );
            let gone = remove_session(&new, "a").unwrap();
            assert!(!gone.contains("ASIANEW") && !gone.contains("new"), "{gone}");
            assert_eq!(backup_of(&new, &gone, File::Credentials), None);
        }
    }

    #[test]
    fn keys_of_others_are_spared_in_every_shape() {
        let id = "aws_access_key_id";
        let cases = [
            "aws_access_key_id = AKIA1\naws_secret_access_key = s\naws_session_token =\n"
                .to_owned(),
            "AWS_ACCESS_KEY_ID: AKIA1\nAWS_SECRET_ACCESS_KEY: s\n".to_owned(),
            "aws_access_key_id = AKIA1\naws_secret_access_key = s\naws_session_token = t\n"
                .to_owned(),
            // Configured by hand after we wrote a session: the mark is another key's.
            MARKED.replacen("LSIA1", "AKIA1", 1),
            MARKED.replace("aws_session_token = t\n", "aws_session_token =\n"),
            MARKED.replace("x_mfa_session = LSIA1\n", ""),
            "aws_secret_access_key = s\n".to_owned(),
            "aws_session_token = t\n".to_owned(),
            // A session of another program, or of nobody knows whom.
            "aws_access_key_id = ASIA1\naws_secret_access_key = s\naws_session_token = t\n"
                .to_owned(),
            "aws_access_key_id = ASIA1\naws_secret_access_key = s\naws_session_token = t\n\
                 x_principal_arn = a\n"
                .to_owned(),
            // Twice in one section, or in two sections of one name.
            format!("aws_secret_access_key = lasting\n{MARKED}"),
            format!("{id} = AKIA\naws_secret_access_key = lasting\n[b]\n[a]\n{MARKED}"),
        ];
        for others in cases {
            let text = format!("[a]\n{others}");
            let refused = Err(EditError::OthersKeys("a".to_owned()));
            assert_eq!(write_session(&text, "a", &session()), refused, "{text}");
            assert_eq!(remove_session(&text, "a"), refused, "{text}");
        }
    }

    #[test]
    fn a_backup_has_what_would_be_missed_and_no_session() {
        let others = "[b]\r\naws_access_key_id = AKIA\r\n# why\r\n";
        let before = format!("[a]\n{MARKED}{others}");
        let backup = backup_of(&before, "[a]\n", File::Credentials).unwrap();
        assert_eq!(backup, format!("[a]\n{others}"));
        let added = format!("{before}region = x\n");
        assert_eq!(backup_of(&before, &added, File::Credentials), None);
        let ours = "[profile a]\ncredential_process = mfa aws credential-process --profile b\n";
        assert_eq!(backup_of(ours, "[profile a]\n", File::Config), None);
        let changed = backup_of(
            "[profile a]\nregion = x\n",
            "[profile a]\nregion = y\n",
            File::Config,
        );
        assert_eq!(changed.as_deref(), Some("[profile a]\nregion = x\n"));
    }
}
