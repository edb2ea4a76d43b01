//! CSV as other programs write it: columns found by name, rows of any length.

use std::collections::HashMap;

use zeroize::Zeroizing;

use crate::import::support::crypto::damaged;
use crate::import::support::{json, labels, logins};
use crate::import::{ImportError, MAX_ROWS};

/// Bounds the columns; exports of password managers have up to some hundred.
const MAX_COLUMNS: usize = 2000;

/// Bounds the cells of all rows: each takes memory, even if it is empty.
const MAX_CELLS: usize = 8 << 20;

/// Bounds what a probe reads of a file, in bytes and in rows.
const PEEK: (usize, usize) = (1 << 16, 50);

/// CSV with named columns.
pub(crate) struct Table {
    /// The names of the columns, in order.
    names: Vec<String>,
    /// The indices of each column by its name in lower case: names may repeat.
    columns: HashMap<String, Vec<usize>>,
    rows: Vec<Record>,
}

/// A row. It may contain passwords, so it is wiped on drop.
pub(crate) struct Record {
    /// Its line in the file, from 1.
    pub(crate) line: u64,
    fields: Vec<Zeroizing<String>>,
}

impl Table {
    /// Reads CSV whose first row names the columns.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, ImportError> {
        let text = json::text(bytes)?;
        let mut reader = reader(text);
        let mut names = csv::StringRecord::new();
        reader.read_record(&mut names).map_err(broken)?;
        if is_separator(&names) {
            reader.read_record(&mut names).map_err(broken)?;
        }
        if names.len() > MAX_COLUMNS {
            return Err(too_many("columns"));
        }
        let names: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
        let mut columns: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, name) in names.iter().enumerate() {
            let name = name.to_ascii_lowercase();
            columns.entry(name).or_default().push(index);
        }
        let rows = records(&mut reader, text, names.len())?;
        Ok(Self {
            names,
            columns,
            rows,
        })
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &Record> {
        self.rows.iter()
    }

    /// The value in the column with this name, in any case; empty if there is none. If the name repeats,
    /// it is the first value that is not empty.
    pub(crate) fn get<'a>(&self, row: &'a Record, name: &str) -> &'a str {
        let columns = self.columns.get(&name.to_ascii_lowercase());
        let mut values = columns.into_iter().flatten().map(|column| row.get(*column));
        values.find(|value| !value.is_empty()).unwrap_or_default()
    }

    /// As [`Self::get`], but `None` if the value is empty.
    pub(crate) fn non_empty(&self, row: &Record, name: &str) -> Option<String> {
        Some(self.get(row, name).trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// The columns whose name is one of `list`, as [`labels`] has them; in the list's order.
    pub(crate) fn named(&self, list: &[&str]) -> Vec<usize> {
        let names: Vec<_> = self.names.iter().map(|name| labels::plain(name)).collect();
        let mut columns = Vec::new();
        for wanted in list {
            let same = (0..names.len()).filter(|index| names[*index] == *wanted);
            columns.extend(same);
        }
        columns
    }

    /// The cells of a row with the names of their columns; those beyond the head have none.
    pub(crate) fn cells<'a>(&'a self, row: &'a Record) -> impl Iterator<Item = (&'a str, &'a str)> {
        let names = self.names.iter().map(String::as_str);
        names.chain(std::iter::repeat("")).zip(row.cells())
    }

    /// The columns with a name that `is` accepts.
    pub(crate) fn columns_that(&self, is: impl Fn(&str) -> bool) -> Vec<usize> {
        let named = self.names.iter().enumerate();
        let named = named.filter(|(_, name)| is(name));
        named.map(|(index, _)| index).collect()
    }

    /// The cells of a row from this column on, also those beyond the head.
    pub(crate) fn cells_from<'a>(
        &self,
        row: &'a Record,
        name: &str,
    ) -> impl Iterator<Item = &'a str> + use<'a> {
        let column = self.columns.get(&name.to_ascii_lowercase());
        let start = column.and_then(|column| column.first().copied());
        row.cells().skip(start.unwrap_or(usize::MAX))
    }
}

/// Reads CSV without a head: every row is data.
pub(crate) fn headless(bytes: &[u8]) -> Result<Vec<Record>, ImportError> {
    let text = json::text(bytes)?;
    records(&mut reader(text), text, 0)
}

