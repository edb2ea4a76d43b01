//! The adapter for other programs: [`child`] builds every one that `mfa` starts.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the adapter for processes"
)]

use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use zeroize::Zeroizing;

use super::error::{CommandError, Exit, Result};
use crate::harden;
use crate::vault::storage::plain;
#[cfg(feature = "aws")]
use crate::vault::storage::same_file;

/// Variables that other programs must not get. They contain or lead to secrets, or change what
/// `mfa` does.
const PRIVATE: [&str; 6] = [
    "MFA_PASSPHRASE",
    "MFA_PASSPHRASE_FILE",
    "MFA_PASSPHRASE_COMMAND",
    "MFA_AGE_IDENTITY",
    "MFA_COMPLETE",
    "MFA_COMPLETE_WORDS",
];

/// Set for programs that `mfa sync` starts: one of them may be `mfa`, which must not start `mfa sync`.
pub(crate) const IN_SYNC: &str = "MFA_IN_SYNC";

/// Whether this process is `mfa sync`.
static IS_SYNCING: AtomicBool = AtomicBool::new(false);

/// From now on, programs that this process starts know that they belong to `mfa sync`.
pub(crate) fn is_syncing() {
    IS_SYNCING.store(true, Ordering::Relaxed);
}

/// Builds a program without [`PRIVATE`] variables.
pub(crate) fn child(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(found(program.as_ref()));
    for name in PRIVATE {
        command.env_remove(name);
    }
    if IS_SYNCING.load(Ordering::Relaxed) {
        command.env(IN_SYNC, "1");
    }
    command
}

/// Builds a call of the system's shell for one line.
#[cfg(unix)]
pub(crate) fn shell(line: impl AsRef<OsStr>) -> Command {
    let mut command = child("sh");
    command.arg("-c").arg(line);
    command
}

/// Builds a call of the system's shell for one line. `cmd` does not know the quotes of arguments: with
/// `/S`, it removes the outer two and takes the rest as it is. `/D` skips what the registry would run first.
#[cfg(windows)]
pub(crate) fn shell(line: impl AsRef<OsStr>) -> Command {
    use std::os::windows::process::CommandExt as _;

    let mut quoted = std::ffi::OsString::from("\"");
    quoted.push(line);
    quoted.push("\"");
    let shell = std::env::var_os("COMSPEC").filter(|path| !path.is_empty());
    let mut command = child(shell.unwrap_or_else(|| "cmd.exe".into()));
    command.raw_arg("/D /S /C").raw_arg(quoted);
    command
}

/// The program that a name means. Windows itself adds only `.exe` to a name: that of a script, such as
/// `aws.cmd`, has to be found by the rules of its shells.
fn found(program: &OsStr) -> PathBuf {
    let named = PathBuf::from(program);
    if !cfg!(windows) {
        return named;
    }
    found_by(&Search::here(), &named, &is_program).unwrap_or(named)
}

/// Where a shell looks for a program.
struct Search {
    /// The folders of `PATH`.
    folders: Vec<PathBuf>,
    /// What may be missing at the end of a name, as in `PATHEXT`; empty on Unix.
    endings: Vec<String>,
}

impl Search {
    fn here() -> Self {
        let variable = |name| std::env::var_os(name).unwrap_or_default();
        let endings = variable("PATHEXT");
        let endings = match endings.to_str().filter(|text| !text.is_empty()) {
            _ if !cfg!(windows) => "",
            Some(endings) => endings,
            None => ".COM;.EXE;.BAT;.CMD",
        };
        Self {
            folders: std::env::split_paths(&variable("PATH")).collect(),
            endings: endings.split(';').map(str::to_owned).collect(),
        }
    }
}

