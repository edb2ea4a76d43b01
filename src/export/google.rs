//! QR codes that Google Authenticator imports: ten accounts in each.

use super::{Content, Export, Options, RandomBytes, Target, WriteError, note_extras, partition};
use crate::otp::migration::{Part, format};
use crate::otp::{Account, Kind};

pub(super) const TARGET: Target = Target {
    name: "google",
    title: "QR codes for Google Authenticator's import",
    is_encrypted: false,
    write,
};

/// The app itself puts ten accounts into one code.
const ACCOUNTS: usize = 10;

fn write(accounts: &[Account], options: &Options<'_>) -> Result<Export<'static>, WriteError> {
    let (taken, mut omitted) = partition(accounts, refuses);
    note_extras(&taken, 0, &mut omitted);
    let batch = i32::from_be_bytes(RandomBytes::of(options).array()?);
    let size = taken.len().div_ceil(ACCOUNTS);
    let parts = taken.chunks(ACCOUNTS).enumerate().map(|(index, accounts)| {
        let part = Part { batch, index, size };
        let name = format!("google-{:02}-of-{size:02}", index + 1);
        (name, format(accounts, part))
    });
    Ok(Export {
        content: Content::Codes(parts.collect()),
        count: taken.len(),
        omitted,
    })
}

fn refuses(account: &Account) -> Option<String> {
    let credential = &account.credential;
    let digits = credential.digits.get();
    match credential.kind {
        Kind::Steam => Some("Google Authenticator does not support Steam codes".to_owned()),
        Kind::Totp { period } if period.get() != 30 => {
            let period = period.get();
            Some(format!(
                "Google Authenticator does not support a period of {period} s"
            ))
        }
        _ if digits != 6 && digits != 8 => Some(format!(
            "Google Authenticator does not support codes of {digits} digits"
        )),
        // The app's counter is a signed 64-bit number.
        Kind::Hotp { counter } if i64::try_from(counter).is_err() => Some(format!(
            "Google Authenticator does not support the counter {counter}"
        )),
        _ => None,
    }
}
