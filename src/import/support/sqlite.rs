//! Reads the tables of an SQLite database (sqlite.org/fileformat2.html), and nothing else.
//!
//! SQLite itself is not used: it is C, a fifth of this program's size, and three rare formats only
//! need one pass over a table.

use zeroize::Zeroizing;

use crate::import::support::crypto::damaged;
use crate::import::{ImportError, MAX_ROWS};

pub(crate) const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// A database file whose header was checked.
pub(crate) struct Database<'a> {
    bytes: &'a [u8],
    page_size: usize,
    /// How many bytes of a page hold content.
    usable: usize,
}

/// One value. Blobs and floats are left out: no format here needs them.
enum Value {
    Null,
    Number(i64),
    Text(Zeroizing<String>),
}

/// A row as it is in the file. Values are decoded only on demand: in a hostile row, each byte is a
/// value that takes many bytes of memory.
struct Record(Zeroizing<Vec<u8>>);

/// The rows of a table, with values by column name.
pub(crate) struct Table {
    columns: Vec<String>,
    rows: Vec<Record>,
}

pub(crate) struct Row<'a> {
    columns: &'a [String],
    record: &'a Record,
}

/// The most columns of a table: SQLite's own limit (sqlite.org/limits.html).
const MAX_COLUMNS: usize = 2000;

/// Bounds what a walk over a table may read. No part of a file belongs to two pages or rows, so a walk
/// that reads more than the file has read some part twice.
struct Budget {
    pages: usize,
    bytes: usize,
}

impl Budget {
    fn take_page(&mut self) -> Result<(), ImportError> {
        let left = self.pages.checked_sub(1);
        self.pages = left.ok_or_else(|| damaged("the database refers to a page twice"))?;
        Ok(())
    }

    fn take_bytes(&mut self, count: usize) -> Result<(), ImportError> {
        let left = self.bytes.checked_sub(count);
        self.bytes = left.ok_or_else(|| damaged("rows of the database overlap"))?;
        Ok(())
    }
}

impl<'a> Database<'a> {
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, ImportError> {
        let short = || damaged("the database is cut short");
        let header = bytes.first_chunk::<100>().ok_or_else(short)?;
        let page_size = Self::page_size(bytes)?;
        let usable = page_size.saturating_sub(header[20].into());
        if !header.starts_with(MAGIC) || !page_size.is_power_of_two() || usable < 480 {
            return Err(damaged("the database has an invalid header"));
        }
        if header[59] > 1 {
            let message = "the database's text is in UTF-16, which is not supported";
            return Err(ImportError::Unsupported(message.to_owned()));
        }
        // The number of pages is valid only if the last writer knew of it (fileformat2, 1.3.7).
        let word = |at: usize| [header[at], header[at + 1], header[at + 2], header[at + 3]];
        let pages = u32::from_be_bytes(word(28));
        let pages = usize::try_from(pages).unwrap_or(usize::MAX);
        if word(24) == word(92) && pages.saturating_mul(page_size) > bytes.len() {
            return Err(short());
        }
        Ok(Self {
            bytes,
            page_size,
            usable,
        })
    }

    /// Bytes of a page, by the header.
    pub(crate) fn page_size(bytes: &[u8]) -> Result<usize, ImportError> {
        let header = bytes.first_chunk::<100>();
        let header = header.ok_or_else(|| damaged("the database is cut short"))?;
        Ok(
            match usize::from(u16::from_be_bytes([header[16], header[17]])) {
                1 => 65536,
                size => size,
            },
        )
    }

    /// The rows of a table; `None` if there is no such table.
    pub(crate) fn table(&self, name: &str) -> Result<Option<Table>, ImportError> {
        for row in self.rows(1)? {
            let value = |index| row.value(index).unwrap_or(Value::Null);
            let (Value::Text(kind), Value::Text(table), Value::Number(root), Value::Text(sql)) =
                (value(0), value(2), value(3), value(4))
            else {
                continue;
            };
            if kind.as_str() == "table" && table.eq_ignore_ascii_case(name) {
                let root = usize::try_from(root).unwrap_or_default();
                return Ok(Some(Table {
                    columns: columns(&sql),
                    rows: self.rows(root)?,
                }));
            }
        }
        Ok(None)
    }

