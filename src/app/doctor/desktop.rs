//! Checks whether there is a clipboard for `mfa code --copy`, and a screen for `mfa add --screen`.

use super::Report;
use crate::desktop::{clipboard_support, screen_support};

/// Adds what `mfa code --copy` and `mfa add --screen` use here.
pub(crate) fn check(report: &mut Report) {
    match clipboard_support() {
        Ok(way) => report.ok("clipboard", way),
        Err(why) => report.note("clipboard", format!("none: {why}"), &[]),
    }
    match screen_support() {
        Ok(way) => report.ok("screen", way),
        Err(why) => report.note("screen", format!("cannot be read: {why}"), &[]),
    }
}
