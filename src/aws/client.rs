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
use thiserror::Error;
use ureq::Agent;
use ureq::http::{Request, StatusCode};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use zeroize::Zeroizing;

use super::keys::Keys;

const CONNECT: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(30);
/// Longest answer that is read, in bytes.
const MAX_ANSWER: u64 = 1 << 20;
/// How often a refused or lost request is sent again.
const RETRIES: usize = 3;

/// The two services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Users and their devices.
    Iam,
    /// Sessions.
    Sts,
}

impl Service {
    /// The name in a signature, and of the variable `AWS_ENDPOINT_URL_…`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::Sts => "sts",
        }
    }

    const fn version(self) -> &'static str {
        match self {
            Self::Iam => "2010-05-08",
            Self::Sts => "2011-06-15",
        }
    }

    /// Where the service is in a region, and the region that a signature names there.
    /// <https://docs.aws.amazon.com/general/latest/gr/iam-service.html>, `sts.html`.
    #[must_use]
    pub fn endpoint(self, region: Option<&str>) -> (String, String) {
        let region = region.unwrap_or_default();
        match self {
            Self::Iam if region.starts_with("cn-") => (
                "https://iam.cn-north-1.amazonaws.com.cn".to_owned(),
                "cn-north-1".to_owned(),
            ),
            Self::Iam if region.starts_with("us-gov-") => (
                "https://iam.us-gov.amazonaws.com".to_owned(),
                "us-gov-west-1".to_owned(),
            ),
            Self::Iam => (
                "https://iam.amazonaws.com".to_owned(),
                "us-east-1".to_owned(),
            ),
            Self::Sts if region.is_empty() => (
                "https://sts.amazonaws.com".to_owned(),
                "us-east-1".to_owned(),
            ),
            Self::Sts => {
                let end = if region.starts_with("cn-") { ".cn" } else { "" };
                (
                    format!("https://sts.{region}.amazonaws.com{end}"),
                    region.to_owned(),
                )
            }
        }
    }
}

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
    /// The connection broke after the request was sent: AWS may have done it.
    #[error("the connection to {endpoint} was lost before it answered {action} ({why})")]
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

    fn was_not_done(&self) -> bool {
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
            endpoint: call.service.name().to_owned(),
            status: 200,
        })
    }
}

/// Where requests go.
#[derive(Debug, Clone, Default)]
pub struct Endpoints {
    /// `region` of the profile or of the environment.
    pub region: Option<String>,
    /// What `AWS_ENDPOINT_URL_IAM` or a general one says.
    pub iam: Option<String>,
    /// The same of STS.
    pub sts: Option<String>,
    /// The same of the console's sign-in.
    pub signin: Option<String>,
}

impl Endpoints {
    fn of(&self, service: Service) -> (String, String) {
        let (endpoint, region) = service.endpoint(self.region.as_deref());
        let named = match service {
            Service::Iam => &self.iam,
            Service::Sts => &self.sts,
        };
        (named.clone().unwrap_or(endpoint), region)
    }
}

/// The real thing.
pub struct Client {
    agent: Agent,
    pub(super) endpoints: Endpoints,
    clock: fn() -> SystemTime,
    /// How far AWS's clock was ahead of ours at the last answer, in seconds.
    pub ahead: Option<i64>,
}

impl Client {
    /// A client that trusts the usual authorities, or those of `bundle` (PEM) alone.
    #[must_use]
    pub fn new(endpoints: Endpoints, bundle: Option<&[u8]>, clock: fn() -> SystemTime) -> Self {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(WHOLE))
            .max_redirects(0)
            .user_agent(concat!("mfa/", env!("CARGO_PKG_VERSION")));
        if let Some(pem) = bundle {
            let certificates: Vec<_> = parse_pem(pem)
                .filter_map(|item| match item {
                    Ok(PemItem::Certificate(certificate)) => Some(certificate),
                    _ => None,
                })
                .collect();
            let roots = RootCerts::new_with_certs(&certificates);
            config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
        }
        Self {
            agent: config.build().into(),
            endpoints,
            clock,
            ahead: None,
        }
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
        let mut answer = self.agent.run(request).map_err(failed)?;
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
        (|| self.once(call, keys))
            .retry(pauses)
            .when(|error| match error {
                AwsError::Unreached { .. }
                | AwsError::Lost { .. }
                | AwsError::NotAws { status: 500.., .. } => call.again,
                // What was throttled was not done.
                error => error.was_not_done(),
            })
            .call()
    }
}

fn lost_or_unreached(error: ureq::Error, action: &'static str, endpoint: &str) -> AwsError {
    use ureq::{Error, Timeout};

    let endpoint = endpoint.to_owned();
    let why = match &error {
        Error::Io(error) => crate::vault::store::plain(error),
        error => error.to_string(),
    };
    match &error {
        Error::Timeout(Timeout::Connect | Timeout::Resolve)
        | Error::HostNotFound
        | Error::ConnectionFailed
        | Error::BadUri(_)
        | Error::Tls(_) => AwsError::Unreached { endpoint, why },
        Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
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
    fn endpoints_follow_the_partition() {
        let of = |service: Service, region| service.endpoint(region).0;
        assert_eq!(
            of(Service::Iam, Some("eu-west-1")),
            "https://iam.amazonaws.com"
        );
        assert_eq!(
            of(Service::Iam, Some("cn-northwest-1")),
            "https://iam.cn-north-1.amazonaws.com.cn"
        );
        assert_eq!(
            of(Service::Iam, Some("us-gov-east-1")),
            "https://iam.us-gov.amazonaws.com"
        );
        assert_eq!(of(Service::Sts, None), "https://sts.amazonaws.com");
        assert_eq!(
            of(Service::Sts, Some("eu-west-1")),
            "https://sts.eu-west-1.amazonaws.com"
        );
        assert_eq!(
            of(Service::Sts, Some("cn-north-1")),
            "https://sts.cn-north-1.amazonaws.com.cn"
        );
    }

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
