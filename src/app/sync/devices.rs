//! The machines of the vault, and the name of this one.

use data_encoding::HEXLOWER;

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::hint::Hint;
use crate::ui::escape;
use crate::vault::Vault;
use crate::vault::replica::{Device, DeviceId, MAX_NAME_BYTES};
use crate::vault::repository::device_id;

/// An id as JSON has it.
pub(crate) fn hex(id: &DeviceId) -> String {
    HEXLOWER.encode(id)
}

/// The id of this machine, and all machines that share the vault: those at work first.
///
/// # Errors
/// If the vault does not sync, or cannot be opened.
pub(crate) fn devices(context: &mut Context) -> Result<(DeviceId, Vec<Device>)> {
    context.known()?;
    let vault = context.open_existing()?.vault;
    let mut devices = vault.devices()?;
    devices.sort_by_key(|device| (device.is_removed, device.added, device.id));
    Ok((own_id(context)?, devices))
}

/// The id of this machine.
///
/// # Errors
/// If there are no random numbers.
pub(crate) fn own_id(context: &mut Context) -> Result<DeviceId> {
    Ok(device_id(&mut context.host)?)
}

/// What a device is called in messages, escaped.
pub(crate) fn shown(device: &Device) -> String {
    escape(&device.name).into_owned()
}

/// Parses the value of `--name`.
pub(crate) fn device_name(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        Err("it is empty".to_owned())
    } else if text.len() > MAX_NAME_BYTES {
        Err(format!("it is longer than {MAX_NAME_BYTES} bytes"))
    } else if escape(text) != text {
        Err("it has control characters".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// The name of this machine in a vault: the given one, or that of the system. Machines that are called the
/// same get a number.
///
/// # Errors
/// [`Exit::Exists`] if the given name is that of another machine.
pub(crate) fn own_name(vault: &Vault, own: &DeviceId, given: Option<&str>) -> Result<String> {
    let others = vault.devices()?;
    let mut others = others.iter().filter(|device| device.id != *own);
    let mut names: Vec<&str> = Vec::new();
    names.extend(others.by_ref().map(|device| device.name.as_str()));
    let is_taken = |name: &str| names.iter().any(|other| other.eq_ignore_ascii_case(name));
    if let Some(given) = given {
        if is_taken(given) {
            let message = format!("another machine is called '{given}'");
            let again = Hint::again().option("name", "OTHER");
            return Err(CommandError::new(Exit::Exists, message).with_hint(again));
        }
        return Ok(given.to_owned());
    }
    let name = system_name();
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let mut candidates = std::iter::once(name.clone()).chain(numbered);
    let free = candidates.find(|name| !is_taken(name));
    Ok(free.unwrap_or(name))
}

/// The first part of the system's host name.
fn system_name() -> String {
    #[cfg(unix)]
    let name = {
        let system = rustix::system::uname();
        system.nodename().to_string_lossy().into_owned()
    };
    #[cfg(not(unix))]
    let name = crate::app::context::computer_name();
    let first = name.split('.').next().unwrap_or_default();
    device_name(first).unwrap_or_else(|_| "machine".to_owned())
}

/// Finds the machine with this name or id.
///
/// # Errors
/// [`Exit::NotFound`] if there is none, [`Exit::Ambiguous`] if several have the name.
pub(crate) fn find<'a>(devices: &'a [Device], name: &str) -> Result<&'a Device> {
    let by_id = devices.iter().find(|device| hex(&device.id) == name);
    if let Some(device) = by_id {
        return Ok(device);
    }
    let named = |fits: &dyn Fn(&str) -> bool| -> Vec<&'a Device> {
        let all = devices.iter().filter(|device| fits(&device.name));
        all.collect()
    };
    let mut found = named(&|own| own == name);
    if found.is_empty() {
        found = named(&|own| own.eq_ignore_ascii_case(name));
    }
    // A name may be given again after its machine was removed.
    if found.len() > 1 {
        found.retain(|device| !device.is_removed);
    }
    let message = match found.as_slice() {
        [only] => return Ok(only),
        [] => {
            let active = devices.iter().filter(|device| !device.is_removed);
            let message = format!("no machine is called '{name}'; those that sync are");
            return Err(CommandError::new(Exit::NotFound, message)
                .with_details(active.map(|device| device.name.clone()).collect())
                .with_hint("mfa sync devices"));
        }
        several => format!(
            "'{name}' is ambiguous: {} machines match; use an id",
            several.len()
        ),
    };
    let ids = found.iter().map(|device| hex(&device.id)).collect();
    Err(CommandError::new(Exit::Ambiguous, message).with_details(ids))
}
