//! Keeper's CSV: no head, but in each row the folder, title, login, password, address, notes and shared
//! folder, then the names and values of the other fields in turn.

use crate::import::detect::{Certainty, Format, certain};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::csv::{self, Record};
use crate::import::support::labels::is_key;
use crate::import::support::logins::{Login, Logins, Suspects, is_uri, one_tag};
use crate::import::{ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "keeper-csv",
    title: "Keeper (CSV)",
    probe,
    read,
};

const FOLDER: usize = 0;
const TITLE: usize = 1;
const LOGIN: usize = 2;
const SHARED: usize = 6;
/// The first column with the name of a field.
const FIELDS: usize = 7;

/// Names that only Keeper gives to fields: the app's, and those of its program for the command line.
const MARKS: [&str; 4] = ["TFC:Keeper", "$oneTimeCode", "$record_uid", "$type"];

fn probe(look: &Look<'_>) -> Option<Certainty> {
    let has_mark = MARKS.iter().any(|mark| look.text.contains(mark));
    if !has_mark || look.begins_as_json() {
        return None;
    }
    let rows = csv::peek(look.text);
    // The last shared folder may be left out; a field has a name and a value.
    let fits = |row: &Record| row.len() >= SHARED;
    certain(!rows.is_empty() && rows.iter().all(fits) && rows.iter().any(|row| row.len() >= FIELDS))
}

fn fields(row: &Record) -> impl Iterator<Item = (&str, &str)> {
    let names = (FIELDS..row.len().saturating_sub(1)).step_by(2);
    names.map(|at| (row.get(at).trim(), row.get(at + 1).trim()))
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let rows = csv::headless(input.bytes)?;
    let (mut logins, mut suspects) = (Logins::default(), Suspects::default());
    for row in &rows {
        let folder = match row.get(FOLDER) {
            "" => shared_folder(row.get(SHARED)),
            folder => folder,
        };
        let login = Login {
            title: row.get(TITLE),
            user: row.get(LOGIN),
            tags: one_tag(folder),
            place: row.place(),
            ..Login::default()
        };
        let keys = fields(row).filter(|(name, value)| is_key(name) || is_uri(value));
        logins.add(&login, keys.map(|(_, value)| value))?;
        suspects.look(
            &login.place,
            fields(row).filter(|(name, _)| !name.starts_with('$')),
        );
    }
    Ok(suspects.noted(logins))
}

/// A shared folder without the rights after its name: `Team#edit#reshare`.
fn shared_folder(text: &str) -> &str {
    text.trim_end_matches("#reshare")
        .trim_end_matches("#edit")
        .trim_end_matches("#reshare")
}
