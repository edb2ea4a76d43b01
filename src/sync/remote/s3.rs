//! Commits in a bucket of S3, or of a server that speaks it.

#[cfg(test)]
mod answers;
#[cfg(test)]
pub(crate) mod tests;

use super::{Naming, Put, Remote, RemoteError};
use crate::aws::Credentials;
use crate::aws::api::s3::{Next, S3, Stored};
use crate::aws::api::{ApiError, Refusal};

/// The largest accepted object: a vault of 64 MiB, in base64 and with its envelope.
const MAX_BYTES: u64 = 96 << 20;
/// The most parts of a list, of up to 1000 names each.
const MAX_PAGES: usize = 1000;
/// Keys that expire this soon are renewed.
const RENEW_SECONDS: i64 = 5 * 60;

/// Gets keys for the bucket, again when they expire.
pub(crate) type GetKeys<'a> = Box<dyn FnMut() -> Result<Credentials, RemoteError> + Send + 'a>;

/// A part of a bucket.
pub(crate) struct S3Remote<'a> {
    s3: S3,
    prefix: String,
    get_keys: GetKeys<'a>,
    keys: Option<Credentials>,
}

impl<'a> S3Remote<'a> {
    /// Sends nothing yet, and asks for no keys.
    pub(crate) const fn new(s3: S3, prefix: String, get_keys: GetKeys<'a>) -> Self {
        Self {
            s3,
            prefix,
            get_keys,
            keys: None,
        }
    }

    fn key_of(&self, name: &str) -> String {
        if self.prefix.is_empty() {
            return name.to_owned();
        }
        format!("{}/{name}", self.prefix)
    }

    fn keys(&mut self) -> Result<Credentials, RemoteError> {
        let soon = self.s3.unix_seconds() + RENEW_SECONDS;
        let soon = u64::try_from(soon).unwrap_or_default();
        let lives = |keys: &Credentials| keys.expires().is_none_or(|time| time > soon);
        if let Some(keys) = self.keys.clone().filter(lives) {
            return Ok(keys);
        }
        let keys = (self.get_keys)()?;
        self.keys = Some(keys.clone());
        Ok(keys)
    }

    /// Makes a call. If its session has expired, makes it again with new keys.
    fn call<T>(
        &mut self,
        mut call: impl FnMut(&mut S3, &Credentials) -> Result<T, ApiError>,
    ) -> Result<T, RemoteError> {
        let mut keys = self.keys()?;
        let mut result = call(&mut self.s3, &keys);
        let is_dead = |error: &ApiError| error.is_of_dead_session();
        if keys.is_session() && result.as_ref().is_err_and(is_dead) {
            self.keys = None;
            keys = self.keys()?;
            result = call(&mut self.s3, &keys);
        }
        result.map_err(|error| self.told(&error))
    }

    /// Says what failed in the words of a bucket.
    fn told(&self, error: &ApiError) -> RemoteError {
        let place = self.s3.place();
        let (bucket, server) = (place.bucket(), place.server());
        let ApiError::Refused {
            action,
            code,
            message,
        } = error
        else {
            return unanswered(error);
        };
        let refused = match code.as_str() {
            "NoSuchBucket" => format!("there is no bucket '{bucket}' at {server}"),
            "AccessDenied" | "AllAccessDisabled" => {
                format!(
                    "{server} refused {action}: the keys need {}",
                    self.permission(action)
                )
            }
            "NotImplemented" if *action == "PutObject" => {
                return RemoteError::NoConditions(format!(
                    "{server} does not support If-None-Match: {message}"
                ));
            }
            "ExpiredToken" | "InvalidToken" => {
                format!("{server} no longer accepts the session of these keys")
            }
            "PermanentRedirect" | "TemporaryRedirect" | "AuthorizationHeaderMalformed" => {
                format!(
                    "the bucket '{bucket}' is not in the region {}: name its own with --region",
                    place.region()
                )
            }
            "ServiceUnavailable"
            | "SlowDown"
            | "InternalError"
            | "ConditionalRequestConflict"
            | "OperationAborted" => {
                let busy = format!("{server} could not carry out {action}: {message} ({code})");
                // After its own error, it may have been.
                return if code == "InternalError" && *action == "PutObject" {
                    RemoteError::Lost(busy)
                } else {
                    RemoteError::Unreached(busy)
                };
            }
            _ => match error.refusal() {
                Some(Refusal::UnknownKeys) => {
                    format!("{server} does not know the access key: it may be deleted or inactive")
                }
                Some(Refusal::Signature) => self.bad_signature(&server),
                _ => format!("{server} refused {action}: {message} ({code})"),
            },
        };
        RemoteError::Refused(refused)
    }

