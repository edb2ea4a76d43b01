//! `mfa scan`: the content of QR codes.

use crate::sandbox::{Sandbox, snapshot};

#[test]
fn payloads_are_printed_whatever_they_are() {
    let sandbox = Sandbox::new();
    let mut text = sandbox.transcript(&[
        "mfa scan tests/data/url.png",
        "mfa scan tests/data/url.png tests/data/no-code.png Cargo.toml",
        "mfa scan tests/data/no-code.png",
        "mfa scan tests/data/no-code.png --json",
        "mfa scan",
    ]);
    text += &sandbox.fed("mfa scan -", &std::fs::read("tests/data/url.png").unwrap());
    snapshot!(text);
}

#[test]
fn json_has_file_payload_and_corners() {
    let sandbox = Sandbox::new();
    let json = sandbox.stdout("mfa scan --json tests/data/two-accounts.png");
    let found: serde_json::Value = serde_json::from_str(&json).unwrap();
    let rows = found.as_array().unwrap();
    assert_eq!(rows.len(), 2);
    for (row, name) in rows.iter().zip(["GitHub:alice", "Example:bob"]) {
        assert_eq!(row["file"], "tests/data/two-accounts.png");
        assert!(row["payload"].as_str().unwrap().contains(name));
        let corners = row["corners"].as_array().unwrap();
        assert!(corners.len() == 4 && corners.iter().all(|c| c.as_array().unwrap().len() == 2));
    }
    let left = |row: &serde_json::Value| row["corners"][0][0].as_f64().unwrap();
    assert!(left(&rows[0]) < left(&rows[1]));
}
