//! AWS credentials: long-term keys, and temporary ones of a session. Wiped on drop, hidden from
//! `Debug`.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::vault::AccessKey;

/// Access key id, secret access key and, for a session, its token and expiration. Their form is
/// checked when they are parsed: other programs get them in files, variables and headers.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop, Serialize, Deserialize)]
#[serde(try_from = "Sent")]
pub(crate) struct Credentials {
    /// Starts with `AKIA` for long-term keys, with `ASIA` for a session.
    #[serde(rename = "AccessKeyId")]
    pub(crate) id: String,
    /// The secret access key.
    #[serde(rename = "SecretAccessKey")]
    pub(crate) secret: String,
    /// Only for a session.
    #[serde(rename = "SessionToken", skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<String>,
    /// RFC 3339 as AWS writes it: with `Z` or `+00:00`, with or without fractions.
    #[serde(rename = "Expiration", skip_serializing_if = "Option::is_none")]
    pub(crate) expiration: Option<String>,
}

/// Credentials before the check: the expiration may be anything.
#[derive(Zeroize, ZeroizeOnDrop, Deserialize)]
struct Sent {
    #[serde(rename = "AccessKeyId", deserialize_with = "visible")]
    id: String,
    #[serde(rename = "SecretAccessKey", deserialize_with = "visible")]
    secret: String,
    #[serde(rename = "SessionToken", deserialize_with = "visible_if_any", default)]
    token: Option<String>,
    #[serde(rename = "Expiration", default)]
    expiration: Option<String>,
}

/// Why a program's output is refused. Quotes none of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unusable {
    /// It is not JSON with credentials.
    #[error("printed no credentials")]
    Form,
    /// It does not say when the session ends.
    #[error("printed an Expiration that is not an RFC 3339 time, such as 2030-01-31T12:00:00Z")]
    Expiration,
}

impl TryFrom<Sent> for Credentials {
    type Error = Unusable;

    /// Long-term keys need no expiration: a wrong one is dropped. For a session it is an error.
    fn try_from(mut sent: Sent) -> Result<Self, Unusable> {
        let is_time = |text: &String| OffsetDateTime::parse(text, &Rfc3339).is_ok();
        if sent.expiration.as_ref().is_some_and(|text| !is_time(text)) {
            if sent.token.is_some() {
                return Err(Unusable::Expiration);
            }
            sent.expiration = None;
        }
        Ok(Self {
            id: std::mem::take(&mut sent.id),
            secret: std::mem::take(&mut sent.secret),
            token: sent.token.take(),
            expiration: sent.expiration.take(),
        })
    }
}

/// The longest accepted token, in bytes: AWS's own have about a thousand.
const MAX_BYTES: usize = 16 << 10;

/// Whether a text has the form of AWS's keys, tokens and ARNs. IAM allows the visible ASCII characters
/// in paths, and fewer elsewhere.
fn is_visible(text: &str) -> bool {
    (1..=MAX_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Reads a text of this form. The error does not quote it.
pub(super) fn visible<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let mut text = String::deserialize(from)?;
    if is_visible(&text) {
        return Ok(text);
    }
    text.zeroize();
    Err(D::Error::custom("neither a key nor an ARN"))
}

fn visible_if_any<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(from)?.map(Zeroizing::new);
    match text.filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) if is_visible(&text) => Ok(Some(text.to_string())),
        Some(_) => Err(D::Error::custom("not a token")),
    }
}

impl Credentials {
    /// Parses the output of a `credential_process`.
    pub(crate) fn from_printed(json: &[u8]) -> Result<Self, Unusable> {
        let sent: Sent = serde_json::from_slice(json).map_err(|_| Unusable::Form)?;
        sent.try_into()
    }

    /// When the session expires, in Unix seconds; `None` for long-term keys.
    pub(crate) fn expires(&self) -> Option<u64> {
        let time = OffsetDateTime::parse(self.expiration.as_deref()?, &Rfc3339).ok()?;
        u64::try_from(time.unix_timestamp()).ok()
    }

    /// Whether they are temporary. AWS gives no session for such keys.
    pub(crate) const fn is_session(&self) -> bool {
        self.token.is_some()
    }
}

impl From<&AccessKey> for Credentials {
    fn from(key: &AccessKey) -> Self {
        Self {
            id: key.id().to_owned(),
            secret: key.expose_secret().to_owned(),
            token: None,
            expiration: None,
        }
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
    fn keys_of_another_form_are_refused() {
        let read = |json: &str| serde_json::from_str::<Credentials>(json);
        let with = |id: &str, token: &str, expiration: &str| {
            read(&format!(
                "{{\"AccessKeyId\":\"{id}\",\"SecretAccessKey\":\"s/+=\",\"SessionToken\":\"{token}\",\
                 \"Expiration\":\"{expiration}\"}}"
            ))
        };
        let time = "2023-11-14T22:13:20Z";
        assert!(with("ASIA", "t/+=", time).is_ok());
        for bad in ["", "A\\nB", "A B", "A\\u0000", "A\\u2019", "A\\t#"] {
            assert!(with(bad, "t", time).is_err(), "{bad}");
            assert!(bad.is_empty() || with("A", bad, time).is_err(), "{bad}");
            assert!(with("A", "t", bad).is_err(), "{bad}");
        }
        assert!(with("A", &"t".repeat(MAX_BYTES + 1), time).is_err());
        assert!(read("{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\\n\"}").is_err());
        let told = with("A\\nSECRET", "t", time).unwrap_err().to_string();
        assert!(!told.contains("SECRET"), "{told}");
    }

    #[test]
    fn an_expiration_that_is_no_time_matters_only_to_a_session() {
        for time in ["", "2023-11-14T22:13:20+0000", "soon"] {
            let keys = format!(
                "{{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\",\"Expiration\":\"{time}\""
            );
            let lasting = Credentials::from_printed(format!("{keys}}}").as_bytes()).unwrap();
            assert_eq!((lasting.expires(), &lasting.expiration), (None, &None));
            let session = format!("{keys},\"SessionToken\":\"t\"}}");
            let refused = Credentials::from_printed(session.as_bytes()).unwrap_err();
            assert_eq!(refused, Unusable::Expiration, "{time}");
        }
        assert_eq!(Credentials::from_printed(b"{}"), Err(Unusable::Form));
    }

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
