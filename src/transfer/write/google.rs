//! QR codes that Google Authenticator imports: ten accounts in each.

use super::super::google::{Part, format};
use super::{Content, Export, Sealing, lost_extras, sorted};
use crate::otp::{Account, Kind};

/// What the app itself puts into one code.
const ACCOUNTS: usize = 10;

pub(super) fn codes(accounts: &[Account], sealing: &Sealing<'_>) -> Export {
    let (taken, mut lost) = sorted(accounts, refuses);
    lost_extras(&taken, 0, &mut lost);
    let [a, b, c, d, ..] = *sealing.noise;
    let size = taken.len().div_ceil(ACCOUNTS);
    let parts = taken.chunks(ACCOUNTS).enumerate().map(|(index, accounts)| {
        let part = Part {
            batch: i32::from_be_bytes([a, b, c, d]),
            index,
            size,
        };
        let name = format!("google-{:02}-of-{size:02}", index + 1);
        (name, format(accounts, part))
    });
    Export {
        content: Content::Codes(parts.collect()),
        count: taken.len(),
        lost,
    }
}

fn refuses(account: &Account) -> Option<String> {
    let credential = &account.credential;
    let digits = credential.digits.get();
    match credential.kind {
        Kind::Steam => Some("Google Authenticator has no Steam codes".to_owned()),
        Kind::Totp { period } if period.get() != 30 => {
            let period = period.get();
            Some(format!("Google Authenticator has no period of {period} s"))
        }
        _ if digits != 6 && digits != 8 => Some(format!(
            "Google Authenticator has no codes of {digits} digits"
        )),
        // What the app has room for is signed.
        Kind::Hotp { counter } if i64::try_from(counter).is_err() => {
            Some(format!("Google Authenticator has no counter of {counter}"))
        }
        _ => None,
    }
}
