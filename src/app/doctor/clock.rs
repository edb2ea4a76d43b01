//! Whether this machine's clock is right. Codes are made from it.

#[cfg(not(windows))]
use std::path::Path;
use std::time::Duration;

use rsntp::{Config, SntpClient};

use super::Report;
use crate::app::context::Context;
use crate::app::programs;
#[cfg(not(windows))]
use crate::app::user_files;

const CHECK: &str = "clock";
/// The server that is asked if no other is named.
pub(crate) const DEFAULT_SERVER: &str = "pool.ntp.org";
/// How long to wait for the server's answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// From here on, the clock is not kept in step.
const NOTABLE_SECONDS: f64 = 2.0;
/// From here on, codes are refused: half a step.
const REFUSED_SECONDS: f64 = 15.0;

#[cfg(target_os = "linux")]
pub(super) const KEEP_IN_STEP: &[&str] = &["sudo timedatectl set-ntp true"];
#[cfg(target_os = "macos")]
pub(super) const KEEP_IN_STEP: &[&str] = &["sudo systemsetup -setusingnetworktime on"];
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(super) const KEEP_IN_STEP: &[&str] = &["w32tm /resync"];

/// What the system itself says. Asks nobody else.
pub(crate) fn check(report: &mut Report, is_online: bool) {
    match is_kept_in_step() {
        Some(true) => report.ok(CHECK, "the system keeps it in step"),
        Some(false) => {
            report.warning(CHECK, "the system does not keep it in step", KEEP_IN_STEP);
        }
        // The servers say more.
        None if is_online => {}
        None => report.note(
            CHECK,
            "unknown: this system does not say whether it keeps the clock in step",
            &["mfa doctor --online"],
        ),
    }
}

/// Whether the time service of Windows follows a server, from the registry: `w32tm /query` prints it in the
/// language of the system.
#[cfg(windows)]
fn is_kept_in_step() -> Option<bool> {
    const KEY: &str = r"HKLM\SYSTEM\CurrentControlSet\Services\W32Time\Parameters";
    let mut command = programs::child("reg.exe");
    command
        .args(["query", KEY, "/v", "Type"])
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::null());
    let printed = programs::run(&mut command, 4096, "reg.exe").ok()?.ok()?;
    follows_a_server(&String::from_utf8_lossy(&printed.stdout))
}

/// Reads what `reg query` prints of the value `Type`: `NTP`, `NT5DS` (the domain's server), `AllSync`, or
/// `NoSync`.
#[cfg(any(windows, test))]
fn follows_a_server(printed: &str) -> Option<bool> {
    let mut words = printed.split_whitespace();
    words.find(|word| *word == "REG_SZ")?;
    match words.next()? {
        "NoSync" => Some(false),
        "NTP" | "NT5DS" | "AllSync" => Some(true),
        _ => None,
    }
}

/// The kernel's word (`STA_UNSYNC` of adjtimex(2)), which timedatectl prints, or the file that
/// systemd-timesyncd touches. `None` if neither is here, as in a container.
#[cfg(not(windows))]
fn is_kept_in_step() -> Option<bool> {
    if user_files::exists(Path::new("/run/systemd/timesync/synchronized")) {
        return Some(true);
    }
    let mut command = programs::child("timedatectl");
    command
        .args(["show", "--property=NTPSynchronized", "--value"])
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::null());
    let printed = programs::run(&mut command, 4096, "timedatectl")
        .ok()?
        .ok()?;
    match printed.stdout.trim_ascii() {
        b"yes" => Some(true),
        b"no" => Some(false),
        _ => None,
    }
}

/// What a time server says, over NTP.
pub(crate) fn check_ntp(report: &mut Report, server: &str) {
    let client = SntpClient::with_config(Config::default().timeout(PATIENCE));
    match client.synchronize(server) {
        Ok(answer) => compare(report, answer.clock_offset().as_secs_f64(), server),
        Err(error) => {
            let message = format!("no time from {server}: {}", reason(&error));
            report.warning(CHECK, message, &["mfa doctor --online --server HOST"]);
        }
    }
}

fn reason(error: &rsntp::SynchronizationError) -> String {
    match error {
        rsntp::SynchronizationError::IOError(error) => match error.kind() {
            std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut => {
                format!("no answer within {} s", PATIENCE.as_secs())
            }
            _ => crate::vault::storage::plain(error),
        },
        rsntp::SynchronizationError::ProtocolError(error) => error.to_string(),
    }
}

/// What the Date of AWS's answers says, over HTTPS, which passes where NTP does not.
#[cfg(feature = "aws")]
pub(crate) fn check_https(report: &mut Report, context: &Context) {
    match crate::app::aws::server_clock(context) {
        Ok((skew, endpoint)) => {
            #[expect(clippy::cast_precision_loss, reason = "it is a few seconds")]
            compare(report, skew.seconds() as f64, &endpoint);
        }
        Err(error) => report.warning(CHECK, error.to_string(), &[]),
    }
}

/// Nothing here speaks HTTPS.
#[cfg(not(feature = "aws"))]
pub(crate) fn check_https(_: &mut Report, _: &Context) {}

/// `ahead` is by how many seconds the server's clock is ahead of this one.
fn compare(report: &mut Report, ahead: f64, server: &str) {
    let off = ahead.abs();
    let direction = if ahead > 0.0 { "behind" } else { "ahead of" };
    if off < NOTABLE_SECONDS {
        report.ok(CHECK, format!("in step with {server}"));
    } else if off < REFUSED_SECONDS {
        let message = format!("{off:.0} s {direction} {server}");
        report.warning(CHECK, message, KEEP_IN_STEP);
    } else {
        let message = format!("{off:.0} s {direction} {server}, so codes are refused");
        report.problem(CHECK, message, KEEP_IN_STEP);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_says_whether_windows_keeps_time() {
        let printed = |value: &str| {
            let key = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\W32Time\Parameters";
            format!("\r\n{key}\r\n    Type    REG_SZ    {value}\r\n\r\n")
        };
        for (value, says) in [
            ("NTP", Some(true)),
            ("NT5DS", Some(true)),
            ("NoSync", Some(false)),
            ("else", None),
        ] {
            assert_eq!(follows_a_server(&printed(value)), says, "{value}");
        }
        assert_eq!(follows_a_server(""), None);
    }
}
