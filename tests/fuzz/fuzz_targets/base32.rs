//! Any text as a key: no panic; a key is written and read again unchanged, and valid RFC 4648 is read
//! as another library reads it.
#![no_main]

use data_encoding::BASE32_NOPAD;
use libfuzzer_sys::fuzz_target;
use mfa::otp::{MAX_KEY_BYTES, Secret};

fuzz_target!(|text: &str| {
    let read = Secret::from_base32(text);
    if let Ok(key) = &read {
        let written = key.to_base32();
        assert_eq!(*written, BASE32_NOPAD.encode(key.expose_secret()));
        assert_eq!(Secret::from_base32(&written).as_ref(), Ok(key));
        assert!(key.is_canonical(&written));
        assert!((1..=MAX_KEY_BYTES).contains(&key.len()));
        assert_eq!(format!("{key:?}").contains(&*written), false);
    }
    if let Ok(bytes) = BASE32_NOPAD.decode(text.as_bytes()) {
        let fits = (1..=MAX_KEY_BYTES).contains(&bytes.len());
        assert_eq!(read.is_ok(), fits);
        assert!(!fits || read.is_ok_and(|key| key.expose_secret() == bytes));
    }
});
