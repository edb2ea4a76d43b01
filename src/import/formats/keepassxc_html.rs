//! KeePassXC's HTML: each entry is a table with its title as the caption, and a row for each field.
//! Entries in the recycle bin are not in it.

use zeroize::Zeroizing;

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::crypto::damaged;
use crate::import::support::json;
use crate::import::support::keepass_entry::Entry;
use crate::import::support::shared::Shared;
use crate::import::{ImportError, Input, MAX_ROWS};

pub(crate) const FORMAT: Format = Format {
    name: "keepassxc-html",
    title: "KeePassXC (HTML)",
    probe: |look| certain(look.text.starts_with("<html>") && look.text.contains(ENTRY)),
    read,
};

/// The start of an entry.
const ENTRY: &str = "<table width=\"100%\"><caption>";

/// No field can contain these: the program escapes `<`.
const ROW: &str = "<tr><th>";
const VALUE: &str = "</th><td class=\"";

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let text = json::text(input.bytes)?;
    if !text.trim_end().ends_with("</html>") {
        return Err(damaged("the page is cut short"));
    }
    let (mut rows, mut shared) = (Vec::new(), Shared::default());
    for (number, html) in (1_usize..).zip(text.split(ENTRY).skip(1)) {
        if number > MAX_ROWS {
            return Err(ImportError::TooCostly("too many entries".to_owned()));
        }
        let html = html.split("</table>").next().unwrap_or_default();
        let title = html.split("</caption>").next().unwrap_or_default();
        let mut entry = Entry::default();
        entry.strings.push(("Title".to_owned(), plain(title)));
        for (name, value) in html.split(ROW).skip(1).filter_map(field) {
            if Entry::has_field(&name) {
                entry.strings.push((name, value));
            }
        }
        rows.extend(entry.rows(&format!("entry {number}"), &mut shared)?);
    }
    Ok(Contents::from_rows(rows))
}

/// The name and value of a field; the user name has a class in place of a name of its own.
fn field(row: &str) -> Option<(String, Zeroizing<String>)> {
    let (name, rest) = row.split_once(VALUE)?;
    let (class, rest) = rest.split_once("\">")?;
    let value = plain(rest.split("</td>").next()?);
    match class {
        "username" => Some(("UserName".to_owned(), value)),
        "attr" => Some((plain(name).to_string(), value)),
        _ => None,
    }
}

fn plain(html: &str) -> Zeroizing<String> {
    let mut text = Zeroizing::new(html.to_owned());
    for (escaped, plain) in [
        ("&nbsp;", " "),
        ("<br>", "\n"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ] {
        text = Zeroizing::new(text.replace(escaped, plain));
    }
    text
}
