//! Builds requests of the Query protocol, signed with AWS's own `aws-sigv4`.

use std::time::SystemTime;

use aws_credential_types::Credentials as Identity;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
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
pub(super) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
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
    let mut request = Request::post(&url)
        .header(CONTENT_TYPE.0, CONTENT_TYPE.1)
        .body(body)
        .map_err(|error| unsigned(&error))?;
    let bytes = request.body().clone().into_bytes();
    let settings = SigningSettings::default();
    let name = call.service.name();
    sign_in(&mut request, &bytes, keys, (name, region, time), settings)
        .map_err(|error| unsigned(&error))?;
    Ok(request)
}

/// The settings of S3: the path is signed as it is sent, and the hash of the body is a header.
pub(super) fn of_s3() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    settings
}

/// Signs a request with all headers that it has, for a service and region at a time.
pub(super) fn sign_in<B>(
    request: &mut Request<B>,
    body: &[u8],
    keys: &Credentials,
    (service, region, time): (&str, &str, SystemTime),
    settings: SigningSettings,
) -> Result<(), String> {
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
        .name(service)
        .time(time)
        .settings(settings)
        .build()
        .map_err(|error| error.to_string())?
        .into();
    let url = request.uri().to_string();
    let headers = request.headers().iter();
    let headers = headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let signable = SignableRequest::new(
        request.method().as_str(),
        &url,
        headers,
        SignableBody::Bytes(body),
    );
    let signable = signable.map_err(|error| error.to_string())?;
    let signed = sign(signable, &parameters).map_err(|error| error.to_string())?;
    let (instructions, _) = signed.into_parts();
    instructions.apply_to_request_http1x(request);
    Ok(())
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
