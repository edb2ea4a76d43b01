//! Private files on Windows: access lists, and files that other programs have open.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::windows::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use same_file::Handle;
use windows_permissions::constants::{SeObjectType, SecurityInformation};
use windows_permissions::utilities::current_process_sid;
use windows_permissions::wrappers::{
    ConvertSecurityDescriptorToStringSecurityDescriptor, GetSecurityInfo, SetSecurityInfo,
};
use windows_permissions::{LocalBox, SecurityDescriptor};

use super::{Access, sddl};

/// `FILE_FLAG_BACKUP_SEMANTICS`, without which no folder opens.
const FOLDERS_TOO: u32 = 0x0200_0000;
/// The rights to read and to write the content (`GENERIC_READ`, `GENERIC_WRITE`).
const READ_WRITE: u32 = 0x8000_0000 | 0x4000_0000;
/// The right to read the access list (`READ_CONTROL`), and that to change it (`WRITE_DAC`).
const READ_LIST: u32 = 0x2_0000;
const WRITE_LIST: u32 = 0x4_0000;
/// The owner and the access list.
const ASKED: SecurityInformation = SecurityInformation::Owner.union(SecurityInformation::Dacl);
/// The access list, without what would be inherited.
const SET: SecurityInformation =
    SecurityInformation::Dacl.union(SecurityInformation::ProtectedDacl);

/// Errors of a file that another program has open: access denied, a sharing violation, a lock.
const IN_USE: [i32; 3] = [5, 32, 33];
/// Errors of a file system without access lists: invalid function, not supported.
const NO_LISTS: [i32; 2] = [1, 50];
/// Well-known groups of others.
/// <https://learn.microsoft.com/en-us/windows-server/identity/ad-ds/manage/understand-security-identifiers>
const EVERYONE: &str = "S-1-1-0";
const AUTHENTICATED: &str = "S-1-5-11";
const USERS: &str = "S-1-5-32-545";
/// How often and after which pause a file in use is tried again: for 2 s in all. Virus scanners and
/// indexers open a new file for a moment.
const TRIES: u32 = 80;
const PAUSE: Duration = Duration::from_millis(25);

/// Opens a file for reading, or a folder, which is then refused as what it is.
pub(crate) fn open_read(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags(FOLDERS_TOO)
        .open(path)
}

/// Creates a new file for writing and reading back. Nobody but its user can open it.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    let mut file = OpenOptions::new()
        .access_mode(READ_WRITE | READ_LIST | WRITE_LIST)
        .write(true)
        .create_new(true)
        .open(path)?;
    if let Err(error) = make_private(&mut file, false) {
        drop(file);
        let _ = std::fs::remove_file(path);
        return Err(error);
    }
    Ok(file)
}

/// Gives an open file or folder to its user alone, if its file system has access lists.
fn make_private(file: &mut File, is_folder: bool) -> io::Result<()> {
    let list = private_list(is_folder)?;
    let kind = SeObjectType::SE_FILE_OBJECT;
    match SetSecurityInfo(file, kind, SET, None, None, list.dacl(), None) {
        Err(error) if !has_code(&error, &NO_LISTS) => Err(error),
        _ => Ok(()),
    }
}

/// Opens a file or folder for its access list alone. std makes a long path fit; Windows' own functions that
/// take a path here do not.
fn open_list(path: &Path, access: u32) -> io::Result<File> {
    OpenOptions::new()
        .access_mode(access)
        .custom_flags(FOLDERS_TOO)
        .open(path)
}

/// Windows has no files without a name.
pub(crate) fn create_nameless(_: &Path) -> Option<File> {
    None
}

pub(crate) fn name(_: &File, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Opens a file for reading and writing, or creates it as [`create_new`] does.
pub(crate) fn open_or_create(path: &Path) -> io::Result<File> {
    match create_new(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            OpenOptions::new().read(true).write(true).open(path)
        }
        created => created,
    }
}

/// Creates a folder for its user alone, and its missing parents.
pub(crate) fn create_dirs(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    match create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        created => created,
    }
}

/// Creates one folder for its user alone. Its parent must exist.
pub(crate) fn create_dir(path: &Path) -> io::Result<()> {
    std::fs::create_dir(path)?;
    make_private(&mut open_list(path, READ_LIST | WRITE_LIST)?, true)
}

/// Creates a new file in a folder that other machines write too: the users of this one mean nothing there.
pub(crate) fn create_shared(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .open(path)
}

/// Creates one folder that other machines write too. Its parent must exist.
pub(crate) fn create_shared_dir(path: &Path) -> io::Result<()> {
    std::fs::create_dir(path)
}

/// Creates a folder that other machines write too, and its missing parents.
pub(crate) fn create_shared_dirs(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}

/// Makes the content of a file durable.
pub(crate) fn sync(file: &File) -> io::Result<()> {
    file.sync_all()
}

