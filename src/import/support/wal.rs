//! `SQLite`'s write-ahead log (sqlite.org/fileformat2.html, 4): a file beside a database with its latest
//! changes, which may be all that it has.

use std::collections::HashMap;

use zeroize::Zeroizing;

use crate::import::support::crypto::Plaintext;
use crate::import::{ImportError, MAX_BYTES};

/// The starts of logs: their checksums are little-endian or big-endian.
const MAGIC: [[u8; 4]; 2] = [[0x37, 0x7f, 0x06, 0x82], [0x37, 0x7f, 0x06, 0x83]];
/// The start of a rollback journal (fileformat2, 3).
const JOURNAL_MAGIC: &[u8] = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7";

/// Bytes of the log's header, and of the header of each frame.
const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// The only version of the format.
const VERSION: u32 = 3_007_000;

/// Whether a file is such a log.
pub(crate) fn is_log(bytes: &[u8]) -> bool {
    MAGIC.iter().any(|magic| bytes.starts_with(magic))
}

/// Whether a file is a rollback journal that is in use. One that is done with begins with zeros.
pub(crate) fn is_journal(bytes: &[u8]) -> bool {
    bytes.starts_with(JOURNAL_MAGIC)
}

/// The pages of a log that belong to finished changes.
pub(crate) struct Log<'a> {
    page_size: usize,
    /// The last content of each changed page.
    pages: HashMap<usize, &'a [u8]>,
    /// How many pages the database has after the last change.
    size: usize,
    /// Whether frames follow that are of an unfinished change, or damaged.
    has_rest: bool,
    /// Whether its first frame is of another log.
    has_foreign: bool,
}

/// The checksum over all frames so far.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Checksum {
    is_big_endian: bool,
    sums: [u32; 2],
}

impl Checksum {
    /// Adds bytes in pairs of words; an odd rest is never there.
    fn add(&mut self, bytes: &[u8]) {
        let word = |bytes: &[u8]| match (<[u8; 4]>::try_from(bytes), self.is_big_endian) {
            (Ok(bytes), true) => u32::from_be_bytes(bytes),
            (Ok(bytes), false) => u32::from_le_bytes(bytes),
            (Err(_), _) => 0,
        };
        let [mut first, mut second] = self.sums;
        for pair in bytes.chunks_exact(8) {
            let (low, high) = pair.split_at(4);
            first = first.wrapping_add(word(low)).wrapping_add(second);
            second = second.wrapping_add(word(high)).wrapping_add(first);
        }
        self.sums = [first, second];
    }

    /// Whether these eight bytes, which are always big-endian, are the checksum.
    fn is(&self, bytes: &[u8]) -> bool {
        [number(bytes, 0), number(bytes, 4)] == self.sums
    }
}

