//! Reads the QR pictures and URIs of a call. Fails if one of them cannot be used.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::pages;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::user_files::{read_file, read_picture, read_stdin};
use crate::crypto::sha256;
use crate::import::ingest::Contents;
use crate::import::{Found, Parts, Row, unmarked};
use crate::otp::{self, UriError};
use crate::qr::{self, Code, Reading};
use crate::vault::storage::quoted;

/// Most bytes of text that are read as URIs or keys.
pub(super) const MAX_TEXT_BYTES: usize = 16 << 20;

/// What was read so far, from all pictures and lines.
#[derive(Default)]
pub(super) struct Batch {
    accounts: Vec<Found>,
    /// Hashes of the accounts' URIs, to add the same account only once.
    seen: HashSet<[u8; 32]>,
    parts: Parts,
}

/// Reads the accounts in QR pictures. An account in two pictures is added once.
pub(crate) fn pictures(context: &Context, paths: &[PathBuf]) -> Result<Vec<Found>> {
    let mut batch = Batch::default();
    let progress = context.ui.progress("reading the picture");
    for (number, path) in (1..).zip(paths) {
        progress.set(|| format!("reading picture {number} of {}", paths.len()));
        let name = match path.to_str() {
            Some("-") => "stdin".to_owned(),
            _ => path.display().to_string(),
        };
        let bytes = read_picture(&context.ui, path, "mfa add --qr")?;
        let added = if pages::is_page(&bytes) {
            batch.add_page(context, &bytes, &name)
        } else {
            look(context, &bytes, path, "mfa add --qr", "")
                .and_then(|codes| batch.add_codes(context, &codes, "in the picture"))
        };
        added.map_err(|error| error.while_doing(&name))?;
    }
    batch.finish(context)
}

/// Reads the accounts of URIs; `-` reads them from stdin.
pub(crate) fn uris(context: &Context, uris: &[String]) -> Result<Vec<Found>> {
    let mut batch = Batch::default();
    if uris.iter().any(|uri| otp::is_uri(uri)) {
        let stdin = context.command("mfa add -");
        context.ui.warn(&format!(
            "the shell may have saved the URI in its history; to avoid that: {stdin}"
        ));
    }
    for uri in uris {
        if uri == "-" {
            let what = "otpauth URIs from the terminal, one per line";
            let lines = text(read_stdin(&context.ui, what, MAX_TEXT_BYTES)?)?;
            batch.add_lines(context, &lines)?;
        } else if otp::is_uri(uri) {
            batch.add_payload(context, uri)?;
        } else {
            return Err(not_a_uri(uri, uris));
        }
    }
    batch.finish(context)
}

/// The error for an argument that is not a URI, often the path of a file.
fn not_a_uri(argument: &str, all: &[String]) -> CommandError {
    let path = Path::new(argument);
    let (message, command) = if is_picture(path) {
        let pictures = all.iter().map(Path::new).filter(|path| is_picture(path));
        let pictures: Vec<_> = pictures.map(quoted).collect();
        let message = format!("'{argument}' is a picture, not an otpauth:// URI");
        (message, format!("mfa add --qr {}", pictures.join(" ")))
    } else if path.exists() {
        let kind = if path.is_dir() { "folder" } else { "file" };
        let message = format!("'{argument}' is a {kind}, not an otpauth:// URI");
        (message, format!("mfa import {}", quoted(path)))
    } else {
        // It may be a key, so the message does not repeat it.
        (UriError::NotOtpauth.to_string(), "mfa add".to_owned())
    };
    CommandError::new(Exit::Unusable, message).with_hint(command)
}

/// Whether a file is meant as a picture, judged by its name or content. It need not exist or have a
/// supported format: the reader reports that.
pub(super) fn is_picture(path: &Path) -> bool {
    is_named_like_a_picture(path)
        || read_file(path, qr::MAX_BYTES).is_ok_and(|bytes| qr::is_picture(&bytes))
}

/// Whether the extension of a file is one that pictures have.
pub(crate) fn is_named_like_a_picture(path: &Path) -> bool {
    let known = |end: &str| {
        PICTURE_ENDS
            .iter()
            .any(|known| end.eq_ignore_ascii_case(known))
    };
    path.extension().and_then(OsStr::to_str).is_some_and(known)
}

const PICTURE_ENDS: &[&str] = &[
    "avif", "bmp", "gif", "heic", "heif", "ico", "jp2", "jpeg", "jpg", "jxl", "pdf", "png", "psd",
    "svg", "svgz", "tif", "tiff", "webp",
];

