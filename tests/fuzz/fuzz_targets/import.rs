//! Any bytes as a file of another authenticator: no panic, no hang; what is skipped is said without
//! its key; and what is found makes codes. `MFA_FUZZ_FORMAT` names the one format that is tried.
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
    // The first byte picks a format, or lets it be found.
    let Some((pick, rest)) = data.split_first() else {
        return;
    };
    let picked = FORMATS.get(usize::from(*pick));
    let (format, bytes) = match *ONE {
        Some(one) => (Some(one), data),
        None => (picked, rest),
    };
    // No password: key derivations would be all that is fuzzed; the formats behind them are fuzzed plain.
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
