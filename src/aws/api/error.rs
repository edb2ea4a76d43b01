//! Why a call failed.

use thiserror::Error;

/// Why a call failed. Quotes no key and no code.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum ApiError {
    /// AWS refused the call.
    #[error("AWS refused {action}: {message} ({code})")]
    Refused {
        /// What was asked for.
        action: &'static str,
        /// `AccessDenied`, `InvalidAuthenticationCode`, …
        code: String,
        /// AWS's own words.
        message: String,
    },
    /// The answer is not one of AWS.
    #[error(
        "{endpoint} gave an unexpected answer to {action} (HTTP {status}): is the address right?"
    )]
    NotAws {
        /// What was asked for.
        action: &'static str,
        /// Where.
        endpoint: String,
        /// The HTTP status.
        status: u16,
    },
    /// The request did not reach AWS.
    #[error("cannot reach {endpoint}: {why}")]
    Unreached {
        /// Where.
        endpoint: String,
        /// The system's words.
        why: String,
    },
    /// The server's certificate is not trusted; nothing was sent to it.
    #[error(
        "the certificate of {endpoint} is not trusted ({why}); for a proxy, set AWS_CA_BUNDLE to its \
         certificate"
    )]
    Untrusted {
        /// Where.
        endpoint: String,
        /// What is wrong with it.
        why: String,
    },
    /// The connection broke after the request was sent: AWS may have done it.
    #[error("{endpoint} did not answer {action}: {why}")]
    Lost {
        /// What was asked for.
        action: &'static str,
        /// Where.
        endpoint: String,
        /// The system's words.
        why: String,
    },
    /// A session's keys would go over the network as plain text.
    #[error("{0} is not encrypted: mfa does not send session keys there")]
    PlainText(String),
    /// The request could not be built or signed.
    #[error("cannot ask '{endpoint}' for {action}: {why}; is the address right?")]
    Unsigned {
        /// What was asked for.
        action: &'static str,
        /// Where.
        endpoint: String,
        /// Why.
        why: String,
    },
}

impl ApiError {
    /// AWS's code of a refusal, such as `AccessDenied`.
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    fn said(&self, part: &str) -> bool {
        matches!(self, Self::Refused { message, .. } if message.contains(part))
    }

    /// What a refusal means to a person; `None` for those that AWS's words explain best.
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
            "InvalidClientTokenId" | "UnrecognizedClientException" => Refusal::UnknownKeys,
            "SignatureDoesNotMatch" | "RequestExpired" => Refusal::Signature,
            "AccessDenied" => Refusal::Denied,
            "LimitExceeded" => Refusal::Limit,
            _ => return None,
        })
    }

    /// Whether AWS says that it did nothing, so that the call can be sent again.
    pub(super) fn was_not_done(&self) -> bool {
        let codes = [
            "Throttling",
            "ThrottlingException",
            "TooManyRequestsException",
            "SlowDown",
            "ServiceUnavailable",
            "RequestLimitExceeded",
            // Somebody else changes the same thing just now.
            "EntityTemporarilyUnmodifiable",
            "ConcurrentModification",
        ];
        self.code().is_some_and(|code| codes.contains(&code))
    }
}

/// What a refusal of AWS means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The code is wrong or was used before: AWS does not tell which.
    WrongCode,
    /// The serial is not that of a device of these keys' user.
    UnknownDevice,
    /// A session was asked for with the keys of a session.
    SessionKeys,
    /// The access key does not exist.
    UnknownKeys,
    /// The secret key or the clock is wrong.
    Signature,
    /// A policy does not allow the call.
    Denied,
    /// The user has as many devices as AWS allows.
    Limit,
}