/// Finds a program by its path, or by its name in the folders. The working folder is not one of them, as it
/// is to `cmd`: a file there may come from anybody. `None` if there is none.
fn found_by(search: &Search, named: &Path, is_program: &dyn Fn(&Path) -> bool) -> Option<PathBuf> {
    let is_whole = search.endings.iter().all(String::is_empty);
    let with = |path: &Path| {
        let known = |ending: &&String| {
            let name = path.to_string_lossy().to_ascii_lowercase();
            !ending.is_empty() && name.ends_with(&ending.to_ascii_lowercase())
        };
        if is_whole || search.endings.iter().any(|ending| known(&ending)) {
            return is_program(path).then(|| path.to_owned());
        }
        let endings = search.endings.iter().filter(|ending| !ending.is_empty());
        let mut paths = endings.map(|ending| {
            let mut path = path.as_os_str().to_owned();
            path.push(ending);
            PathBuf::from(path)
        });
        paths.find(|path| is_program(path))
    };
    if named.components().count() > 1 {
        return with(named);
    }
    // On Unix, the system itself looks into relative folders too.
    let folders = search.folders.iter();
    let mut folders = folders.filter(|folder| is_whole || folder.is_absolute());
    folders.find_map(|folder| with(&folder.join(named)))
}

/// The path in `PATH` that leads to `program`, if there is one. Package managers put a link there, which
/// stays when an upgrade replaces the folder of the program.
#[cfg(feature = "aws")]
pub(crate) fn link_in_path(program: &Path) -> Option<PathBuf> {
    link_by(&Search::here(), program)
}

#[cfg(feature = "aws")]
fn link_by(search: &Search, program: &Path) -> Option<PathBuf> {
    let name = Path::new(program.file_name()?);
    let leads_there =
        |path: &Path| path.is_absolute() && is_program(path) && same_file(path, program);
    found_by(search, name, &leads_there)
}

/// Whether a program can be started by this path, or by this name in `PATH`.
#[cfg(feature = "aws")]
pub(crate) fn is_there(program: &Path) -> bool {
    found_by(&Search::here(), program, &is_program).is_some()
}

fn is_program(path: &Path) -> bool {
    let metadata = std::fs::metadata(path);
    metadata.is_ok_and(|metadata| metadata.is_file() && is_executable(&metadata))
}

#[cfg(unix)]
fn is_executable(metadata: &std::fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0
}

#[cfg(not(unix))]
const fn is_executable(_: &std::fs::Metadata) -> bool {
    true
}

/// Starts a program with the core limit that this process was started with.
pub(crate) fn start(command: &mut Command) -> io::Result<Child> {
    harden::with_own_core_limit(|| command.spawn())
}

/// Starts a helper that may outlive this process. On Windows, it gets no window, and neither ^C nor the end
/// of this console ends it.
pub(crate) fn start_helper(command: &mut Command) -> io::Result<Child> {
    #[cfg(windows)]
    {
        /// Gives the program a console of its own, without a window.
        /// <https://learn.microsoft.com/en-us/windows/win32/procthread/process-creation-flags>
        const CREATE_NO_WINDOW: u32 = 0x0800_0000;

        std::os::windows::process::CommandExt::creation_flags(command, CREATE_NO_WINDOW);
        // If it fails, whoever reads our output waits for the helper too.
        let _ = keep_streams();
    }
    start(command)
}

/// Replaces our streams by copies that no program inherits. Windows hands all others to each one: whoever
/// reads them would wait until the last program has ended.
#[cfg(windows)]
fn keep_streams() -> filedescriptor::Result<()> {
    use std::io::{IsTerminal, stderr, stdout};
    use std::os::windows::io::{AsRawHandle, IntoRawHandle};

    use filedescriptor::{FileDescriptor, StdioDescriptor};

    if stdout().is_terminal() && stderr().is_terminal() {
        return Ok(());
    }
    let is_one = stdout().as_raw_handle() == stderr().as_raw_handle();
    let copies = [
        FileDescriptor::dup(&stdout())?,
        FileDescriptor::dup(&stderr())?,
    ];
    let first = FileDescriptor::redirect_stdio(&copies[0], StdioDescriptor::Stdout)?;
    let second = FileDescriptor::redirect_stdio(&copies[1], StdioDescriptor::Stderr)?;
    drop(first);
    if is_one {
        // It is closed already.
        let _ = second.into_raw_handle();
    }
    Ok(())
}

/// Replaces this process by a program; returns only on failure.
#[cfg(all(unix, feature = "aws"))]
pub(crate) fn replace_by(command: &mut Command) -> io::Error {
    harden::with_own_core_limit(|| std::os::unix::process::CommandExt::exec(command))
}

