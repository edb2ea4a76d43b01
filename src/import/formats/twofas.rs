//! 2FAS: `.2fas`, schema 1 to 4, plain or with encrypted services. `link` is never read: on iOS it
//! contains `secret=[hidden]`, and edits do not change it.

use serde::Deserialize;

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::crypto::{self, Hash, damaged};
use crate::import::support::groups::Groups;
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::row::{Fields, rows};
use crate::import::{ImportError, Input, Row};

pub(crate) const FORMAT: Format = Format {
    name: "2fas",
    title: "2FAS",
    probe: |look| {
        let is_marked = look.json_has(&["schemaVersion"]) || look.json_has(&["servicesEncrypted"]);
        certain(is_marked && look.json_has(&["services"]))
    },
    read,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    #[serde(default)]
    schema_version: u32,
    #[serde(default)]
    services: Rows<Service>,
    #[serde(default, deserialize_with = "json::or_default")]
    groups: Vec<Group>,
    #[serde(default, borrow)]
    services_encrypted: Option<std::borrow::Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Group {
    id: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Service {
    #[serde(default)]
    name: Scalar,
    #[serde(default)]
    secret: Text,
    #[serde(default, deserialize_with = "json::or_default")]
    otp: Otp,
    #[serde(default)]
    group_id: Scalar,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Otp {
    account: Scalar,
    issuer: Scalar,
    digits: Scalar,
    period: Scalar,
    algorithm: Scalar,
    counter: Scalar,
    token_type: Scalar,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let file: File = json::read(input.bytes)?;
    if file.schema_version > 4 {
        let version = file.schema_version;
        return Err(ImportError::Newer(format!("2FAS schema {version}")));
    }
    let (mut services, mut is_locked) = (file.services, false);
    match (file.services_encrypted.as_deref(), input.password) {
        (None | Some(""), _) => {}
        // No file of 2FAS itself has both; one that was put together may.
        (Some(_), None) if !services.0.is_empty() => is_locked = true,
        (Some(_), None) => return Err(ImportError::NeedsPassword),
        (Some(sealed), Some(password)) => {
            let opened: Rows<Service> = json::read(&open(sealed, password)?)?;
            services.0.extend(opened.0);
        }
    }
    let mut groups = Groups::new(file.groups.into_iter().map(|g| (g.id, g.name)));
    let old = file.schema_version < 3 && !services.0.is_empty();
    let rows = rows(services, "service", |service, place| {
        Some(row(service, &mut groups, place))
    });
    groups.check()?;
    let mut import = Contents::from_rows(rows);
    if is_locked {
        import.push_locked("the encrypted services".to_owned(), String::new());
    }
    Ok(if old {
        import.with_note("this old 2FAS format does not mark HOTP accounts: they are imported as TOTP, and their codes do not work")
    } else {
        import
    })
}

/// Decrypts `ciphertext and tag : salt : iv`, each in base64.
fn open(sealed: &str, password: &str) -> Result<crypto::Plaintext, ImportError> {
    let mut parts = sealed.split(':');
    let mut part = || {
        let text = parts.next().unwrap_or_default();
        crypto::require_base64(text, "the encrypted part")
    };
    let (content, salt, iv) = (part()?, part()?, part()?);
    if iv.len() != 12 || salt.is_empty() {
        return Err(damaged("the encrypted part is cut short"));
    }
    let key = crypto::pbkdf2(Hash::Sha256, password, &salt, 10_000)?;
    crypto::open_gcm(&key, &iv, &content, b"").ok_or(ImportError::WrongPassword)
}

fn row(service: Service, groups: &mut Groups, place: String) -> Row {
    let otp = service.otp;
    Fields {
        issuer: otp.issuer.0.or(service.name.0).unwrap_or_default(),
        name: otp.account.0.unwrap_or_default(),
        key: service.secret.key(),
        kind: otp.token_type.0.unwrap_or_default(),
        algorithm: otp.algorithm.0,
        digits: otp.digits.0,
        period: otp.period.0,
        counter: otp.counter.0,
        tags: groups.names(service.group_id.0),
    }
    .finish(place)
}
