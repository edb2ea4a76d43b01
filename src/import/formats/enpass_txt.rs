//! Enpass's text: lines `label : value`, and a line `Title : …` begins an entry.

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::json;
use crate::import::support::labels::{self, USERS, is_key};
use crate::import::support::logins::{Login, Logins, is_uri};
use crate::import::{ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "enpass-txt",
    title: "Enpass (text)",
    probe: |look| {
        let mut lines = look.text.lines().filter(|line| !line.trim().is_empty());
        let starts = lines.next().is_some_and(|line| line.starts_with(TITLE));
        certain(
            starts && lines.any(|line| line.split_once(BETWEEN).is_some_and(|(l, _)| is_key(l))),
        )
    },
    read,
};

const TITLE: &str = "Title : ";
const BETWEEN: &str = " : ";

/// An entry: its line, title, and the labels and values after it.
struct Entry<'a> {
    line: usize,
    title: &'a str,
    fields: Vec<(&'a str, &'a str)>,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let mut logins = Logins::default();
    let mut entry: Option<Entry<'_>> = None;
    for (number, line) in (1_usize..).zip(json::text(input.bytes)?.lines()) {
        if let Some(title) = line.strip_prefix(TITLE) {
            finish(entry.take(), &mut logins)?;
            let (line, fields) = (number, Vec::new());
            entry = Some(Entry {
                line,
                title,
                fields,
            });
        } else if let (Some(entry), Some(field)) = (&mut entry, line.split_once(BETWEEN)) {
            entry.fields.push(field);
        }
    }
    finish(entry, &mut logins)?;
    Ok(Contents::from_rows(logins.rows))
}

fn finish(entry: Option<Entry<'_>>, logins: &mut Logins) -> Result<(), ImportError> {
    let Some(Entry {
        line,
        title,
        fields,
    }) = entry
    else {
        return Ok(());
    };
    let user = |name: &&str| {
        let mut fields = fields.iter();
        fields.find(|(label, value)| labels::plain(label) == **name && !value.trim().is_empty())
    };
    let login = Login {
        title,
        user: USERS.iter().find_map(user).map_or("", |(_, value)| value),
        place: format!("line {line}"),
        ..Login::default()
    };
    let keys = fields
        .iter()
        .filter(|(label, value)| is_key(label) || is_uri(value.trim()));
    logins.add(&login, keys.map(|(_, value)| *value))
}
