//! Google Authenticator's export: `otpauth-migration://offline?data=…`, a protobuf message in
//! percent-encoded base64. A large export is a batch of several such URIs.
//!
//! Google has not published the message; its fields were taken from real exports.

mod message;

use data_encoding::{BASE64, BASE64_NOPAD};
use prost::Message;
use thiserror::Error;
use zeroize::Zeroizing;

use super::uri_format::percent_encode;
use super::{Account, Draft, MAX_URI_BYTES, percent_decode};
use message::{MigrationPayload, draft, written};

const SCHEME: &str = "otpauth-migration://";

/// The content of one URI of an export.
#[derive(Debug)]
pub struct Batch {
    /// Its accounts, in order; an unusable one is reported with its name and the reason.
    pub accounts: Vec<Result<Draft, Skipped>>,
    /// Which part of the export this URI is.
    pub part: Part,
}

/// The place of one URI in its export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Identifies the export: the same in all its parts.
    pub batch: i32,
    /// Its place among the parts, from 0.
    pub index: usize,
    /// The number of parts, at least 1.
    pub size: usize,
}

/// An account of an export that cannot be stored.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{name}: {reason}")]
pub struct Skipped {
    /// Its name, as exported.
    pub name: String,
    /// Why it cannot be stored; never quotes the key.
    pub reason: String,
}

/// Why a URI is not part of an export.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MigrationError {
    /// No `data` parameter, or one that is not base64.
    #[error("the otpauth-migration URI has no readable data")]
    NoData,
    /// The data is not the protobuf message of an export.
    #[error("the data of the otpauth-migration URI is damaged")]
    Damaged,
}

/// Whether the scheme is `otpauth-migration`, or Apple's `apple-otpauth-migration`.
#[must_use]
pub fn is_migration(text: &str) -> bool {
    let begins = |text: &str, start: &str| {
        let head = text.get(..start.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(start))
    };
    let text = text.trim_start();
    let own = if begins(text, "apple-") { 6 } else { 0 };
    begins(&text[own..], SCHEME)
}

/// Reads one URI of an export.
///
/// # Errors
/// When the URI has no readable data, or it is not an export's message. An unusable account is
/// no error: it is an `Err` in [`Batch::accounts`].
pub fn parse(text: &str) -> Result<Batch, MigrationError> {
    if text.len() > MAX_URI_BYTES {
        return Err(MigrationError::Damaged);
    }
    let query = text.trim().split_once('?').ok_or(MigrationError::NoData)?.1;
    let data = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("data="))
        .ok_or(MigrationError::NoData)?;
    let bytes = decode(data).ok_or(MigrationError::NoData)?;
    let payload =
        MigrationPayload::decode(bytes.as_slice()).map_err(|_| MigrationError::Damaged)?;
    let size = usize::try_from(payload.batch_size).unwrap_or(0).max(1);
    let index = usize::try_from(payload.batch_index)
        .unwrap_or(0)
        .min(size - 1);
    let part = Part {
        batch: payload.batch_id,
        index,
        size,
    };
    let accounts = payload.otp_parameters.into_iter().map(draft).collect();
    Ok(Batch { accounts, part })
}

/// Writes one URI of an export. The caller leaves out what Google's format cannot express: periods
/// other than 30 s, digits other than 6 and 8, and Steam.
pub(crate) fn format(accounts: &[&Account], part: Part) -> Zeroizing<String> {
    let number = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    let message = MigrationPayload {
        otp_parameters: accounts.iter().map(|account| written(account)).collect(),
        version: 1,
        batch_size: number(part.size),
        batch_index: number(part.index),
        batch_id: part.batch,
    };
    let bytes = Zeroizing::new(message.encode_to_vec());
    let data = Zeroizing::new(BASE64.encode(&bytes));
    let mut uri = Zeroizing::new(String::with_capacity(48 + 3 * data.len()));
    uri.push_str(SCHEME);
    uri.push_str("offline?data=");
    percent_encode(&mut uri, &data);
    uri
}

