//! Any bytes as a picture: no panic, no empty answer, and no hang (libFuzzer's time-out).
#![no_main]

use std::sync::Once;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use mfa::qr::{is_catching_panics, read_within};

static QUIET: Once = Once::new();

fuzz_target!(|bytes: &[u8]| {
    // libFuzzer's hook aborts on every panic, even one that is caught.
    QUIET.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !is_catching_panics() {
                before(info);
            }
        }));
    });
    if let Ok(codes) = read_within(bytes, Duration::from_millis(200)) {
        assert!(!codes.is_empty());
        for code in &codes {
            assert!(!code.payload().is_empty());
        }
    }
});
