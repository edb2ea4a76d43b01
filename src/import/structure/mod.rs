//! Files of unknown programs, read by their structure: JSON, tables, XML and YAML become a [`tree`]; an
//! object, row or element that holds a key is an entry, and what is beside the key completes it.
//!
//! | part | what is in it |
//! | --- | --- |
//! | [`tree`] | the tree, and its bounds |
//! | `json`, `table`, `plist`, `xml`, `yaml` | one file for each kind of document |
//! | `fields`, `names` | what a member is for, by its name in any spelling |
//! | `members` | the members of an object, and pairs of names and values |
//! | `context` | what an object and those around it say of an account |
//! | `entry` | from an object with keys to its accounts |
//! | `account` | the fields of one account, from its entry and its URI |
//! | `walk` | from a tree to its entries |
//! | `report` | what was taken for what, and what was not taken |

mod account;
mod context;
mod entry;
mod fields;
mod json;
mod members;
mod names;
mod plist;
mod report;
mod table;
mod tree;
mod walk;
mod xml;
mod yaml;

use std::collections::HashSet;

use context::Context;
pub(crate) use report::Report;
use tree::{Budget, Node};
use walk::Walk;

use crate::import::detect::{Certainty, Format, maybe};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support;
use crate::import::support::crypto::sha256;
use crate::import::support::json::text;
use crate::import::{ImportError, Input, Row};

pub(crate) const JSON: Format = Format {
    name: "json",
    title: "JSON of other programs, by its field names",
    probe: |look| maybe(look.begins_as_json()),
    read: |input| document(input, "unknown JSON", json::parse),
};

pub(crate) const TABLE: Format = Format {
    name: "csv",
    title: "tables of other programs, by their column names",
    probe: is_table,
    read: rows,
};

pub(crate) const PLIST: Format = Format {
    name: "plist",
    title: "property lists of other programs, by their field names",
    probe: |look| maybe(support::plist::is_plist(look.bytes)),
    read: |input| {
        let mut budget = Budget::default();
        let root = plist::parse(input.bytes, &mut budget)?;
        walk(&root, budget, "unknown property list")
    },
};

pub(crate) const XML: Format = Format {
    name: "xml",
    title: "XML of other programs, by their element names",
    probe: |look| maybe(is_xml(look.text)),
    read: |input| document(input, "unknown XML", xml::parse),
};

pub(crate) const YAML: Format = Format {
    name: "yaml",
    title: "YAML of other programs, by its field names",
    probe: |look| maybe(is_yaml(look.text)),
    read: |input| document(input, "unknown YAML", yaml::parse),
};

/// Whether a text starts as XML, and not as a page.
pub(crate) fn is_xml(text: &str) -> bool {
    let start = text.trim_start();
    let start = &start[..start.floor_char_boundary(1024)];
    start.starts_with('<') && !start.to_ascii_lowercase().contains("<html")
}

fn is_member(line: &str) -> bool {
    let line = line.trim_start().trim_start_matches("- ");
    line.split_once(':').is_some_and(|(name, rest)| {
        let is_name = !name.trim_matches('"').contains(['"', ':', '/', '@']) && name.len() < 64;
        is_name && (rest.is_empty() || rest.starts_with([' ', '\r']))
    })
}

/// Whether lines are members of members or items, as in YAML. Any text is a scalar of YAML.
fn is_nested_yaml(text: &str) -> bool {
    let is_nested = |line: &str| line.starts_with([' ', '-', '\t']) && is_member(line);
    !text.trim_start().starts_with(['{', '[', '<']) && text.lines().any(is_nested)
}

/// Whether it is YAML that is nested, or has nothing but members, one of which names an account.
fn is_yaml(text: &str) -> bool {
    let is_other = |line: &&str| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with('#') && line != "---"
    };
    let names = |line: &str| {
        let name = line.split_once(':').map_or("", |(name, _)| name);
        context::is_label(fields::role(name.trim()))
    };
    let lines = || text.lines().filter(is_other);
    is_nested_yaml(text) || lines().all(is_member) && lines().any(names)
}

fn is_table(look: &Look<'_>) -> Option<Certainty> {
    let text = look.text;
    maybe(!look.begins_as_json() && !is_xml(text) && table::is_table(text))
}

/// Reads a document by the walk through its tree.
fn document(
    input: &Input<'_>,
    kind: &str,
    parse: fn(&str, &mut Budget) -> Result<Node, ImportError>,
) -> Result<Contents, ImportError> {
    let mut budget = Budget::default();
    let root = parse(text(input.bytes)?, &mut budget)?;
    walk(&root, budget, kind)
}

fn walk(root: &Node, budget: Budget, kind: &str) -> Result<Contents, ImportError> {
    let mut walk = Walk::new(budget);
    walk.visit(root, &Context::default())?;
    finish(walk, kind)
}

/// The shortest key that is looked for elsewhere, in bytes. Steam's files have a dummy of 2 bytes.
const SHORTEST: usize = 8;

/// What a JSON file holds besides the accounts that its own format's reader found, such as keys in
/// fields of the user's own; `None` if nothing. Entries that were skipped are among `rows`, too.
pub(crate) fn elsewhere(json: &str, rows: &[Row]) -> Option<String> {
    let mut budget = Budget::default();
    let root = json::parse(json, &mut budget).ok()?;
    let mut walk = Walk::new(budget);
    walk.visit(&root, &Context::default()).ok()?;
    let secret = |row: &Row| {
        let secret = &row.as_ref().ok()?.draft.credential.secret;
        (secret.len() >= SHORTEST).then(|| *sha256(&[secret.expose_secret()]))
    };
    let known: HashSet<_> = rows.iter().filter_map(secret).collect();
    let others = walk.contents.rows.iter().filter_map(secret);
    let others: HashSet<_> = others.filter(|secret| !known.contains(secret)).collect();
    let skipped = rows.iter().filter(|row| row.is_err()).count();
    match others.len().saturating_sub(skipped) {
        0 => None,
        1 => Some("another field of the file holds a secret key that was not imported: look there by hand".to_owned()),
        count => Some(format!("other fields of the file hold {count} secret keys that were not imported: look there by hand")),
    }
}

fn rows(input: &Input<'_>) -> Result<Contents, ImportError> {
    table(input, "unknown table")
}

/// Reads a table, which notes call `kind`. One of logins may have no one-time passwords.
pub(crate) fn table(input: &Input<'_>, kind: &str) -> Result<Contents, ImportError> {
    let (mut budget, own) = (Budget::default(), text(input.bytes)?);
    let rows = table::parse(input.bytes, own, &mut budget)?;
    let mut walk = Walk::new(budget);
    for (line, row) in rows {
        walk.table_row(format!("line {line}"), &row)?;
    }
    if walk.contents.rows.is_empty() && walk.contents.parts.is_empty() && table::has_known_head(own)
    {
        // A table of logins has no one-time passwords, unless something only looks like it.
        let notes = walk.report.left().into_iter().collect();
        return Ok(Contents {
            notes,
            ..Contents::default()
        });
    }
    finish(walk, kind)
}

/// The accounts, with notes on what was taken for what. Without any account, what looks like a key is
/// told by the error.
fn finish(walk: Walk, kind: &str) -> Result<Contents, ImportError> {
    let Walk {
        mut contents,
        report,
        ..
    } = walk;
    if contents.rows.is_empty() && contents.parts.is_empty() {
        return Err(match report.left() {
            Some(left) => ImportError::Unsupported(format!("unrecognised file format ({left})")),
            None => ImportError::Unrecognised,
        });
    }
    contents.notes.extend(report.notes(kind));
    Ok(contents)
}
