//! Pictures that other programs made, and photos.

use mfa::qr;
use serde_json::Value;

/// Of 100 pictures, how many have to be read: 96 of the made ones, 90 of the photos.
const FLOORS: [(&str, usize); 2] = [("made/", 95), ("photos/", 90)];

#[test]
fn made_pictures_and_photos_are_read() {
    let Some(folder) = crate::fixtures("pictures") else {
        return;
    };
    let folder = folder.join("qr");
    let text = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    for (part, floor) in FLOORS {
        let cases: Vec<_> = cases
            .iter()
            .filter(|c| c["file"].as_str().unwrap().starts_with(part))
            .collect();
        let read = cases.iter().filter(|case| is_read(&folder, case)).count();
        let rate = read * 100 / cases.len();
        assert!(rate >= floor, "{part} {read} of {}", cases.len());
    }
}

fn is_read(folder: &std::path::Path, case: &Value) -> bool {
    let bytes = std::fs::read(folder.join(case["file"].as_str().unwrap())).unwrap();
    let found = qr::read(&bytes).unwrap_or_default();
    let plain = |text: &str| text.replace("\r\n", "\n");
    let found: Vec<_> = found.iter().map(|code| plain(code.payload())).collect();
    let expected = case["payloads"].as_array().unwrap();
    expected
        .iter()
        .all(|payload| found.contains(&plain(payload.as_str().unwrap())))
}
