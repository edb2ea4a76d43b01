//! One signed request to IAM or STS over the Query protocol, and AWS's answer.
//!
//! Signatures are AWS's own (`aws-sigv4`); time, keys and endpoint are arguments.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use backon::{BlockingRetryable, ExponentialBuilder};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use ureq::http::{Request, StatusCode};
use zeroize::Zeroizing;

use super::agent::{Agents, CONNECT, Trust};
use super::endpoint::{Endpoints, Service};
use super::error::AwsError;
use super::keys::Keys;

const WHOLE: Duration = Duration::from_secs(30);
/// Longest answer that is read, in bytes.
const MAX_ANSWER: u64 = 1 << 20;
/// How often a refused or lost request is sent again.
const RETRIES: usize = 3;

/// What is asked for.
pub struct Call<'a> {
    /// Of which service.
    pub service: Service,
    /// `GetSessionToken`, …
    pub action: &'static str,
    /// Its parameters.
    pub parameters: &'a [(&'a str, &'a str)],
    /// Whether it may be sent again after it may have been done: not with a code, which AWS takes
    /// once, and not where doing it twice is an error.
    pub again: bool,
}

/// Somebody who answers calls: AWS, or a test.
pub trait Api {
    /// Sends a call; gives back the text of the answer.
    ///
    /// # Errors
    /// [`AwsError`].
    fn send(&mut self, call: &Call<'_>, keys: &Keys) -> Result<Zeroizing<String>, AwsError>;

    /// Where a service is asked.
    fn address(&self, service: Service) -> String;

    /// Sends a call and reads the answer.
    ///
    /// # Errors
    /// [`AwsError`].
    fn ask<T: DeserializeOwned>(&mut self, call: &Call<'_>, keys: &Keys) -> Result<T, AwsError>
    where
        Self: Sized,
    {
        let text = self.send(call, keys)?;
        quick_xml::de::from_str(&text).map_err(|_| AwsError::NotAws {
            action: call.action,
            endpoint: self.address(call.service),
            status: 200,
        })
    }
}

/// The real thing.
pub struct Client {
    agents: Agents,
    pub(super) endpoints: Endpoints,
    clock: fn() -> SystemTime,
    /// How far AWS's clock was ahead of ours at the last answer, in seconds.
    pub ahead: Option<i64>,
    /// When the present call has taken all of its time.
    until: SystemTime,
}

impl Client {
    /// A client; nothing is sent yet, and no certificate read.
    #[must_use]
    pub fn new(endpoints: Endpoints, trust: Trust, clock: fn() -> SystemTime) -> Self {
        Self {
            agents: Agents::new(trust),
            endpoints,
            clock,
            ahead: None,
            until: SystemTime::UNIX_EPOCH,
        }
    }

    /// Gives a call, with all that is sent again of it, its time.
    fn begin(&mut self) {
        self.until = (self.clock)() + WHOLE;
    }

    fn left(&self) -> Duration {
        let left = self.until.duration_since((self.clock)());
        left.unwrap_or_default().min(WHOLE)
    }

    fn once(&mut self, call: &Call<'_>, keys: &Keys) -> Result<Zeroizing<String>, AwsError> {
        let (endpoint, region) = self.endpoints.of(call.service);
        let request = self.signed(call, keys, &endpoint, &region)?;
        let (status, text) = self.exchange(request, call.action, &endpoint)?;
        if status.is_success() {
            return Ok(text);
        }
        Err(match refusal(&text) {
            Some((code, message)) => AwsError::Refused {
                action: call.action,
                code,
                message,
            },
            None if [429, 503].contains(&status.as_u16()) => AwsError::Refused {
                action: call.action,
                code: "ServiceUnavailable".to_owned(),
                message: "it has too much to do just now".to_owned(),
            },
            None => AwsError::NotAws {
                action: call.action,
                endpoint,
                status: status.as_u16(),
            },
        })
    }

    /// Asks for a page that needs no signature.
    ///
    /// # Errors
    /// [`AwsError`].
    pub(super) fn get(
        &mut self,
        uri: &str,
        action: &'static str,
        endpoint: &str,
    ) -> Result<Zeroizing<String>, AwsError> {
        self.begin();
        let request = Request::get(uri).body(String::new());
        let request = request.map_err(|error| AwsError::Unsigned {
            action,
            endpoint: endpoint.to_owned(),
            why: error.to_string(),
        })?;
        let (status, text) = self.exchange(request, action, endpoint)?;
        if status.is_success() {
            return Ok(text);
        }
        Err(AwsError::NotAws {
            action,
            endpoint: endpoint.to_owned(),
            status: status.as_u16(),
        })
    }

    fn exchange(
        &mut self,
        request: Request<String>,
        action: &'static str,
        endpoint: &str,
    ) -> Result<(StatusCode, Zeroizing<String>), AwsError> {
        let failed = |error| lost_or_unreached(error, action, endpoint);
        let agent = self.agents.of(endpoint)?;
        // A call that has no time left is not begun, and 0 would be no limit.
        let left = self.left().max(Duration::from_millis(1));
        let request = agent.configure_request(request);
        let request = request.timeout_global(Some(left)).build();
        let mut answer = agent.run(request).map_err(failed)?;
        let date = answer.headers().get("date");
        let date = date.and_then(|date| httpdate(date.to_str().ok()?));
        self.ahead = date.map(|theirs| theirs - unix_seconds((self.clock)()));
        let body = answer.body_mut().with_config().limit(MAX_ANSWER);
        let text = body.read_to_string().map_err(failed)?;
        Ok((answer.status(), Zeroizing::new(text)))
    }

    fn signed(
        &self,
        call: &Call<'_>,
        keys: &Keys,
        endpoint: &str,
        region: &str,
    ) -> Result<Request<String>, AwsError> {
        let unsigned = |error: &dyn std::fmt::Display| AwsError::Unsigned {
            action: call.action,
            endpoint: endpoint.to_owned(),
            why: error.to_string(),
        };
        let mut body = form_pair("Action", call.action);
        let version = ("Version", call.service.version());
        for (name, value) in std::iter::once(&version).chain(call.parameters) {
            body.push('&');
            body.push_str(&form_pair(name, value));
        }
        let uri = format!("{}/", endpoint.trim_end_matches('/'));
        let kind = (
            "content-type",
            "application/x-www-form-urlencoded; charset=utf-8",
        );
        let identity = Credentials::new(
            keys.id.clone(),
            keys.secret.clone(),
            keys.token.clone(),
            None,
            "mfa",
        )
        .into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(call.service.name())
            .time((self.clock)())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| unsigned(&error))?
            .into();
        let bytes = SignableBody::Bytes(body.as_bytes());
        let signable = SignableRequest::new("POST", &uri, std::iter::once(kind), bytes)
            .map_err(|error| unsigned(&error))?;
        let (instructions, _) = sign(signable, &parameters)
            .map_err(|error| unsigned(&error))?
            .into_parts();
        let mut request = Request::post(&uri)
            .header(kind.0, kind.1)
            .body(body)
            .map_err(|error| unsigned(&error))?;
        instructions.apply_to_request_http1x(&mut request);
        Ok(request)
    }
}

impl Api for Client {
    fn send(&mut self, call: &Call<'_>, keys: &Keys) -> Result<Zeroizing<String>, AwsError> {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(200))
            .with_max_times(RETRIES)
            .with_jitter();
        self.begin();
        let (clock, until) = (self.clock, self.until);
        (|| self.once(call, keys))
            .retry(pauses)
            .when(|error| match error {
                _ if clock() >= until => false,
                AwsError::Unreached { .. }
                | AwsError::Lost { .. }
                | AwsError::NotAws { status: 500.., .. } => call.again,
                // What was throttled was not done.
                error => error.was_not_done(),
            })
            .call()
    }

