//! One login of a password manager, and the accounts of its fields: which texts are keys, which only
//! look like it, and which a spreadsheet has ruined.

use crate::import::ingest::Contents;
pub(crate) use crate::import::support::key_text::looks_like_key;
use crate::import::support::labels::is_key;
use crate::import::support::row::{Fields, Key, bounded, from_field};
use crate::import::support::shared::{Shared, shared_tags};
pub(crate) use crate::import::support::uris::is_uri;
use crate::import::{ImportError, Row, SetAside, Skipped};

/// What all accounts of one entry share: their names, groups and place, and the parameters of its keys.
#[derive(Default)]
pub(crate) struct Login<'a> {
    /// The service that the entry is for, often its title.
    pub(crate) title: &'a str,
    /// The account at the service.
    pub(crate) user: &'a str,
    /// Its folders, groups or labels.
    pub(crate) tags: Vec<String>,
    /// Where it is in the file, such as `line 3`.
    pub(crate) place: String,
    pub(crate) set_aside: Option<SetAside>,
    /// What the file says of a bare key; a URI has its own.
    pub(crate) params: Params,
}

/// The parameters of a bare key; what is missing has the usual value.
#[derive(Default, Clone)]
pub(crate) struct Params {
    pub(crate) kind: Option<String>,
    pub(crate) algorithm: Option<String>,
    pub(crate) digits: Option<String>,
    pub(crate) period: Option<String>,
    pub(crate) counter: Option<String>,
}

/// The accounts of all logins of a file.
#[derive(Default)]
pub(crate) struct Logins {
    pub(crate) rows: Vec<Row>,
    shared: Shared,
}

impl Logins {
    /// Adds the accounts of one login. `values` are the texts of its fields for keys. A key that is in
    /// several of them is one account; a URI says most of it, so it is the one that counts.
    pub(crate) fn add<'v>(
        &mut self,
        login: &Login<'_>,
        values: impl IntoIterator<Item = &'v str>,
    ) -> Result<(), ImportError> {
        let mut keys: Vec<&str> = values.into_iter().flat_map(keys).collect();
        keys.sort_by_key(|key| !is_uri(key));
        keys.dedup();
        let (title, user) = (bounded(login.title.trim()), bounded(login.user.trim()));
        self.shared.take(keys.len(), [title, user], &login.tags)?;
        let first = self.rows.len();
        for key in keys {
            let row = login.row(key, title, user);
            let is_known = |own: &Row| match (own, &row) {
                (Ok(own), Ok(row)) => {
                    let (own, row) = (&own.draft.credential, &row.draft.credential);
                    own == row || own.secret == row.secret && !is_uri(key)
                }
                _ => false,
            };
            if !self.rows[first..].iter().any(is_known) {
                self.rows.push(row);
            }
        }
        Ok(())
    }
}

impl Login<'_> {
    fn row(&self, key: &str, title: &str, user: &str) -> Row {
        if let Some(reason) = ruined(key) {
            return Err(Skipped {
                place: self.place.clone(),
                name: crate::otp::full_name(title, user),
                reason: reason.to_owned(),
            });
        }
        let row = if is_uri(key) {
            from_field(key, title, user, &self.place)
        } else {
            let Params {
                kind,
                algorithm,
                digits,
                period,
                counter,
            } = self.params.clone();
            let fields = Fields {
                issuer: title.to_owned(),
                name: user.to_owned(),
                key: Key::Base32(key.to_owned().into()),
                kind: kind.unwrap_or_default(),
                algorithm,
                digits,
                period,
                counter,
                tags: Vec::new(),
            };
            fields.finish(self.place.as_str())
        };
        row.map(|mut found| {
            found.tags.clone_from(&self.tags);
            found.set_aside(self.set_aside)
        })
    }
}

/// The folders of an entry that one text names; empty if there is none.
pub(crate) fn one_tag(text: &str) -> Vec<String> {
    let text = text.trim().trim_matches(['/', '\\']);
    shared_tags((!text.is_empty()).then_some(text).into_iter())
}

/// The keys and URIs in the value of a field. Flags, such as `yes` in a column `2FA`, are none: read as
/// base32, they would become wrong accounts.
fn keys(value: &str) -> impl Iterator<Item = &str> {
    let value = value.trim();
    // A `'` stops a spreadsheet from changing the text; no key has one.
    let value = value.strip_prefix('\'').unwrap_or(value);
    let all = if is_uri(value) {
        uris(value)
    } else {
        vec![value]
    };
    all.into_iter().filter(|key| !is_flag(key))
}

/// The URIs of a text that starts with one: each ends before white space or a comma with another.
fn uris(text: &str) -> Vec<&str> {
    let mut ends = Vec::new();
    for (at, separator) in text.match_indices([',', ' ', '\n', '\r', '|', ';']) {
        if is_uri(&text[at + separator.len()..]) {
            ends.push(at);
        }
    }
    ends.push(text.len());
    let mut start = 0;
    let uri = |end: &usize| {
        let uri = text[start..*end].trim_matches(|c: char| c.is_whitespace() || ",;|".contains(c));
        start = *end;
        uri
    };
    ends.iter().map(uri).collect()
}