/// The big-endian number at `at`; zero beyond the end.
fn number(bytes: &[u8], at: usize) -> u32 {
    let word = bytes.get(at..at + 4);
    let word = word.and_then(|word| <[u8; 4]>::try_from(word).ok());
    word.map_or(0, u32::from_be_bytes)
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl<'a> Log<'a> {
    /// Reads a log up to the last finished change, as `SQLite` does. `None` if its header is invalid.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (header, frames) = bytes.split_at_checked(HEADER)?;
        let mut checksum = Checksum {
            is_big_endian: header.starts_with(&MAGIC[1]),
            sums: [0; 2],
        };
        checksum.add(&header[..24]);
        let page_size = index(number(header, 8));
        let is_valid = is_log(header)
            && number(header, 4) == VERSION
            && page_size.is_power_of_two()
            && (512..=1 << 16).contains(&page_size)
            && checksum.is(&header[24..]);
        let mut log = Self {
            page_size,
            pages: HashMap::new(),
            size: 0,
            has_rest: false,
            has_foreign: false,
        };
        is_valid.then(|| {
            log.read_frames(frames, &header[16..24], checksum);
            log
        })
    }

    fn read_frames(&mut self, frames: &'a [u8], salts: &[u8], mut checksum: Checksum) {
        let mut unfinished = Vec::new();
        for frame in frames.chunks(FRAME_HEADER + self.page_size) {
            // With other salts, it is of the log before this one, which was in the same file.
            if frame.get(8..16) != Some(salts) {
                self.has_foreign = self.pages.is_empty() && unfinished.is_empty();
                break;
            }
            let (header, page) = frame.split_at(FRAME_HEADER.min(frame.len()));
            checksum.add(&header[..8]);
            checksum.add(page);
            let (page_number, size) = (number(header, 0), number(header, 4));
            let is_whole = page.len() == self.page_size;
            if !is_whole || page_number == 0 || !checksum.is(&header[16..]) {
                self.has_rest = true;
                break;
            }
            unfinished.push((index(page_number), page));
            if size > 0 {
                self.pages.extend(unfinished.drain(..));
                self.size = index(size);
            }
        }
        self.has_rest |= !unfinished.is_empty();
    }

    /// Whether no frame is of this log.
    pub(crate) fn is_empty(&self) -> bool {
        self.pages.is_empty() && !self.has_rest && !self.has_foreign
    }

    /// Whether it has a change for databases with this page size.
    pub(crate) fn changes(&self, page_size: usize) -> bool {
        page_size == self.page_size && !self.pages.is_empty()
    }

    /// Whether changes follow that `SQLite` ignores too.
    pub(crate) const fn has_rest(&self) -> bool {
        self.has_rest
    }

    /// The database with all changes.
    ///
    /// # Errors
    /// If it would be far larger than any real one.
    pub(crate) fn merged(&self, database: &[u8]) -> Result<Plaintext, ImportError> {
        let length = self.size.checked_mul(self.page_size);
        let length = length.filter(|length| *length <= 2 * MAX_BYTES);
        let length = length.ok_or_else(|| {
            ImportError::TooCostly("the database with its -wal file is too large".to_owned())
        })?;
        let mut merged = Zeroizing::new(vec![0; length]);
        let kept = length.min(database.len());
        merged[..kept].copy_from_slice(&database[..kept]);
        for (number, page) in merged.chunks_exact_mut(self.page_size).enumerate() {
            if let Some(changed) = self.pages.get(&(number + 1)) {
                page.copy_from_slice(changed);
            }
        }
        Ok(merged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: usize = 512;

    /// Writes logs as `SQLite` does.
    struct Writer {
        bytes: Vec<u8>,
        checksum: Checksum,
        salts: [u8; 8],
    }

    impl Writer {
        fn new(is_big_endian: bool) -> Self {
            let salts = *b"saltSALT";
            let mut bytes = MAGIC[usize::from(is_big_endian)].to_vec();
            for number in [VERSION, u32::try_from(SIZE).unwrap(), 7] {
                bytes.extend(number.to_be_bytes());
            }
            bytes.extend(salts);
            let sums = [0; 2];
            let mut checksum = Checksum {
                is_big_endian,
                sums,
            };
            checksum.add(&bytes);
            bytes.extend(checksum.sums.iter().flat_map(|sum| sum.to_be_bytes()));
            Self {
                bytes,
                checksum,
                salts,
            }
        }

        /// A frame with a page that is full of `fill`; `size` is 0 within a change.
        fn frame(mut self, page: u32, size: u32, fill: u8) -> Self {
            let head = [page.to_be_bytes(), size.to_be_bytes()].concat();
            let content = [fill; SIZE];
            self.checksum.add(&head);
            self.checksum.add(&content);
            self.bytes.extend(head);
            self.bytes.extend(self.salts);
            let sums = self.checksum.sums.iter();
            self.bytes.extend(sums.flat_map(|sum| sum.to_be_bytes()));
            self.bytes.extend(content);
            self
        }
    }

    /// The first byte of each page of a database with three pages of 1, 2 and 3, and what is left over.
    fn merged(bytes: &[u8]) -> Option<(Vec<u8>, bool)> {
        let log = Log::read(bytes)?;
        let database = [[1; SIZE], [2; SIZE], [3; SIZE]].concat();
        if !log.changes(SIZE) {
            return Some((vec![1, 2, 3], log.has_rest()));
        }
        let merged = log.merged(&database).unwrap();
        let firsts = merged.chunks(SIZE).map(|page| page[0]).collect();
        Some((firsts, log.has_rest()))
    }

    #[test]
    fn later_frames_replace_pages_up_to_the_last_finished_change() {
        for is_big_endian in [false, true] {
            let log = Writer::new(is_big_endian);
            assert_eq!(merged(&log.bytes), Some((vec![1, 2, 3], false)));
            let log = log.frame(2, 0, 20).frame(5, 5, 50);
            assert_eq!(merged(&log.bytes), Some((vec![1, 20, 3, 0, 50], false)));
            let log = log.frame(2, 2, 21);
            assert_eq!(merged(&log.bytes), Some((vec![1, 21], false)));
            let finished = log.bytes.len();
            let log = log.frame(1, 0, 10);
            assert_eq!(merged(&log.bytes), Some((vec![1, 21], true)));
            for end in [finished + 16, finished + 100] {
                assert_eq!(merged(&log.bytes[..end]), Some((vec![1, 21], true)));
            }
            let log = log.frame(3, 3, 30);
            assert_eq!(merged(&log.bytes), Some((vec![10, 21, 30], false)));
        }
    }

    #[test]
    fn frames_of_an_earlier_log_and_damaged_ones_are_not_used() {
        let whole = Writer::new(false).frame(1, 3, 10).frame(2, 3, 20).bytes;
        let second = HEADER + FRAME_HEADER + SIZE;
        let changed = |at: usize| {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            merged(&bytes)
        };
        assert_eq!(changed(second + 8), Some((vec![10, 2, 3], false)));
        for at in [second, second + 4, second + 16, second + 100] {
            assert_eq!(changed(at), Some((vec![10, 2, 3], true)), "{at}");
        }
        assert_eq!(changed(HEADER + 8), Some((vec![1, 2, 3], false)));
        assert_eq!(changed(HEADER + 100), Some((vec![1, 2, 3], true)));
        for at in 0..HEADER {
            assert_eq!(changed(at), None, "{at}");
        }
        for end in 0..HEADER {
            assert_eq!(merged(&whole[..end]), None);
        }
    }

    #[test]
    fn a_log_for_another_page_size_or_a_huge_database_changes_nothing() {
        let log = Writer::new(true).frame(1, u32::MAX, 1).bytes;
        let log = Log::read(&log).unwrap();
        assert!(!log.changes(1024) && log.changes(SIZE));
        assert!(matches!(log.merged(&[]), Err(ImportError::TooCostly(_))));
    }
}
