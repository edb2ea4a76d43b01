//! Errors of calls to AWS.

use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

/// The API's name of a call. Serde would borrow a reference, but not this.
type Action = &'static str;

/// Why a call failed. Quotes no key and no code. Serialized, so that processes that wait for the same
/// answer share it.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
pub(crate) enum ApiError {
    /// AWS refused the call.
    #[error("AWS refused {action}: {message} ({code})")]
    Refused {
        #[serde(deserialize_with = "action")]
        action: Action,
        /// AWS's error code, such as `AccessDenied`.
        code: String,
        message: String,
    },
    /// The answer did not come from AWS.
    #[error(
        "{endpoint} gave an unexpected answer to {action} (HTTP {status}): is the address right?"
    )]
    NotAws {
        #[serde(deserialize_with = "action")]
        action: Action,
        endpoint: String,
        status: u16,
    },
    /// The answer is AWS's, but lacks a part of the session.
    #[error("{endpoint} answered {action} without a usable {what}")]
    Incomplete {
        #[serde(deserialize_with = "action")]
        action: Action,
        endpoint: String,
        /// The missing part, such as `Expiration`.
        what: Missing,
    },
    /// The answer is longer than any that is expected.
    #[error("{endpoint} gave an answer to {action} that is too long")]
    TooLong {
        #[serde(deserialize_with = "action")]
        action: Action,
        endpoint: String,
    },
    /// The request did not reach AWS.
    #[error("cannot reach {endpoint}: {why}")]
    Unreached { endpoint: String, why: String },
    /// The server's certificate is not trusted; no request was sent.
    #[error(
        "the certificate of {endpoint} is not trusted ({why}); for a proxy, set AWS_CA_BUNDLE to its \
         certificate"
    )]
    Untrusted { endpoint: String, why: String },
    /// The server's certificate is an authority's own; no request was sent.
    #[error(
        "{0} shows a self-signed certificate that is marked as an authority's (CA:TRUE); servers need one \
         with CA:FALSE, or one that an authority in AWS_CA_BUNDLE issued"
    )]
    SelfSigned(String),
    /// The connection broke after the request was sent: AWS may have carried it out.
    #[error("{endpoint} did not answer {action}: {why}")]
    Lost {
        #[serde(deserialize_with = "action")]
        action: Action,
        endpoint: String,
        why: String,
    },
    /// A session's keys would cross the network unencrypted.
    #[error("{0} is not encrypted: mfa does not send session keys there")]
    PlainText(String),
    /// AWS publishes no sign-in and no console for this partition. Another one's must not get the keys.
    #[error("mfa knows no console of the AWS partition {0}")]
    NoConsole(String),
    /// The request could not be built or signed.
    #[error("cannot ask '{endpoint}' for {action}: {why}; is the address right?")]
    Unsigned {
        #[serde(deserialize_with = "action")]
        action: Action,
        endpoint: String,
        why: String,
    },
}

impl ApiError {
    /// AWS's error code, such as `AccessDenied`, if AWS refused.
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    /// Whether AWS refused the call, and did nothing. After an error of its own, it may have done it.
    pub(crate) fn was_refused(&self) -> bool {
        let own = [
            "InternalFailure",
            "InternalError",
            "InternalServerError",
            "ServiceFailure",
        ];
        self.code()
            .is_some_and(|code| !own.contains(&code) && code != "ServiceUnavailable")
    }

    /// Whether AWS may have seen the request, and the code in it.
    pub(crate) const fn was_sent(&self) -> bool {
        matches!(
            self,
            Self::Refused { .. }
                | Self::NotAws { .. }
                | Self::Lost { .. }
                | Self::Incomplete { .. }
                | Self::TooLong { .. }
        )
    }

    /// Whether the session of the request has expired or was revoked, so that a new one helps.
    pub(crate) fn is_of_dead_session(&self) -> bool {
        let codes = [
            "ExpiredToken",
            "ExpiredTokenException",
            "InvalidClientTokenId",
            "UnrecognizedClientException",
        ];
        self.code().is_some_and(|code| codes.contains(&code))
    }

    fn said(&self, part: &str) -> bool {
        matches!(self, Self::Refused { message, .. } if message.contains(part))
    }

    /// What the error code means; `None` if AWS's own message explains it best.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        if self.said("invalid MFA one time pass code") {
            return Some(Refusal::WrongCode);
        }
        if self.said("unable to validate MFA code") {
            return Some(Refusal::UnknownDevice);
        }
        if self.said("Cannot call GetSessionToken with session credentials") {
            return Some(Refusal::SessionKeys);
        }
        Some(match self.code()? {
            "InvalidAuthenticationCode" => Refusal::WrongCode,
            "InvalidClientTokenId" | "UnrecognizedClientException" | "InvalidAccessKeyId" => {
                Refusal::UnknownKeys
            }
            "SignatureDoesNotMatch"
            | "RequestExpired"
            | "RequestTimeTooSkewed"
            | "InvalidSignatureException" => Refusal::Signature,
            "AccessDenied" => Refusal::Denied,
            "LimitExceeded" => Refusal::Limit,
            _ => return None,
        })
    }

    /// Whether AWS did nothing, so that the call can be repeated.
    pub(super) fn was_not_done(&self) -> bool {
        let codes = [
            "Throttling",
            "ThrottlingException",
            "TooManyRequestsException",
            "SlowDown",
            "ServiceUnavailable",
            "RequestLimitExceeded",
            // Another call is changing the same thing right now.
            "EntityTemporarilyUnmodifiable",
            "ConcurrentModification",
            // S3: another request writes the same object right now.
            "ConditionalRequestConflict",
            "OperationAborted",
        ];
        self.code().is_some_and(|code| codes.contains(&code))
    }
}

/// A part that an answer with a session must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error, Serialize, Deserialize)]
pub(crate) enum Missing {
    /// The token of the session.
    #[error("SessionToken")]
    Token,
    /// The time when the session expires.
    #[error("Expiration")]
    Expiration,
}

/// The calls whose failures are shared. Any other name is read as a general one.
fn action<'de, D: Deserializer<'de>>(from: D) -> Result<&'static str, D::Error> {
    let name = String::deserialize(from)?;
    let known = [
        "GetCallerIdentity",
        "ListMFADevices",
        "GetSessionToken",
        "AssumeRole",
    ];
    Ok(known
        .into_iter()
        .find(|known| *known == name)
        .unwrap_or("the call"))
}

/// The meaning of AWS's error codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The code is wrong or was used before; AWS does not say which.
    WrongCode,
    /// The serial does not belong to a device of this user.
    UnknownDevice,
    /// Session keys cannot get another session.
    SessionKeys,
    /// The access key does not exist.
    UnknownKeys,
    /// The secret key or the clock is wrong.
    Signature,
    /// A policy does not allow the call.
    Denied,
    /// The user already has as many devices as AWS allows.
    Limit,
}