/// The first rows of a text with the head, for a first look; empty if it is not CSV.
pub(crate) fn peek(text: &str) -> Vec<Record> {
    let start = &text[..text.floor_char_boundary(PEEK.0)];
    let mut reader = reader(start);
    let mut record = csv::StringRecord::new();
    let mut rows = Vec::new();
    while rows.len() < PEEK.1 && reader.read_record(&mut record).unwrap_or(false) {
        if !is_separator(&record) {
            rows.push(Record::from(&record));
        }
    }
    if start.len() < text.len() && rows.len() > 1 {
        rows.pop();
    }
    rows
}

type Reader<'a> = csv::Reader<&'a [u8]>;

fn reader(text: &str) -> Reader<'_> {
    let text = text.trim_start_matches('\u{feff}');
    let head = text.lines().next().unwrap_or_default();
    // 1Password 7 writes quotes within a cell as `\"`; with `""`, cells would move to other columns.
    let is_escaped = ["\"Created Date\"", "\"UUID\",\"TITLE\""];
    let is_escaped = is_escaped.iter().any(|mark| head.contains(mark));
    csv::ReaderBuilder::new()
        .delimiter(delimiter(head))
        .escape(is_escaped.then_some(b'\\'))
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes())
}

/// The first row of some spreadsheets: `sep=;` says what is between cells.
fn is_separator(record: &csv::StringRecord) -> bool {
    let first = record.get(0).unwrap_or_default();
    record.len() <= 2 && first.len() <= SEPARATOR.len() + 1 && first.starts_with(SEPARATOR)
}

const SEPARATOR: &str = "sep=";

/// Spreadsheets use semicolons in locales where the comma is the decimal separator.
fn delimiter(head: &str) -> u8 {
    let own = head.strip_prefix(SEPARATOR);
    if let Some([own]) = own.map(|own| own.trim_end().as_bytes()) {
        return *own;
    }
    let (mut counts, mut quoted) = ([0_usize; 3], false);
    for byte in head.bytes() {
        quoted ^= byte == b'"';
        let index = DELIMITERS.iter().position(|own| *own == byte && !quoted);
        if let Some(index) = index {
            counts[index] += 1;
        }
    }
    let [commas, semicolons, tabs] = counts;
    match () {
        () if semicolons > commas => b';',
        () if tabs > commas => b'\t',
        () => b',',
    }
}

const DELIMITERS: [u8; 3] = *b",;\t";

fn broken(_: csv::Error) -> ImportError {
    damaged("the table is not CSV")
}

fn too_many(what: &str) -> ImportError {
    ImportError::TooCostly(format!("too many {what}"))
}

/// The rows up to the end. `width` is how many columns the head has.
fn records(reader: &mut Reader<'_>, text: &str, width: usize) -> Result<Vec<Record>, ImportError> {
    let (mut rows, mut record) = (Vec::new(), csv::StringRecord::new());
    let mut cells = 0;
    while reader.read_record(&mut record).map_err(broken)? {
        cells += record.len();
        if rows.len() == MAX_ROWS {
            return Err(too_many("rows"));
        }
        if record.len() > MAX_COLUMNS || cells > MAX_CELLS {
            return Err(too_many("columns"));
        }
        rows.push(Record::from(&record));
    }
    // An unclosed quote pulls everything after it into its field.
    let is_odd = text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1;
    if is_odd && rows.last().is_some_and(|row| row.is_open(width, text)) {
        return Err(damaged("the table is cut short within quotes"));
    }
    Ok(rows)
}

/// Removes a leading `'`, which stops a spreadsheet from reading the cell as a formula. Our own export
/// and other programs write it. Others write the text as a formula: `="text"`.
fn without_mark(field: &str) -> &str {
    let formula = field.strip_prefix("=\"");
    if let Some(text) = formula.and_then(|rest| rest.strip_suffix('"')) {
        return text;
    }
    let marked = field.strip_prefix('\'').filter(|rest| {
        rest.starts_with([
            '=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n', '\'',
        ])
    });
    marked.unwrap_or(field)
}

