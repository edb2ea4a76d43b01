//! Enpass's CSV: no head, but in each row a title, then labels and values in turn, and perhaps a note.
//! Labels are in the language of the user's Enpass, and a `*` marks those of hidden fields.

use crate::import::detect::{Certainty, Format, certain};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::csv::{self, Record};
use crate::import::support::labels::{self, TITLES, USERS, is_key};
use crate::import::support::logins::{Login, Logins, Suspects, is_uri, looks_like_key};
use crate::import::{ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "enpass-csv",
    title: "Enpass (CSV)",
    probe,
    read,
};

/// The fields of Enpass's templates that nearly every entry has one of.
const USUAL: &[&str] = &[
    "username",
    "email",
    "password",
    "website",
    "url",
    "phonenumber",
    "login",
];

/// In most rows, one of the labels is a usual one, one of a key, or has the mark of a hidden field.
fn probe(look: &Look<'_>) -> Option<Certainty> {
    if look.text.is_empty() || look.begins_as_json() {
        return None;
    }
    let rows = csv::peek(look.text);
    let entries = || rows.iter().filter(|row| row.len() > 2 && !is_head(row));
    let count = entries().count();
    let labelled = entries().filter(|row| is_labelled(row)).count();
    certain(labelled > 0 && labelled * 2 > count)
}

fn is_labelled(row: &Record) -> bool {
    // In other tables, a cell may be `totp` or `secret`, too.
    let is_known = |(label, value): (&str, &str)| {
        let name = labels::plain(label);
        let is_of_key =
            is_key(label) && (value.is_empty() || looks_like_key(value) || is_uri(value));
        label.starts_with('*') || USUAL.contains(&name.as_str()) || is_of_key
    };
    // Keeper's rows have names of its own in the same columns.
    let is_other =
        |label: &str| label.trim().is_empty() || label.starts_with('$') || label == "TFC:Keeper";
    let mut labels = pairs(row).map(|(label, _)| label);
    let mut pairs = pairs(row);
    let has_title = !row.get(0).trim().is_empty();
    has_title && !labels.any(is_other) && pairs.any(is_known)
}

/// Whether it is a row of names: that of Enpass 5, or of another table.
fn is_head(row: &Record) -> bool {
    let is_name = |cell: usize| {
        let name = labels::plain(row.get(cell));
        [TITLES, USERS, USUAL]
            .iter()
            .any(|list| list.contains(&name.as_str()))
            || name == "field"
    };
    is_name(0) && is_name(2) || is_name(0) && is_name(1) && row.get(1) == "Field"
}

/// The labels and values of a row.
fn pairs(row: &Record) -> impl Iterator<Item = (&str, &str)> + Clone {
    let labels = (1..row.len().saturating_sub(1)).step_by(2);
    labels.map(|at| (row.get(at), row.get(at + 1)))
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let rows = csv::headless(input.bytes)?;
    let (mut logins, mut suspects) = (Logins::default(), Suspects::default());
    for row in rows.iter().filter(|row| !is_head(row)) {
        let keys = pairs(row).filter(|(label, value)| is_key(label) || is_uri(value.trim()));
        let login = Login {
            title: row.get(0),
            user: user(row),
            place: row.place(),
            ..Login::default()
        };
        logins.add(&login, keys.map(|(_, value)| value))?;
        suspects.look(&login.place, pairs(row));
    }
    Ok(suspects.noted(logins))
}

/// The user name: by its label, or in a language that is not known by its place, the first field.
fn user(row: &Record) -> &str {
    let filled = || pairs(row).filter(|(_, value)| !value.trim().is_empty());
    let named = |name: &&str| filled().find(|(label, _)| labels::plain(label) == **name);
    let first = || {
        let first = pairs(row).next().filter(|(label, value)| {
            !label.starts_with('*') && !is_key(label) && !value.contains("://")
        });
        first.filter(|(label, _)| !USUAL.contains(&labels::plain(label).as_str()))
    };
    let found = USERS.iter().find_map(named).or_else(first);
    found.map_or("", |(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_enpass(text: &str) -> bool {
        probe(&Look::at(text.as_bytes())).is_some()
    }

    #[test]
    fn rows_of_labels_are_told_from_tables_with_a_head() {
        for text in [
            "\"Acme\",\"Username\",\"ann\",\"*Password\",\"pw\"\n",
            "Title,Field,Value,Field,Value,.........,Note\nAcme,Username,ann,TOTP,KEY,\n",
            "\"Acme\",\"Benutzername\",\"ann\",\"*Kennwort\",\"pw\",\"Einmal-Code\",\"KEY\"\n",
        ] {
            assert!(is_enpass(text), "{text}");
        }
        for text in [
            "Title,Url,Username,Password,OTPAuth\nAcme,,ann,pw,KEY\n",
            "url,username,password,totp,extra,name\n",
            "username,username2,username3,title,password\nann,,,Acme,pw\n",
            "work,Acme,ann,pw,url,note,,TFC:Keeper,KEY\n",
            "otpauth://totp/a,b,c?secret=KEY\n",
            "a note, with commas, in it\n",
            "",
        ] {
            assert!(!is_enpass(text), "{text}");
        }
    }
}
