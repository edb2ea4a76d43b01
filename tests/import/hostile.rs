//! Files that were cut, changed or made to hurt: an answer each time, soon, and never a panic.

use mfa::import::{Import, ImportError, Skipped};
use mfa::otp::Draft;

use crate::samples::{read, samples};

/// Formats of lines: nothing in them says where the last line should have ended.
const ENDS_ANYWHERE: [&str; 9] = [
    "1password-csv",
    "2fa",
    "bitwarden-csv",
    "csv",
    "extract-otp-secrets",
    "keepass-csv",
    "totp-cli",
    "uris",
    "winauth",
];

fn drafts(import: Result<Import, ImportError>) -> Vec<Draft> {
    let rows = import.map(|import| import.rows).unwrap_or_default();
    rows.into_iter()
        .flatten()
        .map(|found| found.draft)
        .collect()
}

#[test]
fn cut_short_anywhere_is_an_error_or_fewer_accounts() {
    for (name, bytes) in samples() {
        let encrypted = matches!(read(&name, &bytes, None), Err(ImportError::NeedsPassword));
        let whole = read(&name, &bytes, Some("test"));
        let format = whole.as_ref().map_or("", |import| import.format.name);
        let whole = drafts(whole);
        // What costs a key derivation each time is cut less often.
        let cuts = if encrypted { 4 } else { 60 };
        for cut in 0..cuts {
            let length = bytes.len() * cut / cuts;
            let found = drafts(read(&name, &bytes[..length], Some("test")));
            assert!(
                found.len() <= whole.len(),
                "{name} of {length} bytes: {found:?}"
            );
            // The last one may lack the end of its key or its name.
            let others = found.iter().filter(|draft| !whole.contains(draft)).count();
            let allowed = usize::from(ENDS_ANYWHERE.contains(&format));
            assert!(others <= allowed, "{name} of {length} bytes: {found:?}");
        }
    }
}

#[test]
fn changed_bytes_are_no_panic() {
    for (name, bytes) in samples() {
        let encrypted = matches!(read(&name, &bytes, None), Err(ImportError::NeedsPassword));
        let step = if encrypted {
            bytes.len() / 3
        } else {
            bytes.len() / 60
        };
        for place in (0..bytes.len()).step_by(step.max(1)) {
            let mut changed = bytes.clone();
            changed[place] ^= 0x15;
            let _ = read(&name, &changed, Some("test"));
        }
    }
}

#[test]
fn costs_are_looked_at_before_they_are_paid() {
    let ente = |memory: u64, passes: u64| {
        format!(
            r#"{{"version":1,"kdfParams":{{"memLimit":{memory},"opsLimit":{passes},"salt":"AAAAAAAAAAAAAAAAAAAAAA=="}},
            "encryptedData":"AAAAAAAAAAAAAAAAAAAAAAAAAAAA","encryptionNonce":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}"#
        )
    };
    let slot = |n: u64| {
        format!(
            r#"{{"version":1,"header":{{"slots":[{{"type":1,"key":"00","key_params":{{"nonce":"00","tag":"00"}},"n":{n},"r":8,"p":1,"salt":"00"}}],
            "params":{{"nonce":"00","tag":"00"}}}},"db":"AAAA"}}"#
        )
    };
    let bitwarden = r#"{"encrypted":true,"passwordProtected":true,"salt":"a","kdfType":0,"kdfIterations":4000000000,
        "encKeyValidation_DO_NOT_EDIT":"2.a|b|c","data":""}"#;
    for file in [
        ente(3 << 30, 1),
        ente(2 << 30, 4_000_000_000),
        slot(1 << 21),
        slot(1 << 62),
        bitwarden.to_owned(),
    ] {
        let outcome = read("file", file.as_bytes(), Some("test"));
        assert!(matches!(outcome, Err(ImportError::TooCostly(_))), "{file}");
    }
}

#[test]
fn a_vault_of_many_passphrases_is_not_tried() {
    let samples = samples();
    let (_, bytes) = samples.iter().find(|(name, _)| name == "mfa.json").unwrap();
    let mut vault: serde_json::Value = serde_json::from_slice(bytes).unwrap();
    let slots = vault["header"]["slots"].as_array_mut().unwrap();
    let slot = slots[0].clone();
    slots.resize(5, slot);
    let bytes = serde_json::to_vec(&vault).unwrap();
    let outcome = read("file", &bytes, Some("test"));
    assert!(matches!(outcome, Err(ImportError::TooCostly(_))));
}

#[test]
fn deep_nesting_does_not_overflow_the_stack() {
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let deep = format!("{}1{}", open.repeat(200_000), close.repeat(200_000));
        assert!(read("file", deep.as_bytes(), None).is_err());
    }
    let groups = "<Group>".repeat(100_000);
    let xml = format!("<?xml version='1.0'?><map>{groups}");
    assert!(read("file", xml.as_bytes(), None).is_err());
}

#[test]
fn a_skipped_account_quotes_no_key() {
    let bad = "JBSWY3DPEHPK3PX1JBSWY3DPEHPK3PX1";
    for (name, bytes) in samples() {
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        let text = text.replace("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", bad);
        let rows = read(&name, text.as_bytes(), None).map(|import| import.rows);
        for row in rows.into_iter().flatten() {
            let said = row
                .err()
                .as_ref()
                .map(Skipped::to_string)
                .unwrap_or_default();
            assert!(!said.contains("JBSWY3DPEHPK3PX"), "{name}: {said}");
        }
    }
}
