//! The SQLite databases of Google Authenticator, Microsoft Authenticator and Stratum, from rooted
//! Android phones.

use crate::import::detect::{Certainty, Format, certain};
use crate::import::formats::stratum;
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::crypto::{self, Plaintext};
use crate::import::support::groups::{Groups, Members};
use crate::import::support::row::{Fields, Key};
use crate::import::support::sqlite::{Database, MAGIC, Row as Record, Table};
use crate::import::support::wal::{self, Log};
use crate::import::{ImportError, Input, Row, Skipped};

pub(crate) const FORMAT: Format = Format {
    name: "sqlite",
    title: "the databases of Google Authenticator, Microsoft Authenticator and Stratum",
    probe,
    read,
};

fn probe(look: &Look<'_>) -> Option<Certainty> {
    let is_part = wal::is_log(look.bytes) || wal::is_journal(look.bytes);
    certain(look.starts_with(MAGIC) || is_part)
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    if !input.bytes.starts_with(MAGIC) {
        let what = "this file has only the latest changes of a database";
        let message = format!("{what}: import the database, with this file in its folder");
        return Err(ImportError::Unsupported(message));
    }
    let (merged, mut notes) = with_log(input, Database::page_size(input.bytes)?)?;
    // Bytes 18 and 19 are 2 in WAL mode (fileformat2, 1.3.3).
    if input.bytes.get(18) == Some(&2) && !input.companions.iter().any(|file| wal::is_log(file)) {
        let message = "its latest changes may be in its -wal file, which is not beside it";
        notes.push(message.to_owned());
    }
    let bytes = merged.as_ref().map_or(input.bytes, |bytes| bytes);
    let mut contents = match tables(bytes) {
        Err(ImportError::Unrecognised) if !notes.is_empty() => {
            let message = format!("it has no known table; {}", notes.join("; "));
            Err(ImportError::Unsupported(message))
        }
        outcome => outcome,
    }?;
    contents.notes.extend(notes);
    Ok(contents)
}

/// The database with the changes in the log beside it, and what is to say about that.
pub(crate) fn with_log(
    input: &Input<'_>,
    page_size: usize,
) -> Result<(Option<Plaintext>, Vec<String>), ImportError> {
    let name = input.name;
    let companion = |fits: fn(&[u8]) -> bool| input.companions.iter().find(|bytes| fits(bytes));
    let mut notes = Vec::new();
    if companion(wal::is_journal).is_some() {
        notes.push(format!(
            "its last change is unfinished: {name}-journal has the content before it, and is not read"
        ));
    }
    let Some(bytes) = companion(wal::is_log) else {
        return Ok((None, notes));
    };
    let log = Log::read(bytes);
    let merged = match &log {
        Some(log) if log.changes(page_size) => Some(log.merged(input.bytes)?),
        _ => None,
    };
    let is_empty = log.as_ref().is_some_and(Log::is_empty);
    if log.is_some_and(|log| log.has_rest()) {
        notes.push(format!(
            "the last changes in {name}-wal are unfinished or damaged, and are not used"
        ));
    } else if merged.is_none() && !is_empty {
        notes.push(format!(
            "the changes in {name}-wal are damaged, or of another database, and are not used"
        ));
    }
    Ok((merged, notes))
}

fn tables(bytes: &[u8]) -> Result<Contents, ImportError> {
    let database = Database::open(bytes)?;
    let import = if let Some(table) = database.table("authenticator")? {
        read_stratum(&database, &table)?
    } else if let Some(table) = database.table("accounts")? {
        if table.has("oath_secret_key") {
            each(&table, microsoft_row)
        } else if table.has("secret") {
            each(&table, google_row)
        } else {
            return Err(ImportError::Unrecognised);
        }
    } else {
        return Err(ImportError::Unrecognised);
    };
    Ok(import)
}

