//! What a file is, by its content: one ordered list of formats, each with a probe.

use serde::de::IgnoredAny;

use super::formats::FORMATS;
use super::ingest::Contents;
use super::look::Look;
use super::support::{encoding, zip};
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
    if look.begins_as_json() && serde_json::from_str::<IgnoredAny>(look.text).is_err() {
        return damaged("it begins as JSON, but is cut short or changed");
    }
    if zip::is_zip(look.bytes) && !look.zip_has("") {
        return damaged("the zip archive is cut short or empty");
    }
    if zip::is_zip(look.bytes) {
        return unsupported("the zip archive holds no export that is known here");
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
