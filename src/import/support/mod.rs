//! What several formats need: an account as a file states it ([`row`]), common file types, and their
//! encryption.

pub(crate) mod age;
pub(crate) mod android_prefs;
pub(crate) mod crypto;
pub(crate) mod csv;
pub(crate) mod encoding;
pub(crate) mod entries;
pub(crate) mod groups;
pub(crate) mod json;
pub(crate) mod keepass_entry;
pub(crate) mod key_text;
pub(crate) mod labels;
pub(crate) mod logins;
pub(crate) mod plist;
pub(crate) mod row;
pub(crate) mod shared;
pub(crate) mod sqlcipher;
pub(crate) mod sqlite;
pub(crate) mod uris;
pub(crate) mod wal;
pub(crate) mod xml;
pub(crate) mod zip;
