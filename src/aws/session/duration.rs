//! How long a session is to last.

use crate::aws::error::Seconds;
use crate::aws::{Error, ProfileClient, Selection};

/// The default of `GetSessionToken`, and the most of `AssumeRole`: 12 hours.
pub(super) const DEFAULT_STS_SECONDS: u32 = 12 * 3600;
/// The default of `AssumeRole`, and the most with a session's keys: an hour.
pub(super) const DEFAULT_ROLE_SECONDS: u32 = 3600;
/// The shortest that either allows: 15 minutes.
const LEAST_SECONDS: u32 = 900;
/// The most that `GetSessionToken` allows: 36 hours.
const MOST_SECONDS: u32 = 129_600;

/// The length that the option or the profile asks for; `None` for AWS's default. Fails if AWS does not
/// allow it.
pub(super) fn wanted(selection: &Selection, client: &ProfileClient) -> Result<Option<u32>, Error> {
    let profile = &client.profile;
    let longest = match (&profile.role, &profile.source_role) {
        (Some(_), Some(_)) => DEFAULT_ROLE_SECONDS,
        (Some(_), None) => DEFAULT_STS_SECONDS,
        (None, _) => MOST_SECONDS,
    };
    let seconds = selection.duration.or(profile.duration);
    if seconds.is_none_or(|seconds| (LEAST_SECONDS..=longest).contains(&seconds)) {
        return Ok(seconds);
    }
    Err(client.of_profile(Error::Duration {
        profile: client.display_name().to_owned(),
        asked: Seconds(seconds.unwrap_or_default()),
        longest: Seconds(longest),
    }))
}
