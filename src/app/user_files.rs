//! Reads files and streams that the user names, up to a limit, and writes private files.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the adapter for the user's files"
)]

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::context::Context;
use super::error::{CommandError, Exit, Result};
use crate::crypto::SecretBuffer;
use crate::qr;
use crate::ui::Ui;
use crate::vault::repository::Repository;
use crate::vault::storage::{
    Durability, Pending, create_private_dir, folder_of, is_temporary, plain, remove_abandoned_in,
};

/// Reads all of stdin. On a terminal, it says that it waits for `what`. Fails if there are more than
/// `limit` bytes.
pub(crate) fn read_stdin(ui: &Ui, what: &str, limit: usize) -> Result<Zeroizing<Vec<u8>>> {
    if ui.stdin_is_terminal() {
        let end = if cfg!(windows) {
            "Ctrl-Z and Enter"
        } else {
            "Ctrl-D"
        };
        ui.note(&format!("reading {what}; end with {end}"));
    }
    read_bounded(&mut io::stdin().lock(), limit, "stdin")
}

/// Reads a picture that the user named; `-` is stdin. `command` is the command to try instead. Fails
/// if the picture is larger than any that is decoded, or if stdin is a terminal.
pub(crate) fn read_picture(ui: &Ui, path: &Path, command: &str) -> Result<Zeroizing<Vec<u8>>> {
    if path != Path::new("-") {
        return read_file(path, qr::MAX_BYTES);
    }
    if ui.stdin_is_terminal() {
        let message = "stdin is the terminal, not a picture";
        // No program that every macOS or Windows has prints the clipboard's picture.
        let hint = if cfg!(target_os = "linux") {
            format!("wl-paste -t image/png | {command} -")
        } else {
            format!("{command} FILE")
        };
        return Err(CommandError::new(Exit::Usage, message).with_hint(hint));
    }
    read_stdin(ui, "a picture from stdin", qr::MAX_BYTES)
}

/// Reads a file that the user named. Fails if it has more than `limit` bytes. Folders and FIFOs
/// without a writer are errors too, so that nothing blocks.
pub(crate) fn read_file(path: &Path, limit: usize) -> Result<Zeroizing<Vec<u8>>> {
    let name = path.display().to_string();
    let failed = |error: io::Error| {
        let why = plain(&error);
        CommandError::new(Exit::Failed, format!("cannot read {name}: {why}"))
    };
    let metadata = fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() {
        return Err(CommandError::new(
            Exit::Failed,
            format!("cannot read {name}: it is a folder"),
        ));
    }
    if !metadata.is_file() && !is_pipe_of_a_shell(path) {
        return Err(CommandError::new(
            Exit::Failed,
            format!("cannot read {name}: it is not a file"),
        ));
    }
    let mut file = File::open(path).map_err(failed)?;
    read_bounded(&mut file, limit, &name)
}

/// The first bytes of a file, at most `count`. `None` if it is no file, or cannot be read.
pub(crate) fn start_of(path: &Path, count: u64) -> Option<Vec<u8>> {
    let metadata = fs::metadata(path).ok()?;
    let mut start = Vec::new();
    let file = File::open(path).ok().filter(|_| metadata.is_file())?;
    file.take(count).read_to_end(&mut start).ok()?;
    Some(start)
}

/// Whether there is a file or folder at `path`.
pub(crate) fn exists(path: &Path) -> bool {
    fs::metadata(path).is_ok()
}

/// Lists the files in a folder, sorted by name, without those in its subfolders.
pub(crate) fn list_folder(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error: io::Error| {
        let message = format!("cannot read {}: {}", folder.display(), plain(&error));
        CommandError::new(Exit::Failed, message)
    };
    let mut members = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if fs::metadata(&path).is_ok_and(|metadata| metadata.is_file()) {
            members.push(path);
        }
    }
    members.sort();
    Ok(members)
}

/// Lists the files below a folder whose names end in `end`. Returns their paths with slashes and
/// without `end`.
pub(crate) fn names_below(folder: &Path, end: &str) -> Result<Vec<String>> {
    let (mut names, mut folders) = (Vec::new(), vec![(folder.to_path_buf(), String::new())]);
    while let Some((folder, prefix)) = folders.pop() {
        let failed = |error: io::Error| {
            let message = format!("cannot read {}: {}", folder.display(), plain(&error));
            CommandError::new(Exit::Failed, message)
        };
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type().map_err(failed)?;
            if kind.is_dir() && !name.starts_with('.') {
                folders.push((entry.path(), format!("{prefix}{name}/")));
            } else if let Some(stem) = name.strip_suffix(end) {
                names.push(format!("{prefix}{stem}"));
            }
        }
    }
    names.sort();
    Ok(names)
}

/// Whether a path is `<(command)` in a shell: a pipe that has a writer.
fn is_pipe_of_a_shell(path: &Path) -> bool {
    path.starts_with("/dev/fd") || path.starts_with("/proc/self/fd")
}

