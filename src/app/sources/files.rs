//! Files of other programs: folders, pictures and stdin, with passwords and what they belong to.

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

/// How often a password may be mistyped.
const TRIES: usize = 3;

/// Where SDA keeps what opens its encrypted maFiles.
const MANIFEST: &str = "manifest.json";

/// All that was read, from files or a password store.
#[derive(Default)]
pub(crate) struct Batch {
    /// The accounts of each source.
    pub(crate) sources: Vec<Vec<Incoming>>,
    /// With the names of their sources.
    pub(crate) skipped: Vec<(String, Skipped)>,
    parts: Parts,
}

impl Batch {
    /// Whether no account came in.
    pub(crate) fn is_empty(&self) -> bool {
        self.sources.iter().all(Vec::is_empty)
    }

    /// Adds what one source has, and says what is unusual about it; `fallback` names what has no
    /// name at all.
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
                    // A program wrote the file: a short key in it was short from the start.
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

    /// Says what was skipped, and which parts of an export are missing.
    pub(crate) fn report_problems(&self, context: &Context) {
        for (source, skipped) in &self.skipped {
            context.ui.note(&format!("skipped {source}, {skipped}"));
        }
        context.note_missing_parts(&self.parts);
    }
}

/// Reads files one after the other, with what they share.
struct Reader<'a> {
    context: &'a mut Context,
    batch: Batch,
    /// Manifests that the user named: SDA's, which other files may need.
    manifests: Vec<PathBuf>,
    password: Password,
    format: Option<&'static Format>,
}

/// The files' password.
enum Password {
    /// By the command line: nothing else is tried.
    Given(Zeroizing<String>),
    /// The last one that was typed; files of one person often have the same.
    Typed(Option<Zeroizing<String>>),
}

/// One file, and what it is called in messages.
struct File<'a> {
    path: &'a Path,
    shown: String,
    companions: Vec<Vec<u8>>,
}

/// Reads what the user named. What is in a folder and no export is passed over with a note.
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

    /// The manifests that an encrypted maFile may need: that beside it, and those that were named.
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
                    let message =
                        format!("{}: no QR code in the picture is an account", file.shown);
                    CommandError::new(Exit::Unusable, message)
                }
                _ => error,
            })
    }

    /// Asks for a password where one is needed; one that was given is not asked for again.
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
            let password = prompt.hidden(&format!("Password of {shown}"))?;
            self.password = Password::Typed(Some(password));
            typed += 1;
        }
    }
}

/// The texts of a picture's codes, a line each.
fn payloads(bytes: &[u8]) -> Result<Zeroizing<String>> {
    let codes = qr::read(bytes)?;
    let lines: Vec<_> = codes.iter().map(qr::Code::payload).collect();
    Ok(Zeroizing::new(lines.join("\n")))
}

/// Why a file was not read, with its name.
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
