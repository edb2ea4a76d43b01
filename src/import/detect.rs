//! Recognises a file by its content: an ordered list of formats, each with a probe.

use serde::de::IgnoredAny;

use super::formats::FORMATS;
use super::ingest::Contents;
use super::look::Look;
use super::support::{encoding, zip};
use super::{Import, ImportError, Input, MAX_BYTES};

/// A file format that can be imported.
#[derive(Debug)]
pub struct Format {
    /// The name that `--format` takes, such as `aegis`.
    pub name: &'static str,
    /// The name for people, such as `Aegis`.
    pub title: &'static str,
    /// How sure it is, by its first look, that a file has this format; `None` if it has not.
    pub(crate) probe: fn(&Look<'_>) -> Option<Certainty>,
    pub(crate) read: fn(&Input<'_>) -> Result<Contents, ImportError>,
}

/// How sure a probe is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certainty {
    /// The file has the format's own mark: no other format is tried.
    Certain,
    /// Encrypted bytes or loose text without a mark. If reading fails, other formats are tried.
    Maybe,
}

/// [`Certainty::Certain`] if `is` holds.
pub(crate) fn certain(is: bool) -> Option<Certainty> {
    is.then_some(Certainty::Certain)
}

/// [`Certainty::Maybe`] if `is` holds.
pub(crate) fn maybe(is: bool) -> Option<Certainty> {
    is.then_some(Certainty::Maybe)
}

impl Format {
    /// Finds the format with this name, as `--format` takes it.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        FORMATS.iter().find(|format| format.name == name)
    }

    /// Whether this is `name`'s format, or another file of the same program: `bitwarden` also means
    /// its encrypted JSON and its CSV.
    fn belongs_to(&self, name: &str) -> bool {
        let rest = self.name.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }
}

/// Reads the accounts of a file. Without `format`, the format is recognised by content. With it, the
/// file is read as that format, or as another file of the same program.
///
/// # Errors
/// When the format is unknown, the file is damaged or too costly, or the password is missing or
/// wrong. An unusable account is no error: it is an `Err` in [`Import::rows`].
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

/// The first certain format, or else all possible ones in order.
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

/// Tries the candidates in order. A wrong password may mean another format, so the next is tried.
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

/// The signatures of a KDB file (KeePass 1). No program stores one-time passwords in these.
const KEEPASS_1: [u8; 8] = [0x03, 0xd9, 0xa2, 0x9a, 0x65, 0xfb, 0x4b, 0xb5];

/// Refuses formats that are recognised but cannot be read.
fn check_readable(look: &Look<'_>) -> Result<(), ImportError> {
    let unsupported = |message: &str| Err(ImportError::Unsupported(message.to_owned()));
    let damaged = |message: &str| Err(ImportError::Damaged(message.to_owned()));
    if look.starts_with(&KEEPASS_1) {
        return unsupported(
            "this is a KeePass 1 database: open it in KeePassXC and save it as KDBX",
        );
    }
    if look.text.contains("-----BEGIN PGP MESSAGE-----") {
        return unsupported(
            "the file is encrypted with OpenPGP: decrypt it first (gpg -d FILE | mfa import -)",
        );
    }
    if look.begins_as_json() && serde_json::from_str::<IgnoredAny>(look.text).is_err() {
        return damaged("it starts as JSON, but is cut short or changed");
    }
    if zip::is_zip(look.bytes) && !look.zip_has("") {
        return damaged("the zip archive is cut short or empty");
    }
    if zip::is_zip(look.bytes) {
        return unsupported("the zip archive contains no known export");
    }
    Ok(())
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
