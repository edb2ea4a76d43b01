//! The length of a session.

use crate::aws::error::Seconds;
use crate::aws::{Error, ProfileClient, Selection};

/// The default of `GetSessionToken`, and the most that `AssumeRole` allows: 12 hours.
pub(crate) const DEFAULT_STS_SECONDS: u32 = 12 * 3600;
/// The default of `AssumeRole`, and the most with another role's session: an hour.
pub(super) const DEFAULT_ROLE_SECONDS: u32 = 3600;
/// The shortest that either allows: 15 minutes.
const LEAST_SECONDS: u32 = 900;
/// The most that `GetSessionToken` allows: 36 hours.
const MOST_SECONDS: u32 = 129_600;

/// The length of a session: the option's, else the profile's, else AWS's default. Fails if AWS does not
/// allow it.
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
