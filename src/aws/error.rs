//! Why AWS gave no answer, or not the one that was wanted.

use thiserror::Error;

/// Why there is no answer, or not the one that was wanted. Quotes no key and no code.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AwsError {
    /// AWS said no.
    #[error("AWS refused {action}: {message} ({code})")]
    Refused {
        /// What was asked for.
        action: &'static str,
        /// `AccessDenied`, `InvalidAuthenticationCode`, …
        code: String,
        /// AWS's own words.
        message: String,
    },
    /// It answered something that is not of AWS.
    #[error(
        "{endpoint} did not answer {action} as AWS does (HTTP {status}): is it the right address?"
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
    /// The server's certificate is not believed; it was told nothing.
    #[error(
        "the certificate of {endpoint} is not to be trusted ({why}); of a proxy with an authority of \
         its own, AWS_CA_BUNDLE can name the certificate"
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
    /// The request could not be made.
    #[error("cannot ask '{endpoint}' for {action}: {why}; is it the right address?")]
    Unsigned {
        /// What was asked for.
        action: &'static str,
        /// Where.
        endpoint: String,
        /// Why.
        why: String,
    },
}

impl AwsError {
    /// AWS's code of a refusal.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    /// AWS's words of a refusal.
    #[must_use]
    pub fn said(&self, part: &str) -> bool {
        matches!(self, Self::Refused { message, .. } if message.contains(part))
    }

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