impl From<&csv::StringRecord> for Record {
    fn from(record: &csv::StringRecord) -> Self {
        let fields = record.iter().map(|field| Zeroizing::new(field.to_owned()));
        Self {
            line: record.position().map_or(0, csv::Position::line),
            fields: fields.collect(),
        }
    }
}

impl Record {
    /// Its place for messages, such as `line 7`.
    pub(crate) fn place(&self) -> String {
        format!("line {}", self.line)
    }

    pub(crate) fn len(&self) -> usize {
        self.fields.len()
    }

    /// The value in this column, from 0; empty if the row is shorter.
    pub(crate) fn get(&self, column: usize) -> &str {
        self.fields
            .get(column)
            .map_or("", |field| without_mark(field))
    }

    pub(crate) fn cells(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| without_mark(field))
    }

    /// The first of these columns with a value.
    pub(crate) fn first(&self, columns: &[usize]) -> &str {
        let mut values = columns.iter().map(|column| self.get(*column).trim());
        values.find(|value| !value.is_empty()).unwrap_or_default()
    }

    /// Whether this last row of a text lacks columns or spans several lines.
    fn is_open(&self, width: usize, text: &str) -> bool {
        let lines = u64::try_from(text.lines().count()).unwrap_or(u64::MAX);
        self.fields.len() < width || self.line < lines
    }

    /// The fields with a URI of a one-time password, for rows with shifted columns.
    pub(crate) fn uris(&self) -> impl Iterator<Item = &str> {
        self.cells().filter(|cell| logins::is_uri(cell.trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_that_is_never_closed_is_damage() {
        for text in ["a,b\n1,\"2\n3,4\n", "a,b\n\"1,2\n"] {
            assert!(Table::read(text.as_bytes()).is_err(), "{text}");
        }
        for text in ["a,b\n1,5\" disk\n", "a,b\n\"1\n2\",3\n"] {
            assert!(Table::read(text.as_bytes()).is_ok(), "{text}");
        }
    }

    #[test]
    fn columns_and_cells_are_bounded_and_the_first_of_a_name_counts() {
        let too_costly = |text: &str| {
            let outcome = Table::read(text.as_bytes());
            matches!(outcome, Err(ImportError::TooCostly(_)))
        };
        let wide = ",x".repeat(MAX_COLUMNS - 1);
        let text = format!("TOTP{wide}\nk{wide}\n");
        let table = Table::read(text.as_bytes()).unwrap();
        assert_eq!(table.columns.len(), 2);
        assert!(too_costly(&format!("TOTP{wide},y\nk\n")));
        assert!(too_costly(&format!("TOTP\nk{wide},y\n")));
        let row = format!("{}\n", ",".repeat(1023));
        assert!(!too_costly(&format!("TOTP\n{}", row.repeat(8 << 10))));
        assert!(too_costly(&format!("TOTP\n{}", row.repeat((8 << 10) + 1))));
        let table = Table::read(b"x,Name,NAME,name\n0,1,2,3\n").unwrap();
        let row = table.rows().next().unwrap();
        assert_eq!(table.get(row, "nAME"), "1");
    }

    #[test]
    fn the_mark_of_a_text_is_no_part_of_it() {
        for (cell, text) in [
            ("'=1+1", "=1+1"),
            ("''=1", "'=1"),
            ("'@x", "@x"),
            ("''", "'"),
            ("'a", "'a"),
            ("=1", "=1"),
            ("=\"JBSW\"", "JBSW"),
            ("=\"", "=\""),
            ("'", "'"),
            ("", ""),
        ] {
            assert_eq!(without_mark(cell), text);
        }
    }

    #[test]
    fn columns_are_found_in_any_order_case_and_dress() {
        for text in [
            "\u{feff}Title,TOTP\n\"a, \"\"b\"\"\",k\n",
            "totp;title\nk;\"a, \"\"b\"\"\"\n",
            "x\tTitle\tTOTP\n\t\"a, \"\"b\"\"\"\tk\n",
        ] {
            let table = Table::read(text.as_bytes()).unwrap();
            let row = table.rows().next().unwrap();
            assert_eq!(table.get(row, "title"), "a, \"b\"", "{text}");
            assert_eq!(table.get(row, "totp"), "k");
            assert_eq!(table.non_empty(row, "none"), None);
            assert_eq!(row.line, 2);
        }
    }
}
