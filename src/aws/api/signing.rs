//! Builds requests of the Query protocol, signed with AWS's own `aws-sigv4`.

use std::time::SystemTime;

use aws_credential_types::Credentials as Identity;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ureq::http::Request;

use super::{ApiError, Call};
use crate::aws::Credentials;

const CONTENT_TYPE: (&str, &str) = (
    "content-type",
    "application/x-www-form-urlencoded; charset=utf-8",
);
/// The characters that signatures encode: all but RFC 3986's unreserved ones (section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Builds the request for a call to `endpoint`, signed with `keys` for `region` at `time`.
pub(super) fn signed(
    call: &Call<'_>,
    keys: &Credentials,
    endpoint: &str,
    region: &str,
    time: SystemTime,
) -> Result<Request<String>, ApiError> {
    let unsigned = |error: &dyn std::fmt::Display| ApiError::Unsigned {
        action: call.action,
        endpoint: endpoint.to_owned(),
        why: error.to_string(),
    };
    let url = format!("{}/", endpoint.trim_end_matches('/'));
    let body = body(call);
    let identity = Identity::new(
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
        .time(time)
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| unsigned(&error))?
        .into();
    let bytes = SignableBody::Bytes(body.as_bytes());
    let signable = SignableRequest::new("POST", &url, std::iter::once(CONTENT_TYPE), bytes)
        .map_err(|error| unsigned(&error))?;
    let (instructions, _) = sign(signable, &parameters)
        .map_err(|error| unsigned(&error))?
        .into_parts();
    let mut request = Request::post(&url)
        .header(CONTENT_TYPE.0, CONTENT_TYPE.1)
        .body(body)
        .map_err(|error| unsigned(&error))?;
    instructions.apply_to_request_http1x(&mut request);
    Ok(request)
}

fn body(call: &Call<'_>) -> String {
    let fixed = [("Action", call.action), ("Version", call.service.version())];
    let pairs = fixed.iter().chain(call.parameters);
    let pairs: Vec<_> = pairs.map(|(name, value)| form_pair(name, value)).collect();
    pairs.join("&")
}

/// `NAME=VALUE` of a form or query, the value percent-encoded.
pub(super) fn form_pair(name: &str, value: &str) -> String {
    format!("{name}={}", utf8_percent_encode(value, RESERVED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_encoded_as_aws_signs_them() {
        assert_eq!(
            form_pair("SerialNumber", "arn:aws:iam::1:mfa/a b+c"),
            "SerialNumber=arn%3Aaws%3Aiam%3A%3A1%3Amfa%2Fa%20b%2Bc"
        );
    }
}