pub(super) fn text(bytes: Zeroizing<Vec<u8>>) -> Result<Zeroizing<String>> {
    let bytes = unmarked(bytes);
    let text = std::str::from_utf8(&bytes).map_err(|_| {
        CommandError::new(
            Exit::Unusable,
            "stdin is not text; for a picture, use --qr -",
        )
    })?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Says that a picture may have more codes, if the time ran out.
pub(super) fn note_untried(context: &Context, reading: &Reading, place: &str) {
    if let Some(warning) = reading.warning() {
        context.ui.note(&format!("{place}{warning}"));
    }
}

/// Reads the QR codes in a picture; says after `place` if there may be more. `command` reads pictures:
/// if the format is not supported, the hint is to convert the file at `path`, and then to read that.
pub(crate) fn look(
    context: &Context,
    bytes: &[u8],
    path: &Path,
    command: &str,
    place: &str,
) -> Result<Vec<Code>> {
    let reading = qr::look(bytes).map_err(|error| {
        let file = match path.to_str() {
            Some("-") => "FILE".to_owned(),
            _ => quoted(path),
        };
        match error.conversion(&file) {
            Some((convert, made)) => CommandError::new(Exit::Unusable, error)
                .with_hint(format!("{convert} && {command} {made}")),
            None => error.into(),
        }
    })?;
    note_untried(context, &reading, place);
    Ok(reading.codes)
}

impl Batch {
    #[cfg(feature = "desktop")]
    pub(super) fn add_picture(&mut self, context: &Context, bytes: &[u8]) -> Result {
        let reading = qr::look(bytes)?;
        note_untried(context, &reading, "");
        self.add_codes(context, &reading.codes, "in the picture")
    }

    /// Adds the accounts among QR codes. `place` says where they were seen.
    pub(super) fn add_codes(
        &mut self,
        context: &Context,
        codes: &[qr::Code],
        place: &str,
    ) -> Result {
        let (mut usable, mut refused) = (0, Vec::new());
        for code in codes {
            match self.add_payload(context, code.payload()) {
                Ok(()) => usable += 1,
                Err(error) => refused.push(match qr::payload_kind(code.payload()) {
                    Some(kind) => CommandError::new(Exit::Unusable, format!("found {kind}")),
                    None => error,
                }),
            }
        }
        let count = codes.len();
        let mut refused = refused.into_iter();
        let (first, others) = (refused.next(), refused);
        match first {
            Some(first) if usable == 0 && count == 1 => {
                Err(first.while_doing("its QR code is not an account"))
            }
            Some(first) if usable == 0 => {
                Err(first.while_doing(&format!("it has {count} QR codes, none of them an account")))
            }
            Some(first) => {
                for why in std::iter::once(first).chain(others) {
                    let note = format!("a QR code {place} is not an account: {why}");
                    context.ui.note(&note);
                }
                Ok(())
            }
            None => Ok(()),
        }
    }

    pub(super) fn add_lines(&mut self, context: &Context, text: &str) -> Result {
        let mut lines = 0;
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            lines += 1;
            self.add_payload(context, line)
                .map_err(|error| error.while_doing(&format!("line {number}")))?;
        }
        match lines {
            0 => Err(CommandError::new(
                Exit::Unusable,
                "stdin has no otpauth URI",
            )),
            _ => Ok(()),
        }
    }

    /// Adds a URI or a part of a Google Authenticator export. The same account is added once.
    pub(super) fn add_payload(&mut self, context: &Context, payload: &str) -> Result {
        let mut contents = Contents::default();
        let read_uri = |uri: &str| Ok::<_, CommandError>(Ok(otp::parse(uri)?.into()));
        contents.add_text(payload, "export", read_uri)?;
        self.parts.merge(contents.parts);
        self.add_rows(context, contents.rows);
        Ok(())
    }

    /// Adds accounts, each once.
    fn add_rows(&mut self, context: &Context, rows: Vec<Row>) {
        for row in rows {
            match row {
                Ok(found) => {
                    if self.seen.insert(*sha256(&[pages::uri(&found).as_bytes()])) {
                        self.accounts.push(found);
                    }
                }
                Err(skipped) => {
                    let (name, reason) = (&skipped.name, &skipped.reason);
                    context.ui.note(&format!("skipped {name}: {reason}"));
                }
            }
        }
    }

    /// Adds the accounts of a web page: of the pictures in it, and of the URIs in its text.
    fn add_page(&mut self, context: &Context, bytes: &[u8], name: &str) -> Result {
        let codes = pages::codes(context, bytes, name);
        let text = pages::uris(bytes);
        if text.is_none() && codes.is_empty() {
            let message = "no QR code and no otpauth URI found in the page";
            return Err(CommandError::new(Exit::Unusable, message));
        }
        let found_text = text.is_some();
        if let Some(import) = text {
            self.parts.merge(import.parts);
            self.add_rows(context, import.rows);
        }
        match self.add_codes(context, &codes, "in the page") {
            Err(error) if !found_text => Err(error),
            Err(error) => {
                context.ui.note(&format!("{name}: {error}"));
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    pub(super) fn finish(self, context: &Context) -> Result<Vec<Found>> {
        context.note_missing_parts(&self.parts);
        if self.accounts.is_empty() {
            return Err(CommandError::new(Exit::Unusable, "no usable account found"));
        }
        Ok(self.accounts)
    }
}
