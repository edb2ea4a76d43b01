//! Gets a session from STS.

use super::Request;
use super::duration::DEFAULT_ROLE_SECONDS;
use crate::aws::api::sts::{self, Mfa};
use crate::aws::api::{ApiError, ClockSkew, Refusal};
use crate::aws::{Credentials, Host, Notice, OpenVault, ProfileClient, lookup};
use crate::otp::{Account, AccountId, AwsLink};

/// For this long, some of AWS's servers may not know a newly enabled device.
const SETTLING_SECONDS: u64 = 60;

/// A new session, and what was learned while getting it.
pub(super) struct Issued {
    pub(super) keys: Credentials,
    /// The ARN of the device whose code was used.
    pub(super) serial: Option<String>,
    /// That device's account, if the vault does not link the two yet.
    pub(super) link: Option<(AccountId, AwsLink)>,
}

/// Gets a new session with these keys, and with a fresh code if it needs one.
pub(super) fn issue<H: Host>(
    host: &mut H,
    client: &mut ProfileClient,
    open: &OpenVault,
    request: &Request<'_>,
    keys: &Credentials,
) -> Result<Issued, H::Error> {
    if keys.is_session() {
        // A role from a session: the code was given when that session was made.
        let seconds = request.seconds.min(DEFAULT_ROLE_SECONDS);
        let session = call_sts(client, keys, None, seconds);
        return Ok(Issued {
            keys: client.checked(host, session)?,
            serial: request.serial.clone(),
            link: None,
        });
    }
    let serial = match &request.serial {
        Some(serial) => serial.clone(),
        None => lookup::find_serial(host, client, open, request.named.is_some(), keys)?,
    };
    let account = match request.named {
        Some(account) => account,
        None => lookup::account_of(&open.vault, &serial)?,
    };
    let session = with_fresh_code(host, client, account, |client, code| {
        let serial = &serial;
        call_sts(client, keys, Some(Mfa { serial, code }), request.seconds)
    })?;
    let link = AwsLink {
        serial: serial.clone(),
        profile: client.profile.keys_of.clone(),
    };
    let is_new = account.aws.as_ref() != Some(&link);
    Ok(Issued {
        keys: client.checked(host, session)?,
        serial: Some(serial),
        link: is_new.then_some((account.id, link)),
    })
}

/// Calls with a fresh code. Tries once more with the next one if another program may have used the
/// first, or some of AWS's servers may not know the device yet.
fn with_fresh_code<T, H: Host>(
    host: &mut H,
    client: &mut ProfileClient,
    account: &Account,
    call: impl Fn(&mut ProfileClient, &str) -> Result<T, ApiError>,
) -> Result<Result<T, ApiError>, H::Error> {
    let is_settling = host.unix_seconds() < account.updated.saturating_add(SETTLING_SECONDS);
    let code = host.fresh_code(account)?;
    let result = call(client, code.as_str());
    let skew = client.api.clock_skew();
    let is_worth_another = |error: &ApiError| match error.refusal() {
        // If the clock explains the refusal, the next code would be refused too.
        Some(Refusal::WrongCode) => !skew.is_some_and(ClockSkew::is_beyond_codes),
        Some(Refusal::UnknownDevice) => is_settling,
        _ => false,
    };
    if !result.as_ref().is_err_and(is_worth_another) {
        return Ok(result);
    }
    host.notify(&Notice::TryingNextCode);
    let code = host.fresh_code(account)?;
    Ok(call(client, code.as_str()))
}

fn call_sts(
    client: &mut ProfileClient,
    keys: &Credentials,
    mfa: Option<Mfa<'_>>,
    seconds: u32,
) -> Result<Credentials, ApiError> {
    let ProfileClient { profile, api, .. } = client;
    match &profile.role {
        Some(role) => {
            let name = role.session_name.as_deref().unwrap_or("mfa");
            sts::assume_role(&mut **api, keys, role, name, mfa, seconds)
        }
        None => sts::get_session_token(&mut **api, keys, mfa, seconds),
    }
}

/// Stores which device, and which profile, an account belongs to.
pub(super) fn link<H: Host>(host: &mut H, id: AccountId, link: AwsLink) -> Result<(), H::Error> {
    let now = host.unix_seconds();
    host.change_vault(|vault| {
        vault.update(id, now, |account| account.aws = Some(link))?;
        Ok(())
    })
}
