//! AWS credentials: long-term keys, and the temporary ones of a session. Wiped on drop, hidden from
//! `Debug`.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Access key id, secret access key and, for a session, its token and expiration.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop, Serialize, Deserialize)]
pub(crate) struct Credentials {
    /// `AKIA…` for long-term keys, `ASIA…` for those of a session.
    #[serde(rename = "AccessKeyId")]
    pub(crate) id: String,
    /// The secret key.
    #[serde(rename = "SecretAccessKey")]
    pub(crate) secret: String,
    /// Present in a session.
    #[serde(
        rename = "SessionToken",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) token: Option<String>,
    /// RFC 3339, as AWS gives it: with `Z`, `+00:00`, with or without fractions.
    #[serde(
        rename = "Expiration",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) expiration: Option<String>,
}

impl Credentials {
    /// Expiration of the session in Unix seconds; `None` for long-term keys, or where it is no time.
    pub(crate) fn expires(&self) -> Option<u64> {
        let time = OffsetDateTime::parse(self.expiration.as_deref()?, &Rfc3339).ok()?;
        u64::try_from(time.unix_timestamp()).ok()
    }

    /// Whether they are temporary: AWS gives no session for those.
    pub(crate) const fn is_session(&self) -> bool {
        self.token.is_some()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_expiration_is_read() {
        let mut keys = Credentials {
            id: "ASIA".to_owned(),
            secret: "s".to_owned(),
            token: Some("t".to_owned()),
            expiration: None,
        };
        assert_eq!(keys.expires(), None);
        for text in [
            "2023-11-14T22:13:20Z",
            "2023-11-14T22:13:20.123Z",
            "2023-11-14T22:13:20+00:00",
            "2023-11-15T00:13:20+02:00",
        ] {
            keys.expiration = Some(text.to_owned());
            assert_eq!(keys.expires(), Some(1_700_000_000), "{text}");
        }
        assert_eq!(format!("{keys:?}"), "Credentials(..)");
    }
}