    fn page(&self, number: usize) -> Result<&'a [u8], ImportError> {
        let start = number
            .checked_sub(1)
            .and_then(|n| n.checked_mul(self.page_size));
        let page =
            start.and_then(|start| self.bytes.get(start..start.checked_add(self.page_size)?));
        page.ok_or_else(|| damaged("the database is cut short"))
    }

    /// All rows of the b-tree under a page.
    fn rows(&self, root: usize) -> Result<Vec<Record>, ImportError> {
        let mut budget = Budget {
            pages: self.bytes.len() / self.page_size,
            bytes: self.bytes.len(),
        };
        let (mut rows, mut pages) = (Vec::new(), vec![root]);
        budget.take_page()?;
        while let Some(number) = pages.pop() {
            let page = self.page(number)?;
            let start = if number == 1 { 100 } else { 0 };
            let is_leaf = match page[start] {
                0x0d => true,
                0x05 => false,
                _ => return Err(damaged("the database has an invalid page")),
            };
            let head = start + if is_leaf { 8 } else { 12 };
            let count = usize::from(u16::from_be_bytes([page[start + 3], page[start + 4]]));
            let mut children = Vec::new();
            for index in 0..count {
                let cell = cell(page, head + 2 * index)?;
                if is_leaf {
                    rows.push(Record::new(self.payload(cell, &mut budget)?)?);
                } else {
                    budget.take_page()?;
                    children.push(page_number(cell)?);
                }
                if rows.len() > MAX_ROWS {
                    return Err(ImportError::TooCostly("too many rows".to_owned()));
                }
            }
            if !is_leaf {
                budget.take_page()?;
                children.push(page_number(&page[start + 8..])?);
            }
            pages.extend(children.into_iter().rev());
        }
        Ok(rows)
    }

    /// The bytes of a row, from its page and overflow pages.
    fn payload(&self, cell: &[u8], budget: &mut Budget) -> Result<Zeroizing<Vec<u8>>, ImportError> {
        let (size, rest) = varint(cell).ok_or_else(short_row)?;
        let (_, rest) = varint(rest).ok_or_else(short_row)?;
        let size = usize::try_from(size).map_err(|_| short_row())?;
        budget.take_bytes(size)?;
        let least = (self.usable - 12) * 32 / 255 - 23;
        let local = if size <= self.usable - 35 {
            size
        } else {
            let fitting = least + (size - least) % (self.usable - 4);
            if fitting <= self.usable - 35 {
                fitting
            } else {
                least
            }
        };
        let (own, rest) = rest.split_at_checked(local).ok_or_else(short_row)?;
        let mut payload = Zeroizing::new(Vec::with_capacity(size));
        payload.extend_from_slice(own);
        let mut next = if size > local { page_number(rest)? } else { 0 };
        while payload.len() < size {
            let page = self.page(next)?;
            let more = (size - payload.len()).min(self.usable - 4);
            payload.extend_from_slice(&page[4..4 + more]);
            next = page_number(page)?;
        }
        Ok(payload)
    }
}

fn cell(page: &[u8], pointer: usize) -> Result<&[u8], ImportError> {
    let short = || damaged("a page of the database is cut short");
    let bytes = page.get(pointer..pointer + 2).ok_or_else(short)?;
    let start = usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
    page.get(start..).ok_or_else(short)
}

fn page_number(bytes: &[u8]) -> Result<usize, ImportError> {
    let number = bytes
        .first_chunk::<4>()
        .map(|bytes| u32::from_be_bytes(*bytes));
    let number = number.and_then(|number| usize::try_from(number).ok());
    number.ok_or_else(|| damaged("a page of the database is cut short"))
}

/// Reads a varint: 7 bits a byte, the highest first; the ninth byte has 8.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().take(9).enumerate() {
        if index == 8 {
            return Some((value << 8 | u64::from(*byte), &bytes[9..]));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[index + 1..]));
        }
    }
    None
}

impl Record {
    /// Checks that all values are complete.
    fn new(payload: Zeroizing<Vec<u8>>) -> Result<Self, ImportError> {
        let mut values = Values::of(&payload)?;
        while values.next()?.is_some() {}
        Ok(Self(payload))
    }

