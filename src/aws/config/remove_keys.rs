//! Finds the long-term key of a profile in AWS's files, and takes it out of them.

use thiserror::Error;

use super::Files;
use super::ini::{File, Kind, Section, Sections, lines};
use crate::vault::AccessKey;

/// The settings that are a key, or part of it.
const SETTINGS: [&str; 4] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "aws_security_token",
];

/// Why a profile has no key that can be moved. Quotes none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum StaticKeyError {
    /// It is a session's.
    #[error("a session's, which expires")]
    Session,
    /// An id without a secret, or of another form.
    #[error("incomplete, or of a form that AWS does not use")]
    Form,
    /// The two files have different ones.
    #[error("one in the config file and another one in the credentials file")]
    Two,
}

impl Files {
    /// The long-term key of a profile in the files; `None` if it has none.
    pub(crate) fn static_key(&self, profile: &str) -> Result<Option<AccessKey>, StaticKeyError> {
        let of = |sections: &Sections| sections.get(profile).map(key_in).transpose();
        let credentials = of(&self.credentials)?.flatten();
        let config = of(&self.config)?.flatten();
        match (credentials, config) {
            (Some(one), Some(two)) if one != two => Err(StaticKeyError::Two),
            (one, two) => Ok(one.or(two)),
        }
    }
}

fn key_in(section: &Section) -> Result<Option<AccessKey>, StaticKeyError> {
    let [id, secret, token, old_token] =
        SETTINGS.map(|name| section.get(name).filter(|value| !value.is_empty()));
    match (id, secret) {
        (None, None) => Ok(None),
        _ if token.is_some() || old_token.is_some() => Err(StaticKeyError::Session),
        (Some(id), Some(secret)) => {
            let key = AccessKey::new(id, secret);
            key.map(Some).ok_or(StaticKeyError::Form)
        }
        _ => Err(StaticKeyError::Form),
    }
}

/// The text without the key of a profile. Unchanged if the profile has another key now.
pub(crate) fn without_key(text: &str, file: File, profile: &str, key: &AccessKey) -> String {
    let sections = Sections::parse(text, file);
    let section = sections.get(profile).map(key_in);
    match section {
        Some(Ok(Some(own))) if own == *key => without_settings(text, file, profile),
        _ => text.to_owned(),
    }
}

/// The text without a secret, for backups: the key of every profile that has it goes, and any other
/// line with it, such as a comment.
pub(crate) fn without_secret(text: &str, file: File, key: &AccessKey) -> String {
    let secret = key.expose_secret();
    if !text.contains(secret) {
        return text.to_owned();
    }
    let sections = Sections::parse(text, file);
    let has_it = |name: &&str| {
        let section = sections.get(name);
        section
            .and_then(|section| section.get(SETTINGS[1]))
            .map(String::as_str)
            == Some(secret)
    };
    let names = sections.names().into_iter().filter(has_it);
    let text = names.fold(text.to_owned(), |text, name| {
        without_settings(&text, file, name)
    });
    let lines = text.split_inclusive('\n');
    lines.filter(|line| !line.contains(secret)).collect()
}

/// Removes all lines with a key from a profile, however often its section occurs.
fn without_settings(text: &str, file: File, profile: &str) -> String {
    let (mut is_inside, mut is_removed) = (false, false);
    let mut kept = String::with_capacity(text.len());
    for line in lines(text, file) {
        is_removed = match &line.kind {
            Kind::Section(name) => {
                is_inside = name == profile;
                false
            }
            Kind::Setting { key, .. } => is_inside && SETTINGS.contains(&key.as_str()),
            Kind::Continued => is_removed,
            Kind::Other => false,
        };
        if !is_removed {
            kept.push_str(&text[line.start..line.end]);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREDENTIALS: &str = "# mine\n[work]\naws_access_key_id = AKIA1\n\
        aws_secret_access_key = one\naws_session_token =\nregion = eu-west-1\n\n\
        [other]\nAWS_Access_Key_Id=AKIA2\naws_secret_access_key=two\n\
        [work]\naws_secret_access_key = one ; again\n";

    fn files(config: &str) -> Files {
        Files {
            config: Sections::parse(config, File::Config),
            credentials: Sections::parse(CREDENTIALS, File::Credentials),
            ..Files::default()
        }
    }

    fn key(id: &str, secret: &str) -> AccessKey {
        AccessKey::new(id, secret).unwrap()
    }

    #[test]
    fn only_long_term_keys_are_found() {
        let same = "[profile work]\naws_access_key_id = AKIA1\naws_secret_access_key = one\n";
        for config in ["", same] {
            let found = files(config).static_key("work").unwrap().unwrap();
            assert_eq!(found, key("AKIA1", "one"));
        }
        assert_eq!(files("").static_key("none"), Ok(None));
        for (settings, why) in [
            ("aws_access_key_id = A", StaticKeyError::Form),
            ("aws_secret_access_key = A", StaticKeyError::Form),
            (
                "aws_access_key_id = A B\naws_secret_access_key = s",
                StaticKeyError::Form,
            ),
            (
                "aws_access_key_id = A\naws_secret_access_key = s\naws_session_token = t",
                StaticKeyError::Session,
            ),
            (
                "aws_access_key_id = A\naws_secret_access_key = s\naws_security_token = t",
                StaticKeyError::Session,
            ),
        ] {
            let files = files(&format!("[profile x]\n{settings}\n"));
            assert_eq!(files.static_key("x"), Err(why), "{settings}");
        }
        let other = same.replace("AKIA1", "AKIA9");
        assert_eq!(files(&other).static_key("work"), Err(StaticKeyError::Two));
    }

    #[test]
    fn a_key_is_removed_and_every_other_byte_stays() {
        let without = without_key(CREDENTIALS, File::Credentials, "work", &key("AKIA1", "one"));
        assert_eq!(
            without,
            "# mine\n[work]\nregion = eu-west-1\n\n[other]\nAWS_Access_Key_Id=AKIA2\n\
             aws_secret_access_key=two\n[work]\n"
        );
        // Another key was written meanwhile.
        for changed in [key("AKIA1", "two"), key("AKIA2", "one")] {
            let same = without_key(CREDENTIALS, File::Credentials, "work", &changed);
            assert_eq!(same, CREDENTIALS);
        }
    }

    #[test]
    fn a_backup_keeps_no_copy_of_the_secret() {
        let text = format!(
            "{CREDENTIALS}[twin]\r\naws_access_key_id = AKIA1\r\n\
            aws_secret_access_key = one\r\n# was one\r\n"
        );
        let without = without_secret(&text, File::Credentials, &key("AKIA1", "one"));
        assert!(
            !without.contains("one") && !without.contains("AKIA1"),
            "{without}"
        );
        assert!(without.contains("aws_secret_access_key=two\n"), "{without}");
        let same = without_secret(&text, File::Credentials, &key("AKIA1", "three"));
        assert_eq!(same, text);
    }
}
