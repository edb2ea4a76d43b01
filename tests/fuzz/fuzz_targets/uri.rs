//! Any text as a URI: no panic; an account is written and read again unchanged; no error quotes a
//! key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mfa::otp::{self, migration};

fuzz_target!(|text: &str| {
    if migration::is_migration(text) {
        let _ = migration::parse(text).map_err(|error| error.to_string());
    }
    let parsed = match otp::parse(text) {
        Ok(parsed) => parsed,
        Err(error) => {
            let _ = error.to_string();
            return;
        }
    };
    let draft = parsed.draft;
    let written = otp::format(&draft.issuer, &draft.name, &draft.credential);
    let again = otp::parse(&written).map(|again| again.draft);
    assert_eq!(again.as_ref(), Ok(&draft), "{}", *written);
    // What is pasted with a URI does not change it.
    for dressed in [
        format!("<{}>", *written),
        written.replacen("otpauth://", "apple-otpauth:", 1),
        written.replace('&', "&#38;"),
        format!("{}#fragment", *written),
    ] {
        let again = otp::parse(&dressed).map(|again| again.draft);
        assert_eq!(again.as_ref(), Ok(&draft), "{dressed}");
    }
    let shown = format!("{draft:?} {:?}", parsed.notes);
    let key = draft.credential.secret.to_base32();
    // A name may contain a short key by chance.
    assert!(key.len() < 16 || labels_have(&draft, &key) || !shown.contains(&*key));
    let _ = draft.credential.window(59);
    let _ = draft.credential.code_at_counter(u64::MAX);
});

fn labels_have(draft: &otp::Draft, key: &str) -> bool {
    draft.issuer.contains(key) || draft.name.contains(key)
}
