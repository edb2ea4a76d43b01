//! Reads accounts from the clipboard and from the screens.

use zeroize::Zeroizing;

use super::payloads::{Batch, is_picture, note_untried, pictures};
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::desktop::{self, Copied};
use crate::import::Found;
use crate::otp::Parsed;
use crate::qr::{self, PictureError};

/// Reads the accounts in what was copied: a picture, files, or otpauth URIs, one a line.
pub(crate) fn clipboard(context: &Context) -> Result<Vec<Found>> {
    let copied = desktop::copied().map_err(|why| {
        CommandError::new(Exit::Failed, format!("no clipboard: {why}"))
            .with_hint("mfa add --qr PICTURE")
    })?;
    let mut batch = Batch::default();
    let added = match copied {
        Some(Copied::Picture(pixels)) => batch.add_picture(context, &pixels.to_file(qr::MAX_BYTES)),
        Some(Copied::Files(files)) if files.iter().all(|path| is_picture(path)) => {
            return pictures(context, &files);
        }
        Some(Copied::Text(text)) if is_uri(&text) => batch.add_lines(context, &text),
        Some(Copied::Text(text)) if is_key(&text) => {
            return Err(unusable("has no otpauth URI, but perhaps a secret key")
                .with_hint("mfa add --secret NAME"));
        }
        Some(Copied::Text(_)) => return Err(unusable("has a text without an otpauth URI")),
        Some(Copied::Files(_)) => return Err(unusable("has files that are not pictures")),
        None => return Err(unusable("is empty, or has neither a picture nor a text")),
    };
    added.map_err(|error| error.while_doing("the clipboard"))?;
    batch.finish(context)
}

fn unusable(what: &str) -> CommandError {
    let advice = "copy the picture of the QR code, or the otpauth:// URI".to_owned();
    CommandError::new(Exit::Unusable, format!("the clipboard {what}")).with_details(vec![advice])
}

/// Whether a text may be a secret key. Short words are base32 too.
fn is_key(text: &str) -> bool {
    let text = text.trim();
    text.len() >= 16 && Parsed::from_key(text).is_ok()
}

/// Whether a text starts with a URI that may be an account's.
fn is_uri(text: &str) -> bool {
    let start = text.trim_start().get(..7);
    start.is_some_and(|start| start.eq_ignore_ascii_case("otpauth"))
}

/// Reads the accounts in the QR codes that are on the screens now.
pub(crate) fn screen(context: &Context) -> Result<Vec<Found>> {
    let unseen = |why: String| {
        CommandError::new(Exit::Failed, format!("cannot see the screen: {why}"))
            .with_hint("mfa add --qr PICTURE")
    };
    desktop::screen_support().map_err(|why| unseen(why.to_owned()))?;
    let screens = screens().map_err(unseen)?;
    let (mut codes, mut why) = (Vec::new(), None);
    for screen in &screens {
        match qr::look(screen) {
            Ok(reading) => {
                note_untried(context, &reading, "the screen: ");
                codes.extend(reading.codes);
            }
            // A code that was seen but not read is worth more than none.
            Err(PictureError::NoCode | PictureError::OutOfFocus) => {}
            Err(error) => why = Some(error),
        }
    }
    let mut batch = Batch::default();
    if codes.is_empty() {
        return Err(why.map_or_else(|| no_code(screens.len()), CommandError::from));
    }
    if let Some(why @ PictureError::NotInTime { .. }) = why {
        context.ui.note(&format!("another screen: {why}"));
    }
    batch
        .add_codes(context, &codes, "on the screen")
        .map_err(|error| error.while_doing("the screen"))?;
    batch.finish(context)
}

fn no_code(screens: usize) -> CommandError {
    let message = match screens {
        0 | 1 => "no QR code found on the screen".to_owned(),
        _ => format!("no QR code found on any of the {screens} screens"),
    };
    let advice = "show the whole code, large enough and with nothing in front of it".to_owned();
    CommandError::new(Exit::Unusable, message).with_details(vec![advice])
}

#[cfg(target_os = "linux")]
fn screens() -> std::result::Result<Vec<Zeroizing<Vec<u8>>>, String> {
    desktop::screens(qr::MAX_BYTES)
}

/// Untested: no Mac was at hand. `screencapture` writes only files, one for each display; they are in the
/// folder for temporary files, which is the person's own there, and deleted.
#[cfg(target_os = "macos")]
#[expect(clippy::disallowed_methods, reason = "the files are screencapture's")]
fn screens() -> std::result::Result<Vec<Zeroizing<Vec<u8>>>, String> {
    use crate::app::programs::{child, run};
    use crate::app::user_files::read_file;

    const MOST_DISPLAYS: usize = 8;
    let folder = std::env::temp_dir();
    let name = |display| folder.join(format!("mfa-{}-{display}.png", std::process::id()));
    let paths: Vec<_> = (0..MOST_DISPLAYS).map(name).collect();
    let mut command = child("screencapture");
    command.args(["-x", "-t", "png"]).args(&paths);
    let ran = run(&mut command, 4096, "screencapture");
    let pictures = paths.iter().filter_map(|path| {
        let picture = read_file(path, qr::MAX_BYTES).ok();
        let _ = std::fs::remove_file(path);
        picture
    });
    let pictures: Vec<_> = pictures.collect();
    let succeeded = ran.is_ok_and(|ran| ran.is_ok_and(|printed| printed.status.success()));
    if !succeeded || pictures.is_empty() {
        return Err("screencapture failed; allow this terminal to record the screen".to_owned());
    }
    Ok(pictures)
}

/// Untested: no Windows was at hand. `PowerShell` prints the picture of all screens in base64.
#[cfg(windows)]
fn screens() -> std::result::Result<Vec<Zeroizing<Vec<u8>>>, String> {
    use crate::app::programs::{child, run};

    // On a scaled screen, Windows shows a program without the first line only a part of it.
    const SCRIPT: &str = "try { Add-Type -Namespace Mfa -Name Dpi -MemberDefinition \
        '[DllImport(\"user32.dll\")] public static extern bool SetProcessDPIAware();'; \
        [void][Mfa.Dpi]::SetProcessDPIAware() } catch { }; \
        Add-Type -AssemblyName System.Windows.Forms,System.Drawing; \
        $all = [System.Windows.Forms.SystemInformation]::VirtualScreen; \
        $bitmap = New-Object System.Drawing.Bitmap $all.Width, $all.Height; \
        $graphics = [System.Drawing.Graphics]::FromImage($bitmap); \
        $graphics.CopyFromScreen($all.Location, [System.Drawing.Point]::Empty, $all.Size); \
        $stream = New-Object System.IO.MemoryStream; \
        $bitmap.Save($stream, [System.Drawing.Imaging.ImageFormat]::Png); \
        [Convert]::ToBase64String($stream.ToArray())";
    let failed = || "PowerShell failed to take a picture".to_owned();
    let mut command = child("powershell.exe");
    command.args(["-NoProfile", "-NonInteractive", "-Command", SCRIPT]);
    let printed = run(&mut command, 2 * qr::MAX_BYTES, "PowerShell").map_err(|_| failed())?;
    let printed = printed.map_err(|_| failed())?;
    let text = printed.stdout.trim_ascii();
    let picture = data_encoding::BASE64.decode(text).map_err(|_| failed())?;
    Ok(vec![Zeroizing::new(picture)])
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
fn screens() -> std::result::Result<Vec<Zeroizing<Vec<u8>>>, String> {
    Err("not supported on this system".to_owned())
}
