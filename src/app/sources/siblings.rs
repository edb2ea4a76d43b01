//! The files that `SQLite` keeps beside a database while it changes it: `NAME-wal`, `NAME-shm` and
//! `NAME-journal`.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::app::user_files::{exists, read_file, start_of};
use crate::import::MAX_BYTES;
use crate::ui::Ui;

/// The ends of their names, with the first bytes of each. Those of a finished journal are zeros.
const PARTS: [(&str, &[&[u8]]); 3] = [
    ("-wal", &[b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83"]),
    ("-shm", &[b"\x18\xe2\x2d\x00", b"\x00\x2d\xe2\x18"]),
    ("-journal", &[b"\xd9\xd5\x05\xf9", b"\0\0\0\0"]),
];

/// Reads what is beside a database. Another file has nothing beside it that has these names.
pub(super) fn of_database(ui: &Ui, path: &Path) -> Vec<Zeroizing<Vec<u8>>> {
    let beside = ["-wal", "-journal"].map(|end| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    });
    let beside = beside.iter().filter(|part| exists(part));
    let read = beside.filter_map(|part| match read_file(part, MAX_BYTES) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            let why = error.source.map(|why| why.to_string());
            ui.warn(&why.unwrap_or_default());
            None
        }
    });
    read.collect()
}

/// The database that such a file belongs to, if it is beside it.
pub(super) fn database_of(part: &Path) -> Option<PathBuf> {
    let name = part.file_name()?.to_str()?;
    let own = PARTS.iter().find_map(|(end, starts)| {
        let own = name.strip_suffix(end).filter(|own| !own.is_empty())?;
        let start = start_of(part, 4)?;
        let fits = start.is_empty() || starts.contains(&start.as_slice());
        fits.then(|| part.with_file_name(own))
    });
    own.filter(|own| start_of(own, 1).is_some())
}