/// Undoes percent-encoding, but not form-encoding: a raw `+` belongs to base64. Accepts base64
/// without padding, and the URL-safe alphabet.
fn decode(data: &str) -> Option<Zeroizing<Vec<u8>>> {
    let data = percent_decode(data, false);
    let mut text = Zeroizing::new(String::with_capacity(data.len()));
    text.extend(data.chars().filter_map(|character| match character {
        '-' => Some('+'),
        '_' => Some('/'),
        '=' => None,
        _ => (!character.is_whitespace()).then_some(character),
    }));
    let bytes = BASE64_NOPAD.decode(text.as_bytes());
    bytes.ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::message::OtpParameters;
    use super::*;
    use crate::otp::Kind;

    fn export(accounts: Vec<OtpParameters>, part: Part) -> String {
        let payload = MigrationPayload {
            otp_parameters: accounts,
            version: 1,
            batch_size: i32::try_from(part.size).unwrap(),
            batch_index: i32::try_from(part.index).unwrap(),
            batch_id: part.batch,
        };
        let data = BASE64.encode(&payload.encode_to_vec());
        let data = data
            .replace('+', "%2B")
            .replace('/', "%2F")
            .replace('=', "%3D");
        format!("otpauth-migration://offline?data={data}")
    }

    fn parameters(name: &str, issuer: &str) -> OtpParameters {
        OtpParameters {
            secret: b"Hello!\xde\xad\xbe\xef\xfb\xff".to_vec(),
            name: name.to_owned(),
            issuer: issuer.to_owned(),
            algorithm: 1,
            digits: 1,
            kind: 2,
            counter: 0,
        }
    }

    const ONE: Part = Part {
        batch: -2_115_474_809,
        index: 0,
        size: 1,
    };

    #[test]
    fn accounts_and_their_place_in_the_batch_are_read() {
        let part = Part {
            batch: -7,
            index: 1,
            size: 3,
        };
        let mut hotp = parameters("a:b", "");
        (hotp.kind, hotp.counter, hotp.digits) = (1, 5, 2);
        let text = export(vec![parameters("GitHub: alice", "GitHub"), hotp], part);
        assert!(is_migration(&text.to_uppercase()));
        let read = parse(&text).unwrap();
        assert_eq!(read.part, part);
        let drafts: Vec<_> = read.accounts.into_iter().map(Result::unwrap).collect();
        assert_eq!(drafts[0].full_name(), "GitHub:alice");
        assert_eq!(
            drafts[0].credential.secret.expose_secret(),
            b"Hello!\xde\xad\xbe\xef\xfb\xff"
        );
        assert_eq!(drafts[1].full_name(), "a:b");
        assert_eq!(drafts[1].credential.kind, Kind::Hotp { counter: 5 });
        assert_eq!(drafts[1].credential.digits.get(), 8);
    }

    #[test]
    fn base64_is_read_in_every_dress() {
        let text = export(vec![parameters("x", "")], ONE);
        for dressed in [
            text.replace("%2B", "+")
                .replace("%2F", "/")
                .replace("%3D", "="),
            text.replace("%3D", ""),
            text.replace("%2B", "-").replace("%2F", "_"),
        ] {
            assert_eq!(parse(&dressed).unwrap().accounts.len(), 1, "{dressed}");
        }
    }

    #[test]
    fn an_account_that_cannot_be_stored_is_named() {
        let (mut bad, mut empty) = (parameters("old", ""), parameters("none", ""));
        bad.algorithm = 4;
        empty.secret.clear();
        let read = parse(&export(vec![bad, empty, parameters("x", "")], ONE)).unwrap();
        assert_eq!(
            read.accounts[0].as_ref().unwrap_err().to_string(),
            "old: MD5 is not supported"
        );
        assert_eq!(
            read.accounts[1].as_ref().unwrap_err().to_string(),
            "none: the key is empty"
        );
        assert!(read.accounts[2].is_ok());
    }

    #[test]
    fn what_is_no_export_is_an_error() {
        for (text, error) in [
            ("otpauth-migration://offline", MigrationError::NoData),
            (
                "otpauth-migration://offline?data=%zz",
                MigrationError::NoData,
            ),
            (
                "otpauth-migration://offline?data=!!!!",
                MigrationError::NoData,
            ),
            (
                "otpauth-migration://offline?data=AAAA",
                MigrationError::Damaged,
            ),
        ] {
            assert_eq!(parse(text).unwrap_err(), error, "{text}");
        }
    }
}
