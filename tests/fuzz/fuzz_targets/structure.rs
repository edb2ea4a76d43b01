//! Any document for the reader of structure: no panic, no hang, no key in a message; and a key that is a
//! value of a JSON document is imported, or said to be left out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mfa::import::{Format, ImportError, Input, read};

const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

fuzz_target!(|data: &[u8]| {
    let Some((pick, rest)) = data.split_first() else {
        return;
    };
    let name = ["json", "csv", "xml", "yaml", "plist"][usize::from(*pick) % 5];
    let Ok(text) = std::str::from_utf8(rest) else {
        return;
    };
    // The key is too long to be found by chance.
    let text = text.replace('\u{1}', KEY);
    let format = Format::named(name).expect("a format");
    let import = read(&Input::new(text.as_bytes(), "file"), Some(format));
    // Names and values of accounts are quoted; notes and errors tell places only.
    let said = match &import {
        Ok(import) => import.notes.clone(),
        Err(error) => vec![error.to_string()],
    };
    assert!(
        said.iter().all(|line| !line.contains(&KEY[..16])),
        "a key in a note"
    );
    for found in import
        .iter()
        .flat_map(|import| import.rows.iter().flatten())
    {
        let _ = found.draft.credential.window(59);
    }
    let is_bounded = matches!(import, Err(ImportError::TooCostly(_)));
    if name == "json" && !is_bounded && has_key(&text) {
        let is_found = import
            .iter()
            .flat_map(|import| import.rows.iter())
            .any(|row| match row {
                Ok(found) => *found.draft.credential.secret.to_base32() == *KEY,
                Err(_) => true,
            });
        let is_said = said.iter().any(|line| line.contains("secret key"));
        assert!(is_found || is_said, "a key was lost");
    }
});

/// Whether it is JSON with the key as a value.
fn has_key(text: &str) -> bool {
    fn within(value: &serde_json::Value) -> bool {
        match value {
            serde_json::Value::String(text) => text == KEY,
            serde_json::Value::Array(items) => items.iter().any(within),
            serde_json::Value::Object(members) => members.values().any(within),
            _ => false,
        }
    }
    serde_json::from_str(text).is_ok_and(|value| within(&value))
}
