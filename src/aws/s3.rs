//! The keys and the server for an S3 bucket, as a profile has them.

#[cfg(test)]
mod tests;

use super::api::EndpointError;
use super::api::s3::S3Place;
use super::config::{Profile, Source};
use super::{Credentials, Error, Host, Selection, resolve_profile, session};
use crate::vault::Vault;

/// The keys for S3: a session if the profile has a role or an MFA device, else its own keys. A session
/// lives for some minutes at least; the caller asks again for the next round.
pub(crate) fn keys_for_s3<H: Host>(
    host: &mut H,
    profile: Option<&str>,
    vault: &Vault,
) -> Result<Credentials, H::Error> {
    let (_, resolved) = resolve_profile(host, profile, vault)?;
    if needs_session(&resolved) {
        let selection = Selection {
            profile: profile.map(ToOwned::to_owned),
            ..Selection::default()
        };
        return Ok(session::credentials(host, &selection)?.keys);
    }
    let own = match &resolved.source {
        Source::Vault { profile, .. } => vault.aws_keys.of(profile),
        _ => None,
    };
    match own {
        Some(own) => Ok((&own.key).into()),
        None => host.resolve_keys(&resolved.source),
    }
}

/// Whether the keys of a profile are only good for a session.
pub(crate) const fn needs_session(profile: &Profile) -> bool {
    profile.role.is_some() || profile.mfa_serial.is_some()
}

/// The server of a bucket, and the profile whose certificates it is trusted by. The endpoint and region
/// that a person named come first.
pub(crate) fn place_of_bucket<H: Host>(
    host: &H,
    profile: Option<&str>,
    vault: &Vault,
    bucket: &str,
    named: (Option<&str>, Option<&str>),
) -> Result<(S3Place, Profile), H::Error> {
    let (files, profile) = resolve_profile(host, profile, vault)?;
    let failed = |error: EndpointError| Error::Endpoint {
        error,
        profile: profile.name.clone(),
    };
    let place = S3Place::resolve(&files, &profile, bucket, named).map_err(failed)?;
    Ok((place, profile))
}
