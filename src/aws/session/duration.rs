//! How long a session lasts.

use crate::aws::error::Seconds;
use crate::aws::{Error, ProfileClient, Selection};

/// What `GetSessionToken` gives by default, and the most that `AssumeRole` gives.
pub(crate) const DEFAULT_STS_SECONDS: u32 = 12 * 3600;
/// What `AssumeRole` gives by default, and the most from another role's session.
pub(super) const DEFAULT_ROLE_SECONDS: u32 = 3600;
/// The least that either gives.
const LEAST_SECONDS: u32 = 900;
/// The most that `GetSessionToken` gives.
const MOST_SECONDS: u32 = 129_600;

/// The length of a session: what was asked for, else the profile's, else AWS's default.
///
/// # Errors
/// When AWS gives no session of that length.
pub(super) fn seconds(selection: &Selection, client: &ProfileClient) -> Result<u32, Error> {
    let profile = &client.profile;
    let (usual, longest) = match (&profile.role, &profile.source_role) {
        (Some(_), Some(_)) => (DEFAULT_ROLE_SECONDS, DEFAULT_ROLE_SECONDS),
        (Some(_), None) => (DEFAULT_ROLE_SECONDS, DEFAULT_STS_SECONDS),
        (None, _) => (DEFAULT_STS_SECONDS, MOST_SECONDS),
    };
    let seconds = selection.duration.or(profile.duration).unwrap_or(usual);
    if (LEAST_SECONDS..=longest).contains(&seconds) {
        return Ok(seconds);
    }
    Err(client.of_profile(Error::Duration {
        profile: client.display_name().to_owned(),
        asked: Seconds(seconds),
        longest: Seconds(longest),
    }))
}
