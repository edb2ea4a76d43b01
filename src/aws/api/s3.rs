//! S3, and servers that speak it: stores an object if none has its key, gets and lists objects.

use std::time::{Duration, SystemTime};

use serde::Deserialize;
use ureq::http::{Method, Request, StatusCode};

use super::agent::ReadTrust;
use super::client::not_aws;
use super::signing::{form_pair, of_s3, sign_in};
use super::wire::{Answer, Terms, Wire, unix_seconds};
use super::{ApiError, ClockSkew};
use crate::aws::Credentials;

pub(crate) use super::s3_place::S3Place;

/// Time limit for a call without its body, with all its retries.
const CALL: Duration = Duration::from_mins(1);
/// The slowest network that is waited for, in bytes a second.
const SLOWEST: u64 = 64 << 10;
/// The longest accepted list of 1000 keys, in bytes.
const MAX_PAGE: u64 = 8 << 20;

/// A client for one bucket.
pub(crate) struct S3 {
    wire: Wire,
    place: S3Place,
    clock: fn() -> SystemTime,
}

/// What became of an object that was to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    Created,
    /// There is another object with this key.
    Exists,
}

/// A part of a list of keys.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) keys: Vec<String>,
    /// Where the next part starts; `None` if this is the last.
    pub(crate) next: Option<Next>,
}

/// Where a part of a list starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    /// Begins with the first key after this one.
    After(String),
    /// Where the server's token says.
    Token(String),
}

/// A request before it is signed.
struct Ask<'a> {
    method: Method,
    /// The API's name of it.
    action: &'static str,
    key: &'a str,
    query: String,
    body: &'a [u8],
    max_answer: u64,
}

impl Ask<'_> {
    fn terms<'a>(&self, endpoint: &'a str) -> Terms<'a> {
        let slow = match self.action {
            "GetObject" => self.max_answer,
            _ => self.body.len() as u64,
        };
        Terms {
            action: self.action,
            endpoint,
            time: CALL + Duration::from_secs(slow / SLOWEST),
            max_answer: self.max_answer,
            is_repeatable: true,
        }
    }
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(rename = "Code")]
    code: String,
    #[serde(rename = "Message", default)]
    message: String,
    #[serde(rename = "Region")]
    region: Option<String>,
}

#[derive(Deserialize)]
struct ListBucketResult {
    #[serde(rename = "Contents", default)]
    contents: Vec<Object>,
    #[serde(rename = "EncodingType")]
    encoding: Option<String>,
    #[serde(rename = "IsTruncated")]
    is_truncated: bool,
    #[serde(rename = "NextContinuationToken")]
    token: Option<String>,
}

#[derive(Deserialize)]
struct Object {
    #[serde(rename = "Key")]
    key: String,
}

impl S3 {
    /// Sends nothing yet, and reads no certificates.
    pub(crate) fn new(place: S3Place, trust: ReadTrust, clock: fn() -> SystemTime) -> Self {
        Self {
            wire: Wire::new(trust, clock),
            place,
            clock,
        }
    }

    /// The bucket, in the region where it was found.
    pub(crate) const fn place(&self) -> &S3Place {
        &self.place
    }

    /// How far off this machine's clock was at the last answer.
    pub(crate) const fn clock_skew(&self) -> Option<ClockSkew> {
        self.wire.clock_skew()
    }

    /// The machine's clock, in Unix seconds.
    pub(crate) fn unix_seconds(&self) -> i64 {
        unix_seconds((self.clock)())
    }

    /// Stores an object unless one has its key. That is safe to repeat: if the first answer was lost, the
    /// object that exists then may be this one.
    pub(crate) fn put_new(
        &mut self,
        key: &str,
        bytes: &[u8],
        keys: &Credentials,
    ) -> Result<Stored, ApiError> {
        let ask = Ask {
            method: Method::PUT,
            action: "PutObject",
            key,
            query: String::new(),
            body: bytes,
            max_answer: MAX_PAGE,
        };
        let (answer, was_lost) = self.send(&ask, keys);
        let answer = answer?;
        if answer.status != StatusCode::PRECONDITION_FAILED {
            // A portal's page has no such header.
            if answer.headers.contains_key("etag") {
                return Ok(Stored::Created);
            }
            let endpoint = self.place.server();
            return Err(not_aws(&answer, ask.terms(&endpoint)));
        }
        if was_lost && self.get(key, bytes.len() as u64, keys)?.as_deref() == Some(bytes) {
            return Ok(Stored::Created);
        }
        Ok(Stored::Exists)
    }

