//! What a file is, by its content: one ordered list of formats, each with a probe.

use std::cell::OnceCell;

use serde::de::IgnoredAny;

use super::formats::FORMATS;
use super::ingest::Contents;
use super::support::json::Shape;
use super::support::{android_prefs, crypto, encoding, zip};
use super::{Import, ImportError, Input, MAX_BYTES};

/// A format that can be read.
#[derive(Debug)]
pub struct Format {
    /// What `--format` calls it.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// Whether a file may be of this format, at first sight.
    pub(crate) probe: fn(&Look<'_>) -> Option<Certainty>,
    pub(crate) read: fn(&Input<'_>) -> Result<Contents, ImportError>,
}

/// How sure a probe is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certainty {
    /// The file says so itself: it is read as this, or not at all.
    Certain,
    /// Encrypted bytes or loose text without any mark: reading it tells, and others may be tried.
    Maybe,
}

/// [`Certainty::Certain`] under a condition.
pub(crate) fn certain(is: bool) -> Option<Certainty> {
    is.then_some(Certainty::Certain)
}

/// [`Certainty::Maybe`] under a condition.
pub(crate) fn maybe(is: bool) -> Option<Certainty> {
    is.then_some(Certainty::Maybe)
}

impl Format {
    /// The format that `--format` calls so.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        FORMATS.iter().find(|format| format.name == name)
    }

    /// Whether this is one of the files of the program that `name` is the main format of:
    /// `bitwarden` is also its encrypted file and its table.
    fn belongs_to(&self, name: &str) -> bool {
        let rest = self.name.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }
}

/// Reads the accounts of a file, whatever program wrote it. With `format`, it is read as that (or as
/// another file of the same program), whatever it looks like.
///
/// # Errors
/// [`ImportError`]. An account that cannot be used is no error: it is a row that says why.
pub fn read(input: &Input<'_>, format: Option<&'static Format>) -> Result<Import, ImportError> {
    if input.bytes.len() > MAX_BYTES {
        let message = format!("more than {} MiB", MAX_BYTES >> 20);
        return Err(ImportError::TooCostly(message));
    }
    let text = encoding::to_utf8(input.bytes);
    let input = &input.with_bytes(text.as_deref().map_or(input.bytes, String::as_bytes));
    let look = Look::at(input.bytes);
    let mut candidates = candidates(&look);
    if let Some(format) = format {
        candidates.retain(|(found, _)| found.belongs_to(format.name));
        if candidates.is_empty() {
            candidates.push((format, Certainty::Certain));
        }
    } else if !candidates
        .iter()
        .any(|(_, sure)| *sure == Certainty::Certain)
    {
        check_readable(&look)?;
    }
    read_first(&candidates, input)
}

/// The first format that is certain, or else all that it may be, in order.
fn candidates(look: &Look<'_>) -> Vec<(&'static Format, Certainty)> {
    let mut candidates = Vec::new();
    for format in FORMATS {
        match (format.probe)(look) {
            Some(Certainty::Certain) => return vec![(format, Certainty::Certain)],
            Some(Certainty::Maybe) => candidates.push((format, Certainty::Maybe)),
            None => {}
        }
    }
    candidates
}

