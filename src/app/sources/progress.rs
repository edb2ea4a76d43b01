//! Shows progress while a file takes long to read.

use crate::import::{self, Format, Import, ImportError, Input};
use crate::ui::Ui;

/// A file to read with progress.
pub(super) struct Watched<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) name: &'a str,
    pub(super) password: Option<&'a str>,
    pub(super) companions: &'a [Vec<u8>],
    /// Its name in messages.
    pub(super) shown: &'a str,
}

/// Reads a file and prints its progress.
pub(super) fn read(
    ui: &Ui,
    file: &Watched<'_>,
    format: Option<&'static Format>,
) -> Result<Import, ImportError> {
    let line = ui.progress(&format!("reading {}", file.shown));
    let progress = |text: &str| line.note(ui, &format!("{}: {text}", file.shown));
    let input = Input {
        bytes: file.bytes,
        name: file.name,
        password: file.password,
        companions: file.companions,
        progress: &progress,
    };
    import::read(&input, format)
}
