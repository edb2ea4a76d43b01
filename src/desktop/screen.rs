//! What is on the screens now, as picture files in memory.

#[cfg(target_os = "linux")]
use zeroize::Zeroizing;

#[cfg(target_os = "linux")]
use super::{portal, within, x11};

/// How long an X server may take, which may be at the other end of SSH.
#[cfg(target_os = "linux")]
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);

/// Takes a picture of every screen. `limit` is the most bytes of one.
///
/// # Errors
/// Why the screens cannot be seen.
#[cfg(target_os = "linux")]
pub(crate) fn screens(limit: usize) -> Result<Vec<Zeroizing<Vec<u8>>>, String> {
    if screen_support()? == BY_PORTAL {
        return Ok(vec![portal::screenshot(limit)?]);
    }
    let screens = within(PATIENCE, x11::screens);
    let screens = screens.unwrap_or_else(|| Err("the display does not answer".to_owned()))?;
    let files = screens.iter().map(|pixels| pixels.to_file(limit));
    Ok(files.collect())
}

/// On Wayland, X11 shows none but its own windows.
const BY_PORTAL: &str = "Wayland (portal)";

/// How the screens are seen, or why they cannot be. Looks only at the environment.
pub(crate) fn screen_support() -> Result<&'static str, &'static str> {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(target_os = "macos") {
        Ok("macOS (screencapture)")
    } else if cfg!(windows) {
        Ok("Windows (PowerShell)")
    } else if !cfg!(target_os = "linux") {
        Err("not supported on this system")
    } else if is_set("WAYLAND_DISPLAY") {
        Ok(BY_PORTAL)
    } else if is_set("DISPLAY") {
        Ok("X11")
    } else {
        Err("no display: WAYLAND_DISPLAY and DISPLAY are not set")
    }
}
