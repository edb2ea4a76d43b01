//! Authenticator Plus: a zip with a list of URIs, or its SQLCipher database.

use crate::import::detect::{Certainty, Format, certain, maybe};
use crate::import::formats::{android_sqlite, uris};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::{json, sqlcipher, zip};
use crate::import::{ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "authenticator-plus",
    title: "Authenticator Plus (zip or database)",
    probe,
    read,
};

fn probe(look: &Look<'_>) -> Option<Certainty> {
    let is_database = look.is_dense() && look.bytes.len().is_multiple_of(sqlcipher::PAGE);
    certain(look.zip_has("Accounts.txt")).or(maybe(is_database))
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    if !zip::is_zip(input.bytes) {
        return read_database(input);
    }
    let text = zip::member(input, "Accounts.txt")?;
    uris::lines(json::text(&text)?)
}

fn read_database(input: &Input<'_>) -> Result<Contents, ImportError> {
    // The log has encrypted pages, too.
    let (merged, notes) = android_sqlite::with_log(input, sqlcipher::PAGE)?;
    let bytes = merged.as_ref().map_or(input.bytes, |bytes| bytes);
    let mut contents = android_sqlite::read_google(&sqlcipher::open(bytes, input.password()?)?)?;
    contents.notes.extend(notes);
    Ok(contents)
}
