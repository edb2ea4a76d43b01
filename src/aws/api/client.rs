//! The real [`Api`]: sends requests to AWS, retries those that are safe to repeat, and measures the
//! clock skew.

use std::time::{Duration, SystemTime};

use backon::{BlockingRetryable, ExponentialBuilder};
use ureq::http::{Request, StatusCode};
use zeroize::Zeroizing;

use super::agent::{Agents, CONNECT, ReadTrust};
use super::answer::{httpdate, refusal};
use super::endpoint::is_plain_text;
use super::signing::signed;
use super::{Api, ApiError, Call, ClockSkew, Endpoints, Refusal};
use crate::aws::Credentials;

/// Time limit for a call, with all its retries.
const CALL: Duration = Duration::from_secs(30);
/// The longest accepted answer, in bytes.
const MAX_ANSWER: u64 = 1 << 20;
/// The most retries of a refused or lost request.
const RETRIES: usize = 3;

/// A client for IAM, STS and the console's sign-in.
pub(crate) struct Client {
    agents: Agents,
    endpoints: Endpoints,
    clock: fn() -> SystemTime,
    clock_skew: Option<ClockSkew>,
    /// Seconds added to the clock for signatures: AWS refused one of this machine's own time.
    correction: i64,
    /// When the current call runs out of time.
    deadline: SystemTime,
}

impl Client {
    /// Sends nothing yet, and reads no certificates.
    pub(crate) fn new(endpoints: Endpoints, trust: ReadTrust, clock: fn() -> SystemTime) -> Self {
        Self {
            agents: Agents::new(trust),
            endpoints,
            clock,
            clock_skew: None,
            correction: 0,
            deadline: SystemTime::UNIX_EPOCH,
        }
    }

    /// Starts the time limit of the next call.
    fn begin(&mut self) {
        self.deadline = (self.clock)() + CALL;
    }

    fn time_left(&self) -> Duration {
        let left = self.deadline.duration_since((self.clock)());
        left.unwrap_or_default().min(CALL)
    }

    /// Sends a call. If AWS refuses the signature because this clock is wrong, signs again with AWS's
    /// time. Not over plain text: others could choose the time there.
    fn send_once(
        &mut self,
        call: &Call<'_>,
        keys: &Credentials,
    ) -> Result<Zeroizing<String>, ApiError> {
        let answer = self.send_signed(call, keys);
        let is_late = |error: &ApiError| error.refusal() == Some(Refusal::Signature);
        let skew = self.clock_skew.filter(|skew| skew.is_beyond_signatures());
        match skew.filter(|skew| skew.seconds() != self.correction) {
            Some(skew)
                if answer.as_ref().is_err_and(is_late)
                    && !is_plain_text(&self.endpoints.of(call.service).0) =>
            {
                self.correction = skew.seconds();
                self.send_signed(call, keys)
            }
            _ => answer,
        }
    }

    fn send_signed(
        &mut self,
        call: &Call<'_>,
        keys: &Credentials,
    ) -> Result<Zeroizing<String>, ApiError> {
        let (endpoint, region) = self.endpoints.of(call.service);
        let time = corrected((self.clock)(), self.correction);
        let request = signed(call, keys, &endpoint, &region, time)?;
        let (status, text) = self.exchange(request, call.action, &endpoint)?;
        if status.is_success() {
            return Ok(text);
        }
        Err(match refusal(&text) {
            Some((code, message)) => ApiError::Refused {
                action: call.action,
                code,
                message,
            },
            None if [429, 503].contains(&status.as_u16()) => ApiError::Refused {
                action: call.action,
                code: "ServiceUnavailable".to_owned(),
                message: "it is overloaded".to_owned(),
            },
            None => ApiError::NotAws {
                action: call.action,
                endpoint,
                status: status.as_u16(),
            },
        })
    }

    fn exchange(
        &mut self,
        request: Request<String>,
        action: &'static str,
        endpoint: &str,
    ) -> Result<(StatusCode, Zeroizing<String>), ApiError> {
        let failed = |error| lost_or_unreached(error, action, endpoint);
        let agent = self.agents.of(endpoint)?;
        // To ureq, 0 would mean no limit.
        let left = self.time_left().max(Duration::from_millis(1));
        let request = agent.configure_request(request);
        let request = request.timeout_global(Some(left)).build();
        let mut answer = agent.run(request).map_err(failed)?;
        if answer.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Err(refused_by_proxy(endpoint.to_owned(), "407"));
        }
        let date = answer.headers().get("date");
        let date = date.and_then(|date| httpdate(date.to_str().ok()?));
        self.clock_skew = date.map(|theirs| ClockSkew(theirs - unix_seconds((self.clock)())));
        let body = answer.body_mut().with_config().limit(MAX_ANSWER);
        let text = body.read_to_string().map_err(failed)?;
        Ok((answer.status(), Zeroizing::new(text)))
    }
}

