//! The real [`Api`]: sends signed requests to AWS, and tells errors apart.

use std::time::{Duration, SystemTime};

use ureq::http::Request;
use zeroize::Zeroizing;

use super::agent::ReadTrust;
use super::answer::refusal;
use super::signing::signed;
use super::wire::{Answer, Terms, Wire};
use super::{Api, ApiError, Call, ClockSkew, Endpoints};
use crate::aws::Credentials;

/// Time limit for a call, with all its retries.
const CALL: Duration = Duration::from_secs(30);
/// The longest accepted answer, in bytes.
const MAX_ANSWER: u64 = 1 << 20;

/// A client for IAM, STS and the console's sign-in.
pub(crate) struct Client {
    wire: Wire,
    endpoints: Endpoints,
}

impl Client {
    /// Sends nothing yet, and reads no certificates.
    pub(crate) fn new(endpoints: Endpoints, trust: ReadTrust, clock: fn() -> SystemTime) -> Self {
        Self {
            wire: Wire::new(trust, clock),
            endpoints,
        }
    }
}

impl Api for Client {
    fn send(&mut self, call: &Call<'_>, keys: &Credentials) -> Result<Zeroizing<String>, ApiError> {
        let (endpoint, region) = self.endpoints.of(call.service);
        let terms = terms(call.action, &endpoint, call.is_repeatable);
        self.wire.call(terms, |wire, time| {
            let request = signed(call, keys, &endpoint, &region, time)?;
            text(wire.exchange(request, terms)?, terms)
        })
    }

    fn get(
        &mut self,
        url: &str,
        action: &'static str,
        endpoint: &str,
    ) -> Result<Zeroizing<String>, ApiError> {
        self.wire.begin(CALL);
        let request = Request::get(url).body(String::new());
        let request = request.map_err(|error| ApiError::Unsigned {
            action,
            endpoint: endpoint.to_owned(),
            why: error.to_string(),
        })?;
        let terms = terms(action, endpoint, false);
        let answer = self.wire.exchange(request, terms)?;
        if answer.status.is_success() {
            return text(answer, terms);
        }
        Err(not_aws(&answer, terms))
    }

    fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    fn clock_skew(&self) -> Option<ClockSkew> {
        self.wire.clock_skew()
    }
}

const fn terms<'a>(action: &'static str, endpoint: &'a str, is_repeatable: bool) -> Terms<'a> {
    Terms {
        action,
        endpoint,
        time: CALL,
        max_answer: MAX_ANSWER,
        is_repeatable,
    }
}

/// The text of an answer, or its error.
fn text(mut answer: Answer, terms: Terms<'_>) -> Result<Zeroizing<String>, ApiError> {
    let Ok(text) = std::str::from_utf8(&answer.body) else {
        return Err(not_aws(&answer, terms));
    };
    if !answer.status.is_success() {
        return Err(match refusal(text) {
            Some((code, message)) => ApiError::Refused {
                action: terms.action,
                code,
                message,
            },
            None => not_aws(&answer, terms),
        });
    }
    let bytes = std::mem::take(&mut *answer.body);
    Ok(Zeroizing::new(String::from_utf8(bytes).unwrap_or_default()))
}

/// The error for an answer that is not AWS's.
pub(super) fn not_aws(answer: &Answer, terms: Terms<'_>) -> ApiError {
    if [429, 503].contains(&answer.status.as_u16()) {
        return ApiError::Refused {
            action: terms.action,
            code: "ServiceUnavailable".to_owned(),
            message: "it is overloaded".to_owned(),
        };
    }
    ApiError::NotAws {
        action: terms.action,
        endpoint: terms.endpoint.to_owned(),
        status: answer.status.as_u16(),
    }
}