/// The output of a program that ended.
pub(crate) struct Printed {
    /// May contain secrets, so it is wiped.
    pub(crate) stdout: Zeroizing<Vec<u8>>,
    /// Empty unless the caller pipes stderr.
    #[cfg_attr(
        not(feature = "aws"),
        expect(dead_code, reason = "only `mfa aws` reads it")
    )]
    pub(crate) stderr: Vec<u8>,
    pub(crate) status: ExitStatus,
}

/// How much of a program's stderr is kept, in bytes.
const MAX_TOLD: u64 = 64 << 10;

/// Runs a program to its end; `name` is its name in errors. The outer error is a failure to start
/// it. The inner one is output of more than `limit` bytes, after which the program is killed.
pub(crate) fn run(command: &mut Command, limit: usize, name: &str) -> io::Result<Result<Printed>> {
    let mut child = start(command.stdout(Stdio::piped()))?;
    let stderr = child.stderr.take();
    let told = std::thread::spawn(move || {
        let mut told = Vec::new();
        if let Some(stderr) = stderr {
            let _ = stderr.take(MAX_TOLD).read_to_end(&mut told);
        }
        told
    });
    let mut stdout = Zeroizing::new(Vec::with_capacity(64 << 10));
    let read = match child.stdout.take() {
        Some(from) => from.take(limit as u64 + 1).read_to_end(&mut stdout),
        None => Ok(0),
    };
    if read.is_err() || stdout.len() > limit {
        // Its own children lose their reader and end too.
        let _ = child.kill();
        let _ = child.wait();
        let why = match read {
            Err(error) => format!("cannot read the output of {name}: {}", plain(&error)),
            Ok(_) => format!("{name} printed more than {} KiB", limit >> 10),
        };
        return Ok(Err(CommandError::new(Exit::Failed, why)));
    }
    let status = child.wait()?;
    Ok(Ok(Printed {
        stdout,
        stderr: told.join().unwrap_or_default(),
        status,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_looked_up_as_a_shell_does() {
        let there = [
            "/a/aws.CMD",
            "/b/aws.EXE",
            "/b/tool",
            "/b/ps.v2.EXE",
            "rel/x.EXE",
        ];
        let is_there = |path: &Path| there.iter().any(|one| Path::new(one) == path);
        let found = |endings: &str, named: &str| {
            let search = Search {
                folders: ["/a", "/b", "rel"].map(PathBuf::from).to_vec(),
                endings: endings.split(';').map(str::to_owned).collect(),
            };
            let found = found_by(&search, Path::new(named), &is_there)?;
            Some(found.to_string_lossy().replace('\\', "/"))
        };
        if !Path::new("/a").is_absolute() {
            // Windows wants a drive.
            assert_eq!(found(".EXE", "aws"), None);
            return;
        }
        let windows = ".COM;.EXE;.BAT;.CMD";
        for (named, path) in [
            ("aws", Some("/a/aws.CMD")),
            ("aws.EXE", Some("/b/aws.EXE")),
            ("ps.v2", Some("/b/ps.v2.EXE")),
            ("/b/aws", Some("/b/aws.EXE")),
            // A file without an ending is no program there.
            ("tool", None),
            ("none", None),
            // A relative folder of PATH depends on the working folder.
            ("x", None),
        ] {
            assert_eq!(found(windows, named).as_deref(), path, "{named}");
        }
        assert_eq!(found("", "tool").as_deref(), Some("/b/tool"));
        assert_eq!(found("", "aws"), None);
        assert_eq!(found("", "x.EXE").as_deref(), Some("rel/x.EXE"));
    }

    /// Homebrew, Nix and winget put a link into `PATH`.
    #[cfg(all(unix, feature = "aws"))]
    #[test]
    fn the_link_in_path_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "").unwrap();
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(&path, mode).unwrap();
            path
        };
        let own = file("Cellar/mfa/1.0/bin/mfa");
        let other = file("other/mfa");
        let link = folder.path().join("bin/mfa");
        std::fs::create_dir(link.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(&own, &link).unwrap();
        let found = |folders: &[&Path]| {
            let folders = folders.iter().map(|path| path.parent().unwrap().into());
            let search = Search {
                folders: std::iter::once("bin".into()).chain(folders).collect(),
                endings: vec![String::new()],
            };
            link_by(&search, &own)
        };
        assert_eq!(found(&[&other, &link, &own]), Some(link));
        assert_eq!(found(&[&own]), Some(own.clone()));
        assert_eq!(found(&[&other]), None);
    }
}
