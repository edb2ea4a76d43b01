//! What an import reads: files, folders, pictures, stdin, with passwords and what they belong to.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::progress;
use crate::app::user_files::{list_folder, read_file, read_stdin};
use crate::qr;
use crate::transfer::google::Part;
use crate::transfer::{self, Found, Import, ImportError, Input, Skipped};

/// How often a password may be mistyped.
const TRIES: usize = 3;

/// Where SDA keeps what opens its encrypted maFiles.
const MANIFEST: &str = "manifest.json";

/// All that was read.
pub(super) struct Batch<'a> {
    pub(super) files: Vec<File>,
    /// With the names of their files.
    pub(super) skipped: Vec<(String, Skipped)>,
    parts: Vec<Part>,
    /// Manifests that the user named: SDA's, which other files may need.
    manifests: Vec<PathBuf>,
    /// The last one that was given or typed; files of one person often have the same.
    password: Option<Zeroizing<String>>,
    is_given: bool,
    format: Option<&'a str>,
}

/// What one file has.
pub(super) struct File {
    pub(super) found: Vec<Found>,
}

impl<'a> Batch<'a> {
    pub(super) fn new(password: Option<Zeroizing<String>>, format: Option<&'a str>) -> Self {
        Self {
            files: Vec::new(),
            skipped: Vec::new(),
            parts: Vec::new(),
            manifests: Vec::new(),
            is_given: password.is_some(),
            password,
            format,
        }
    }

    /// Reads what the user named. What is in a folder and no export is passed over with a note.
    pub(super) fn read_all(&mut self, context: &Context, paths: &[PathBuf]) -> Result {
        let is_manifest = |path: &&PathBuf| path.file_name().is_some_and(|n| n == MANIFEST);
        self.manifests = paths.iter().filter(is_manifest).cloned().collect();
        for path in paths {
            if path != Path::new("-") && path.is_dir() {
                for member in list_folder(path)? {
                    self.read_path(context, &member, true)?;
                }
            } else {
                self.read_path(context, path, false)?;
            }
        }
        Ok(())
    }

