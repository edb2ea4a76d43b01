//! The pictures of the fixtures, if there are any.

use std::collections::BTreeMap;
use std::path::PathBuf;

use mfa_test_support::can;
use serde_json::Value;

use crate::rates::is_read;

/// How many pictures of a category are not read; of other categories, all are.
const MISSED: &[(&str, usize)] = &[
    ("combo_phone", 1),
    ("gauss_blur", 2),
    ("glare", 1),
    ("moire_screen", 1),
    ("photo-2", 1),
    ("warped", 1),
];

#[test]
fn the_fixtures_are_read() {
    let root = std::env::var_os("MFA_FIXTURES").unwrap_or_default();
    if !can(!root.is_empty(), "MFA_FIXTURES") {
        return;
    }
    let root = PathBuf::from(root).join("qr");
    let list = std::fs::read(root.join("expected.json")).unwrap();
    let list: Value = serde_json::from_slice(&list).unwrap();
    let mut missed: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in list.as_array().unwrap() {
        let payloads = entry["payloads"].as_array().unwrap().iter();
        let payloads: Vec<String> = payloads
            .map(|text| text.as_str().unwrap().to_owned())
            .collect();
        let bytes = std::fs::read(root.join(entry["file"].as_str().unwrap())).unwrap();
        if !is_read(&bytes, &payloads) {
            *missed
                .entry(entry["category"].as_str().unwrap())
                .or_default() += 1;
        }
    }
    for (category, missed) in missed {
        let known = MISSED.iter().find(|(name, _)| *name == category);
        let allowed = known.map_or(0, |(_, count)| *count);
        assert!(
            missed <= allowed,
            "{category}: {missed} are not read, {allowed} were not"
        );
    }
}
