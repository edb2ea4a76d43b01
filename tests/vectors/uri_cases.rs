//! otpauth URIs as found in real use, with the result expected for each.

use data_encoding::HEXLOWER;
use mfa::otp::{self, Parsed, Period};
use serde_json::Value;

#[test]
fn every_uri_gives_the_account_or_the_error_that_it_must() {
    let Some(folder) = crate::fixtures() else {
        return;
    };
    let text = std::fs::read_to_string(folder.join("import/uri_cases.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert!(cases.len() >= 30, "{} cases", cases.len());
    for case in &cases {
        let parsed = otp::parse(case["uri"].as_str().unwrap());
        match (parsed, &case["account"]) {
            (Err(_), Value::Null) => assert_eq!(case["error"], true, "{case}"),
            (Ok(parsed), account) if account.is_object() => compare(&parsed, account),
            (result, _) => panic!("{case}: {result:?}"),
        }
    }
}

fn compare(parsed: &Parsed, expected: &Value) {
    let draft = &parsed.draft;
    let credential = &draft.credential;
    let actual = serde_json::json!({
        "issuer": draft.issuer,
        "name": draft.name,
        "secret": expected["secret"],
        "secret_hex": HEXLOWER.encode(credential.secret.expose_secret()),
        "type": credential.kind.as_str(),
        "algorithm": credential.algorithm.as_str(),
        "digits": credential.digits.get(),
        "period": credential.kind.period().map(Period::get),
        "counter": credential.kind.counter(),
    });
    assert_eq!(&actual, expected);
}
