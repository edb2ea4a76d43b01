//! The formats of password managers, one by one: each with what people have in real files.

use mfa::import::ImportError;

use crate::managers::{gives, text};

#[test]
fn cxf_of_every_version() {
    let totp = r#"{"type":"totp","secret":"KEY","period":60,"digits":8,"username":"me","algorithm":"SHA512","issuer":"Site"}"#;
    let account = |items: &str| {
        format!(
            r#"{{"id":"YQ","username":"","email":"","collections":[{{"id":"a","title":"home","items":[],"subCollections":[{{"id":"b","title":"bank","items":[{{"item":"aQ"}}]}}]}}],"items":[{items}]}}"#
        )
    };
    let item = account(&format!(
        r#"{{"id":"aQ","title":"A","scope":{{"urls":["https://x"]}},"tags":["t"],"credentials":[{totp}]}}"#
    ));
    let wanted = ["Site:me 60 SHA512 8 digits #bank #t"];
    gives(
        &format!(r#"{{"version":{{"major":1,"minor":0}},"exporterRpId":"x","accounts":[{item}]}}"#),
        "cxf",
        &wanted,
    );
    gives(
        &format!(r#"{{"version":0,"exporter":"x","accounts":[{item}]}}"#),
        "cxf",
        &wanted,
    );
    gives(&item, "cxf", &wanted);
    let odd = account(
        r#"{"id":"b","title":"B","credentials":[{"type":"basic-auth","username":{"fieldType":"string","value":"eve"}},{"type":"totp","secret":"KEY"}]},
        {"id":"c","title":"C","credentials":[{"type":"basic-auth","username":"mallory"},{"type":"totp","secret":"KEY","algorithm":" Steam "}]},
        {"id":"d","title":"D","credentials":[{"type":"totp","secret":"KEY","algorithm":"md5","username":"x"},{"type":"totp","secret":"KEY","period":{}}]},
        {"id":"e","title":"E","credentials":[{"type":"note","content":{"value":"URI"}},{"type":"custom-fields","fields":[{"fieldType":"concealed-string","value":"URI"},{"fieldType":"boolean","value":"true"}]}]},
        {"id":"f","title":"F","credentials":[{"type":"totp","secret":""},{"type":"passkey","credentialId":"YQ","key":"YQ"}]}"#,
    );
    gives(
        &format!(r#"{{"version":1,"accounts":[{{"items":[]}},{odd}]}}"#),
        "cxf",
        &[
            "B:eve",
            "C:mallory steam 5 digits",
            "item 3 'D:x': unknown algorithm 'md5': use SHA1, SHA256 or SHA512",
            "item 3: it does not have the expected structure",
            "Other:bob 8 digits",
            "item 5 'F': the key is empty",
        ],
    );
}

#[test]
fn enpass_is_not_bitwarden() {
    gives(
        r#"{"folders":[{"uuid":"f","title":"work"}],"items":[
        {"uuid":"1","title":"Site","category":"login","folders":["f"],"fields":[{"type":"email","uid":12,"value":"me@x"},{"type":"username","uid":10,"value":""},{"type":"totp","uid":1,"value":"KEY"}]},
        {"uuid":"2","title":"Bin","category":"login","trashed":1,"archived":1,"fields":[{"type":"totp","uid":1,"value":"KEY"}]},
        {"uuid":"3","title":"Old","category":"login","trashed":0,"archived":1,"fields":[{"type":"totp","uid":1,"value":"KEY"}]},
        {"uuid":"4","title":"Field","category":"login","fields":[{"type":"username","deleted":1,"value":"x"},{"type":"totp","deleted":1,"value":"KEY"},{"type":"text","value":"URI"},{"type":"text","label":"Totp","value":"KEY"},{"type":"totp","value":"bad!"}]}]}"#,
        "enpass",
        &[
            "Site:me@x #work",
            "Bin in trash",
            "Old archived",
            "Other:bob 8 digits",
            "Field",
            "item 4 'Field': the key is not base32: character 4 is '!'; use only A–Z and 2–7",
            "Field in trash",
        ],
    );
    gives(
        r#"{"folders":[],"items":[{"uuid":"1","title":"n","category":"note","note":"x"}]}"#,
        "enpass",
        &[],
    );
}

#[test]
fn pif_of_all_programs() {
    let end = "\n***5642bee8-a5ff-11dc-8314-0800200c9a66***\n";
    let windows = r#"{"hmac":"x","uuid":"1","folderUuid":"f","overview":{"title":"Site","tags":["t"]},"details":{"fields":[{"designation":"username","value":"me"}],"sections":[{"fields":[{"n":"TOTP_1","v":"KEY","k":"concealed"},{"n":"x","v":{"street":"x"},"k":"address"}]}]}}"#;
    let folder =
        r#"{"uuid":"f","typeName":"system.folder.Regular","title":"work","secureContents":{}}"#;
    let trashed = r#"{"uuid":"2","title":"Bin","trashed":true,"openContents":{"tags":["u"]},"secureContents":{"sections":[{"title":"s"},{"fields":[{"n":"totp_2","v":"URI"}]}]}}"#;
    let all = [windows, folder, "{broken", trashed].map(|item| format!("{item}{end}"));
    gives(
        &format!("\u{feff}{}", all.concat()),
        "1password-1pif",
        &[
            "Site:me #t #work",
            "item 3: it does not have the expected structure",
            "Other:bob 8 digits #u in trash",
        ],
    );
    // Version 1 of op.
    gives(windows, "1password-1pif", &["Site:me #t"]);
    let cut = format!("{folder}{end}{}", &windows[..windows.len() - 9]);
    let error = text(&cut).unwrap_err();
    assert!(matches!(error, ImportError::Damaged(_)), "{error}");
}

/// `totp` is the code of the moment. Six digits are valid base32 at times, so it would not be noticed.
#[test]
fn op_s_codes_are_never_taken_for_keys() {
    let item = |title: &str, otp: &str| {
        format!(
            r#"{{"id":"i","title":"{title}","category":"LOGIN","tags":["t"],"state":"ARCHIVED","fields":[{{"id":"username","type":"STRING","purpose":"USERNAME","value":"me"}},{{"id":"TOTP_1","type":"OTP","label":"one-time password",{otp}}},{{"id":"x","type":"STRING","value":"234567"}}]}}"#
        )
    };
    let (whole, code) = (
        item("Site", r#""value":"KEY","totp":"234567""#),
        item("Code", r#""totp":"234567""#),
    );
    let hidden = item(
        "Hidden",
        r#""value":"[use 'op item get i --reveal' to reveal]","totp":"234567""#,
    );
    let said = |name: &str, number: usize| {
        format!(
            "item {number} '{name}:me': it has only the code of the moment, not the key: export it with 'op item get --reveal --format json'"
        )
    };
    let wanted = [
        "Site:me #t archived".to_owned(),
        said("Code", 2),
        said("Hidden", 3),
    ];
    let wanted = wanted.each_ref().map(String::as_str);
    gives(
        &format!("[{whole},{code},{hidden}]"),
        "1password-cli",
        &wanted,
    );
    gives(
        &format!("{whole}\n{code}\n{hidden}\n"),
        "1password-cli",
        &wanted,
    );
    gives(&whole, "1password-cli", &wanted[..1]);
    let field = r#"{"id":"TOTP_1","type":"OTP","label":"one-time password","value":"URI","totp":"123456","reference":"op://Private/Site/otp"}"#;
    gives(field, "1password-cli", &["Other:bob 8 digits"]);
    gives(
        &format!("[{field}]"),
        "1password-cli",
        &["Other:bob 8 digits"],
    );
}

#[test]
fn keeper_s_records_of_all_ages() {
    let named = r#"{"title":"Site","login":"me","custom_fields":{"$oneTimeCode::1":["KEY","URI"],"$keyPair::1":{"publicKey":"p"},"$text:more:1":"URI","pin":"234567"},"folders":[{"folder":"a\\b"},{"shared_folder":"team"}]}"#;
    let listed = r#"{"title":"Old","login":"me","custom_fields":[{"name":"TFC:Keeper","value":"KEY","type":"text"},{"name":"pin","value":"234567"}]}"#;
    let wanted = [
        "Site:me #a/b #team",
        "Other:bob 8 digits #a/b #team",
        "Other:bob 8 digits #a/b #team",
        "Old:me",
    ];
    gives(
        &format!(r#"{{"shared_folders":[],"records":[{named},{listed}]}}"#),
        "keeper",
        &wanted,
    );
    gives(&format!("[{named},{listed}]"), "keeper", &wanted);
}

#[test]
fn passman_keeps_parameters_in_the_qr_code() {
    let entry = |otp: &str| {
        format!(
            r#"[{{"credential_id":1,"label":"Site","username":"","email":"me@x","tags":[{{"text":"t"}}],"custom_fields":[{{"label":"l","value":"URI","field_type":"text"}}],"otp":{otp}}}]"#
        )
    };
    let custom = "Other:bob 8 digits #t";
    let stale = r#"{"secret":"KEY","qr_uri":{"qrData":"URI"}}"#;
    gives(
        &entry(stale),
        "passman",
        &[
            "Site:me@x #t (the QR code of this entry has another key)",
            custom,
        ],
    );
    let scanned = r#"{"secret":"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ","issuer":"Other","type":"totp","qr_uri":{"qrData":"URI"}}"#;
    gives(
        &entry(scanned),
        "passman",
        &["Other:me@x 8 digits #t", custom],
    );
    let own =
        r#"{"secret":"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ","digits":6,"qr_uri":{"qrData":"URI"}}"#;
    gives(&entry(own), "passman", &["Site:me@x #t", custom]);
    gives(
        &entry(r#"{"secret":null,"qr_uri":{"qrData":"URI"}}"#),
        "passman",
        &["Other:bob 8 digits #t", custom],
    );
    gives(&entry("null"), "passman", &[custom]);
    gives(
        r#"[{"credential_id":1,"label":"Bin","delete_time":1700000000,"otp":{"secret":"KEY"}}]"#,
        "passman",
        &["Bin in trash"],
    );
}

#[test]
fn psono_s_folders_within_folders() {
    let item = r#"{"type":"website_password","website_password_title":"Site","website_password_username":"me","website_password_totp_code":"KEY","website_password_totp_digits":"8","website_password_totp_period":"60","website_password_totp_algorithm":"SHA256"}"#;
    gives(
        &format!(
            r#"{{"folders":[{{"name":"a","folders":[{{"name":"b","items":[{item}]}}]}}],"items":[{{"type":"totp","deleted":true,"totp_title":"Bin","totp_code":"KEY"}},{{"type":"note","note_title":"n"}}]}}"#
        ),
        "psono",
        &["Bin in trash", "Site:me 60 SHA256 8 digits #b"],
    );
}

#[test]
fn proton_s_items_with_sections() {
    gives(
        r#"{"userId":"u","vaults":{"v":{"items":[{"data":{"type":"custom","metadata":{"name":"Site"},"content":{"sections":[{"sectionName":"s","sectionFields":[{"type":"totp","data":{"totpUri":"KEY"}},{"type":"text","data":{"content":"x"}}]}]}}}]}}}"#,
        "proton-pass",
        &["Site"],
    );
}
