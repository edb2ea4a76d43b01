//! Any bytes as a commit of `mfa sync`: no panic, and what is read is written and read again unchanged.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (_, is_same) = mfa::fuzzing::commit(bytes);
    assert!(is_same);
});