/// NTFS keeps names in a journal; a program cannot ask for more.
pub(crate) fn sync_dir(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Puts a file in the place of another one, also of one that another program has open. Waits for
/// programs that do not allow that.
pub(crate) fn replace(from: &Path, to: &Path) -> io::Result<()> {
    let may_wait = std::fs::metadata(to)
        .is_ok_and(|metadata| metadata.is_file() && !metadata.permissions().readonly());
    if !may_wait {
        return std::fs::rename(from, to);
    }
    let renamed = patiently(|| std::fs::rename(from, to));
    renamed.map_err(|error| {
        if has_code(&error, &IN_USE) {
            return io::Error::new(error.kind(), "another program has it open");
        }
        error
    })
}

/// Tries again while another program has the file open.
fn patiently(act: impl Fn() -> io::Result<()>) -> io::Result<()> {
    for _ in 1..TRIES {
        match act() {
            Err(error) if has_code(&error, &IN_USE) => std::thread::sleep(PAUSE),
            done => return done,
        }
    }
    act()
}

/// Removes one of two names of a file. If another program holds it, it stays until somebody writes here
/// again: the file has its other name already.
pub(super) fn remove_name(path: &Path) -> io::Result<()> {
    match patiently(|| std::fs::remove_file(path)) {
        Err(error) if has_code(&error, &IN_USE) => Ok(()),
        done => done,
    }
}

/// Renames a file, but never replaces another one.
pub(crate) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    super::link_or_reserve(from, to)
}

/// Whether no process writes a temporary file any more: its writer keeps it open.
pub(crate) fn is_abandoned(path: &Path, _: u32) -> bool {
    let alone = OpenOptions::new().read(true).share_mode(0).open(path);
    alone.is_ok()
}

/// Who else can use an open file.
pub(crate) fn access_of(file: &File, _: &Metadata) -> io::Result<Access> {
    let kind = SeObjectType::SE_FILE_OBJECT;
    access(&*GetSecurityInfo(file, kind, ASKED)?)
}

/// Who else can use the file or folder at a path.
pub(crate) fn access_at(path: &Path, metadata: &Metadata) -> io::Result<Access> {
    access_of(&open_list(path, READ_LIST)?, metadata)
}

fn access(of: &SecurityDescriptor) -> io::Result<Access> {
    let user = format!("O:{}", own_sid()?).parse::<LocalBox<SecurityDescriptor>>()?;
    let user = text(&user, SecurityInformation::Owner)?;
    let list = text(of, ASKED)?;
    sddl::access(&list, user.trim_start_matches("O:"))
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "unknown access list"))
}

/// A security descriptor as text.
fn text(of: &SecurityDescriptor, parts: SecurityInformation) -> io::Result<String> {
    let text = ConvertSecurityDescriptorToStringSecurityDescriptor(of, parts)?;
    Ok(text.to_string_lossy().into_owned())
}

fn private_list(is_folder: bool) -> io::Result<LocalBox<SecurityDescriptor>> {
    sddl::private(&own_sid()?, is_folder).parse()
}

/// The user of this process.
fn own_sid() -> io::Result<String> {
    Ok(current_process_sid()?.to_string())
}

fn has_code(error: &io::Error, codes: &[i32]) -> bool {
    error
        .raw_os_error()
        .is_some_and(|code| codes.contains(&code))
}

/// The command that makes a file private.
pub(crate) fn file_fix(path: &Path) -> String {
    fix(path, ":F")
}

/// The command that keeps others out of a folder.
/// `None` for a whole drive, which others use too.
pub(crate) fn folder_fix(path: &Path) -> Option<String> {
    path.parent()?;
    Some(fix(path, ":(OI)(CI)F"))
}

/// The command that gives a file or folder to this user.
pub(crate) fn owner_fix(path: &Path) -> Option<String> {
    Some(format!("takeown /F {}", in_quotes(path)))
}

/// Grants everything to the user, and nothing to others: neither by inheritance nor by entries of their own.
fn fix(path: &Path, rights: &str) -> String {
    // SIDs work in every language.
    let user = own_sid().unwrap_or_default();
    let path = in_quotes(path);
    format!(
        "icacls {path} /inheritance:r /grant:r \"*{user}{rights}\" /remove:g \"*{EVERYONE}\" \"*{AUTHENTICATED}\" \"*{USERS}\""
    )
}

/// A path has no quotation marks. Backslashes before one are halved.
fn in_quotes(path: &Path) -> String {
    let path = path.to_string_lossy();
    let end = &path[path.trim_end_matches('\\').len()..];
    format!("\"{path}{end}\"")
}

/// Windows does not tell who holds a lock.
pub(crate) fn lock_holder(_: &File) -> Option<u32> {
    None
}

/// Whether two paths lead to the same file.
pub(crate) fn same_file(one: &Path, other: &Path) -> bool {
    same_file::is_same_file(one, other).unwrap_or(false)
}

/// Whether an open file is still the one at `path`, as far as the system tells.
pub(crate) fn is_at(file: &File, path: &Path) -> bool {
    let open = file.try_clone().and_then(Handle::from_file);
    match (open, Handle::from_path(path)) {
        (Ok(one), Ok(other)) => one == other,
        (_, Err(error)) => error.kind() != io::ErrorKind::NotFound,
        (Err(_), Ok(_)) => true,
    }
}
