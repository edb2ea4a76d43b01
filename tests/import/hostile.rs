//! Files that were cut, changed or made to do harm: always a quick answer, and never a panic.

use mfa::import::{Import, ImportError, Skipped};
use mfa::otp::Draft;

use crate::samples::{read, samples};

/// Formats made of lines: nothing in them says where the last line should have ended.
const ENDS_ANYWHERE: [&str; 8] = [
    "2fa",
    "csv",
    "enpass-txt",
    "extract-otp-secrets",
    "gauth",
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
        // Files with a key derivation are cut less often.
        let cuts = if encrypted { 4 } else { 60 };
        for cut in 0..cuts {
            let length = bytes.len() * cut / cuts;
            let found = drafts(read(&name, &bytes[..length], Some("test")));
            assert!(
                found.len() <= whole.len(),
                "{name} of {length} bytes: {found:?}"
            );
            // The last account may lack the end of its key or name.
            let others = found.iter().filter(|draft| !whole.contains(draft)).count();
            let ends_anywhere = ENDS_ANYWHERE.contains(&format) || format.ends_with("-csv");
            let allowed = usize::from(ends_anywhere);
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
    let many = slot(1 << 20).replace(
        r#""slots":["#,
        &format!(
            r#""slots":[{}"#,
            r#"{"type":1,"key":"00","key_params":{"nonce":"00","tag":"00"},"n":1048576,"r":8,"p":1,"salt":"00"},"#
                .repeat(15)
        ),
    );
    for file in [
        many,
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

fn is_too_costly(file: &str) -> bool {
    matches!(
        read("file", file.as_bytes(), None),
        Err(ImportError::TooCostly(_))
    )
}

/// Above the limit, the file is refused instead of silently cut.
#[test]
fn more_accounts_than_anybody_has_are_refused() {
    let key = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    let lines = |line: &str| line.repeat(100_001);
    assert!(is_too_costly(&lines(&format!("name 6 {key}\n"))));
    assert!(is_too_costly(&lines(&format!(
        "otpauth://totp/a?secret={key}\n"
    ))));
    assert!(is_too_costly(&lines(&format!(
        "see otpauth://totp/a?secret={key} "
    ))));
    let accounts = lines("  - name: a\n    token: AAAA\n");
    assert!(is_too_costly(&format!(
        "- name: x\n  accounts:\n{accounts}"
    )));
    let field = format!("<String><Key>otp_1</Key><Value>{key}</Value></String>");
    // First in one entry, then spread over several entries.
    let xml = |entries: &str| format!("<KeePassFile>{entries}</KeePassFile>");
    let entry = |keys| format!("<Entry>{}</Entry>", field.repeat(keys));
    assert!(is_too_costly(&xml(&entry(101))));
    assert!(!is_too_costly(&xml(&entry(100))));
    assert!(is_too_costly(&xml(&entry(91).repeat(1_100))));
    let item = r#"{"data":{"metadata":{},"extraFields":[{"data":{"totpUri":"A"}},{"data":{"totpUri":"A"}}]}},"#;
    let items = item.repeat(50_001);
    let pass = format!(
        r#"{{"userId":1,"vaults":{{"a":{{"items":[{}]}}}}}}"#,
        items.trim_end_matches(',')
    );
    assert!(is_too_costly(&pass));
}

/// Many accounts share a long group name or title of an entry. It is not copied for each: that would
/// take 40 GiB.
#[test]
fn what_accounts_share_is_not_multiplied() {
    let long = "x".repeat(1 << 20);
    let list = |each: &str| vec![each; 40_000].join(",");
    let aegis = format!(
        r#"{{"version":1,"header":{{"slots":null,"params":null}},"db":{{"version":3,"groups":[{{"uuid":"1","name":"{long}"}}],"entries":[{}]}}}}"#,
        list(r#"{"type":"totp","info":{"secret":"AAAA"},"groups":["1"]}"#)
    );
    let twofas = format!(
        r#"{{"schemaVersion":4,"groups":[{{"id":"1","name":"{long}"}}],"services":[{}]}}"#,
        list(r#"{"secret":"AAAA","groupId":"1"}"#)
    );
    let bitwarden = format!(
        r#"{{"encrypted":false,"folders":[{{"id":"1","name":"{long}"}}],"items":[{}]}}"#,
        list(r#"{"folderId":"1","login":{"totp":"AAAA"}}"#)
    );
    let stratum = format!(
        r#"{{"Authenticators":[{}],"Categories":[{{"Id":"1","Name":"{long}"}}],"AuthenticatorCategories":[{}]}}"#,
        r#"{"Type":2,"Secret":"AAAA"}"#,
        list(r#"{"CategoryId":"1","AuthenticatorSecret":"AAAA"}"#)
    );
    for file in [aegis, twofas, bitwarden, stratum] {
        assert!(is_too_costly(&file), "{}", &file[..200]);
    }
    let entry = "<String><Key>otp_1</Key><Value>GEZDGNBVGY3TQOJQ</Value></String>".repeat(100);
    let title = format!("<String><Key>Title</Key><Value>{long}</Value></String>");
    let tags = format!("<Tags>work;{long}</Tags>");
    let xml = format!("<KeePassFile><Entry>{title}{tags}{entry}</Entry></KeePassFile>");
    let rows = read("file", xml.as_bytes(), None).unwrap().rows;
    assert_eq!(rows.len(), 100);
    // The title is too long for an account's name.
    assert!(rows.iter().all(Result::is_err));
    let xml = xml.replace(&title, "");
    let rows = read("file", xml.as_bytes(), None).unwrap().rows;
    assert!(rows.iter().flatten().all(|found| found.tags == ["work"]));
}

/// 90 000 accounts with 200 tags of 1 KB each would take 600 MB.
#[test]
fn what_an_entry_gives_to_its_keys_is_counted_over_the_whole_file() {
    let title = "t".repeat(1000);
    let tags: Vec<_> = (0..200).map(|n| format!("tag{n}")).collect();
    let string = |name: &str, value: &str| {
        format!("<String><Key>{name}</Key><Value>{value}</Value></String>")
    };
    let entry = |keys| {
        let (tags, own) = (tags.join(";"), string("Title", &title));
        let keys = string("otp_1", "GEZDGNBVGY3TQOJQ").repeat(keys);
        format!("<Entry><Tags>{tags}</Tags>{own}{keys}</Entry>")
    };
    let xml = |entries: String| format!("<KeePassFile>{entries}</KeePassFile>");
    assert!(is_too_costly(&xml(entry(90).repeat(1000))));
    let rows = read("file", xml(entry(5).repeat(100)).as_bytes(), None);
    let rows = rows.unwrap().rows;
    assert_eq!(rows.len(), 500);
    for found in rows {
        let found = found.unwrap();
        assert_eq!((&found.draft.issuer, &found.tags), (&title, &tags));
    }
    let field = r#"{"data":{"totpUri":"GEZDGNBVGY3TQOJQ"}}"#;
    let pass = |keys| {
        let fields = vec![field; keys].join(",");
        format!(
            r#"{{"userId":1,"vaults":{{"a":{{"items":[{{"data":{{"metadata":{{}},"extraFields":[{fields}]}}}}]}}}}}}"#
        )
    };
    assert!(is_too_costly(&pass(101)));
    assert!(!is_too_costly(&pass(100)));
}

/// Otherwise each row would search all names for each cell.
#[test]
fn a_table_of_thousands_of_columns_is_refused() {
    let wide = |columns| format!("Title,TOTP{}\na,GEZDGNBVGY3TQOJQ\n", ",x".repeat(columns));
    assert!(is_too_costly(&wide(29_000)));
    assert!(!is_too_costly(&wide(1_000)));
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
