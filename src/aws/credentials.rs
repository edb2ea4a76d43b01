//! AWS credentials: long-term keys, and the temporary ones of a session. Wiped on drop, hidden from
//! `Debug`.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Access key id, secret access key and, for a session, its token and expiration. Whoever sends them,
/// a server or a program, sends keys of this form or none: other programs get them in files, variables
/// and headers.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop, Serialize, Deserialize)]
pub(crate) struct Credentials {
    /// `AKIA…` for long-term keys, `ASIA…` for those of a session.
    #[serde(rename = "AccessKeyId", deserialize_with = "visible")]
    pub(crate) id: String,
    /// The secret key.
    #[serde(rename = "SecretAccessKey", deserialize_with = "visible")]
    pub(crate) secret: String,
    /// Present in a session.
    #[serde(
        rename = "SessionToken",
        deserialize_with = "visible_if_any",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) token: Option<String>,
    /// RFC 3339, as AWS gives it: with `Z`, `+00:00`, with or without fractions.
    #[serde(
        rename = "Expiration",
        deserialize_with = "time_if_any",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) expiration: Option<String>,
}

/// The longest token that is taken, in bytes: AWS's own have about a thousand.
const MAX_BYTES: usize = 16 << 10;

/// Whether a text has the form of all that AWS gives out: keys, tokens, ARNs. `IAM` allows the visible
/// ASCII characters in paths, and fewer elsewhere.
fn is_visible(text: &str) -> bool {
    (1..=MAX_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Reads such a text.
///
/// # Errors
/// When it has another form; it is not quoted.
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

fn time_if_any<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    let is_time = |text: &String| OffsetDateTime::parse(text, &Rfc3339).is_ok();
    if text.as_ref().is_none_or(is_time) {
        return Ok(text);
    }
    Err(D::Error::custom("not a time"))
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