    /// The bytes of an object; `None` if there is none.
    pub(crate) fn get(
        &mut self,
        key: &str,
        max_bytes: u64,
        keys: &Credentials,
    ) -> Result<Option<Vec<u8>>, ApiError> {
        let ask = Ask {
            method: Method::GET,
            action: "GetObject",
            key,
            query: String::new(),
            body: &[],
            max_answer: max_bytes.max(MAX_PAGE),
        };
        match self.send(&ask, keys).0 {
            Ok(mut answer) => Ok(Some(std::mem::take(&mut *answer.body))),
            Err(error) if error.code() == Some("NoSuchKey") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The keys that start with `prefix`, from `from` on.
    pub(crate) fn list(
        &mut self,
        prefix: &str,
        from: Option<&Next>,
        keys: &Credentials,
    ) -> Result<Page, ApiError> {
        // In the order of their names, as signatures need it.
        let (token, after) = match from {
            Some(Next::Token(token)) => (Some(form_pair("continuation-token", token)), None),
            Some(Next::After(key)) => (None, Some(form_pair("start-after", key))),
            None => (None, None),
        };
        let fixed = ["encoding-type=url", "list-type=2"].map(ToOwned::to_owned);
        let query = token.into_iter().chain(fixed);
        let query = query.chain([form_pair("prefix", prefix)]).chain(after);
        let ask = Ask {
            method: Method::GET,
            action: "ListObjectsV2",
            key: "",
            query: query.collect::<Vec<_>>().join("&"),
            body: &[],
            max_answer: MAX_PAGE,
        };
        let answer = self.send(&ask, keys).0?;
        page(&answer.body, prefix).ok_or_else(|| {
            let endpoint = self.place.server();
            not_aws(&answer, ask.terms(&endpoint))
        })
    }

    /// Sends a request; if the bucket is in another region, again to that. An answer is a success, or
    /// says that the condition failed. Also returns whether an attempt was lost: it may have been carried
    /// out, whatever became of the others.
    fn send(&mut self, ask: &Ask<'_>, keys: &Credentials) -> (Result<Answer, ApiError>, bool) {
        let mut was_lost = false;
        let mut region = None;
        let mut result = self.send_to_region(ask, keys, &mut was_lost, &mut region);
        if result.is_err() && region.is_some_and(|region| self.place.move_to(&region)) {
            result = self.send_to_region(ask, keys, &mut was_lost, &mut None);
        }
        let result = result.map_err(|error| match error {
            ApiError::Unreached { endpoint, why } if was_lost => ApiError::Lost {
                action: ask.action,
                endpoint,
                why,
            },
            error => error,
        });
        (result, was_lost)
    }

    fn send_to_region(
        &mut self,
        ask: &Ask<'_>,
        keys: &Credentials,
        was_lost: &mut bool,
        region: &mut Option<String>,
    ) -> Result<Answer, ApiError> {
        if self.place.is_plain_text() && keys.is_session() {
            return Err(ApiError::PlainText(self.place.server()));
        }
        let mut url = self.place.url(ask.key);
        if !ask.query.is_empty() {
            url = format!("{url}?{}", ask.query);
        }
        let endpoint = url.split_inclusive('/').take(3).collect::<String>();
        let endpoint = endpoint.trim_end_matches('/');
        let terms = ask.terms(endpoint);
        let own_region = self.place.region().to_owned();
        self.wire.call(terms, |wire, time| {
            let request = request(ask, &url, keys, &own_region, time);
            let request = request.map_err(|why| ApiError::Unsigned {
                action: ask.action,
                endpoint: endpoint.to_owned(),
                why,
            })?;
            let answer = wire.exchange(request, terms);
            *was_lost |= match &answer {
                Ok(answer) => answer.status.is_server_error(),
                Err(error) => error.was_sent(),
            };
            let answer = answer?;
            if answer.status.is_success() || answer.status == StatusCode::PRECONDITION_FAILED {
                return Ok(answer);
            }
            let (error, its_region) = refusal(&answer, terms);
            *region = its_region;
            Err(error)
        })
    }
}

fn request<'a>(
    ask: &Ask<'a>,
    url: &str,
    keys: &Credentials,
    region: &str,
    time: SystemTime,
) -> Result<Request<&'a [u8]>, String> {
    let mut request = Request::builder().method(ask.method.clone()).uri(url);
    if ask.method == Method::PUT {
        request = request.header("if-none-match", "*");
    }
    let mut request = request.body(ask.body).map_err(|error| error.to_string())?;
    sign_in(&mut request, ask.body, keys, ("s3", region, time), of_s3())?;
    Ok(request)
}

/// The error of an answer, and the region of the bucket if the server names it.
fn refusal(answer: &Answer, terms: Terms<'_>) -> (ApiError, Option<String>) {
    let text = std::str::from_utf8(&answer.body).unwrap_or_default();
    let refusal: Option<Refusal> = quick_xml::de::from_str(text).ok();
    let header = answer.headers.get("x-amz-bucket-region");
    let header = header.and_then(|region| region.to_str().ok());
    let region = header.map(ToOwned::to_owned);
    if let Some(Refusal {
        code,
        message,
        region: in_text,
    }) = refusal
    {
        let error = ApiError::Refused {
            action: terms.action,
            code,
            message,
        };
        return (error, region.or(in_text));
    }
    let code = match answer.status.as_u16() {
        301 | 307 if region.is_some() => "PermanentRedirect",
        501 => "NotImplemented",
        _ => return (not_aws(answer, terms), region),
    };
    let error = ApiError::Refused {
        action: terms.action,
        code: code.to_owned(),
        message: format!("HTTP {}", answer.status.as_u16()),
    };
    (error, region)
}

/// Reads a list; `None` if it is none, or has keys that were not asked for.
fn page(bytes: &[u8], prefix: &str) -> Option<Page> {
    let text = std::str::from_utf8(bytes).ok()?;
    if !text.contains("<ListBucketResult") {
        return None;
    }
    let list: ListBucketResult = quick_xml::de::from_str(text).ok()?;
    let is_encoded = list.encoding.as_deref() == Some("url");
    let decoded = |object: Object| {
        if is_encoded {
            // As in forms, with a plus for a space.
            let key = object.key.replace('+', "%20");
            let key = percent_encoding::percent_decode_str(&key).decode_utf8();
            return key.ok().map(std::borrow::Cow::into_owned);
        }
        Some(object.key)
    };
    let keys: Vec<_> = list
        .contents
        .into_iter()
        .map(decoded)
        .collect::<Option<_>>()?;
    if !keys.iter().all(|key| key.starts_with(prefix)) {
        return None;
    }
    let next = match (list.is_truncated, list.token) {
        (false, _) => None,
        (true, Some(token)) if !token.is_empty() => Some(Next::Token(token)),
        // Without a last key, the list would never end.
        (true, _) => Some(Next::After(keys.last()?.clone())),
    };
    Some(Page { keys, next })
}
