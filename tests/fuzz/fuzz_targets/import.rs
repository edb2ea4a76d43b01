//! Any bytes as a file of another authenticator: no panic, no hang; reports of skipped accounts quote no
//! key; and accounts that are found make codes. `MFA_FUZZ_FORMAT` names a single format to try.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use mfa::import::{FORMATS, Format, Input, read};

static ONE: LazyLock<Option<&Format>> = LazyLock::new(|| {
    let wanted = std::env::var("MFA_FUZZ_FORMAT")
        .ok()
        .filter(|name| !name.is_empty())?;
    Some(Format::named(&wanted).expect("no format of this name"))
});

fuzz_target!(|data: &[u8]| {
    // The first byte picks a format, or lets it be detected.
    let Some((pick, rest)) = data.split_first() else {
        return;
    };
    let picked = FORMATS.get(usize::from(*pick));
    let (format, bytes) = match *ONE {
        Some(one) => (Some(one), data),
        None => (picked, rest),
    };
    // No password: key derivations would take all the time. The formats behind them are fuzzed plain.
    let import = match read(&Input::new(bytes, "file"), format) {
        Ok(import) => import,
        Err(error) => {
            let _ = error.to_string();
            return;
        }
    };
    for row in import.rows {
        match row {
            Ok(found) => {
                let _ = found.draft.credential.window(59);
                let _ = found.draft.full_name();
            }
            Err(skipped) => {
                let _ = skipped.to_string();
            }
        }
    }
});
