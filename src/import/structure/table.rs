//! A table as a tree: each row is a map from column names to cells. A table without a head gets names
//! by what its cells look like.

use zeroize::Zeroizing;

use super::fields::{self, Role};
use super::tree::{Budget, Name, Node};
use crate::import::support::{key_text, uris};

use crate::import::ImportError;
use crate::import::support::csv::{self, Record, Table};

/// A row and its line in the file, from 1.
pub(super) type Row = (u64, Node);

/// Whether a text may be a table: it has a column or cell for keys, or columns of logins.
pub(crate) fn is_table(text: &str) -> bool {
    let rows = csv::peek(text);
    let Some(head) = rows.first() else {
        return false;
    };
    let head = trimmed(head);
    let is_known = is_head(&head) && (head.len() > 1 || rows.len() > 1);
    // A line that starts with a URI is one of a list, and a comma in it is a part of it.
    if !is_known && text.lines().any(uris::is_uri) {
        return false;
    }
    let has_key = |row: &Record| {
        let mut cells = row.cells();
        row.cells().nth(1).is_some() && cells.any(is_key_or_uri)
    };
    is_known || rows.iter().any(has_key)
}

/// Whether a head is that of a table of logins, with or without one-time passwords.
fn has_logins(head: &[&str]) -> bool {
    let is_password = |cell: &&str| {
        let plain = cell.to_ascii_lowercase();
        ["password", "pwd", "pass", "login_password"].contains(&plain.as_str())
    };
    let is_title =
        |cell: &&str| matches!(fields::role(cell), Role::Title | Role::Name | Role::User);
    head.iter().any(is_password) && head.iter().any(is_title)
}

/// Whether a text is a table whose head is known: it has columns for keys, or is one of logins.
pub(crate) fn has_known_head(text: &str) -> bool {
    let rows = csv::peek(text);
    rows.first().is_some_and(|head| is_head(&trimmed(head)))
}

fn is_head(cells: &[&str]) -> bool {
    let is_name = |cell: &&&str| fields::role(cell) != Role::Other;
    let are_names = cells.iter().filter(is_name).count() > 1;
    (names_keys(cells) || has_logins(cells) || are_names)
        && !cells.iter().any(|cell| is_key_or_uri(cell))
}

fn trimmed(row: &Record) -> Vec<&str> {
    row.cells().map(str::trim).collect()
}

/// Whether cells are the names of columns, one of them for keys.
fn names_keys(cells: &[&str]) -> bool {
    let roles = || cells.iter().map(|cell| fields::role(cell));
    let others = roles()
        .filter(|role| !matches!(role, Role::Other | Role::MaybeKey))
        .count();
    roles().any(Role::is_key) || roles().any(|role| role == Role::MaybeKey) && others > 0
}

/// Reads a table, with or without a head.
pub(crate) fn parse(
    bytes: &[u8],
    text: &str,
    budget: &mut Budget,
) -> Result<Vec<Row>, ImportError> {
    if !has_known_head(text) {
        let rows = csv::headless(bytes)?;
        let rows = rows
            .iter()
            .map(|row| Ok((row.line, headless(row, budget)?)));
        return rows.collect();
    }
    let table = Table::read(bytes)?;
    let rows = table.rows().map(|row| {
        let mut members = Vec::new();
        let cells: Vec<&str> = row.cells().collect();
        for (index, (name, cell)) in table.cells(row).enumerate() {
            budget.take()?;
            let name = match name {
                "" => unnamed(&cells, index),
                name => name,
            };
            members.push((Zeroizing::new(name.to_owned()), Node::text(cell)));
        }
        Ok((row.line, Node::Map(members)))
    });
    rows.collect()
}

/// The members of a row without names of columns.
fn headless(row: &Record, budget: &mut Budget) -> Result<Node, ImportError> {
    let cells: Vec<&str> = row.cells().collect();
    let named = match pairs(&cells) {
        Some(pairs) => pairs,
        None => (0..cells.len())
            .map(|index| (unnamed(&cells, index), cells[index]))
            .collect(),
    };
    let mut members: Vec<(Name, Node)> = Vec::with_capacity(named.len());
    for (name, cell) in named {
        budget.take()?;
        members.push((Zeroizing::new(name.to_owned()), Node::text(cell)));
    }
    Ok(Node::Map(members))
}

fn is_key_or_uri(cell: &str) -> bool {
    uris::is_uri(cell) || key_text::looks_like_key(cell)
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
    let of_pairs = cells[start..]
        .chunks_exact(2)
        .map(|pair| (pair[0], pair[1]));
    Some(title.into_iter().chain(user).chain(of_pairs).collect())
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
    let before = |wanted: &str| {
        cells[..index]
            .iter()
            .any(|own| own.trim().eq_ignore_ascii_case(wanted))
    };
    match cell.to_ascii_lowercase().as_str() {
        "totp" | "hotp" | "steam" => return "type",
        "sha1" | "sha256" | "sha512" | "sha-1" | "sha-256" | "sha-512" => return "algorithm",
        "6" | "7" | "8" if !before("hotp") => return "digits",
        "30" | "60" | "90" | "120" if !before("hotp") => return "period",
        _ if before("hotp") && cell.parse::<u64>().is_ok() => return "counter",
        _ if !is_label(&cell) => return "",
        _ => {}
    }
    match cells[..index].iter().filter(|cell| is_label(cell)).count() {
        0 => "name",
        1 => "user",
        _ => "",
    }
}
