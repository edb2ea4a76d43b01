//! AWS's API: IAM, STS and the console's sign-in, as functions over [`Api`].
//!
//! [`iam`], [`access_keys`], [`sts`] and [`console`] are the calls. [`client`] is the real [`Api`]: it signs a request
//! ([`signing`], with AWS's own `aws-sigv4`), sends it ([`agent`]) to an [`endpoint`], retries it if
//! that is safe ([`wire`]), and tells errors apart ([`answer`], [`error`]). Time, keys and endpoints are
//! arguments. [`s3`] stores objects by the same means.

pub(crate) mod access_keys;
mod agent;
mod answer;
mod client;
mod clock_skew;
pub(crate) mod console;
mod endpoint;
mod error;
pub(crate) mod iam;
pub(crate) mod s3;
mod s3_place;
mod signing;
pub(crate) mod sts;
mod wire;

use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::aws::Credentials;

pub(crate) use agent::{ReadTrust, Trust};
pub(crate) use client::Client;
pub(crate) use clock_skew::ClockSkew;
pub(crate) use endpoint::{EndpointError, Endpoints, Service};
pub(crate) use error::{ApiError, Missing, Refusal};

/// One call of the Query protocol.
pub(crate) struct Call<'a> {
    pub(crate) service: Service,
    /// The API's name of the call, such as `GetSessionToken`.
    pub(crate) action: &'static str,
    /// Names and values, not yet percent-encoded.
    pub(crate) parameters: &'a [(&'a str, &'a str)],
    /// Whether to retry it even if AWS may have carried it out. Not with a code, which AWS accepts
    /// once, and not if doing it twice is an error.
    pub(crate) is_repeatable: bool,
}

/// Answers calls: AWS, or a test.
pub(crate) trait Api {
    /// Sends a signed call and returns the text of the answer.
    fn send(&mut self, call: &Call<'_>, keys: &Credentials) -> Result<Zeroizing<String>, ApiError>;

    /// Gets a page whose URL is a secret; errors show only `endpoint`.
    fn get(
        &mut self,
        url: &str,
        action: &'static str,
        endpoint: &str,
    ) -> Result<Zeroizing<String>, ApiError>;

    /// The configured URLs and region.
    fn endpoints(&self) -> &Endpoints;

    /// How far off this machine's clock was at the last answer.
    fn clock_skew(&self) -> Option<ClockSkew>;
}

/// Sends a call whose answer has no content. That of a proxy or portal, which is no answer of AWS, is an
/// error.
fn tell(api: &mut dyn Api, call: &Call<'_>, keys: &Credentials) -> Result<(), ApiError> {
    let text = api.send(call, keys)?;
    if text.contains(&format!("<{}Response", call.action)) {
        return Ok(());
    }
    Err(ApiError::NotAws {
        action: call.action,
        endpoint: api.endpoints().of(call.service).0,
        status: 200,
    })
}

/// Sends a call and parses the XML of the answer.
fn ask<T: DeserializeOwned>(
    api: &mut dyn Api,
    call: &Call<'_>,
    keys: &Credentials,
) -> Result<T, ApiError> {
    let text = api.send(call, keys)?;
    quick_xml::de::from_str(&text).map_err(|_| ApiError::NotAws {
        action: call.action,
        endpoint: api.endpoints().of(call.service).0,
        status: 200,
    })
}
