//! Dashlane's zip: a table for each kind of entry. Only that of the logins is read. The older JSON has no
//! one-time passwords.

use crate::import::detect::{Certainty, Format, certain};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::structure;
use crate::import::support::zip;
use crate::import::{ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "dashlane-zip",
    title: "Dashlane (zip)",
    probe,
    read,
};

/// The table of the logins. Reading tells it from another program's of this name.
const LOGINS: &str = "credentials.csv";

fn probe(look: &Look<'_>) -> Option<Certainty> {
    let is_packed = look.zip_names().iter().any(|name| table(name) == LOGINS);
    certain(is_packed || look.json_has(&["AUTHENTIFIANT"]))
}

/// The file's own name: people pack the folder of tables again.
fn table(name: &str) -> String {
    name.rsplit('/').next().unwrap_or_default().to_lowercase()
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    if !zip::is_zip(input.bytes) {
        let message = "Dashlane's JSON has no one-time passwords: export the data as CSV";
        return Err(ImportError::Unsupported(message.to_owned()));
    }
    let plain = zip::member_where(input, |name| table(name) == LOGINS)?;
    let look = Look::at(&plain);
    if (structure::TABLE.probe)(&look).is_none() {
        return Err(ImportError::Unrecognised);
    }
    structure::table(&input.with_bytes(&plain), "its table of logins")
}
