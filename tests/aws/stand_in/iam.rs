//! IAM: the calls about users and their devices.

use super::answer::{Outcome, Refusal, element, group};
use super::device::{Device, ENABLE, Enabled, RESYNC};
use super::form::{Form, invalid};
use super::moment;
use super::rights::is_name;
use super::state::{Caller, State};

/// The most devices of a user.
const QUOTA: usize = 8;

pub fn call(state: &mut State, caller: &Caller, action: &str, form: &Form) -> Outcome {
    match action {
        "GetUser" => get_user(state, caller, form),
        "CreateVirtualMFADevice" => create(state, caller, form),
        "EnableMFADevice" => enable(state, caller, form),
        "ResyncMFADevice" => resync(state, caller, form),
        "DeactivateMFADevice" => deactivate(state, caller, form),
        "DeleteVirtualMFADevice" => delete(state, caller, form),
        "ListMFADevices" => list(state, caller, form),
        "ListVirtualMFADevices" => list_virtual(state, caller, form),
        _ => unreachable!("no such call: {action}"),
    }
}

/// The user that a call is about: the caller if it names none.
pub fn subject(caller: &Caller, form: &Form) -> Result<String, Refusal> {
    let named = form.get("UserName").or(caller.user());
    let message = "Must specify userName when calling with non-User credentials";
    let none = || Refusal::new(400, "ValidationError", message);
    named.map(str::to_owned).ok_or_else(none)
}

fn get_user(state: &State, caller: &Caller, form: &Form) -> Outcome {
    let user = subject(caller, form)?;
    let resource = state.arn(&format!("user/{user}"));
    state.allow(caller, "iam:GetUser", &resource, &user, None)?;
    Ok(group("User", &state.described(&user)?))
}

fn create(state: &mut State, caller: &Caller, form: &Form) -> Outcome {
    let name = form.require("VirtualMFADeviceName")?;
    if !is_name(name, 226) {
        return Err(Refusal::new(
            400,
            "ValidationError",
            "The specified value for virtualMFADeviceName is invalid. It must contain only \
             alphanumeric characters and/or the following: +=,.@_-",
        ));
    }
    let path = form.get("Path").unwrap_or("/");
    if !(path.starts_with('/') && path.ends_with('/')) {
        return Err(invalid(&format!("Value '{path}' at 'path' is not a path")));
    }
    let serial = state.arn(&format!("mfa{path}{name}"));
    let action = "iam:CreateVirtualMFADevice";
    let caller_name = caller.user().unwrap_or_default();
    state.allow(caller, action, &serial, caller_name, Some(name))?;
    if state.device(&serial).is_some() {
        let message = "MFADevice entity at the same path and name already exists.";
        return Err(Refusal::new(409, "EntityAlreadyExists", message));
    }
    let count = state.devices.iter().filter(|d| d.is_virtual()).count();
    if count >= state.most_devices {
        return Err(exceeded("VirtualMFADevicesPerAccount", state.most_devices));
    }
    let device = Device::virtual_one(serial);
    // A picture for people; whoever has the seed can draw it.
    let picture = data_encoding::BASE64.encode(b"\x89PNG\r\n\x1a\n");
    let parts = [
        element("SerialNumber", &device.serial),
        element("Base32StringSeed", &device.on_the_wire()),
        element("QRCodePNG", &picture),
    ];
    state.devices.push(device);
    Ok(group("VirtualMFADevice", &parts.concat()))
}

fn enable(state: &mut State, caller: &Caller, form: &Form) -> Outcome {
    let user = form.require("UserName")?;
    let serial = form.require("SerialNumber")?;
    let (one, two) = pair(form)?;
    let action = "iam:EnableMFADevice";
    let resource = state.arn(&format!("user/{user}"));
    state.allow(caller, action, &resource, user, None)?;
    state.user(user)?;
    state.need_mfa(caller, action, user)?;
    let count = state.devices.iter().filter(|d| d.belongs_to(user)).count();
    let now = state.clock.now();
    let device = state.device_mut(serial).ok_or_else(|| missing(serial))?;
    if device.enabled.is_some() {
        let message = format!("MFA device {serial} is already in use.");
        return Err(Refusal::new(409, "EntityAlreadyExists", &message));
    }
    if count >= QUOTA {
        return Err(exceeded("MFADevicesPerUser", QUOTA));
    }
    if !device.takes_pair(one, two, now, ENABLE) {
        return Err(not_valid());
    }
    device.enabled = Some(Enabled {
        user: user.to_owned(),
        since: now,
    });
    Ok(String::new())
}

fn resync(state: &mut State, caller: &Caller, form: &Form) -> Outcome {
    let user = form.require("UserName")?;
    let serial = form.require("SerialNumber")?;
    let (one, two) = pair(form)?;
    let resource = state.arn(&format!("user/{user}"));
    state.allow(caller, "iam:ResyncMFADevice", &resource, user, None)?;
    state.user(user)?;
    let now = state.clock.now();
    let device = owned(state, serial, user)?;
    if !device.takes_pair(one, two, now, RESYNC) {
        return Err(not_valid());
    }
    Ok(String::new())
}

