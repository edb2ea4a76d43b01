//! The SQLite databases of Google Authenticator, Microsoft Authenticator and Stratum, from rooted
//! Android phones.

use crate::import::detect::{Format, certain};
use crate::import::formats::stratum;
use crate::import::ingest::Contents;
use crate::import::support::crypto;
use crate::import::support::groups::{Groups, Members};
use crate::import::support::row::{Fields, Key};
use crate::import::support::sqlite::{Database, MAGIC, Row as Record, Table};
use crate::import::{ImportError, Input, Row, Skipped};

pub(crate) const FORMAT: Format = Format {
    name: "sqlite",
    title: "the databases of Google Authenticator, Microsoft Authenticator and Stratum",
    probe: |look| certain(look.starts_with(MAGIC)),
    read,
};

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let database = Database::open(input.bytes)?;
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
    // Bytes 18 and 19 are 2 in WAL mode (fileformat2, 1.3.3).
    Ok(if input.bytes[18] == 2 {
        import.with_note("the latest changes may be in the -wal file next to it, which is not read")
    } else {
        import
    })
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