    fn address(&self, service: Service) -> String {
        self.endpoints.of(service).0
    }
}

fn lost_or_unreached(error: ureq::Error, action: &'static str, endpoint: &str) -> AwsError {
    use ureq::{Error, Timeout};

    let endpoint = endpoint.to_owned();
    let from_tls = match &error {
        Error::Rustls(error) => Some(error),
        Error::Io(error) => error.get_ref().and_then(|inner| inner.downcast_ref()),
        _ => None,
    };
    if let Some(rustls::Error::InvalidCertificate(why)) = from_tls {
        let why = why.to_string();
        return AwsError::Untrusted { endpoint, why };
    }
    if let Some(rustls::Error::InvalidMessage(_)) = from_tls {
        let why = "it does not talk TLS: is it an http:// address?".to_owned();
        return AwsError::Unreached { endpoint, why };
    }
    let why = match &error {
        Error::Io(error) => crate::vault::storage::plain(error),
        Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
            format!("no answer within {} s", CONNECT.as_secs())
        }
        Error::Timeout(_) => format!("nothing came within {} s", WHOLE.as_secs()),
        error => error.to_string(),
    };
    match &error {
        Error::Timeout(Timeout::Connect | Timeout::Resolve)
        | Error::HostNotFound
        | Error::ConnectionFailed
        | Error::BadUri(_)
        | Error::Tls(_) => AwsError::Unreached { endpoint, why },
        Error::Io(error)
            if error.kind() == std::io::ErrorKind::ConnectionRefused
                || why.starts_with("failed to lookup address") =>
        {
            AwsError::Unreached { endpoint, why }
        }
        _ => AwsError::Lost {
            action,
            endpoint,
            why,
        },
    }
}

