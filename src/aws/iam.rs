//! IAM: virtual MFA devices of a user.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/>

use data_encoding::BASE64;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::client::{Api, Call};
use super::endpoint::Service;
use super::error::AwsError;
use super::keys::Keys;
use crate::otp::Secret;

/// A user has at most 8 devices, so that a list without end is none of AWS's.
const MAX_PAGES: usize = 100;

/// A device that was just made; AWS gives its key out this once.
pub struct NewDevice {
    /// Its ARN.
    pub serial: String,
    /// Its key.
    pub secret: Secret,
}

/// A device of a user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Device {
    /// ARN of a virtual device or security key; the number on a hardware token.
    #[serde(rename = "SerialNumber")]
    pub serial: String,
    /// RFC 3339.
    #[serde(rename = "EnableDate", default)]
    pub enabled: Option<String>,
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
    #[serde(rename = "SerialNumber")]
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

/// Makes a device that belongs to nobody yet.
///
/// # Errors
/// [`AwsError`].
pub fn create(api: &mut impl Api, keys: &Keys, name: &str) -> Result<NewDevice, AwsError> {
    let action = "CreateVirtualMFADevice";
    let parameters = [("VirtualMFADeviceName", name)];
    let answer: CreateAnswer = api.ask(&call(action, &parameters), keys)?;
    let CreatedXml { serial, seed } = answer.result.device;
    // On the wire the seed is base64 of its base32 text.
    let text = BASE64.decode(seed.as_bytes()).ok().map(Zeroizing::new);
    let secret = text.and_then(|text| {
        let text = std::str::from_utf8(&text).ok()?;
        Secret::from_base32(text).ok()
    });
    match secret {
        Some(secret) => Ok(NewDevice { serial, secret }),
        None => Err(AwsError::NotAws {
            action,
            endpoint: "iam".to_owned(),
            status: 200,
        }),
    }
}

/// Gives a device to a user; two codes of steps that follow each other prove it.
///
/// # Errors
/// [`AwsError`].
pub fn enable(
    api: &mut impl Api,
    keys: &Keys,
    user: &str,
    serial: &str,
    codes: (&str, &str),
) -> Result<(), AwsError> {
    pair(api, keys, "EnableMFADevice", user, serial, codes)
}

/// Lets AWS find the device's clock again.
///
/// # Errors
/// [`AwsError`].
pub fn resync(
    api: &mut impl Api,
    keys: &Keys,
    user: &str,
    serial: &str,
    codes: (&str, &str),
) -> Result<(), AwsError> {
    pair(api, keys, "ResyncMFADevice", user, serial, codes)
}

fn pair(
    api: &mut impl Api,
    keys: &Keys,
    action: &'static str,
    user: &str,
    serial: &str,
    codes: (&str, &str),
) -> Result<(), AwsError> {
    let parameters = [
        ("UserName", user),
        ("SerialNumber", serial),
        ("AuthenticationCode1", codes.0),
        ("AuthenticationCode2", codes.1),
    ];
    api.send(&call(action, &parameters), keys).map(drop)
}

/// The devices of a user.
///
/// # Errors
/// [`AwsError`].
pub fn list(api: &mut impl Api, keys: &Keys, user: &str) -> Result<Vec<Device>, AwsError> {
    let mut devices = Vec::new();
    let mut marker: Option<String> = None;
    for _ in 0..MAX_PAGES {
        let mut parameters = vec![("UserName", user)];
        parameters.extend(marker.as_deref().map(|marker| ("Marker", marker)));
        let call = Call {
            again: true,
            ..call("ListMFADevices", &parameters)
        };
        let ListResult {
            devices: page,
            is_truncated,
            marker: next,
        } = api.ask::<ListAnswer>(&call, keys)?.result;
        devices.extend(page.member);
        marker = next.filter(|_| is_truncated);
        if marker.is_none() {
            break;
        }
    }
    Ok(devices)
}

/// Takes a device away from a user; it is there still, and belongs to nobody.
///
/// # Errors
/// [`AwsError`].
pub fn deactivate(
    api: &mut impl Api,
    keys: &Keys,
    user: &str,
    serial: &str,
) -> Result<(), AwsError> {
    let parameters = [("UserName", user), ("SerialNumber", serial)];
    api.send(&call("DeactivateMFADevice", &parameters), keys)
        .map(drop)
}

/// Deletes a device that belongs to nobody.
///
/// # Errors
/// [`AwsError`].
pub fn delete(api: &mut impl Api, keys: &Keys, serial: &str) -> Result<(), AwsError> {
    let parameters = [("SerialNumber", serial)];
    api.send(&call("DeleteVirtualMFADevice", &parameters), keys)
        .map(drop)
}

const fn call<'a>(action: &'static str, parameters: &'a [(&'a str, &'a str)]) -> Call<'a> {
    Call {
        service: Service::Iam,
        action,
        parameters,
        again: false,
    }
}
