//! The protobuf message of an export, and its accounts.

use prost::Message;
use zeroize::{Zeroize, Zeroizing};

use super::Skipped;
use crate::otp::{
    Account, Algorithm, Credential, Digits, Draft, Kind, Label, MAX_LABEL_BYTES, Period, Said,
    Secret, SecretError, UriError, decide,
};

#[derive(Clone, PartialEq, Message)]
pub(super) struct MigrationPayload {
    #[prost(message, repeated, tag = "1")]
    pub(super) otp_parameters: Vec<OtpParameters>,
    #[prost(int32, tag = "2")]
    pub(super) version: i32,
    #[prost(int32, tag = "3")]
    pub(super) batch_size: i32,
    #[prost(int32, tag = "4")]
    pub(super) batch_index: i32,
    #[prost(int32, tag = "5")]
    pub(super) batch_id: i32,
}

#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub(super) struct OtpParameters {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) secret: Vec<u8>,
    #[prost(string, tag = "2")]
    pub(super) name: String,
    #[prost(string, tag = "3")]
    pub(super) issuer: String,
    #[prost(int32, tag = "4")]
    pub(super) algorithm: i32,
    #[prost(int32, tag = "5")]
    pub(super) digits: i32,
    #[prost(int32, tag = "6")]
    pub(super) kind: i32,
    #[prost(int64, tag = "7")]
    pub(super) counter: i64,
}

pub(super) fn written(account: &Account) -> OtpParameters {
    let credential = &account.credential;
    OtpParameters {
        secret: credential.secret.expose_secret().to_vec(),
        name: account.name.clone(),
        issuer: account.issuer.clone(),
        algorithm: match credential.algorithm {
            Algorithm::Sha1 => 1,
            Algorithm::Sha256 => 2,
            Algorithm::Sha512 => 3,
        },
        digits: if credential.digits.get() == 8 { 2 } else { 1 },
        kind: if credential.kind.counter().is_some() {
            1
        } else {
            2
        },
        counter: i64::try_from(credential.kind.counter().unwrap_or(0)).unwrap_or(i64::MAX),
    }
}

/// The account of an entry. Its name often repeats the issuer: `Issuer: account`. Without an issuer, a colon
/// may be part of the name (`encoding: ¿ä? (demo)`), so it stays: `issuer:name` reads the same.
pub(super) fn draft(mut parameters: OtpParameters) -> Result<Draft, Skipped> {
    let key = Zeroizing::new(std::mem::take(&mut parameters.secret));
    credential(&parameters, key)
        .map(|credential| {
            let label = Label::Field(&parameters.name);
            let named = decide(&Said {
                issuer: &parameters.issuer,
                label,
                ..Said::default()
            });
            Draft {
                issuer: named.issuer,
                name: named.name,
                credential,
            }
        })
        .map_err(|reason| Skipped {
            name: parameters.name.clone(),
            reason,
        })
}

fn credential(parameters: &OtpParameters, key: Zeroizing<Vec<u8>>) -> Result<Credential, String> {
    if parameters.name.len().max(parameters.issuer.len()) > MAX_LABEL_BYTES {
        return Err(UriError::LabelTooLong.to_string());
    }
    let secret = Secret::from_bytes(key).map_err(|error: SecretError| error.to_string())?;
    let algorithm = match parameters.algorithm {
        0 | 1 => Algorithm::Sha1,
        2 => Algorithm::Sha256,
        3 => Algorithm::Sha512,
        4 => return Err("MD5 is not supported".to_owned()),
        other => return Err(format!("unknown algorithm number {other}")),
    };
    let digits = match parameters.digits {
        0 | 1 => Digits::SIX,
        2 => Digits::new(8).unwrap_or_default(),
        other => return Err(format!("unknown number of digits: {other}")),
    };
    let kind = match parameters.kind {
        0 | 2 => Kind::Totp {
            period: Period::THIRTY,
        },
        1 => {
            let counter = u64::try_from(parameters.counter)
                .map_err(|_| format!("the counter {} is negative", parameters.counter))?;
            Kind::Hotp { counter }
        }
        other => return Err(format!("unknown type number {other}")),
    };
    Ok(Credential {
        secret,
        algorithm,
        digits,
        kind,
    })
}

impl std::fmt::Debug for OtpParameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OtpParameters(..)")
    }
}

impl Drop for OtpParameters {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}
