//! The address of a bucket: `s3://BUCKET/PREFIX`, and what its options add.

use std::fmt;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// S3 allows keys of 1024 bytes; ours need a part of that.
const MAX_PREFIX: usize = 512;

/// Where a bucket is. It is stored among what this machine knows of the remote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub(crate) struct S3Address {
    pub(crate) bucket: String,
    /// Before all names, without a slash at its ends; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) prefix: String,
    /// The URL of another server than AWS's; `None` for that of the variables or the profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) profile: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    bucket: String,
    #[serde(default)]
    prefix: String,
    endpoint: Option<String>,
    region: Option<String>,
    profile: Option<String>,
}

/// Why a text is no address of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum AddressError {
    /// It is of another form.
    #[error("not an address of a bucket, such as s3://my-bucket/mfa")]
    Form,
    /// S3 allows no such bucket.
    #[error(
        "not a name of a bucket: it has 3 to 63 characters, which are small letters, digits, dashes and dots"
    )]
    Bucket,
    /// The prefix has an empty part, `.` or `..`.
    #[error("a prefix has no empty parts, and none that are '.' or '..'")]
    Parts,
    /// The prefix has characters that no key should have.
    #[error("a prefix has no control characters and no backslashes")]
    Control,
    /// The prefix is too long.
    #[error("a prefix has at most 512 bytes")]
    Long,
}

impl S3Address {
    /// Parses `s3://BUCKET/PREFIX`; the prefix may be missing, and may end with a slash.
    pub(crate) fn parse(text: &str) -> Result<Self, AddressError> {
        let rest = text.strip_prefix("s3://").ok_or(AddressError::Form)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let without_slash = prefix.strip_suffix('/').filter(|rest| !rest.is_empty());
        let address = Self {
            bucket: bucket.to_owned(),
            prefix: without_slash.unwrap_or(prefix).to_owned(),
            endpoint: None,
            region: None,
            profile: None,
        };
        address.check()?;
        Ok(address)
    }

    fn check(&self) -> Result<(), AddressError> {
        if !is_bucket(&self.bucket) {
            return Err(AddressError::Bucket);
        }
        let prefix = &self.prefix;
        if prefix.len() > MAX_PREFIX {
            return Err(AddressError::Long);
        }
        // SeaweedFS stores keys with a backslash, but does not list them.
        if prefix.chars().any(|c| c.is_control() || c == '\\') {
            return Err(AddressError::Control);
        }
        let is_odd = |part: &str| matches!(part, "" | "." | "..");
        if !prefix.is_empty() && prefix.split('/').any(is_odd) {
            return Err(AddressError::Parts);
        }
        Ok(())
    }
}

impl TryFrom<Stored> for S3Address {
    type Error = AddressError;

    fn try_from(stored: Stored) -> Result<Self, AddressError> {
        let address = Self {
            bucket: stored.bucket,
            prefix: stored.prefix,
            endpoint: stored.endpoint,
            region: stored.region,
            profile: stored.profile,
        };
        address.check()?;
        Ok(address)
    }
}

impl fmt::Display for S3Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}", self.bucket)?;
        if !self.prefix.is_empty() {
            write!(f, "/{}", self.prefix)?;
        }
        Ok(())
    }
}

/// The rules of AWS, which other servers have too.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
fn is_bucket(name: &str) -> bool {
    let is_inner = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
    let is_end = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().copied().all(is_inner)
        && is_end(bytes.first())
        && is_end(bytes.last())
        && !name.contains("..")
        && name.parse::<Ipv4Addr>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_shown() {
        for (text, bucket, prefix) in [
            ("s3://my-bucket", "my-bucket", ""),
            ("s3://my-bucket/", "my-bucket", ""),
            ("s3://a.b.c/mfa", "a.b.c", "mfa"),
            ("s3://abc/a b/é+%2F/x/", "abc", "a b/é+%2F/x"),
        ] {
            let address = S3Address::parse(text).unwrap();
            assert_eq!((&*address.bucket, &*address.prefix), (bucket, prefix));
            assert_eq!(address.to_string(), text.trim_end_matches('/'));
            let json = serde_json::to_string(&address).unwrap();
            assert_eq!(serde_json::from_str::<S3Address>(&json).unwrap(), address);
        }
    }

    #[test]
    fn other_addresses_are_refused() {
        use AddressError::{Bucket, Control, Form, Long, Parts};
        let long = format!("s3://abc/{}", "a".repeat(MAX_PREFIX + 1));
        for (text, why) in [
            ("my-bucket", Form),
            ("S3://my-bucket", Form),
            ("https://my-bucket", Form),
            ("s3:/my-bucket", Form),
            ("s3://", Bucket),
            ("s3://ab", Bucket),
            ("s3://My-Bucket", Bucket),
            ("s3://my_bucket", Bucket),
            ("s3://-my", Bucket),
            ("s3://a..b", Bucket),
            ("s3://192.168.1.1", Bucket),
            ("s3://key:secret@host/x", Bucket),
            ("s3://abc/x//y", Parts),
            ("s3://abc//", Parts),
            ("s3://abc/../x", Parts),
            ("s3://abc/.", Parts),
            ("s3://abc/x\ny", Control),
            ("s3://abc/\u{85}", Control),
            ("s3://abc/a\\b", Control),
            (&long, Long),
        ] {
            assert_eq!(S3Address::parse(text), Err(why), "{text}");
        }
        let stored = r#"{"bucket":"abc","prefix":"../x"}"#;
        assert!(serde_json::from_str::<S3Address>(stored).is_err());
    }
}
