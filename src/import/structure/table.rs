//! A table as a tree: each row is a map from column names to cells, or a list of cells without names.

use zeroize::Zeroizing;

use super::fields::{self, Role};
use super::tree::{Budget, Name, Node};
use super::{key_text, uris};
use crate::import::support::crypto::damaged;
use crate::import::{ImportError, MAX_ROWS};

/// Bounds the columns; exports of password managers have up to some hundred.
const MAX_COLUMNS: usize = 2000;

/// A row and its line in the file, from 1.
pub(super) type Row = (u64, Node);

/// Whether a text may be a table: it has a column or cell for keys.
pub(crate) fn is_table(text: &str) -> bool {
    let head = text.lines().find(|line| !line.trim().is_empty());
    let head = head.unwrap_or_default();
    let head = &head[..head.floor_char_boundary(1 << 16)];
    let Some(delimiter) = delimiter(head) else {
        return fields::role(head.trim().trim_matches('"')).is_key() && text.lines().count() > 1;
    };
    let cells = head.split(char::from(delimiter));
    let cells: Vec<_> = cells.map(|cell| cell.trim().trim_matches('"')).collect();
    names_keys(&cells)
        || text.lines().take(LOOKED_AT).any(|line| {
            let mut cells = line.split(char::from(delimiter));
            cells.any(|cell| is_key_or_uri(cell.trim().trim_matches('"')))
        })
}

/// How many lines are looked at.
const LOOKED_AT: usize = 100;

/// Whether cells are the names of columns, one of them for keys.
fn names_keys(cells: &[&str]) -> bool {
    let roles = || cells.iter().map(|cell| fields::role(cell));
    let others = roles()
        .filter(|role| !matches!(role, Role::Other | Role::MaybeKey))
        .count();
    roles().any(Role::is_key) || roles().any(|role| role == Role::MaybeKey) && others > 0
}

/// Commas, or what spreadsheets write in other countries. `None` if the line has one cell only.
fn delimiter(line: &str) -> Option<u8> {
    let count = |wanted: u8| line.bytes().filter(|byte| *byte == wanted).count();
    let best = [b',', b';', b'\t', b'|'].into_iter().rev();
    best.max_by_key(|delimiter| count(*delimiter))
        .filter(|delimiter| count(*delimiter) > 0)
}

/// Reads a table, with or without a head.
pub(crate) fn parse(text: &str, budget: &mut Budget) -> Result<Vec<Row>, ImportError> {
    let first = text.lines().find(|line| !line.trim().is_empty());
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(first.unwrap_or_default()).unwrap_or(b','))
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let (mut rows, mut head) = (Vec::new(), None);
    let mut record = csv::StringRecord::new();
    let broken = |_| damaged("the table is not CSV");
    while reader.read_record(&mut record).map_err(broken)? {
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() > MAX_COLUMNS || rows.len() > MAX_ROWS {
            return Err(ImportError::TooCostly("the table is too large".to_owned()));
        }
        let cells: Vec<&str> = record.iter().collect();
        if head.is_none() {
            let names = head_of(&cells);
            let is_head = names.is_some();
            head = Some(names.unwrap_or_default());
            if is_head {
                continue;
            }
        }
        let names = head.as_deref().unwrap_or_default();
        rows.push((line, row(&cells, names, budget)?));
    }
    Ok(rows)
}

fn is_key_or_uri(cell: &str) -> bool {
    uris::is_uri(cell) || key_text::looks_like_key(cell)
}

/// The names of the columns, if the first row has names.
fn head_of(cells: &[&str]) -> Option<Vec<Name>> {
    let has_values = cells.iter().any(|cell| is_key_or_uri(cell));
    (names_keys(cells) && !has_values).then(|| {
        let names = cells
            .iter()
            .map(|cell| Zeroizing::new(cell.trim().to_owned()));
        names.collect()
    })
}

fn row(cells: &[&str], head: &[Name], budget: &mut Budget) -> Result<Node, ImportError> {
    let mut members = Vec::with_capacity(cells.len());
    if head.is_empty()
        && let Some(pairs) = pairs(cells)
    {
        for (name, cell) in pairs {
            budget.take()?;
            members.push((Zeroizing::new(name.to_owned()), Node::text(cell)));
        }
        return Ok(Node::Map(members));
    }
    for (index, cell) in cells.iter().enumerate() {
        budget.take()?;
        let name = head.get(index).map(|name| name.to_string());
        let name = name.unwrap_or_else(|| unnamed(cells, index).to_owned());
        members.push((Zeroizing::new(name), Node::text(unmarked(cell))));
    }
    Ok(Node::Map(members))
}

/// The members of a row that tells the names of its cells itself: a title, then names and values in
/// turn (Enpass, Keeper).
fn pairs<'a>(cells: &[&'a str]) -> Option<Vec<(&'a str, &'a str)>> {
    let is_name = |index: usize| {
        cells
            .get(index)
            .is_some_and(|cell| fields::role(cell).is_key())
            && cells
                .get(index + 1)
                .is_some_and(|value| is_key_or_uri(value))
    };
    let first = (1..cells.len()).find(|index| is_name(*index))?;
    // The names are at every second place: from the start on if one of those before it is known.
    let names = (1..first).filter(|index| (first - index) % 2 == 0);
    let mut known = names.filter(|index| fields::role(cells[*index]) != Role::Other);
    let start = known.next().map_or(first, |_| 2 - first % 2);
    let title = cells.first().map(|cell| ("title", *cell));
    let others = cells.get(1..start).unwrap_or_default().iter();
    let user = others.clone().find(|cell| cell.contains('@'));
    let user = user.map(|cell| ("user", *cell));
    let named = cells[start..]
        .chunks_exact(2)
        .map(|pair| (pair[0], pair[1]));
    Some(title.into_iter().chain(user).chain(named).collect())
}

/// What a cell without a column name is, by its place and content.
fn unnamed(cells: &[&str], index: usize) -> &'static str {
    let cell = cells[index].trim();
    let is_label = |cell: &&str| {
        let cell = cell.trim();
        !cell.is_empty()
            && !is_key_or_uri(cell)
            && !cell.contains("://")
            && cell.parse::<u64>().is_err()
    };
    if uris::is_uri(cell) {
        return "uri";
    }
    if key_text::looks_like_key(cell) {
        return "secret";
    }
    if !is_label(&cell) {
        return "";
    }
    match cells[..index].iter().filter(|cell| is_label(cell)).count() {
        0 => "name",
        1 => "user",
        _ => "",
    }
}

/// Removes a leading `'`, which stops a spreadsheet from reading the cell as a formula.
fn unmarked(cell: &str) -> &str {
    let marked = cell.strip_prefix('\'');
    marked
        .filter(|rest| rest.starts_with(['=', '+', '-', '@']))
        .unwrap_or(cell)
}
