//! CSV as other programs write it: columns found by name, rows of any length.

use std::collections::HashMap;

use zeroize::Zeroizing;

use crate::import::support::crypto::damaged;
use crate::import::support::json;
use crate::import::{ImportError, MAX_ROWS};

/// Bounds the columns; exports of password managers have up to some hundred.
const MAX_COLUMNS: usize = 2000;

/// Bounds the cells of all rows: each takes memory, even if it is empty.
const MAX_CELLS: usize = 8 << 20;

/// CSV with named columns.
pub(crate) struct Table {
    /// The index of each column by its name in lower case. If a name repeats, the first counts.
    columns: HashMap<String, usize>,
    rows: Vec<Record>,
}

/// A row. It may contain passwords, so it is wiped on drop.
pub(crate) struct Record {
    /// Its line in the file, from 1.
    pub(crate) line: u64,
    fields: Vec<Zeroizing<String>>,
}

impl Table {
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, ImportError> {
        let text = json::text(bytes)?;
        let head = text.lines().next().unwrap_or_default();
        // Spreadsheets use semicolons in locales where the comma is the decimal separator.
        let mut delimiter = [b';', b'\t'].into_iter();
        let delimiter = delimiter.find(|other| {
            let others = head.bytes().filter(|byte| byte == other).count();
            others > head.bytes().filter(|byte| *byte == b',').count()
        });
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter.unwrap_or(b','))
            .flexible(true)
            .from_reader(text.as_bytes());
        let broken = |_| damaged("the table is not CSV");
        let names = reader.headers().map_err(broken)?;
        let too_many = |what: &str| ImportError::TooCostly(format!("too many {what}"));
        let width = names.len();
        if width > MAX_COLUMNS {
            return Err(too_many("columns"));
        }
        let mut columns = HashMap::new();
        for (index, name) in names.iter().enumerate() {
            let name = name.trim().to_ascii_lowercase();
            columns.entry(name).or_insert(index);
        }
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
            let fields = record.iter().map(|field| Zeroizing::new(field.to_owned()));
            rows.push(Record {
                line: record.position().map_or(0, csv::Position::line),
                fields: fields.collect(),
            });
        }
        // An unclosed quote pulls everything after it into its field.
        let is_odd = text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1;
        if is_odd && rows.last().is_some_and(|row| row.is_open(width, text)) {
            return Err(damaged("the table is cut short within quotes"));
        }
        Ok(Self { columns, rows })
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &Record> {
        self.rows.iter()
    }

    /// The value in the column with this name, in any case; empty if there is none.
    pub(crate) fn get<'a>(&self, row: &'a Record, name: &str) -> &'a str {
        let column = self.columns.get(&name.to_ascii_lowercase());
        let field = column.and_then(|column| row.fields.get(*column));
        field.map_or("", |field| without_mark(field))
    }

    /// As [`Self::get`], but `None` if the value is empty.
    pub(crate) fn non_empty(&self, row: &Record, name: &str) -> Option<String> {
        Some(self.get(row, name).trim().to_owned()).filter(|text| !text.is_empty())
    }
}

/// Removes a leading `'`, which stops a spreadsheet from reading the cell as a formula. Our own export
/// and other programs write it.
fn without_mark(field: &str) -> &str {
    let marked = field.strip_prefix('\'').filter(|rest| {
        rest.starts_with([
            '=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n', '\'',
        ])
    });
    marked.unwrap_or(field)
}

impl Record {
    /// Whether this last row of a text lacks columns or spans several lines.
    fn is_open(&self, width: usize, text: &str) -> bool {
        let lines = u64::try_from(text.lines().count()).unwrap_or(u64::MAX);
        self.fields.len() < width || self.line < lines
    }

    /// The first field with a URI of a one-time password, for rows with shifted columns.
    pub(crate) fn uri(&self) -> Option<&str> {
        let mut fields = self.fields.iter().map(|field| field.as_str());
        fields.find(|field| field.starts_with("otpauth://") || field.starts_with("steam://"))
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
