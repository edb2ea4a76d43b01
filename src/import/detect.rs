//! Recognises a file by its content: an ordered list of formats, each with a probe.

use super::formats::FORMATS;
use super::ingest::Contents;
use super::look::Look;
use super::nearest;
use super::structure;
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Certainty {
    /// The file has what only this format has. If it cannot be read, formats that are less sure are not
    /// tried.
    Certain,
    /// The file fits, but other formats may fit too. The first that yields accounts is kept.
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

    /// Whether it stands for files of programs that nobody here knows.
    fn is_unknown(&self) -> bool {
        self.name == structure::JSON.name
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
        return read_best(&candidates, input);
    }
    match read_best(&candidates, input) {
        Err(ImportError::Unrecognised) => {
            check_readable(&look)?;
            Err(nearest::error(&look, input.name))
        }
        Ok(mut import) if look.begins_as_json() && !import.format.is_unknown() => {
            import
                .notes
                .extend(structure::elsewhere(look.text, &import.rows));
            Ok(import)
        }
        outcome => outcome,
    }
}

/// The titles of the formats that a file may have, if none is certain: what a wrong password may mean.
pub(crate) fn guesses(bytes: &[u8]) -> Vec<&'static str> {
    let candidates = candidates(&Look::at(bytes));
    let is_certain = |(_, sure): &(_, Certainty)| *sure == Certainty::Certain;
    if candidates.iter().any(is_certain) {
        return Vec::new();
    }
    let titles = candidates.iter().map(|(format, _)| format.title);
    titles.collect()
}

/// The possible formats, the certain ones first.
fn candidates(look: &Look<'_>) -> Vec<(&'static Format, Certainty)> {
    let sure = |format: &'static Format| Some((format, (format.probe)(look)?));
    let mut candidates: Vec<_> = FORMATS.iter().filter_map(sure).collect();
    candidates.sort_by_key(|(_, sure)| *sure);
    candidates
}

/// Reads the file as the first candidate that yields accounts, or that is certain and has something to
/// say. Without one: as one that finds unusable accounts, then as one that finds none. An error is the first candidate's; a password is asked for
/// only if no candidate can read the file without it.
fn read_best(
    candidates: &[(&'static Format, Certainty)],
    input: &Input<'_>,
) -> Result<Import, ImportError> {
    let mut without: Option<Import> = None;
    let mut refusal: Option<(ImportError, Certainty)> = None;
    for (format, sure) in candidates {
        let is_refused = |(_, by): &(ImportError, Certainty)| by < sure;
        if refusal.as_ref().is_some_and(is_refused) {
            break;
        }
        match (format.read)(input) {
            Ok(contents) => {
                let import = Import::new(format, contents);
                let has_accounts =
                    import.rows.iter().any(Result::is_ok) || !import.parts.is_empty();
                let has_more = !import.rows.is_empty() || !import.notes.is_empty();
                // What a certain format refuses, no other may take.
                if has_accounts || has_more && *sure == Certainty::Certain {
                    return Ok(import);
                }
                if without
                    .as_ref()
                    .is_none_or(|before| before.rows.len() < import.rows.len())
                {
                    without = Some(import);
                }
            }
            Err(ImportError::Unrecognised) => {}
            Err(error) => {
                refusal.get_or_insert((error, *sure));
            }
        }
    }
    match (without, refusal) {
        (Some(mut import), Some((ImportError::Unsupported(why), _))) => {
            import.notes.push(why);
            Ok(import)
        }
        (Some(import), Some((_, Certainty::Maybe)) | None) => Ok(import),
        (_, Some((error, _))) => Err(error),
        (None, None) => Err(ImportError::Unrecognised),
    }
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
    fn certain_candidates_come_first() {
        let names = |bytes: &[u8]| -> Vec<_> {
            let found = candidates(&Look::at(bytes));
            found
                .iter()
                .map(|(format, sure)| (format.name, *sure))
                .collect()
        };
        let list = br#"[{"otpGenerator":null}]"#;
        assert_eq!(
            names(list),
            [("duo", Certainty::Certain), ("json", Certainty::Maybe)]
        );
        let base64 = "QUFB".repeat(16);
        let maybe = ["totp-cli", "totp-authenticator", "steam-sealed"];
        assert_eq!(
            names(base64.as_bytes()),
            maybe.map(|name| (name, Certainty::Maybe))
        );
        let dense: Vec<u8> = (0..=255).collect();
        let maybe = ["andotp-encrypted", "otpclient"];
        assert_eq!(names(&dense), maybe.map(|name| (name, Certainty::Maybe)));
        assert_eq!(names(&dense.repeat(4)).len(), 3);
        assert_eq!(names(b"nothing"), []);
    }

    /// A format that is certain, finds no accounts, and one that only fits and finds some.
    #[test]
    fn the_format_that_yields_accounts_is_kept() {
        let file = br#"{"encrypted":false,"folders":[],"items":[{"type":1,"name":"Acme","login":{"username":"ann"},"fields":[{"name":"totp","value":"GEZDGNBVGY3TQOJQ"}]}]}"#;
        let import = read(&Input::new(file, "x"), None).unwrap();
        assert_eq!(import.format.name, "json");
        let both = br#"{"encrypted":false,"folders":[],"items":[{"type":1,"name":"Acme","login":{"username":"ann","totp":"JBSWY3DPEHPK3PXP"},"fields":[{"name":"totp","value":"GEZDGNBVGY3TQOJQ"}]}]}"#;
        let import = read(&Input::new(both, "x"), None).unwrap();
        assert_eq!((import.format.name, import.rows.len()), ("bitwarden", 1));
        assert!(import.notes[0].contains("another field of the file holds a secret key"));
        let none = br#"{"encrypted":false,"folders":[],"items":[{"type":1,"name":"Acme","login":{"username":"ann"}}]}"#;
        let import = read(&Input::new(none, "x"), None).unwrap();
        assert_eq!((import.format.name, import.rows.len()), ("bitwarden", 0));
    }
}
