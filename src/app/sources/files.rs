//! Reads files of other programs: folders, pictures and stdin, with their passwords.

use std::path::{Path, PathBuf};

use zeroize::{Zeroize, Zeroizing};

use super::batch::Batch;
use super::pages;
use super::payloads::look;
use super::progress::{self, Watched};
use super::siblings;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::user_files::{list_folder, read_file, read_stdin};
use crate::import::{Format, Import, ImportError, MAX_BYTES, guesses};
use crate::qr::{self, Code};
use crate::ui::Ui;
use crate::vault::storage::quoted;

/// How often the user may try a password.
const TRIES: usize = 3;

/// The file in which SDA keeps the salts of its encrypted maFiles.
const MANIFEST: &str = "manifest.json";

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

impl Password {
    /// Whether it was typed for a file before, and may be another than this one's.
    const fn is_of_another_file(&self, typed: usize) -> bool {
        typed == 0 && matches!(self, Self::Typed(Some(_)))
    }
}

/// One file with its name for messages.
struct File<'a> {
    path: &'a Path,
    shown: String,
    companions: Vec<Vec<u8>>,
}

impl Drop for File<'_> {
    /// The changes of a database contain keys.
    fn drop(&mut self) {
        self.companions.iter_mut().for_each(Zeroize::zeroize);
    }
}

/// Reads the given paths. Prints a note for each file of a folder that is not an export.
pub(crate) fn read(
    context: &mut Context,
    paths: &[PathBuf],
    password: Option<Zeroizing<String>>,
    format: Option<&'static Format>,
    include_trash: bool,
) -> Result<Batch> {
    let is_manifest = |path: &&PathBuf| path.file_name().is_some_and(|n| n == MANIFEST);
    let mut reader = Reader {
        context,
        batch: Batch::new(include_trash),
        manifests: paths.iter().filter(is_manifest).cloned().collect(),
        password: password.map_or(Password::Typed(None), Password::Given),
        format,
    };
    for path in paths {
        if path != Path::new("-") && path.is_dir() {
            let members = list_folder(path)?;
            for member in &members {
                // What belongs to a database is read with it.
                if siblings::database_of(member).is_none_or(|own| !members.contains(&own)) {
                    reader.read_member(member)?;
                }
            }
            continue;
        }
        match siblings::database_of(path) {
            Some(own) if paths.contains(&own) => {}
            Some(own) => {
                let (part, own_name) = (path.display(), own.display());
                let message = format!("{part} belongs to {own_name}: both are read");
                reader.context.ui.note(&message);
                reader.read_path(&own)?;
            }
            None => reader.read_path(path)?,
        }
    }
    Ok(reader.batch)
}