    fn bad_signature(&self, server: &str) -> String {
        let skew = self.s3.clock_skew();
        match skew.filter(|skew| skew.is_beyond_codes()) {
            Some(skew) => format!("{server} refused the signature: {skew}; correct the clock"),
            None => format!(
                "{server} refused the signature: the secret access key does not match the access key"
            ),
        }
    }

    /// The permission for a call, as policies name it.
    fn permission(&self, action: &str) -> String {
        let arn = self.s3.place().arn();
        match action {
            "ListObjectsV2" => format!("s3:ListBucket on {arn}"),
            _ => format!("s3:{action} on {arn}/{}", self.key_of("*")),
        }
    }
}

/// The error of a call that got no answer of S3.
fn unanswered(error: &ApiError) -> RemoteError {
    let told = error.to_string();
    match error {
        ApiError::Lost { action, .. }
        | ApiError::NotAws {
            action,
            status: 500..,
            ..
        } => {
            if *action == "PutObject" {
                RemoteError::Lost(told)
            } else {
                RemoteError::Unreached(told)
            }
        }
        ApiError::Unreached { .. } => RemoteError::Unreached(told),
        _ => RemoteError::Refused(told),
    }
}

impl Remote for S3Remote<'_> {
    fn list(&mut self, prefix: &str, after: Option<&str>) -> Result<Vec<String>, RemoteError> {
        let own = self.key_of("").len();
        let prefix = self.key_of(prefix);
        let after = after.map(|name| self.key_of(name));
        let mut next = after.clone().map(Next::After);
        let mut names = Vec::new();
        for _ in 0..MAX_PAGES {
            let page = self.call(|s3, keys| s3.list(&prefix, next.as_ref(), keys))?;
            // Some servers ignore where the list is to start.
            let wanted = |key: &String| after.as_ref().is_none_or(|after| key > after);
            let keys = page.keys.into_iter().filter(wanted);
            names.extend(keys.filter_map(|key| key.get(own..).map(ToOwned::to_owned)));
            next = page.next;
            if next.is_none() {
                names.sort_unstable();
                names.dedup();
                return Ok(names);
            }
        }
        let bucket = self.s3.place().bucket();
        Err(RemoteError::Refused(format!(
            "the bucket '{bucket}' has too many objects that start with '{prefix}'"
        )))
    }

    fn get(&mut self, name: &str) -> Result<Option<Vec<u8>>, RemoteError> {
        let key = self.key_of(name);
        self.call(|s3, keys| s3.get(&key, MAX_BYTES, keys))
    }

    fn put_new(&mut self, name: &str, bytes: &[u8]) -> Result<Put, RemoteError> {
        let key = self.key_of(name);
        let stored = self.call(|s3, keys| s3.put_new(&key, bytes, keys))?;
        Ok(match stored {
            Stored::Created => Put::Created,
            Stored::Exists => Put::Exists,
        })
    }

    fn naming(&self) -> Naming {
        Naming::Numbered
    }

    fn clock_ahead(&self) -> Option<i64> {
        Some(self.s3.clock_skew()?.seconds())
    }
}
