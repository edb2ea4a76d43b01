//! `WinAuth`'s zip: one text file with a URI on each line.

use crate::import::detect::{Format, certain};
use crate::import::formats::uris;
use crate::import::ingest::Contents;
use crate::import::support::{json, zip};
use crate::import::{ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "winauth",
    title: "WinAuth (zip)",
    probe: |look| {
        let files = look.zip_names().iter().filter(|name| !name.ends_with('/'));
        certain(files.count() == 1 && look.zip_has(".txt"))
    },
    read,
};

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let plain = zip::member(input, ".txt")?;
    let text = json::text(&plain).map_err(|_| ImportError::WrongPassword)?;
    uris::lines(text)
}