fn deactivate(state: &mut State, caller: &Caller, form: &Form) -> Outcome {
    let user = subject(caller, form)?;
    let serial = form.require("SerialNumber")?;
    let action = "iam:DeactivateMFADevice";
    let resource = state.arn(&format!("user/{user}"));
    state.allow(caller, action, &resource, &user, None)?;
    state.user(&user)?;
    state.need_mfa(caller, action, &user)?;
    let device = owned(state, serial, &user)?;
    device.enabled = None;
    if !device.is_virtual() {
        state.devices.retain(|device| device.serial != serial);
    }
    Ok(String::new())
}

fn delete(state: &mut State, caller: &Caller, form: &Form) -> Outcome {
    let serial = form.require("SerialNumber")?;
    let name = serial.rsplit('/').next();
    let caller_name = caller.user().unwrap_or_default();
    let action = "iam:DeleteVirtualMFADevice";
    state.allow(caller, action, serial, caller_name, name)?;
    let device = state.device(serial).filter(|device| device.is_virtual());
    if device.ok_or_else(|| missing(serial))?.enabled.is_some() {
        let message = "MFA VirtualDevice in use. Must deactivate first.";
        return Err(Refusal::new(409, "DeleteConflict", message));
    }
    state.devices.retain(|device| device.serial != serial);
    Ok(String::new())
}

fn list(state: &State, caller: &Caller, form: &Form) -> Outcome {
    let user = subject(caller, form)?;
    let resource = state.arn(&format!("user/{user}"));
    state.allow(caller, "iam:ListMFADevices", &resource, &user, None)?;
    state.user(&user)?;
    let described = |device: &Device| {
        let by = device.enabled.as_ref().filter(|by| by.user == user)?;
        let parts = [
            element("UserName", &by.user),
            element("SerialNumber", &device.serial),
            element("EnableDate", &moment::iso(by.since)),
        ];
        Some(group("member", &parts.concat()))
    };
    let all = state.devices.iter().filter_map(described).collect();
    paged(state, form, "MFADevices", all)
}

fn list_virtual(state: &State, caller: &Caller, form: &Form) -> Outcome {
    let status = form.get("AssignmentStatus").unwrap_or("Any");
    if !["Any", "Assigned", "Unassigned"].contains(&status) {
        return Err(invalid(&format!(
            "Value '{status}' at 'assignmentStatus' failed to satisfy constraint: Member must \
             satisfy enum value set: [Any, Unassigned, Assigned]"
        )));
    }
    let (action, resource) = ("iam:ListVirtualMFADevices", state.arn("mfa/"));
    let name = caller.user().unwrap_or_default();
    state.allow(caller, action, &resource, name, None)?;
    let wanted = |device: &&Device| {
        let assigned = device.enabled.is_some();
        device.is_virtual() && (status == "Any" || assigned == (status == "Assigned"))
    };
    let mut all = Vec::new();
    for device in state.devices.iter().filter(wanted) {
        let mut parts = element("SerialNumber", &device.serial);
        if let Some(by) = &device.enabled {
            parts += &element("EnableDate", &moment::iso(by.since));
            parts += &group("User", &state.described(&by.user)?);
        }
        all.push(group("member", &parts));
    }
    paged(state, form, "VirtualMFADevices", all)
}

/// One page of a list, and where the next one starts.
pub fn paged(state: &State, form: &Form, name: &str, all: Vec<String>) -> Outcome {
    let most = form.number("MaxItems", 1, 1000)?.unwrap_or(100);
    let most = usize::try_from(most).unwrap().min(state.page);
    let from = match form.get("Marker") {
        None => 0,
        Some(marker) => marker
            .strip_prefix("after ")
            .and_then(|marker| marker.parse().ok())
            .ok_or_else(|| Refusal::new(400, "ValidationError", "Invalid Marker."))?,
    };
    let total = all.len();
    let page: String = all.into_iter().skip(from).take(most).collect();
    let mut parts = group(name, &page);
    let truncated = from + most < total;
    parts += &element("IsTruncated", &truncated.to_string());
    if truncated {
        parts += &element("Marker", &format!("after {}", from + most));
    }
    Ok(parts)
}

fn pair(form: &Form) -> Result<(&str, &str), Refusal> {
    let mut codes = [""; 2];
    for (code, name) in codes
        .iter_mut()
        .zip(["AuthenticationCode1", "AuthenticationCode2"])
    {
        form.require(name)?;
        *code = form.code(name)?.unwrap_or_default();
    }
    Ok((codes[0], codes[1]))
}

fn owned<'a>(state: &'a mut State, serial: &str, user: &str) -> Result<&'a mut Device, Refusal> {
    let device = state.device_mut(serial).ok_or_else(|| missing(serial))?;
    let foreign = || Refusal::new(404, "NoSuchEntity", "MFA Device invalid for user.");
    let own = device.belongs_to(user).then_some(device);
    own.ok_or_else(foreign)
}

fn missing(serial: &str) -> Refusal {
    let message = format!("VirtualMFADevice with serial number {serial} does not exist.");
    Refusal::new(404, "NoSuchEntity", &message)
}

pub fn exceeded(quota: &str, most: usize) -> Refusal {
    let message = format!("Cannot exceed quota for {quota}: {most}");
    Refusal::new(409, "LimitExceeded", &message)
}

fn not_valid() -> Refusal {
    let message = "Authentication code for device is not valid.";
    Refusal::new(403, "InvalidAuthenticationCode", message)
}