impl Api for Client {
    fn send(&mut self, call: &Call<'_>, keys: &Credentials) -> Result<Zeroizing<String>, ApiError> {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(200))
            .with_max_times(RETRIES)
            .with_jitter();
        self.begin();
        let (clock, deadline) = (self.clock, self.deadline);
        (|| self.send_once(call, keys))
            .retry(pauses)
            .when(|error| match error {
                _ if clock() >= deadline => false,
                ApiError::Unreached { .. }
                | ApiError::Lost { .. }
                | ApiError::NotAws { status: 500.., .. } => call.is_repeatable,
                error => error.was_not_done(),
            })
            .call()
    }

    fn get(
        &mut self,
        url: &str,
        action: &'static str,
        endpoint: &str,
    ) -> Result<Zeroizing<String>, ApiError> {
        self.begin();
        let request = Request::get(url).body(String::new());
        let request = request.map_err(|error| ApiError::Unsigned {
            action,
            endpoint: endpoint.to_owned(),
            why: error.to_string(),
        })?;
        let (status, text) = self.exchange(request, action, endpoint)?;
        if status.is_success() {
            return Ok(text);
        }
        Err(ApiError::NotAws {
            action,
            endpoint: endpoint.to_owned(),
            status: status.as_u16(),
        })
    }

    fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    fn clock_skew(&self) -> Option<ClockSkew> {
        self.clock_skew
    }
}

/// The time that is `seconds` later, or earlier if negative.
fn corrected(time: SystemTime, seconds: i64) -> SystemTime {
    let by = Duration::from_secs(seconds.unsigned_abs());
    let moved = if seconds < 0 {
        time.checked_sub(by)
    } else {
        time.checked_add(by)
    };
    moved.unwrap_or(time)
}

fn lost_or_unreached(error: ureq::Error, action: &'static str, endpoint: &str) -> ApiError {
    use ureq::{Error, Timeout};

    let endpoint = endpoint.to_owned();
    let from_tls = match &error {
        Error::Rustls(error) => Some(error),
        Error::Io(error) => error.get_ref().and_then(|inner| inner.downcast_ref()),
        _ => None,
    };
    if let Error::ConnectProxyFailed(why) = &error {
        return refused_by_proxy(endpoint, why);
    }
    if let Some(rustls::Error::InvalidCertificate(why)) = from_tls {
        if why.to_string().contains("CaUsedAsEndEntity") {
            return ApiError::SelfSigned(endpoint);
        }
        let why = why.to_string();
        return ApiError::Untrusted { endpoint, why };
    }
    if let Some(rustls::Error::InvalidMessage(_)) = from_tls {
        let why = "it does not speak TLS: is it an http:// address?".to_owned();
        return ApiError::Unreached { endpoint, why };
    }
    let why = match &error {
        Error::Io(error) => crate::vault::storage::plain(error),
        Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
            format!("no answer within {} s", CONNECT.as_secs())
        }
        Error::Timeout(_) => format!("no complete answer within {} s", CALL.as_secs()),
        error => error.to_string(),
    };
    match &error {
        Error::Timeout(Timeout::Connect | Timeout::Resolve)
        | Error::HostNotFound
        | Error::ConnectionFailed
        | Error::BadUri(_)
        | Error::Tls(_) => ApiError::Unreached { endpoint, why },
        Error::Io(error)
            if error.kind() == std::io::ErrorKind::ConnectionRefused
                || why.starts_with("failed to lookup address") =>
        {
            ApiError::Unreached { endpoint, why }
        }
        _ => ApiError::Lost {
            action,
            endpoint,
            why,
        },
    }
}

/// The proxy did not pass the request on. `why` ends with its status, if it answered.
fn refused_by_proxy(endpoint: String, why: &str) -> ApiError {
    let why = if why.ends_with("407") {
        "the proxy wants a user name and a password: put them into HTTPS_PROXY, as in \
         http://user:password@host:3128"
            .to_owned()
    } else if why.ends_with("403") {
        "the proxy does not allow it (HTTP 403): ask its administrator, or set NO_PROXY".to_owned()
    } else {
        format!("the proxy failed: {why}")
    };
    ApiError::Unreached { endpoint, why }
}

pub(super) fn unix_seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}