/// Of several candidates, one that does not open with the password may still be another one.
fn read_first(
    candidates: &[(&'static Format, Certainty)],
    input: &Input<'_>,
) -> Result<Import, ImportError> {
    let mut refusal = ImportError::Unrecognised;
    for (format, sure) in candidates {
        match (format.read)(input) {
            Ok(contents) => return Ok(Import::new(format, contents)),
            Err(ImportError::Unrecognised) => {}
            Err(error @ (ImportError::NeedsPassword | ImportError::WrongPassword))
                if *sure == Certainty::Maybe =>
            {
                refusal = error;
            }
            Err(error) => return Err(error),
        }
    }
    Err(refusal)
}

/// The signatures of KDB, which no program writes one-time passwords to.
const KEEPASS_1: [u8; 8] = [0x03, 0xd9, 0xa2, 0x9a, 0x65, 0xfb, 0x4b, 0xb5];

/// Refuses what can be named but not read.
fn check_readable(look: &Look<'_>) -> Result<(), ImportError> {
    let unsupported = |message: &str| Err(ImportError::Unsupported(message.to_owned()));
    let damaged = |message: &str| Err(ImportError::Damaged(message.to_owned()));
    if look.starts_with(&KEEPASS_1) {
        return unsupported("a database of KeePass 1: open it in KeePassXC, and save it as KDBX");
    }
    if look.text.contains("-----BEGIN PGP MESSAGE-----") {
        return unsupported(
            "the file is encrypted with OpenPGP: decrypt it first (gpg -d FILE | mfa import -)",
        );
    }
    if look.shape.is_some() && serde_json::from_str::<IgnoredAny>(look.text).is_err() {
        return damaged("it begins as JSON, but is cut short or changed");
    }
    if zip::is_zip(look.bytes) && look.members.is_empty() {
        return damaged("the zip archive is cut short or empty");
    }
    if zip::is_zip(look.bytes) {
        return unsupported("the zip archive holds no export that is known here");
    }
    Ok(())
}

/// A first look at a file: what probes may ask.
pub(crate) struct Look<'a> {
    pub(crate) bytes: &'a [u8],
    /// The whole of it where it is UTF-8, without a byte order mark; else empty.
    pub(crate) text: &'a str,
    shape: Option<Shape>,
    /// The names of the files in a zip.
    members: Vec<String>,
    is_base64: OnceCell<bool>,
}

/// In bytes: a real table has some dozen columns, and a file of one line is looked at often.
const LONGEST_HEAD: usize = 1 << 16;

impl<'a> Look<'a> {
    fn at(bytes: &'a [u8]) -> Self {
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

    /// Whether it is a JSON object with these members.
    pub(crate) fn json_has(&self, members: &[&str]) -> bool {
        self.shape.as_ref().is_some_and(|shape| shape.has(members))
    }

    /// Whether it is a JSON array with an object that has these members.
    pub(crate) fn json_array_of(&self, members: &[&str]) -> bool {
        let shape = self.shape.as_ref();
        shape.is_some_and(|shape| shape.is_array_of(members))
    }

    /// Whether it is a zip with a file whose name ends so.
    pub(crate) fn zip_has(&self, end_of_name: &str) -> bool {
        self.members.iter().any(|name| name.ends_with(end_of_name))
    }

    /// Whether it is a file of Android's preferences with this text in it.
    pub(crate) fn android_pref(&self, text: &str) -> bool {
        android_prefs::is_prefs(self.text) && self.text.contains(text)
    }

    /// Whether it is a table with a column of this name, in any case.
    pub(crate) fn csv_has(&self, column: &str) -> bool {
        self.columns().any(|name| name.eq_ignore_ascii_case(column))
    }

    /// Whether it is a table with a column whose name starts so.
    pub(crate) fn csv_has_prefix(&self, start: &str) -> bool {
        self.columns().any(|name| name.starts_with(start))
    }

    fn columns(&self) -> impl Iterator<Item = &str> {
        let head = self.text.lines().next().unwrap_or_default();
        let head = &head[..head.floor_char_boundary(LONGEST_HEAD)];
        let names = head.split([',', ';', '\t']);
        names.map(|name| name.trim().trim_matches('"'))
    }

    /// Whether it is base64 of as many bytes as a block cipher gives, and nothing else.
    pub(crate) fn is_base64_of_blocks(&self) -> bool {
        *self.is_base64.get_or_init(|| {
            let bytes = crypto::base64(self.text);
            bytes.is_some_and(|bytes| bytes.len() >= 32 && bytes.len() % 16 == 0)
        })
    }

    /// Whether it may be encrypted bytes without any header: many values, none of them often.
    pub(crate) fn is_dense(&self) -> bool {
        // What is compressed looks the same, but says what it is.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_given_once() {
        for (index, format) in FORMATS.iter().enumerate() {
            let first = FORMATS.iter().position(|other| other.name == format.name);
            assert_eq!(first, Some(index), "{}", format.name);
            assert!(std::ptr::eq(Format::named(format.name).unwrap(), format));
        }
        assert!(Format::named("auto").is_none());
    }

    #[test]
    fn a_certain_probe_leaves_no_other_candidate() {
        let names = |bytes: &[u8]| -> Vec<_> {
            let found = candidates(&Look::at(bytes));
            found
                .iter()
                .map(|(format, sure)| (format.name, *sure))
                .collect()
        };
        let list = br#"[{"otpGenerator":null}]"#;
        assert_eq!(names(list), [("duo", Certainty::Certain)]);
        let base64 = "QUFB".repeat(16);
        let maybe = ["totp-cli", "totp-authenticator", "steam-sealed"];
        assert_eq!(
            names(base64.as_bytes()),
            maybe.map(|name| (name, Certainty::Maybe))
        );
        let dense: Vec<u8> = (0..=255).collect();
        assert_eq!(names(&dense), [("andotp-encrypted", Certainty::Maybe)]);
        assert_eq!(names(&dense.repeat(4)).len(), 2);
        assert_eq!(names(b"nothing"), []);
    }
}
