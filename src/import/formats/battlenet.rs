//! Battle.net's Android preferences: key and serial number, masked with a constant.

use zeroize::Zeroizing;

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::crypto::{self, damaged};
use crate::import::support::row::{Fields, Key};
use crate::import::support::{android_prefs, json};
use crate::import::{ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "battle-net",
    title: "Battle.net",
    probe: |look| certain(look.android_pref("com.blizzard")),
    read,
};

/// The mask of both values (from Aegis's source).
const MASK: [u8; 57] = [
    57, 142, 39, 252, 80, 39, 106, 101, 96, 101, 176, 229, 37, 244, 192, 108, 4, 198, 16, 117, 40,
    107, 142, 122, 237, 165, 157, 169, 129, 59, 93, 214, 200, 13, 47, 179, 128, 104, 119, 63, 165,
    155, 164, 124, 23, 202, 108, 100, 121, 1, 92, 29, 91, 139, 143, 107, 154,
];

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let preferences = android_prefs::strings(json::text(input.bytes)?)?;
    let masked = |end: &str| {
        let found = preferences.iter().find(|one| one.name.ends_with(end));
        found.and_then(|one| unmask(&one.value))
    };
    let key = masked("AUTHENTICATOR_DEVICE_SECRET")
        .ok_or_else(|| damaged("it contains no authenticator key"))?;
    let serial = masked("AUTHENTICATOR_SERIAL").unwrap_or_default();
    let fields = Fields {
        issuer: "Battle.net".to_owned(),
        name: dashed(&serial),
        // The 20 bytes of the key, in hexadecimal.
        key: Key::Hex(key),
        digits: Some("8".to_owned()),
        ..Fields::default()
    };
    Ok(Contents::from_rows(vec![fields.finish("account 1")]))
}

fn unmask(text: &str) -> Option<Zeroizing<String>> {
    let bytes = crypto::hex(text)?;
    let plain = bytes.iter().zip(MASK).map(|(byte, mask)| byte ^ mask);
    let plain: Zeroizing<Vec<u8>> = plain.collect::<Vec<_>>().into();
    std::str::from_utf8(&plain)
        .ok()
        .map(|text| Zeroizing::new(text.to_owned()))
}

/// Formats a serial number as printed: `US221120503346` becomes `US-2211-2050-3346`.
fn dashed(serial: &str) -> String {
    match serial.split_at_checked(2) {
        Some((region, digits)) if serial.is_ascii() && digits.len() == 12 => {
            format!(
                "{region}-{}-{}-{}",
                &digits[..4],
                &digits[4..8],
                &digits[8..]
            )
        }
        _ => serial.to_owned(),
    }
}
