//! Sends requests and reads their answers, with time limits and retries, and measures the clock skew.

use std::time::{Duration, SystemTime};

use backon::{BlockingRetryable, ExponentialBuilder};
use ureq::AsSendBody;
use ureq::http::{HeaderMap, Request, StatusCode};
use zeroize::Zeroizing;

use super::agent::{Agents, CONNECT, ReadTrust};
use super::answer::httpdate;
use super::endpoint::is_plain_text;
use super::{ApiError, ClockSkew, Refusal};

/// The most retries of a refused or lost request.
const RETRIES: usize = 3;
/// Time limit for a connection on which nothing moves.
const STALL: Duration = Duration::from_secs(30);

/// The connections, and the clock.
pub(super) struct Wire {
    agents: Agents,
    clock: fn() -> SystemTime,
    clock_skew: Option<ClockSkew>,
    /// Seconds added to the clock for signatures: AWS refused one of this machine's own time.
    correction: i64,
    /// The time limit of the current call, with all its retries.
    limit: Duration,
    /// When the current call runs out of time.
    deadline: SystemTime,
}

/// An answer, whatever its status.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Zeroizing<Vec<u8>>,
}

/// One call: its name and address in errors, and what it may cost.
#[derive(Clone, Copy)]
pub(super) struct Terms<'a> {
    pub(super) action: &'static str,
    pub(super) endpoint: &'a str,
    /// Time limit for the call, with all its retries.
    pub(super) time: Duration,
    /// The longest accepted answer, in bytes.
    pub(super) max_answer: u64,
    /// Whether to retry it even if it may have been carried out.
    pub(super) is_repeatable: bool,
}

impl Wire {
    /// Sends nothing yet, and reads no certificates.
    pub(super) fn new(trust: ReadTrust, clock: fn() -> SystemTime) -> Self {
        Self {
            agents: Agents::new(trust),
            clock,
            clock_skew: None,
            correction: 0,
            limit: Duration::ZERO,
            deadline: SystemTime::UNIX_EPOCH,
        }
    }

    /// How far off this machine's clock was at the last answer.
    pub(super) const fn clock_skew(&self) -> Option<ClockSkew> {
        self.clock_skew
    }

    /// Starts the time limit of the next call.
    pub(super) fn begin(&mut self, limit: Duration) {
        self.limit = limit;
        self.deadline = (self.clock)() + limit;
    }

    fn time_left(&self) -> Duration {
        let left = self.deadline.duration_since((self.clock)());
        left.unwrap_or_default().min(self.limit)
    }

    /// Makes a call: `attempt` signs its request with the given time, sends it with
    /// [`Wire::exchange`] and judges the answer. Repeats that while it is safe and may help.
    pub(super) fn call<T>(
        &mut self,
        terms: Terms<'_>,
        mut attempt: impl FnMut(&mut Self, SystemTime) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(200))
            .with_max_times(RETRIES)
            .with_jitter();
        self.begin(terms.time);
        let (clock, deadline) = (self.clock, self.deadline);
        (|| self.try_once(terms.endpoint, &mut attempt))
            .retry(pauses)
            .when(|error| match error {
                _ if clock() >= deadline => false,
                ApiError::Unreached { .. }
                | ApiError::Lost { .. }
                | ApiError::NotAws { status: 500.., .. } => terms.is_repeatable,
                error => error.was_not_done(),
            })
            .call()
    }

    /// If AWS refuses the signature because this clock is wrong, signs again with AWS's time. Not over
    /// plain text: others could choose the time there.
    fn try_once<T>(
        &mut self,
        endpoint: &str,
        attempt: &mut impl FnMut(&mut Self, SystemTime) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let time = corrected((self.clock)(), self.correction);
        let answer = attempt(self, time);
        let is_late = |error: &ApiError| error.refusal() == Some(Refusal::Signature);
        let skew = self.clock_skew.filter(|skew| skew.is_beyond_signatures());
        match skew.filter(|skew| skew.seconds() != self.correction) {
            Some(skew) if answer.as_ref().is_err_and(is_late) && !is_plain_text(endpoint) => {
                self.correction = skew.seconds();
                let time = corrected((self.clock)(), self.correction);
                attempt(self, time)
            }
            _ => answer,
        }
    }

    /// Sends one request and reads the answer.
    pub(super) fn exchange<B: AsSendBody>(
        &mut self,
        request: Request<B>,
        terms: Terms<'_>,
    ) -> Result<Answer, ApiError> {
        let (endpoint, limit) = (terms.endpoint, self.limit);
        let failed = |error| lost_or_unreached(error, terms.action, endpoint, limit);
        let agent = self.agents.of(endpoint)?;
        // To ureq, 0 would mean no limit.
        let left = self.time_left().max(Duration::from_millis(1));
        let request = agent
            .configure_request(request)
            .timeout_global(Some(left))
            .timeout_per_read(Some(STALL))
            .timeout_per_write(Some(STALL))
            .build();
        let mut answer = agent.run(request).map_err(failed)?;
        if answer.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Err(refused_by_proxy(endpoint.to_owned(), "407"));
        }
        let date = answer.headers().get("date");
        let date = date.and_then(|date| httpdate(date.to_str().ok()?));
        self.clock_skew = date.map(|theirs| ClockSkew(theirs - unix_seconds((self.clock)())));
        let length = answer.body().content_length();
        if length.is_some_and(|length| length > terms.max_answer) {
            return Err(ApiError::TooLong {
                action: terms.action,
                endpoint: endpoint.to_owned(),
            });
        }
        let body = answer.body_mut().with_config().limit(terms.max_answer);
        let body = Zeroizing::new(body.read_to_vec().map_err(failed)?);
        let (parts, _) = answer.into_parts();
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        })
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

fn lost_or_unreached(
    error: ureq::Error,
    action: &'static str,
    endpoint: &str,
    limit: Duration,
) -> ApiError {
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
        Error::Timeout(Timeout::PerRead | Timeout::PerWrite) => {
            format!("the connection stood still for {} s", STALL.as_secs())
        }
        Error::Timeout(_) => format!("no complete answer within {} s", limit.as_secs()),
        error => error.to_string(),
    };
    match &error {
        Error::BodyExceedsLimit(_) => ApiError::TooLong { action, endpoint },
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