fn each(table: &Table, mut row: impl FnMut(&Record<'_>, String) -> Row) -> Contents {
    let numbered = (1_usize..).zip(table.rows());
    let rows = numbered.map(|(number, record)| row(&record, format!("row {number}")));
    Contents::from_rows(rows.collect())
}

/// A row of Google Authenticator's table, which Authenticator Plus uses too.
pub(crate) fn google_row(record: &Record<'_>, place: String) -> Row {
    let name = record.text("email");
    if record.text("isencrypted") == "1" {
        let reason = "its key is encrypted by the phone";
        return Err(Skipped {
            place,
            name,
            reason: reason.to_owned(),
        });
    }
    let issuer = record.text("issuer");
    let name = crate::import::support::row::strip_issuer(&issuer, &name).to_owned();
    let secret = record.get("secret").unwrap_or_default();
    // 2 is Battle.net, in Authenticator Plus; its key is in hexadecimal.
    let is_hex = record.text("type") == "2" && crypto::hex(&secret).is_some();
    let (kind, digits) = match record.text("type").as_str() {
        "" | "0" => ("totp", None),
        "1" => ("hotp", None),
        "2" => ("totp", Some("8".to_owned())),
        _ => ("unknown", None),
    };
    Fields {
        issuer,
        name,
        key: if is_hex {
            Key::Hex(secret)
        } else {
            Key::Base32(secret)
        },
        kind: kind.to_owned(),
        digits,
        counter: record.non_null("counter"),
        ..Fields::default()
    }
    .finish(place)
}

fn microsoft_row(record: &Record<'_>, place: String) -> Row {
    let (issuer, name) = (record.text("name"), record.text("username"));
    let secret = record.get("oath_secret_key").unwrap_or_default();
    let skip = |reason: &str| {
        Err(Skipped {
            place: place.clone(),
            name: crate::otp::full_name(&issuer, &name),
            reason: reason.to_owned(),
        })
    };
    let (key, digits) = match record.text("account_type").as_str() {
        "0" => (Key::Base32(secret), "6"),
        "1" if secret.is_empty() => return skip("it is confirmed by push and has no key"),
        "1" => (Key::Base64(secret), "8"),
        _ => return skip("it is confirmed by push and has no key"),
    };
    Fields {
        issuer,
        name,
        key,
        digits: Some(digits.to_owned()),
        ..Fields::default()
    }
    .finish(place)
}

fn read_stratum(database: &Database<'_>, table: &Table) -> Result<Contents, ImportError> {
    let memberships = database.table("authenticatorcategory")?;
    let memberships = memberships.iter().flat_map(Table::rows);
    let mut members = Members::new(memberships.map(|row| {
        let secret = row.get("authenticatorsecret").unwrap_or_default();
        (secret, row.text("categoryid"))
    }));
    let categories = database.table("category")?;
    let categories = categories.iter().flat_map(Table::rows);
    let mut groups = Groups::new(categories.map(|row| (row.text("id"), row.text("name"))));
    let contents = each(table, |record, place| {
        let secret = record.get("secret").unwrap_or_default();
        let number = record.non_null("type");
        Fields {
            issuer: record.text("issuer"),
            name: record.text("username"),
            tags: groups.names(members.take(&secret)),
            key: Key::Base32(secret),
            kind: stratum::kind(number.as_deref()).to_owned(),
            algorithm: stratum::algorithm(record.non_null("algorithm")),
            digits: record.non_null("digits"),
            period: record.non_null("period"),
            counter: record.non_null("counter"),
        }
        .finish(place)
    });
    groups.check()?;
    Ok(contents)
}

/// Reads a decrypted database with a table `accounts` like Google's.
pub(crate) fn read_google(bytes: &[u8]) -> Result<Contents, ImportError> {
    let table = Database::open(bytes)?.table("accounts")?;
    let table =
        table.ok_or_else(|| crate::import::support::crypto::damaged("it has no accounts"))?;
    Ok(each(&table, google_row))
}
