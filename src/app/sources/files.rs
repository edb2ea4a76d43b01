//! Reads files of other programs: folders, pictures and stdin, with their passwords.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::progress::{self, Watched};
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::user_files::{list_folder, read_file, read_stdin};
use crate::import::ingest::Incoming;
use crate::import::{Format, Import, ImportError, MAX_BYTES, Parts, Skipped};
use crate::otp::Note;
use crate::qr;

/// How often the user may try a password.
const TRIES: usize = 3;

/// The file in which SDA keeps the salts of its encrypted maFiles.
const MANIFEST: &str = "manifest.json";

/// Everything that was read from files or a password store.
#[derive(Default)]
pub(crate) struct Batch {
    /// The accounts of each source.
    pub(crate) sources: Vec<Vec<Incoming>>,
    /// Skipped entries, each with the name of its source.
    pub(crate) skipped: Vec<(String, Skipped)>,
    parts: Parts,
}

impl Batch {
    /// Whether no account was read.
    pub(crate) fn is_empty(&self) -> bool {
        self.sources.iter().all(Vec::is_empty)
    }

    /// Adds the content of one source and prints what is unusual about it. An account without a name
    /// gets the name `fallback`.
    pub(super) fn add(
        &mut self,
        context: &mut Context,
        import: Import,
        source: &str,
        fallback: &str,
    ) -> Result {
        for note in &import.notes {
            context.ui.note(&format!("{source}: {note}"));
        }
        if import.rows.is_empty() && import.parts.is_empty() {
            context
                .ui
                .note(&format!("{source}: no one-time passwords found"));
        }
        self.parts.merge(import.parts);
        let mut accounts = Vec::new();
        for row in import.rows {
            match row {
                Ok(mut found) => {
                    if found.draft.full_name().is_empty() {
                        fallback.clone_into(&mut found.draft.name);
                    }
                    let name = found.draft.full_name();
                    for remark in &found.remarks {
                        context.ui.note(&format!("{name}: {remark}"));
                    }
                    // A program wrote the file, so its short keys are complete.
                    found
                        .notes
                        .retain(|note| !matches!(note, Note::ShortKey { .. }));
                    context.note_unusual(&found.draft, &found.notes);
                    let id = context.new_id()?;
                    accounts.push(Incoming { id, found });
                }
                Err(skipped) => self.skipped.push((source.to_owned(), skipped)),
            }
        }
        self.sources.push(accounts);
        Ok(())
    }

    /// Prints what was skipped, and which parts of an export are missing.
    pub(crate) fn report_problems(&self, context: &Context) {
        for (source, skipped) in &self.skipped {
            context.ui.note(&format!("skipped {source}, {skipped}"));
        }
        context.note_missing_parts(&self.parts);
    }
}

/// Reads one file after another, with the state that they share.
struct Reader<'a> {
    context: &'a mut Context,
    batch: Batch,
    /// SDA's manifests among the paths, which other files may need.
    manifests: Vec<PathBuf>,
    password: Password,
    format: Option<&'static Format>,
}

/// The password to try on the files.
enum Password {
    /// From the command line; no other is tried.
    Given(Zeroizing<String>),
    /// The last typed one, since several files often have the same password.
    Typed(Option<Zeroizing<String>>),
}

/// One file with its name for messages.
struct File<'a> {
    path: &'a Path,
    shown: String,
    companions: Vec<Vec<u8>>,
}

/// Reads the given paths. Prints a note for each file of a folder that is not an export.
pub(crate) fn read(
    context: &mut Context,
    paths: &[PathBuf],
    password: Option<Zeroizing<String>>,
    format: Option<&'static Format>,
) -> Result<Batch> {
    let is_manifest = |path: &&PathBuf| path.file_name().is_some_and(|n| n == MANIFEST);
    let mut reader = Reader {
        context,
        batch: Batch::default(),
        manifests: paths.iter().filter(is_manifest).cloned().collect(),
        password: password.map_or(Password::Typed(None), Password::Given),
        format,
    };
    for path in paths {
        if path != Path::new("-") && path.is_dir() {
            for member in list_folder(path)? {
                reader.read_member(&member)?;
            }
        } else {
            reader.read_path(path)?;
        }
    }
    Ok(reader.batch)
}

