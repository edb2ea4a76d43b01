//! IAM: the virtual MFA devices of a user.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/>

use data_encoding::BASE64;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{Api, ApiError, Call, Service, ask, tell};
use crate::aws::{Credentials, visible};
use crate::otp::Secret;

/// A user has at most 8 devices. An endless list does not come from AWS.
const MAX_PAGES: usize = 100;

/// A device that was just created. AWS returns its secret key only here.
pub(crate) struct NewDevice {
    pub(crate) serial: String,
    pub(crate) secret: Secret,
}

/// An MFA device of a user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Device {
    /// The ARN of a virtual device or security key, or the number of a hardware token.
    #[serde(rename = "SerialNumber", deserialize_with = "visible")]
    pub(crate) serial: String,
    /// When it was enabled, as RFC 3339.
    #[serde(rename = "EnableDate", default)]
    pub(crate) enabled: Option<String>,
}

#[derive(Deserialize)]
struct CreateAnswer {
    #[serde(rename = "CreateVirtualMFADeviceResult")]
    result: CreateResult,
}

#[derive(Deserialize)]
struct CreateResult {
    #[serde(rename = "VirtualMFADevice")]
    device: CreatedXml,
}

#[derive(Deserialize)]
struct CreatedXml {
    #[serde(rename = "SerialNumber", deserialize_with = "visible")]
    serial: String,
    #[serde(rename = "Base32StringSeed")]
    seed: Zeroizing<String>,
}

#[derive(Deserialize)]
struct ListAnswer {
    #[serde(rename = "ListMFADevicesResult")]
    result: ListResult,
}

#[derive(Deserialize)]
struct ListResult {
    #[serde(rename = "MFADevices", default)]
    devices: Members,
    #[serde(rename = "IsTruncated", default)]
    is_truncated: bool,
    #[serde(rename = "Marker", default)]
    marker: Option<String>,
}

#[derive(Deserialize, Default)]
struct Members {
    #[serde(rename = "member", default)]
    member: Vec<Device>,
}

/// Creates a device that is not assigned to a user yet.
pub(crate) fn create(
    api: &mut dyn Api,
    keys: &Credentials,
    name: &str,
) -> Result<NewDevice, ApiError> {
    let action = "CreateVirtualMFADevice";
    let parameters = [("VirtualMFADeviceName", name)];
    let answer: CreateAnswer = ask(api, &call(action, &parameters), keys)?;
    let CreatedXml { serial, seed } = answer.result.device;
    // The seed is sent as base64 of its base32 text.
    let text = BASE64.decode(seed.as_bytes()).ok().map(Zeroizing::new);
    let secret = text.and_then(|text| {
        let text = std::str::from_utf8(&text).ok()?;
        Secret::from_base32(text).ok()
    });
    match secret {
        Some(secret) => Ok(NewDevice { serial, secret }),
        None => Err(ApiError::NotAws {
            action,
            endpoint: "iam".to_owned(),
            status: 200,
        }),
    }
}

/// Assigns a device to a user, with two consecutive codes as proof.
pub(crate) fn enable(
    api: &mut dyn Api,
    keys: &Credentials,
    user: &str,
    serial: &str,
    codes: (&str, &str),
) -> Result<(), ApiError> {
    pair(api, keys, "EnableMFADevice", user, serial, codes)
}

/// Synchronises a device with AWS, with two consecutive codes.
pub(crate) fn resync(
    api: &mut dyn Api,
    keys: &Credentials,
    user: &str,
    serial: &str,
    codes: (&str, &str),
) -> Result<(), ApiError> {
    pair(api, keys, "ResyncMFADevice", user, serial, codes)
}

fn pair(
    api: &mut dyn Api,
    keys: &Credentials,
    action: &'static str,
    user: &str,
    serial: &str,
    codes: (&str, &str),
) -> Result<(), ApiError> {
    let parameters = [
        ("UserName", user),
        ("SerialNumber", serial),
        ("AuthenticationCode1", codes.0),
        ("AuthenticationCode2", codes.1),
    ];
    tell(api, &call(action, &parameters), keys)
}

/// Lists the devices of a user, of all kinds.
pub(crate) fn list(
    api: &mut dyn Api,
    keys: &Credentials,
    user: &str,
) -> Result<Vec<Device>, ApiError> {
    let mut devices = Vec::new();
    let mut marker: Option<String> = None;
    for _ in 0..MAX_PAGES {
        let mut parameters = vec![("UserName", user)];
        parameters.extend(marker.as_deref().map(|marker| ("Marker", marker)));
        let call = Call {
            is_repeatable: true,
            ..call("ListMFADevices", &parameters)
        };
        let ListResult {
            devices: page,
            is_truncated,
            marker: next,
        } = ask::<ListAnswer>(api, &call, keys)?.result;
        devices.extend(page.member);
        marker = next.filter(|_| is_truncated);
        if marker.is_none() {
            break;
        }
    }
    Ok(devices)
}

/// Removes a device from its user. The device still exists, unassigned.
pub(crate) fn deactivate(
    api: &mut dyn Api,
    keys: &Credentials,
    user: &str,
    serial: &str,
) -> Result<(), ApiError> {
    let parameters = [("UserName", user), ("SerialNumber", serial)];
    tell(api, &call("DeactivateMFADevice", &parameters), keys)
}

/// Deletes a device that is not assigned to a user.
pub(crate) fn delete(api: &mut dyn Api, keys: &Credentials, serial: &str) -> Result<(), ApiError> {
    let parameters = [("SerialNumber", serial)];
    tell(api, &call("DeleteVirtualMFADevice", &parameters), keys)
}

const fn call<'a>(action: &'static str, parameters: &'a [(&'a str, &'a str)]) -> Call<'a> {
    Call {
        service: Service::Iam,
        action,
        parameters,
        is_repeatable: false,
    }
}
