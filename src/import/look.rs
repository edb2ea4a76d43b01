//! A first look at a file: what the formats' probes can ask about it.

use std::cell::OnceCell;

use super::support::json::Shape;
use super::support::{android_prefs, crypto, zip};

/// A file, with everything that probes ask computed once.
pub(crate) struct Look<'a> {
    pub(crate) bytes: &'a [u8],
    /// The whole content without a byte order mark, if it is UTF-8; else empty.
    pub(crate) text: &'a str,
    shape: Option<Shape>,
    /// The names of the files inside, if it is a zip.
    members: Vec<String>,
    is_base64: OnceCell<bool>,
}

/// Bounds the bytes of a header: real tables have some dozen columns, and every probe reads it.
const LONGEST_HEAD: usize = 1 << 16;

impl<'a> Look<'a> {
    pub(crate) fn at(bytes: &'a [u8]) -> Self {
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        let text = text.trim_start_matches('\u{feff}');
        Self {
            bytes,
            text,
            shape: Shape::of(text),
            members: zip::names(bytes),
            is_base64: OnceCell::new(),
        }
    }

    pub(crate) fn starts_with(&self, start: &[u8]) -> bool {
        self.bytes.starts_with(start)
    }

    /// Whether it is JSON, perhaps cut short.
    pub(crate) fn begins_as_json(&self) -> bool {
        self.shape.is_some()
    }

    /// Whether it is a JSON object with these members.
    pub(crate) fn json_has(&self, members: &[&str]) -> bool {
        self.shape.as_ref().is_some_and(|shape| shape.has(members))
    }

    /// Whether it is a JSON array with an object that has these members.
    pub(crate) fn json_array_of(&self, members: &[&str]) -> bool {
        let shape = self.shape.as_ref();
        shape.is_some_and(|shape| shape.is_array_of(members))
    }

    /// Whether it is JSON in which an object that is reached by the members of `path`, one after another
    /// and through lists, has these members.
    pub(crate) fn json_at(&self, path: &[&str], members: &[&str]) -> bool {
        let shape = self.shape.as_ref();
        shape.is_some_and(|shape| shape.has_at(path, members))
    }

    /// Whether it is a JSON object with these members and no others.
    pub(crate) fn json_is(&self, members: &[&str]) -> bool {
        let is = |shape: &Shape| shape.has(members) && shape.names().len() == members.len();
        self.shape.as_ref().is_some_and(is)
    }

    /// Whether it is a JSON array of objects that all have these members and no others.
    pub(crate) fn json_array_is(&self, members: &[&str]) -> bool {
        let is = |item: &Shape| item.has(members) && item.names().len() == members.len();
        matches!(&self.shape, Some(Shape::Array(items)) if !items.is_empty() && items.iter().all(is))
    }

    /// The names of the files inside, if it is a zip; else empty.
    pub(crate) fn zip_names(&self) -> &[String] {
        &self.members
    }

    /// Whether it is a zip with a file whose name has this end.
    pub(crate) fn zip_has(&self, end_of_name: &str) -> bool {
        self.members.iter().any(|name| name.ends_with(end_of_name))
    }

    /// Whether it is a file of Android's preferences that contains this text.
    pub(crate) fn android_pref(&self, text: &str) -> bool {
        android_prefs::is_prefs(self.text) && self.text.contains(text)
    }

    /// Whether it is CSV with a column of this name, in any case.
    pub(crate) fn csv_has(&self, column: &str) -> bool {
        self.columns().any(|name| name.eq_ignore_ascii_case(column))
    }

    /// Whether it is CSV with a column whose name has this start.
    pub(crate) fn csv_has_prefix(&self, start: &str) -> bool {
        self.columns().any(|name| name.starts_with(start))
    }

    /// The names of its members, columns, elements or files: what is compared with other formats if no
    /// format is certain.
    pub(crate) fn names(&self) -> Vec<&str> {
        if let Some(shape) = &self.shape {
            return shape.names();
        }
        if !self.members.is_empty() {
            let names = self
                .members
                .iter()
                .map(|name| name.rsplit('/').next().unwrap_or_default());
            return names.collect();
        }
        if self.text.trim_start().starts_with('<') {
            let start = &self.text[..self.text.floor_char_boundary(LONGEST_HEAD)];
            let tags = start
                .split('<')
                .filter(|tag| tag.starts_with(char::is_alphabetic));
            return tags
                .filter_map(|tag| tag.split([' ', '>', '/', '\n']).next())
                .collect();
        }
        self.columns().collect()
    }

    fn columns(&self) -> impl Iterator<Item = &str> {
        let head = self.text.lines().next().unwrap_or_default();
        let head = &head[..head.floor_char_boundary(LONGEST_HEAD)];
        let names = head.split([',', ';', '\t']);
        names.map(|name| name.trim().trim_matches('"'))
    }

    /// Whether it is only base64, of a whole number of cipher blocks.
    pub(crate) fn is_base64_of_blocks(&self) -> bool {
        *self.is_base64.get_or_init(|| {
            let bytes = crypto::base64(self.text);
            bytes.is_some_and(|bytes| bytes.len() >= 32 && bytes.len() % 16 == 0)
        })
    }

    /// Whether it may be encrypted bytes without a header: many values, none of them frequent.
    pub(crate) fn is_dense(&self) -> bool {
        // Compressed files look the same, but have a signature.
        let known: [&[u8]; 8] = [
            b"PK\x03\x04",
            b"\x1f\x8b",
            b"7z\xbc\xaf",
            b"BZh",
            b"\xfd7zXZ",
            b"\x28\xb5\x2f\xfd",
            b"Rar!",
            b"%PDF",
        ];
        if !self.text.is_empty() || known.iter().any(|start| self.starts_with(start)) {
            return false;
        }
        let mut counts = [0_usize; 256];
        for byte in self.bytes {
            counts[usize::from(*byte)] += 1;
        }
        let most = counts.iter().max().copied().unwrap_or(0);
        self.bytes.len() >= 44 && most <= 6 + self.bytes.len() / 40
    }
}