    /// The value of the column with this index.
    fn value(&self, index: usize) -> Option<Value> {
        let mut values = Values::of(&self.0).ok()?;
        for _ in 0..index {
            values.next().ok()??;
        }
        let (kind, bytes) = values.next().ok()??;
        Some(match kind {
            1..=6 => Value::Number(signed(bytes)),
            8 => Value::Number(0),
            9 => Value::Number(1),
            kind if kind >= 13 && kind % 2 == 1 => {
                Value::Text(Zeroizing::new(String::from_utf8_lossy(bytes).into_owned()))
            }
            _ => Value::Null,
        })
    }
}

/// Walks the types of a row's values and their bytes, without decoding them.
struct Values<'a> {
    types: &'a [u8],
    body: &'a [u8],
}

impl<'a> Values<'a> {
    fn of(payload: &'a [u8]) -> Result<Self, ImportError> {
        let (length, _) = varint(payload).ok_or_else(short_row)?;
        let length = usize::try_from(length).map_err(|_| short_row())?;
        let (head, body) = payload.split_at_checked(length).ok_or_else(short_row)?;
        let (_, types) = varint(head).ok_or_else(short_row)?;
        Ok(Self { types, body })
    }

    /// The next type and its bytes; `None` after the last.
    fn next(&mut self) -> Result<Option<(u64, &'a [u8])>, ImportError> {
        if self.types.is_empty() {
            return Ok(None);
        }
        let (kind, types) = varint(self.types).ok_or_else(short_row)?;
        let size = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            kind => (kind.max(12) - 12) / 2,
        };
        let size = usize::try_from(size).map_err(|_| short_row())?;
        let (bytes, body) = self.body.split_at_checked(size).ok_or_else(short_row)?;
        (self.types, self.body) = (types, body);
        Ok(Some((kind, bytes)))
    }
}

fn short_row() -> ImportError {
    damaged("a row of the database is cut short")
}

fn signed(bytes: &[u8]) -> i64 {
    let is_negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    let start = if is_negative { -1 } else { 0 };
    bytes
        .iter()
        .fold(start, |value, byte| value << 8 | i64::from(*byte))
}

/// The column names in a `CREATE TABLE` statement.
fn columns(sql: &str) -> Vec<String> {
    let inner = sql.split_once('(').map_or("", |(_, inner)| inner);
    let mut depth = 0_usize;
    let parts = inner.split(move |character| {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    });
    let names = parts.map(|part| {
        let name = part.trim_start().split([' ', '\t', '\n', '\r', ')']).next();
        name.unwrap_or_default()
            .trim_matches(['"', '`', '[', ']', '\''])
    });
    names
        .take(MAX_COLUMNS)
        .map(str::to_ascii_lowercase)
        .collect()
}

impl Table {
    pub(crate) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|own| own == column)
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let columns = &self.columns;
        self.rows.iter().map(move |record| Row { columns, record })
    }
}

