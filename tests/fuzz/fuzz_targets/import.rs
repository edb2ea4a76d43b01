//! Any bytes as a file of another authenticator: no panic, no hang; what is skipped is said without
//! its key; and what is found makes codes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mfa::transfer::{self, FORMATS, Input};

fuzz_target!(|data: &[u8]| {
    // The first byte picks a format, or lets it be found.
    let Some((pick, bytes)) = data.split_first() else {
        return;
    };
    let format = FORMATS.get(usize::from(*pick)).map(|format| format.name);
    let input = Input {
        bytes,
        name: "file",
        // Key derivations would be all that is fuzzed; the formats behind them are fuzzed plain.
        password: None,
        beside: &[],
        tell: &|_| {},
    };
    let import = match transfer::read(&input, format) {
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