fn read_bounded(from: &mut impl Read, limit: usize, name: &str) -> Result<Zeroizing<Vec<u8>>> {
    let mut bytes = SecretBuffer::with_capacity(16 * 1024);
    let mut chunk = Zeroizing::new([0; 16 * 1024]);
    loop {
        let count = match from.read(chunk.as_mut_slice()) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                let why = plain(&error);
                return Err(CommandError::new(
                    Exit::Failed,
                    format!("cannot read {name}: {why}"),
                ));
            }
        };
        if count == 0 {
            return Ok(bytes.into_bytes());
        }
        if bytes.len() + count > limit {
            let message = format!("{name} is larger than {} MiB", limit >> 20);
            return Err(CommandError::new(Exit::Unusable, message));
        }
        bytes.extend_from_slice(&chunk[..count]);
    }
}

/// Refuses to write to what is no file, or to replace a file without `force`. `hint` is the command that
/// replaces it.
pub(crate) fn check_target(path: &Path, force: bool, hint: &str) -> Result {
    let name = path.display();
    // Check the target too: /dev/stdout is a link to a pipe.
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) || is_stream(path) {
        let message = format!("cannot write {name}: it is not a file");
        return Err(CommandError::new(Exit::Failed, message));
    }
    if force || fs::symlink_metadata(path).is_err() {
        return Ok(());
    }
    let message = format!("{name} already exists");
    Err(CommandError::new(Exit::Failed, message).with_hint(hint))
}

/// Creates a folder for its user alone, unless it exists.
fn make_folder(path: &Path) -> Result {
    match create_private_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists || !path.is_dir() => {
            let message = format!("cannot create {}: {}", path.display(), plain(&error));
            Err(CommandError::new(Exit::Failed, message))
        }
        _ => Ok(()),
    }
}

/// Writes the content of a file in pieces.
pub(crate) type WriteTo<'a> = dyn Fn(&mut dyn Write) -> io::Result<()> + 'a;

impl Context {
    /// Writes a private file (0600) completely or not at all. An existing file is replaced only
    /// with `force`; `hint` is the command that does so. Fails for anything but a file, and for
    /// files of a vault.
    pub(crate) fn write_file(&self, path: &Path, bytes: &[u8], force: bool, hint: &str) -> Result {
        self.write_by(path, &|out| out.write_all(bytes), force, hint)
    }

    /// As [`Context::write_file`], but `write` writes the content in pieces.
    pub(crate) fn write_by(
        &self,
        path: &Path,
        write: &WriteTo<'_>,
        force: bool,
        hint: &str,
    ) -> Result {
        remove_abandoned_in(folder_of(path));
        self.write_one(path, write, force, hint)
    }

    /// Writes several files into a folder, as [`Context::write_file`] does. Creates the folder
    /// (0700) if it is missing.
    pub(crate) fn write_files(
        &self,
        folder: &Path,
        files: impl Iterator<Item = Result<(String, Zeroizing<Vec<u8>>)>>,
        force: bool,
        hint: &str,
    ) -> Result {
        make_folder(folder)?;
        remove_abandoned_in(folder);
        for file in files {
            let (name, bytes) = file?;
            self.write_one(
                &folder.join(name),
                &|out| out.write_all(&bytes),
                force,
                hint,
            )?;
        }
        Ok(())
    }

    /// Fails with [`Exit::Usage`] if `path` belongs to a vault or to the program's state.
    pub(crate) fn spare_the_vault(&self, path: &Path) -> Result {
        let name = path.display();
        let is_of_these = self.repository.owns(path) || self.usual_vault_owns(path);
        let owner = if is_of_these || Repository::is_of_some_vault(path) {
            "to a vault"
        } else if is_temporary(path) {
            "to mfa's temporary files"
        } else if self.state.owns(path) {
            "to mfa's saved state"
        } else {
            return Ok(());
        };
        let message = format!("{name} belongs {owner}: choose another file");
        Err(CommandError::new(Exit::Usage, message))
    }

    fn write_one(&self, path: &Path, write: &WriteTo<'_>, force: bool, hint: &str) -> Result {
        self.spare_the_vault(path)?;
        check_target(path, force, hint)?;
        let pending = Pending::write_by(path, write)?;
        let durability = if force {
            pending.put()?
        } else {
            pending.put_new()?
        };
        if let Durability::Unknown(why) = durability {
            let name = path.display();
            self.ui.warn(&format!(
                "wrote {name}, but it may not survive a power loss: {why}"
            ));
        }
        Ok(())
    }
}

/// Whether a path leads to an open stream of this process, as /dev/stdout does.
fn is_stream(path: &Path) -> bool {
    is_pipe_of_a_shell(path) || fs::read_link(path).is_ok_and(|target| is_pipe_of_a_shell(&target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_listed_to_their_end() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        for number in 0..10_050 {
            File::create(inner.join(format!("{number}.gpg"))).unwrap();
        }
        assert_eq!(list_folder(&inner).unwrap().len(), 10_050);
        let names = names_below(folder.path(), ".gpg").unwrap();
        assert_eq!(names.len(), 10_050);
        assert_eq!(names.first().unwrap(), "inner/0");
    }
}
