//! Zip archives, plain or with either of their encryptions. Their decompressed size is bounded.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use ::zip::ZipArchive;
use ::zip::result::ZipError;
use zeroize::Zeroizing;

use crate::crypto::SecretBuffer;
use crate::import::support::crypto::{self, damaged};
use crate::import::{ImportError, Input, MAX_BYTES};

/// Real exports have a dozen files; with 1Password's attachments, some hundreds.
const MAX_MEMBERS: usize = 65_536;
/// Above the compression ratio of real files; deflate can reach a thousand.
const MAX_RATIO: u64 = 300;

pub(crate) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// The names of the files inside; empty if it is not a zip.
pub(crate) fn names(bytes: &[u8]) -> Vec<String> {
    if !is_zip(bytes) {
        return Vec::new();
    }
    let archive = ZipArchive::new(Cursor::new(bytes)).ok();
    let names = archive.iter().flat_map(ZipArchive::file_names);
    names
        .take(MAX_MEMBERS)
        .flatten()
        .map(Cow::into_owned)
        .collect()
}

/// The first file whose name has this end, decompressed and decrypted.
pub(crate) fn member(
    input: &Input<'_>,
    end_of_name: &str,
) -> Result<crypto::Plaintext, ImportError> {
    member_where(input, |name| name.ends_with(end_of_name))
}

/// The first file whose name fits, decompressed and decrypted.
pub(crate) fn member_where(
    input: &Input<'_>,
    fits: impl Fn(&str) -> bool,
) -> Result<crypto::Plaintext, ImportError> {
    let broken = |_| damaged("the zip archive is cut short or malformed");
    let mut archive = ZipArchive::new(Cursor::new(input.bytes)).map_err(broken)?;
    if archive.len() > MAX_MEMBERS {
        return Err(ImportError::TooCostly("too many files in a zip".to_owned()));
    }
    let name = archive.file_names().flatten().find(|name| fits(name));
    let name = name.map(Cow::into_owned);
    let name = name.ok_or_else(|| damaged("the zip archive lacks the expected file"))?;
    let index = archive.index_for_name(&name).unwrap_or_default();
    let is_encrypted = archive.by_index_raw(index).map_err(broken)?.encrypted();
    let mut file = if is_encrypted {
        let password = input.password()?.as_bytes();
        archive
            .by_index_decrypt(index, password)
            .map_err(zip_error)?
    } else {
        archive.by_index(index).map_err(zip_error)?
    };
    let (size, packed) = (file.size(), file.compressed_size());
    let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
    let limit = limit.min(packed.saturating_mul(MAX_RATIO).saturating_add(4096));
    if size > limit {
        return Err(too_large());
    }
    read(&mut file, limit).map_err(|error| match error {
        // ZipCrypto checks only one byte of the password at first; a wrong one shows here.
        ImportError::Damaged(_) if is_encrypted => ImportError::WrongPassword,
        error => error,
    })
}

fn too_large() -> ImportError {
    ImportError::TooCostly("a file in the zip archive expands too far (a zip bomb)".to_owned())
}

fn read(from: &mut impl Read, limit: u64) -> Result<crypto::Plaintext, ImportError> {
    let mut chunk = Zeroizing::new([0; 16 * 1024]);
    let mut plain = SecretBuffer::default();
    loop {
        let count = from
            .read(chunk.as_mut_slice())
            .map_err(|_| damaged("a file in the zip archive is cut short or changed"))?;
        if count == 0 {
            return Ok(plain.into_bytes());
        }
        if u64::try_from(plain.len() + count).unwrap_or(u64::MAX) > limit {
            return Err(too_large());
        }
        plain.extend_from_slice(&chunk[..count]);
    }
}

/// Decompresses gzip, to at most [`MAX_BYTES`].
pub(crate) fn gunzip(bytes: &[u8]) -> Result<crypto::Plaintext, ImportError> {
    let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
    read(&mut flate2::read::GzDecoder::new(bytes), limit)
}

fn zip_error(error: ZipError) -> ImportError {
    match error {
        ZipError::InvalidPassword => ImportError::WrongPassword,
        ZipError::UnsupportedArchive(what) => {
            ImportError::Unsupported(format!("the zip archive cannot be opened: {what}"))
        }
        _ => damaged("the zip archive is cut short or malformed"),
    }
}