/// Whether a text says that there is a second factor, or that there is none.
pub(crate) fn is_flag(text: &str) -> bool {
    const FLAGS: &[&str] = &[
        "",
        "-",
        "0",
        "1",
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        "none",
        "null",
        "nil",
        "n/a",
        "na",
        "undefined",
        "enabled",
        "disabled",
        "active",
        "inactive",
        "sms",
        "email",
        "app",
        "phone",
        "call",
        "push",
        "u2f",
        "fido",
        "yubikey",
    ];
    FLAGS.iter().any(|flag| text.eq_ignore_ascii_case(flag))
}

/// Why a key cannot be known any more: a spreadsheet took it for a number or a formula.
pub(crate) fn ruined(text: &str) -> Option<&'static str> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let rounded = text.split_once(['E', 'e']).is_some_and(|(number, power)| {
        let number = number.replace([',', '.'], "");
        digits(&number) && power.strip_prefix('+').is_some_and(digits)
    });
    if rounded {
        return Some(
            "a spreadsheet has rounded the key: export the file again, and import it unopened",
        );
    }
    let errors = ["#NAME?", "#VALUE!", "#REF!", "#NUM!", "#N/A"];
    errors.contains(&text).then_some(
        "a spreadsheet has replaced the key by an error: export the file again, and import it unopened",
    )
}

/// Fields that look like keys, but whose names do not say so. They are not taken, but said.
#[derive(Default)]
pub(crate) struct Suspects {
    count: usize,
    first: Option<(String, String)>,
}

impl Suspects {
    /// Counts the first of an entry's fields, by name and value, that looks like a key.
    pub(crate) fn look<'f>(
        &mut self,
        place: &str,
        fields: impl IntoIterator<Item = (&'f str, &'f str)>,
    ) {
        let mut fields = fields.into_iter();
        if let Some((name, _)) = fields.find(|(name, value)| !is_key(name) && looks_like_key(value))
        {
            self.count += 1;
            let name = name.chars().take(64).collect();
            self.first.get_or_insert_with(|| (place.to_owned(), name));
        }
    }

    /// The rows of a file, with a note on what was counted.
    pub(crate) fn noted(self, logins: Logins) -> Contents {
        let contents = Contents::from_rows(logins.rows);
        let Some((place, name)) = self.first else {
            return contents;
        };
        contents.with_note(match self.count {
            1 => format!("{place}: the field '{name}' looks like a secret key, but its name does not say so; it was not taken"),
            count => format!("{count} fields look like secret keys, but their names do not say so; they were not taken (the first: {place}, '{name}')"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

    fn read(values: &[&str]) -> Vec<Row> {
        let mut logins = Logins::default();
        let login = Login {
            title: "Deno",
            user: "al",
            place: "line 2".to_owned(),
            ..Login::default()
        };
        logins.add(&login, values.iter().copied()).unwrap();
        logins.rows
    }

    #[test]
    fn flags_are_no_keys() {
        for flag in ["", " ", "yes", "NO", "True", "none", "null", "0", "'"] {
            assert!(read(&[flag]).is_empty(), "{flag}");
        }
    }

    #[test]
    fn a_key_in_two_fields_is_one_account_and_the_uri_counts() {
        let uri = format!("otpauth://totp/x?secret={KEY}&digits=8");
        let other = "otpauth://totp/y?secret=JBSWY3DPEHPK3PXP";
        let rows = read(&[KEY, &uri, "", other, KEY]);
        let digits = rows.iter().flatten();
        let digits: Vec<_> = digits.map(|f| f.draft.credential.digits.get()).collect();
        assert_eq!(digits, [8, 6]);
    }

    #[test]
    fn several_uris_in_one_field_are_several_accounts() {
        let uri = |name: &str, n: u8| format!("otpauth://totp/{name}?secret={KEY}&digits={n}");
        for between in [",", "\n", " | ", "; ", " "] {
            let text = format!("{}{between}{}", uri("a b", 6), uri("c,d", 8));
            let names = read(&[&text])
                .into_iter()
                .map(|row| row.unwrap().draft.name);
            assert_eq!(names.collect::<Vec<_>>(), ["a b", "c,d"], "{text}");
        }
    }

    #[test]
    fn what_a_spreadsheet_ruined_is_said() {
        for cell in ["1.23457E+15", "2,3E+31", "#NAME?", "2E+7"] {
            let row = read(&[cell]).remove(0).unwrap_err();
            assert!(row.reason.starts_with("a spreadsheet has"), "{cell}: {row}");
        }
        assert!(read(&[&format!("'{KEY}")])[0].is_ok());
        assert!(ruined("2E27").is_none());
    }
}
