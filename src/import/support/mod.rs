//! What several formats need: one account as a file has it ([`row`]), the shapes that files have, and
//! what they are encrypted with.

pub(crate) mod age;
pub(crate) mod android_prefs;
pub(crate) mod crypto;
pub(crate) mod csv;
pub(crate) mod encoding;
pub(crate) mod groups;
pub(crate) mod json;
pub(crate) mod keepass_entry;
pub(crate) mod row;
pub(crate) mod shared;
pub(crate) mod sqlcipher;
pub(crate) mod sqlite;
pub(crate) mod zip;