impl Row<'_> {
    /// A value as text, also for numbers; `None` for null or an unknown column.
    pub(crate) fn get(&self, column: &str) -> Option<Zeroizing<String>> {
        let index = self.columns.iter().position(|own| own == column)?;
        match self.record.value(index)? {
            Value::Null => None,
            Value::Number(number) => Some(Zeroizing::new(number.to_string())),
            Value::Text(text) => Some(text),
        }
    }

    /// As [`Self::get`] in a plain string, for values that are not secret; empty for null.
    pub(crate) fn text(&self, column: &str) -> String {
        self.get(column)
            .map(|text| text.to_string())
            .unwrap_or_default()
    }

    /// As [`Self::get`] in a plain string, for values that are not secret.
    pub(crate) fn non_null(&self, column: &str) -> Option<String> {
        self.get(column).map(|text| text.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_the_format_has_them() {
        assert_eq!(varint(&[0x81, 0x00, 7]), Some((128, &[7][..])));
        assert_eq!(varint(&[0xff; 9]), Some((u64::MAX, &[][..])));
        assert_eq!(varint(&[0x80]), None);
        assert_eq!(signed(&[0xff, 0xfe]), -2);
        assert_eq!(signed(&[0x01, 0x00]), 256);
        assert_eq!(signed(&[]), 0);
    }

    #[test]
    fn columns_are_named_in_any_quotes() {
        let sql = "CREATE TABLE x (`_id` INTEGER PRIMARY KEY, \"Email\" varchar(3,2) NOT NULL,\n[secret] TEXT, d DEFAULT (1,2))";
        assert_eq!(columns(sql), ["_id", "email", "secret", "d"]);
    }

    #[test]
    fn a_page_that_is_its_own_child_is_an_error() {
        let mut bytes = vec![0; 1024];
        bytes[..16].copy_from_slice(MAGIC);
        bytes[16] = 2;
        // An interior page without cells, which is its own last child.
        bytes[100] = 5;
        bytes[111] = 1;
        let database = Database::open(&bytes).unwrap();
        assert!(matches!(database.table("x"), Err(ImportError::Damaged(_))));
    }

    /// A page of 512 bytes: its kind, and its cells at their start offsets.
    fn page(kind: u8, head: usize, starts: &[u16], content: &[(usize, &[u8])]) -> Vec<u8> {
        let mut page = vec![0; 512];
        page[0] = kind;
        page[3..5].copy_from_slice(&u16::try_from(starts.len()).unwrap().to_be_bytes());
        for (index, start) in starts.iter().enumerate() {
            page[head + 2 * index..][..2].copy_from_slice(&start.to_be_bytes());
        }
        for (at, bytes) in content {
            page[*at..][..bytes.len()].copy_from_slice(bytes);
        }
        page
    }

    fn rows(pages: &[Vec<u8>]) -> Result<usize, ImportError> {
        let mut bytes = vec![0; 512];
        bytes[..16].copy_from_slice(MAGIC);
        bytes[16] = 2;
        bytes.extend(pages.concat());
        Ok(Database::open(&bytes)?.rows(2)?.len())
    }

    #[test]
    fn rows_do_not_share_their_bytes() {
        // 1000 bytes: 39 in the page (fileformat2, 1.6), the others in pages 3 and 4. All rows share
        // these bytes.
        let mut cell = vec![0x87, 0x68, 1, 2, 0];
        cell.resize(3 + 39, 0);
        cell.extend([0, 0, 0, 3]);
        let chain = |next: u8| {
            let mut page = vec![0; 512];
            page[3] = next;
            page
        };
        let file = |count: usize| {
            let leaf = page(0x0d, 8, &vec![300; count], &[(300, &cell)]);
            let mut pages = vec![leaf, chain(4), chain(0)];
            pages.resize(8, vec![0; 512]);
            rows(&pages)
        };
        assert_eq!(file(1), Ok(1));
        assert!(matches!(file(100), Err(ImportError::Damaged(_))));
    }

    #[test]
    fn a_cell_is_of_one_row() {
        // 100 cells that are the same 200 bytes.
        let mut cell = vec![0x81, 0x48, 1, 2, 0];
        cell.resize(203, 0);
        let leaf = |count| page(0x0d, 8, &vec![300; count], &[(300, &cell)]);
        assert_eq!(rows(&[leaf(1)]), Ok(1));
        assert!(matches!(rows(&[leaf(100)]), Err(ImportError::Damaged(_))));
    }

    #[test]
    fn a_page_has_one_parent() {
        let cell = [0, 0, 0, 3, 1];
        let mut parent = page(0x05, 12, &[300; 100], &[(300, &cell)]);
        parent[11] = 3;
        let leaf = page(0x0d, 8, &[], &[]);
        assert!(matches!(
            rows(&[parent, leaf]),
            Err(ImportError::Damaged(_))
        ));
    }

    #[test]
    fn a_row_of_a_million_values_is_kept_as_it_is() {
        let mut payload = vec![0x84, 0x80, 0x00];
        payload.resize(1 << 16, 0);
        let record = Record::new(Zeroizing::new(payload)).unwrap();
        assert_eq!(record.0.len(), 1 << 16);
        assert!(record.value(60_000).is_some() && record.value(70_000).is_none());
        assert_eq!(
            columns(&format!("({})", "a,".repeat(10_000))).len(),
            MAX_COLUMNS
        );
    }
}