impl Reader<'_> {
    fn read_member(&mut self, path: &Path) -> Result {
        match self.read_path(path) {
            Err(error) if error.kind == Exit::Unusable => {
                self.context.ui.note(&format!("skipped: {error}"));
                Ok(())
            }
            result => result,
        }
    }

    fn read_path(&mut self, path: &Path) -> Result {
        let is_stdin = path == Path::new("-");
        let bytes = if is_stdin {
            read_stdin(&self.context.ui, "an export from the terminal", MAX_BYTES)?
        } else {
            read_file(path, MAX_BYTES)?
        };
        let stem = path.file_stem().filter(|_| !is_stdin);
        let stem = stem.map_or("imported".into(), |stem| stem.to_string_lossy());
        let file = File {
            path,
            shown: if is_stdin {
                "stdin".to_owned()
            } else {
                path.display().to_string()
            },
            companions: self.companions(path),
        };
        let import = self.read_bytes(&file, &bytes)?;
        self.batch.add(self.context, import, &file.shown, &stem)
    }

    /// The manifests that an encrypted maFile may need: the one beside it, and those among the paths.
    fn companions(&self, path: &Path) -> Vec<Vec<u8>> {
        let is_ma_file = path
            .extension()
            .is_some_and(|end| end.eq_ignore_ascii_case("mafile"));
        if !is_ma_file {
            return Vec::new();
        }
        let own = path.with_file_name(MANIFEST);
        let manifests = std::iter::once(&own).chain(&self.manifests);
        let read = manifests.filter_map(|path| read_file(path, 1 << 20).ok());
        read.map(|bytes| bytes.to_vec()).collect()
    }

    fn read_bytes(&mut self, file: &File<'_>, bytes: &[u8]) -> Result<Import> {
        if !qr::is_picture(bytes) {
            return self.open(file, bytes);
        }
        let payloads = payloads(bytes).map_err(|error| error.while_doing(&file.shown))?;
        self.open(file, payloads.as_bytes())
            .map_err(|error| match error.kind {
                Exit::Unusable => {
                    let message = format!(
                        "{}: no QR code in the picture contains an account",
                        file.shown
                    );
                    CommandError::new(Exit::Unusable, message)
                }
                _ => error,
            })
    }

    /// Reads a file, and asks for its password if needed. Does not ask if one was given.
    fn open(&mut self, file: &File<'_>, bytes: &[u8]) -> Result<Import> {
        let (ui, shown) = (&self.context.ui, file.shown.as_str());
        let name = file.path.file_name().unwrap_or_default().to_string_lossy();
        let mut typed = 0;
        loop {
            let password = match &self.password {
                Password::Given(password) => Some(password.as_str()),
                Password::Typed(password) => password.as_ref().map(|typed| typed.as_str()),
            };
            let watched = Watched {
                bytes,
                name: &name,
                password,
                companions: &file.companions,
                shown,
            };
            let error = match progress::read(ui, &watched, self.format) {
                Ok(import) => return Ok(import),
                Err(error) => error,
            };
            let asks = matches!(
                error,
                ImportError::NeedsPassword | ImportError::WrongPassword
            );
            let prompt = match self.password {
                Password::Typed(_) if asks && typed < TRIES => ui.prompt(),
                _ => None,
            };
            let Some(mut prompt) = prompt else {
                return Err(refused(&error, shown));
            };
            if typed > 0 {
                ui.note(&format!("{shown}: {error}"));
            }
            let password = prompt.hidden(&format!("Password for {shown}"))?;
            self.password = Password::Typed(Some(password));
            typed += 1;
        }
    }
}

/// The payloads of a picture's QR codes, one per line.
fn payloads(bytes: &[u8]) -> Result<Zeroizing<String>> {
    let codes = qr::read(bytes)?;
    let lines: Vec<_> = codes.iter().map(qr::Code::payload).collect();
    Ok(Zeroizing::new(lines.join("\n")))
}

/// The error for a file that cannot be read, with its name.
pub(super) fn refused(error: &ImportError, file: &str) -> CommandError {
    let message = format!("{file}: {error}");
    match error {
        ImportError::Unrecognised | ImportError::OnlyNear(_) => {
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
