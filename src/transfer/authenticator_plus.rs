//! Authenticator Plus: a zip with a list of URIs, or its SQLCipher database.

use super::{Import, ImportError, Input, databases, json, sqlcipher, uris, zip};

pub(super) fn read(input: &Input<'_>) -> Result<Import, ImportError> {
    if !zip::is_zip(input.bytes) {
        return read_database(input);
    }
    let text = zip::member(input, "Accounts.txt")?;
    uris::lines(json::text(&text)?)
}

pub(super) fn read_database(input: &Input<'_>) -> Result<Import, ImportError> {
    databases::read_google(&sqlcipher::open(input.bytes, input.password()?)?)
}
