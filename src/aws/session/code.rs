//! Calls that need a fresh code.

use crate::aws::api::{ApiError, Refusal};
use crate::aws::{Host, Notice, ProfileClient};
use crate::otp::Account;

/// For this long, some of AWS's servers may not know a newly enabled device.
const SETTLING_SECONDS: u64 = 60;

/// Calls with a fresh code. Tries once more with the next one if another program may have used the
/// first, if this machine's clock was wrong, or if some of AWS's servers may not know the device yet.
pub(super) fn with_fresh_code<T, H: Host>(
    host: &mut H,
    client: &mut ProfileClient,
    account: &Account,
    call: impl Fn(&mut ProfileClient, &str) -> Result<T, ApiError>,
) -> Result<Result<T, ApiError>, H::Error> {
    let is_settling = host.unix_seconds() < account.updated.saturating_add(SETTLING_SECONDS);
    let was_corrected = client.has_wrong_clock();
    let result = with_one_code(host, client, account, &call)?;
    let is_worth_another = |error: &ApiError| match error.refusal() {
        // With AWS's own time, only another program can have used the code.
        Some(Refusal::WrongCode) => true,
        Some(Refusal::UnknownDevice) => is_settling,
        _ => false,
    };
    if !result.as_ref().is_err_and(is_worth_another) {
        return Ok(result);
    }
    if was_corrected || !client.has_wrong_clock() {
        host.notify(&Notice::TryingNextCode);
    }
    with_one_code(host, client, account, &call)
}

fn with_one_code<T, H: Host>(
    host: &mut H,
    client: &mut ProfileClient,
    account: &Account,
    call: impl Fn(&mut ProfileClient, &str) -> Result<T, ApiError>,
) -> Result<Result<T, ApiError>, H::Error> {
    let ahead = client.correction(host);
    let fresh = host.fresh_code(account, ahead)?;
    let result = call(client, fresh.code.as_str());
    let is_of_wrong_time = ahead == 0 && client.has_wrong_clock();
    if result
        .as_ref()
        .is_err_and(|error| is_of_wrong_time || !error.was_sent())
    {
        host.give_back(account, &fresh)?;
    }
    Ok(result)
}