    fn read_path(&mut self, context: &Context, path: &Path, in_folder: bool) -> Result {
        let is_stdin = path == Path::new("-");
        let bytes = if is_stdin {
            read_stdin(transfer::MAX_BYTES)?
        } else {
            read_file(path, transfer::MAX_BYTES)?
        };
        let shown = if is_stdin {
            "stdin".to_owned()
        } else {
            path.display().to_string()
        };
        let stem = path.file_stem().map(|stem| stem.to_string_lossy());
        let stem = stem.filter(|_| !is_stdin).unwrap_or("imported".into());
        let beside = self.beside(path);
        match self.read_bytes(context, &shown, path, &bytes, &beside) {
            Ok(import) => {
                self.take(context, import, &shown, &stem);
                Ok(())
            }
            Err(error) if in_folder && error.kind == Exit::Unusable => {
                let why = error;
                context.ui.note(&format!("passed over: {why}"));
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// The manifests that an encrypted maFile may need: that beside it, and those that were named.
    fn beside(&self, path: &Path) -> Vec<(String, Vec<u8>)> {
        let is_ma_file = path
            .extension()
            .is_some_and(|end| end.eq_ignore_ascii_case("mafile"));
        if !is_ma_file {
            return Vec::new();
        }
        let own = path.with_file_name(MANIFEST);
        let manifests = std::iter::once(&own).chain(&self.manifests);
        let read = manifests.filter_map(|path| read_file(path, 1 << 20).ok());
        read.map(|bytes| (MANIFEST.to_owned(), bytes.to_vec()))
            .collect()
    }

    fn read_bytes(
        &mut self,
        context: &Context,
        shown: &str,
        path: &Path,
        bytes: &[u8],
        beside: &[(String, Vec<u8>)],
    ) -> Result<Import> {
        if qr::is_picture(bytes) {
            let payloads = Zeroizing::new(payloads(bytes).map_err(|f| f.while_doing(shown))?);
            let import = self.open(context, shown, path, payloads.as_bytes(), beside);
            return import.map_err(|error| match error.kind {
                Exit::Unusable => {
                    let message = format!("{shown}: no QR code in the picture is an account");
                    CommandError::new(Exit::Unusable, message)
                }
                _ => error,
            });
        }
        self.open(context, shown, path, bytes, beside)
    }

    /// Asks for a password where one is needed; one that was given is not asked for again.
    fn open(
        &mut self,
        context: &Context,
        shown: &str,
        path: &Path,
        bytes: &[u8],
        beside: &[(String, Vec<u8>)],
    ) -> Result<Import> {
        let name = path.file_name().map(|name| name.to_string_lossy());
        let name = name.unwrap_or_default();
        let mut typed = 0;
        loop {
            let input = Input {
                bytes,
                name: &name,
                password: self.password.as_deref().map(String::as_str),
                beside,
                tell: &|_| {},
            };
            let error = match progress::read(&context.ui, shown, &input, self.format) {
                Ok(import) => return Ok(import),
                Err(error) => error,
            };
            let asks = matches!(
                error,
                ImportError::NeedsPassword | ImportError::WrongPassword
            );
            if !asks || self.is_given || typed == TRIES {
                return Err(refused(&error, shown));
            }
            let Some(mut prompt) = context.ui.prompt() else {
                return Err(refused(&error, shown));
            };
            if typed > 0 {
                context.ui.note(&format!("{shown}: {error}"));
            }
            self.password = Some(prompt.hidden(&format!("Password of {shown}"))?);
            typed += 1;
        }
    }

    /// Adds what a file has; `fallback` names what has no name at all.
    pub(super) fn take(&mut self, context: &Context, import: Import, shown: &str, fallback: &str) {
        for note in &import.notes {
            context.ui.note(&format!("{shown}: {note}"));
        }
        if import.rows.is_empty() && import.parts.is_empty() {
            context
                .ui
                .note(&format!("{shown}: no one-time passwords are in it"));
        }
        for part in import.parts {
            if !self.parts.contains(&part) {
                self.parts.push(part);
            }
        }
        let mut file = File { found: Vec::new() };
        for row in import.rows {
            match row {
                Ok(mut found) => {
                    if found.draft.full_name().is_empty() {
                        fallback.clone_into(&mut found.draft.name);
                    }
                    for remark in &found.remarks {
                        let name = found.draft.full_name();
                        context.ui.note(&format!("{name}: {remark}"));
                    }
                    crate::commands::add::note_unusual(context, &found.draft, &found.notes);
                    file.found.push(found);
                }
                Err(skipped) => self.skipped.push((shown.to_owned(), skipped)),
            }
        }
        self.files.push(file);
    }

    /// Tells what was skipped, and which parts of an export are missing.
    pub(super) fn say_what_is_odd(&self, context: &Context) {
        for (file, skipped) in &self.skipped {
            context.ui.note(&format!("skipped {file}, {skipped}"));
        }
        transfer::google::missing(&self.parts, |size, missing| {
            context.ui.note(&format!(
                "this export has {size} QR codes; still missing: {missing}"
            ));
        });
    }
}

/// The texts of a picture's codes, a line each.
fn payloads(bytes: &[u8]) -> Result<String> {
    let codes = qr::read(bytes)?;
    let lines: Vec<_> = codes.iter().map(qr::Code::payload).collect();
    Ok(lines.join("\n"))
}

pub(super) fn refused(error: &ImportError, file: &str) -> CommandError {
    let message = format!("{file}: {error}");
    match error {
        ImportError::Unrecognised => {
            CommandError::new(Exit::Unusable, message).with_hint("mfa import --help")
        }
        ImportError::Unsupported(_) => CommandError::new(Exit::Unusable, message),
        ImportError::Damaged(_) | ImportError::Newer(_) | ImportError::TooCostly(_) => {
            CommandError::new(Exit::Damaged, message)
        }
        ImportError::NeedsPassword => {
            let hint = format!("mfa import {file} --password-file PATH");
            CommandError::new(Exit::Locked, message).with_hint(hint)
        }
        ImportError::WrongPassword => CommandError::new(Exit::Locked, message),
    }
}