/// Percent-encoding of all but the unreserved characters of RFC 3986 section 2.3.
pub(super) fn form_pair(name: &str, value: &str) -> String {
    let mut text = format!("{name}=");
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(byte));
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

/// `ErrorResponse/Error` of AWS; `ErrorResponse/Errors/Error` of its simulators and of older
/// services.
#[derive(Deserialize)]
struct ErrorResponse {
    #[serde(rename = "Error", alias = "Errors")]
    error: ErrorPlace,
}

#[derive(Deserialize)]
struct ErrorPlace {
    #[serde(rename = "Error")]
    nested: Option<ErrorXml>,
    #[serde(rename = "Code")]
    code: Option<String>,
    #[serde(rename = "Message", default)]
    message: String,
}

#[derive(Deserialize)]
struct ErrorXml {
    #[serde(rename = "Code")]
    code: String,
    #[serde(rename = "Message", default)]
    message: String,
}

/// Code and message of a refusal.
fn refusal(text: &str) -> Option<(String, String)> {
    let response: ErrorResponse = quick_xml::de::from_str(text).ok()?;
    let place = response.error;
    match place.nested {
        Some(error) => Some((error.code, error.message)),
        None => Some((place.code?, place.message)),
    }
}

fn unix_seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

/// The `Date` of an answer (RFC 9110 section 5.6.7) in Unix seconds.
fn httpdate(text: &str) -> Option<i64> {
    let form = time::macros::format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let time = time::PrimitiveDateTime::parse(text, &form).ok()?;
    Some(time.assume_utc().unix_timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_and_dates_are_read() {
        let xml = "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>\
            <Type>Sender</Type><Code>AccessDenied</Code><Message>no &amp; no</Message></Error>\
            <RequestId>1</RequestId></ErrorResponse>";
        assert_eq!(
            refusal(xml),
            Some(("AccessDenied".to_owned(), "no & no".to_owned()))
        );
        let nested = "<?xml version=\"1.0\"?>\n<ErrorResponse><Errors><Error><Code>C</Code>\
            <Message>M</Message><Type>Sender</Type></Error></Errors></ErrorResponse>";
        assert_eq!(refusal(nested), Some(("C".to_owned(), "M".to_owned())));
        assert_eq!(refusal("<html><body>no</body></html>"), None);
        assert_eq!(refusal(""), None);
        assert_eq!(
            httpdate("Tue, 14 Nov 2023 22:13:20 GMT"),
            Some(1_700_000_000)
        );
        assert_eq!(httpdate("yesterday"), None);
    }

    #[test]
    fn parameters_are_encoded_as_aws_signs_them() {
        assert_eq!(
            form_pair("SerialNumber", "arn:aws:iam::1:mfa/a b+c"),
            "SerialNumber=arn%3Aaws%3Aiam%3A%3A1%3Amfa%2Fa%20b%2Bc"
        );
    }
}
