//! Bitwarden's zip: `data.json` beside the attachments, which are never read. A `data.json` that is
//! encrypted with a password is read too.

use crate::import::detect::{Certainty, Format, certain};
use crate::import::formats::{bitwarden, bitwarden_encrypted};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::zip;
use crate::import::{ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "bitwarden-zip",
    title: "Bitwarden (zip with attachments)",
    probe,
    read,
};

/// Others may have a `data.json` too: reading tells them apart.
fn probe(look: &Look<'_>) -> Option<Certainty> {
    certain(look.zip_names().iter().any(|name| is_data(name)))
}

/// At the top, or in the one folder that was packed again by hand.
fn is_data(name: &str) -> bool {
    let folder = name
        .strip_suffix("data.json")
        .map(|rest| rest.trim_end_matches('/'));
    folder.is_some_and(|folder| {
        (folder.is_empty() || name.ends_with("/data.json"))
            && !folder.contains('/')
            && folder != "attachments"
    })
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let plain = zip::member_where(input, is_data)?;
    let look = Look::at(&plain);
    for format in [&bitwarden_encrypted::FORMAT, &bitwarden::FORMAT] {
        if (format.probe)(&look).is_some() {
            return (format.read)(&input.with_bytes(&plain));
        }
    }
    Err(ImportError::Unrecognised)
}