impl Reader<'_> {
    fn read_member(&mut self, path: &Path) -> Result {
        match self.read_path(path) {
            Err(error) if error.kind == Exit::Unusable => {
                self.context.ui.note(&format!("skipped: {error}"));
                // That of a file that nothing reads is general. A picture's is about that file.
                for hint in error.hints.into_iter().filter(|_| error.details.is_empty()) {
                    let command = self.context.command(hint);
                    if command.contains(" && ") {
                        self.context.ui.note(&format!("  try: {command}"));
                    }
                }
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

    /// The files beside one, or among the paths, that it may need: the manifests of an encrypted maFile,
    /// and the latest changes of a database.
    fn companions(&self, path: &Path) -> Vec<Vec<u8>> {
        let is_ma_file = path
            .extension()
            .is_some_and(|end| end.eq_ignore_ascii_case("mafile"));
        let mut read: Vec<Zeroizing<Vec<u8>>> = if is_ma_file {
            let own = path.with_file_name(MANIFEST);
            let manifests = std::iter::once(&own).chain(&self.manifests);
            let read = manifests.filter_map(|path| read_file(path, 1 << 20).ok());
            read.collect()
        } else if path == Path::new("-") {
            Vec::new()
        } else {
            siblings::of_database(&self.context.ui, path)
        };
        let taken = read.iter_mut().map(|bytes| std::mem::take(&mut **bytes));
        taken.collect()
    }

    fn read_bytes(&mut self, file: &File<'_>, bytes: &[u8]) -> Result<Import> {
        if pages::is_page(bytes) {
            return self.read_page(file, bytes);
        }
        if !qr::is_picture(bytes) && !qr::is_foreign(bytes) {
            return self.open(file, bytes);
        }
        let line = self.context.ui.progress(&format!("reading {}", file.shown));
        let place = format!("{}: ", file.shown);
        let codes = look(self.context, bytes, file.path, "mfa import", &place);
        drop(line);
        let codes = codes.map_err(|error| error.while_doing(&file.shown))?;
        self.open_codes(file, &codes)
    }

    /// Reads the accounts of a web page: of its text, and of the pictures in it.
    fn read_page(&mut self, file: &File<'_>, bytes: &[u8]) -> Result<Import> {
        let codes = pages::codes(self.context, bytes, &file.shown);
        let page = self.open(file, bytes);
        if codes.is_empty() {
            return page;
        }
        let pictures = self.open_codes(file, &codes);
        match (page, pictures) {
            (Ok(page), Ok(pictures)) => Ok(pages::merge(page, pictures)),
            (Err(error), Ok(pictures)) if error.kind == Exit::Unusable => Ok(pictures),
            (Ok(page), Err(error)) if error.kind == Exit::Unusable => {
                self.context.ui.note(&error.to_string());
                Ok(page)
            }
            (_, Err(error)) | (Err(error), _) => Err(error),
        }
    }

    /// Reads the payloads of QR codes, one per line.
    fn open_codes(&mut self, file: &File<'_>, codes: &[Code]) -> Result<Import> {
        let lines: Vec<_> = codes.iter().map(Code::payload).collect();
        let payloads = Zeroizing::new(lines.join("\n"));
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
        let (mut typed, mut readable) = (0, None);
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
                Ok(import) if import.locked == 0 => return Ok(import),
                Ok(import) => {
                    readable = Some(import);
                    ImportError::NeedsPassword
                }
                Err(ImportError::WrongPassword) if self.password.is_of_another_file(typed) => {
                    self.password = Password::Typed(None);
                    continue;
                }
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
                let Some(import) = readable else {
                    let guesses = if asks { guesses(bytes) } else { Vec::new() };
                    return Err(refused(&error, shown, &guesses));
                };
                said_after(typed, ui, shown, &error);
                return Ok(import);
            };
            said_after(typed, ui, shown, &error);
            let or_else = match &readable {
                Some(_) => " (Enter skips the encrypted accounts)",
                None => "",
            };
            let password = prompt.hidden(&format!("Password for {shown}{or_else}"))?;
            if let Some(import) = readable.take_if(|_| password.is_empty()) {
                return Ok(import);
            }
            self.password = Password::Typed(Some(password));
            typed += 1;
        }
    }
}

/// Says why a password that was typed did not open a file.
fn said_after(typed: usize, ui: &Ui, shown: &str, error: &ImportError) {
    if typed > 0 {
        ui.note(&format!("{shown}: {error}"));
    }
}

/// Why a file without a mark of its own is not opened: it may have none of the formats that fit.
fn unopened(error: &ImportError, guesses: &[&str]) -> String {
    let formats = guesses.join(", ");
    match error {
        _ if guesses.is_empty() => error.to_string(),
        ImportError::WrongPassword => format!("wrong password, or another format than {formats}"),
        _ => format!(
            "unrecognised file format, or encrypted by one of {formats}: it needs a password"
        ),
    }
}

/// The error for a file that cannot be read, with its name. `guesses` are the formats that it may have, if
/// none is certain.
pub(super) fn refused(error: &ImportError, file: &str, guesses: &[&str]) -> CommandError {
    let message = format!("{file}: {}", unopened(error, guesses));
    match error {
        ImportError::Unrecognised | ImportError::OnlyNear(_) => {
            CommandError::new(Exit::Unusable, message).with_hint("mfa import --help")
        }
        ImportError::Unsupported(_) => CommandError::new(Exit::Unusable, message),
        ImportError::Damaged(_) | ImportError::Newer(_) | ImportError::TooCostly(_) => {
            CommandError::new(Exit::Damaged, message)
        }
        ImportError::NeedsPassword => {
            let file = quoted(Path::new(file));
            let hint = format!("mfa import {file} --password-file PATH");
            CommandError::new(Exit::Locked, message).with_hint(hint)
        }
        ImportError::WrongPassword => CommandError::new(Exit::Locked, message),
    }
}
