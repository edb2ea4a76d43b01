//! A picture of all screens from the desktop portal, the way that Wayland leaves.
//!
//! <https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.Screenshot.html>

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use zbus::Error;
use zbus::blocking::proxy::Builder;
use zbus::blocking::{Connection, Proxy};
use zbus::proxy::CacheProperties;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};
use zeroize::Zeroizing;

use super::within;

const PORTAL: &str = "org.freedesktop.portal.Desktop";
/// How long the portal may take. It may ask the person first.
const PATIENCE: Duration = Duration::from_mins(2);

/// Takes a picture of all screens. The portal writes it to a file, which is read and deleted.
pub(super) fn screenshot(limit: usize) -> Result<Zeroizing<Vec<u8>>, String> {
    // zbus has no time limits.
    let path = within(PATIENCE, ask).unwrap_or_else(|| {
        let seconds = PATIENCE.as_secs();
        Err(format!("the portal did not answer in {seconds} s"))
    })?;
    let picture = read(&path, limit);
    let deleted = std::fs::remove_file(&path);
    let picture =
        picture.ok_or_else(|| format!("cannot read the portal's file {}", path.display()))?;
    match deleted {
        Ok(()) => Ok(picture),
        Err(_) => Err(format!(
            "cannot delete the portal's file {}",
            path.display()
        )),
    }
}

fn read(path: &PathBuf, limit: usize) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    let file = File::open(path).ok()?;
    file.take(limit as u64).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Asks the portal for a picture; returns the path of its file.
fn ask() -> Result<PathBuf, String> {
    let (outcome, results) = request().map_err(|error| match error {
        Error::MethodError(name, ..)
            if name.ends_with(".UnknownMethod") || name.ends_with(".UnknownInterface") =>
        {
            "the desktop's portal takes no screenshots".to_owned()
        }
        _ => "no desktop portal answers on D-Bus".to_owned(),
    })?;
    match outcome {
        0 => {}
        1 => return Err("the screenshot was not allowed".to_owned()),
        _ => return Err("the desktop's portal failed".to_owned()),
    }
    let uri = results
        .get("uri")
        .and_then(|uri| uri.downcast_ref::<&str>().ok());
    uri.and_then(path_of)
        .ok_or_else(|| "the desktop's portal gave no picture".to_owned())
}

/// The path of a `file` URI.
fn path_of(uri: &str) -> Option<PathBuf> {
    let path = uri.strip_prefix("file://")?;
    let bytes: Vec<u8> = percent_decode_str(&path[path.find('/')?..]).collect();
    Some(std::ffi::OsString::from_vec(bytes).into())
}

/// The portal answers a call with a signal. Its path is known beforehand, so that the signal can be
/// awaited before the call: <https://flatpak.github.io/xdg-desktop-portal/docs/requests.html>
fn request() -> zbus::Result<(u32, HashMap<String, OwnedValue>)> {
    let connection = Connection::session()?;
    let sender = connection
        .unique_name()
        .map(|name| name.as_str().replace('.', "_"));
    let sender = sender.unwrap_or_default();
    let token = format!("mfa{}", std::process::id());
    let path = format!(
        "/org/freedesktop/portal/desktop/request/{}/{token}",
        sender.trim_start_matches(':')
    );
    let request = proxy(&connection, path, "org.freedesktop.portal.Request")?;
    let mut responses = request.receive_signal("Response")?;
    let portal = proxy(
        &connection,
        "/org/freedesktop/portal/desktop".to_owned(),
        "org.freedesktop.portal.Screenshot",
    )?;
    let options = HashMap::from([
        ("handle_token", Value::from(token)),
        ("interactive", Value::from(false)),
    ]);
    let _: OwnedObjectPath = portal.call("Screenshot", &("", options))?;
    let response = responses.next().ok_or(Error::InvalidReply)?;
    response.body().deserialize()
}

fn proxy(
    connection: &Connection,
    path: String,
    interface: &'static str,
) -> zbus::Result<Proxy<'static>> {
    Builder::new(connection)
        .destination(PORTAL)?
        .path(path)?
        .interface(interface)?
        .cache_properties(CacheProperties::No)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_decoded() {
        for (uri, path) in [
            ("file:///tmp/a%20b.png", Some("/tmp/a b.png")),
            ("file://localhost/tmp/a.png", Some("/tmp/a.png")),
            ("https://x/y", None),
            ("file://", None),
        ] {
            assert_eq!(path_of(uri), path.map(PathBuf::from), "{uri}");
        }
    }
}
