//! Which formats come near a file that is none of them: for the error, so that people see what was
//! compared.

use super::ImportError;
use super::formats::FORMATS;
use super::look::Look;

/// What a format's files have: the outermost names of their JSON, the columns of their tables, the
/// elements of their XML, or the ends of their files' names. By the format's name.
const MARKS: &[(&str, &[&str])] = &[
    (
        "1password-csv",
        &[
            "title", "url", "username", "otpauth", "favorite", "archived", "tags",
        ],
    ),
    (
        "1pux",
        &[
            "export.data",
            "export.attributes",
            "1pux",
            "accounts",
            "vaults",
        ],
    ),
    (
        "2fas",
        &[
            "services",
            "groups",
            "schemaVersion",
            "servicesEncrypted",
            "appOrigin",
            "2fas",
        ],
    ),
    ("aegis", &["version", "header", "db", "slots", "entries"]),
    (
        "andotp",
        &[
            "secret",
            "issuer",
            "label",
            "thumbnail",
            "tags",
            "digits",
            "type",
        ],
    ),
    ("andotp-encrypted", &["aes"]),
    (
        "authy",
        &[
            "authenticator_tokens",
            "encrypted_seed",
            "decrypted_seed",
            "salt",
            "com.authy",
        ],
    ),
    (
        "bitwarden",
        &[
            "encrypted",
            "items",
            "folders",
            "collections",
            "passwordProtected",
            "encKeyValidation_DO_NOT_EDIT",
        ],
    ),
    (
        "bitwarden-csv",
        &[
            "folder",
            "favorite",
            "type",
            "name",
            "login_uri",
            "login_username",
            "login_totp",
            "reprompt",
        ],
    ),
    (
        "cotp",
        &["version", "elements", "nonce", "cipher", "salt", "cotp"],
    ),
    (
        "ente",
        &["version", "kdfParams", "encryptedData", "encryptionNonce"],
    ),
    (
        "freeotp",
        &["tokens", "tokenOrder", "issuerExt", "label", "algo"],
    ),
    ("kdbx", &["kdbx", "kdb"]),
    (
        "keepass-csv",
        &[
            "group",
            "title",
            "username",
            "password",
            "url",
            "notes",
            "totp",
            "last modified",
        ],
    ),
    ("keepass-xml", &["keepassfile", "entry", "string", "root"]),
    (
        "lastpass",
        &[
            "deviceId",
            "deviceSecret",
            "accounts",
            "folders",
            "deviceName",
        ],
    ),
    ("proton", &["version", "entries", "salt", "content"]),
    ("proton-pass", &["encrypted", "userId", "vaults", "version"]),
    (
        "raivo",
        &["issuer", "account", "secret", "kind", "timer", "pinned"],
    ),
    (
        "stratum",
        &[
            "Authenticators",
            "Categories",
            "AuthenticatorCategories",
            "authpro",
            "stratum",
        ],
    ),
    (
        "steam",
        &["shared_secret", "account_name", "identity_secret", "mafile"],
    ),
    ("totp-cli", &["name", "accounts", "token", "prefix"]),
];

/// The error for a file of no known format, with the two nearest if something points to them.
pub(super) fn error(look: &Look<'_>, name: &str) -> ImportError {
    let names = look.names();
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    let has = |mark: &str| {
        names.iter().any(|own| own.eq_ignore_ascii_case(mark)) || end.eq_ignore_ascii_case(mark)
    };
    let score = |(format, marks): &(&'static str, &[&str])| {
        let hits = marks.iter().filter(|mark| has(mark)).count();
        (hits > 0).then_some((hits * 1000 / marks.len(), *format))
    };
    let mut near: Vec<_> = MARKS.iter().filter_map(score).collect();
    near.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let titles = near.iter().filter_map(|(_, name)| {
        let format = FORMATS.iter().find(|format| format.name == *name)?;
        Some(format.title)
    });
    let titles: Vec<_> = titles.take(2).collect();
    if titles.is_empty() {
        ImportError::Unrecognised
    } else {
        ImportError::OnlyNear(titles.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_those_of_known_formats() {
        for (name, marks) in MARKS {
            assert!(FORMATS.iter().any(|format| format.name == *name), "{name}");
            assert!(!marks.is_empty());
        }
    }

    #[test]
    fn what_a_file_has_in_common_decides() {
        let near = |text: &str, name: &str| error(&Look::at(text.as_bytes()), name).to_string();
        let bitwarden = near(r#"{"items":[],"folders":[]}"#, "x");
        assert!(bitwarden.contains("nearest: Bitwarden"), "{bitwarden}");
        assert_eq!(near("hello", "x"), "unrecognised file format");
        assert!(near("hello", "x.2fas").contains("2FAS"));
    }
}
