//! Files of programs that nobody here knows: what the reader of structure makes of them, and that
//! nothing in them is passed over without a word.

use mfa::import::{self, Import, ImportError, Input, SetAside};
use mfa::otp::Kind;

const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const OTHER: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

fn read(text: &str) -> Result<Import, ImportError> {
    let text = text.replace("KEY", KEY).replace("OTHER", OTHER);
    import::read(&Input::new(text.as_bytes(), "file"), None)
}

/// Each account as `issuer|name|how codes are made|key`, or why it was skipped.
fn accounts(text: &str) -> Vec<String> {
    let import = match read(text) {
        Ok(import) => import,
        Err(error) => return vec![error.to_string()],
    };
    let shown = import.rows.iter().map(|row| match row {
        Err(skipped) => skipped.to_string(),
        Ok(found) => {
            let (draft, own) = (&found.draft, &found.draft.credential);
            let how = match own.kind {
                Kind::Totp { period } => format!(
                    "totp {} {} {}",
                    period.get(),
                    own.algorithm,
                    own.digits.get()
                ),
                Kind::Hotp { counter } => {
                    format!("hotp {counter} {} {}", own.algorithm, own.digits.get())
                }
                Kind::Steam => "steam".to_owned(),
            };
            let key = match own.secret.to_base32().as_str() {
                KEY => "key",
                OTHER => "other",
                _ => "a third key",
            };
            format!("{}|{}|{how}|{key}", draft.issuer, draft.name)
        }
    });
    shown.collect()
}

const PLAIN: &str = "Acme|ann|totp 30 SHA1 6|key";

#[test]
fn an_object_with_a_key_is_an_entry_in_any_document() {
    let mut wrong = Vec::new();
    for text in [
        r#"{"title":"Acme","username":"ann","totp":"KEY"}"#,
        r#"[{"Service":"Acme","E-Mail":"ann","otp_secret":"KEY"}]"#,
        r#"{"logins":{"x1":{"site":"Acme","login":{"user":"ann","twoFactorSecret":"KEY"}}}}"#,
        r#"{"items":[{"name":"Acme","username":{"fieldType":"string","value":"ann"},"credentials":[{"type":"totp","secret":"KEY"}]}]}"#,
        r#"{"items":[{"title":"Acme","fields":[{"label":"Username","value":"ann"},{"label":"One-time password","value":"KEY"}]}]}"#,
        r#"{"items":[{"title":"Acme","fields":[{"type":"username","value":"ann"},{"type":"totp","value":"gezd gnbv gy3t qojq gezd gnbv gy3t qojq"}]}]}"#,
        r#"{"vaults":[{"metadata":{"name":"Acme"},"content":{"username":"ann","totpUri":"otpauth://totp/?secret=KEY"}}]}"#,
        "{\"name\":\"Acme\",\"user\":\"ann\",\"secret\":\"KEY\"}\n{\"name\":\"none\"}\n",
        r#"{"stores":{"a":"[{\"issuer\":\"Acme\",\"account\":\"ann\",\"secret\":\"KEY\"}]"}}"#,
        "<db><entry><title>Acme</title><user>ann</user><otp>KEY</otp></entry></db>",
        "<db><entry title='Acme' user='ann' secret='KEY'/></db>",
        "<db><card title='Acme'><field name='Login'>ann</field><field name='2FA' type='one_time_password'>KEY</field></card></db>",
        "<?xml version='1.0'?><plist version='1.0'><array><dict><key>issuer</key><string>Acme</string><key>account</key><string>ann</string><key>secret</key><string>KEY</string></dict></array></plist>",
        "- issuer: Acme\n  account: ann\n  secret: KEY\n",
        "accounts:\n  - {service: Acme, user: ann, totp: KEY}\n",
        "service: Acme\nuser: ann\nsecret: KEY\n",
        "name,login,2FA secret\nAcme,ann,KEY\n",
        "Title;User;TOTP\n\"Acme\";ann;\"KEY\"\n",
        "service\tmail\ttwo_factor\nAcme\tann\tKEY\n",
        "Acme,ann,KEY\n",
        "ann@x.example,KEY,Acme\n",
        "Acme\tann\totpauth://totp/?secret=KEY\n",
        "\"Acme\",\"Username\",\"ann\",\"Password\",\"pw\",\"One-time code\",\"KEY\"\n",
        "Acme,https://acme.example,ann@x,pw,,TOTP,KEY\n",
    ] {
        let found = accounts(text);
        let named = ["Acme|ann|", "Acme|ann@x|", "ann@x.example|Acme|"];
        let right = named.map(|name| vec![format!("{name}totp 30 SHA1 6|key")]);
        if !right.contains(&found) {
            wrong.push((text, found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_stands_beside_a_key_says_how_its_codes_are_made() {
    for (text, how) in [
        (
            r#"{"issuer":"Acme","account":"ann","secret":"KEY","digits":8,"period":60,"algorithm":"sha256"}"#,
            "totp 60 SHA256 8",
        ),
        (
            r#"{"issuer":"Acme","account":"ann","secret":"KEY","digits":"8","timeStep":"60","algo":"HmacSHA512"}"#,
            "totp 60 SHA512 8",
        ),
        (
            r#"{"issuer":"Acme","account":"ann","secret":"KEY","type":"hotp","counter":7}"#,
            "hotp 7 SHA1 6",
        ),
        (
            r#"{"issuer":"Acme","account":"ann","type":"HOTP","info":{"secret":"KEY","counter":"7"}}"#,
            "hotp 7 SHA1 6",
        ),
        (
            r#"{"issuer":"Acme","account":"ann","secret":"KEY","options":{"digits":8}}"#,
            "totp 30 SHA1 8",
        ),
        (
            r#"{"type":"login","issuer":"Acme","account":"ann","totp":"KEY","counter":3}"#,
            "totp 30 SHA1 6",
        ),
        (
            r#"{"issuer":"Acme","account":"ann","secret":"KEY","type":"steam"}"#,
            "steam",
        ),
        (
            r#"{"title":"Acme","username":"ann","otp":"otpauth://totp/x?secret=KEY&digits=8"}"#,
            "totp 30 SHA1 8",
        ),
        (
            r#"{"issuer":"Acme","account":"ann","secret":"3132333435363738393031323334353637383930"}"#,
            "totp 30 SHA1 6",
        ),
        (
            r#"{"issuer":"Acme","account":"ann","secret":"MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=","encoding":"base64"}"#,
            "totp 30 SHA1 6",
        ),
        (
            "issuer,account,secret,digits,interval\nAcme,ann,KEY,8,60\n",
            "totp 60 SHA1 8",
        ),
    ] {
        let found = accounts(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(
            found[0].ends_with(&format!("|{how}|key")),
            "{text}: {found:?}"
        );
        assert!(found[0].starts_with("Acme|"), "{text}: {found:?}");
    }
    // What cannot be is said, and nothing is made of it.
    for (text, why) in [
        (
            r#"{"issuer":"Acme","account":"ann","secret":"KEY","algorithm":1}"#,
            "unknown algorithm '1'",
        ),
        (
            r#"{"issuer":"Acme","account":"ann","secret":"KEY","digits":60}"#,
            "digits must be",
        ),
        (
            r#"{"issuer":"Acme","account":"ann","secret":"KEY","type":"motp"}"#,
            "'motp'",
        ),
        (
            r#"{"issuer":"Acme","account":"ann","totp":"KEY1"}"#,
            "not base32",
        ),
        (
            r#"{"issuer":"Acme","account":"ann","secret":"KEY","period":30000}"#,
            "milliseconds",
        ),
    ] {
        let found = accounts(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(
            found[0].contains(why) && found[0].contains("Acme:ann"),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn the_fields_of_an_entry_win_over_its_uri_and_that_is_said() {
    let text = r#"{"things":[{"service":"Acme","account":"ann","secret":"KEY","digits":8,"algorithm":"sha256","period":60,"old":"otpauth://totp/old?secret=KEY"}]}"#;
    assert_eq!(accounts(text), ["Acme|ann|totp 60 SHA256 8|key"]);
    let notes = read(text).unwrap().notes.join("\n");
    assert!(
        notes.contains("things[].old: digits, algorithm, period, name differ"),
        "{notes}"
    );
    // The same: nothing to say.
    let text = r#"{"things":[{"service":"Acme","account":"ann","secret":"KEY","uri":"otpauth://totp/Acme:ann?secret=KEY"}]}"#;
    assert_eq!(accounts(text), [PLAIN]);
    let notes = read(text).unwrap().notes.join("\n");
    assert!(!notes.contains("differ"), "{notes}");
    // Another key is another account: neither is lost.
    let text = r#"[{"service":"Acme","account":"ann","secret":"KEY","uri":"otpauth://totp/Old:bob?secret=OTHER"}]"#;
    assert_eq!(accounts(text), [PLAIN, "Old|bob|totp 30 SHA1 6|other"]);
}

#[test]
fn keys_without_objects_around_them_are_entries_too() {
    for (text, expected) in [
        (
            r#"{"key1":"KEY","S2":"OTHER"}"#,
            vec!["|key1|totp 30 SHA1 6|key", "|S2|totp 30 SHA1 6|other"],
        ),
        (
            r#"{"GitHub":"KEY","AWS":"OTHER"}"#,
            vec!["|GitHub|totp 30 SHA1 6|key", "|AWS|totp 30 SHA1 6|other"],
        ),
        (
            r#"{"GitHub":{"secret":"KEY"},"AWS":{"secret":"OTHER"}}"#,
            vec!["|GitHub|totp 30 SHA1 6|key", "|AWS|totp 30 SHA1 6|other"],
        ),
        (
            r#"{"title":"Acme","user":"ann","totps":["KEY","OTHER"]}"#,
            vec!["", ""],
        ),
        (
            r#"["otpauth://totp/A:a?secret=KEY","otpauth://totp/B:b?secret=OTHER"]"#,
            vec!["A|a|totp 30 SHA1 6|key", "B|b|totp 30 SHA1 6|other"],
        ),
        (
            r#"{"notes":"my code: otpauth://totp/A:a?secret=KEY and more"}"#,
            vec!["A|a|totp 30 SHA1 6|key"],
        ),
        (
            r#"{"a":{"totp":"KEY","totp2":"OTHER","title":"T"}}"#,
            vec!["T||totp 30 SHA1 6|key", "T||totp 30 SHA1 6|other"],
        ),
        (
            r#"{"a":{"totp":"KEY","otp":"KEY","title":"T"}}"#,
            vec!["T||totp 30 SHA1 6|key"],
        ),
    ] {
        let found = accounts(text);
        assert_eq!(found.len(), expected.len(), "{text}: {found:?}");
        for (found, expected) in found.iter().zip(&expected) {
            assert!(
                found.contains(expected) || expected.is_empty(),
                "{text}: {found}"
            );
        }
    }
}

#[test]
fn what_looks_like_a_key_and_is_not_taken_is_counted_by_place() {
    let text = r#"{"items":[{"title":"Acme","user":"ann","totp":"KEY","remark":"OTHER"},{"title":"B","remark":"second factor: OTHER"}]}"#;
    let import = read(text).unwrap();
    let notes = import.notes.join("\n");
    assert!(
        notes.contains("2 texts look like secret keys and were not imported: items[].remark (2)"),
        "{notes}"
    );
    assert!(notes.contains("unknown JSON, read by its field names: secret key from items[].totp; issuer from items[].title; name from items[].user"), "{notes}");
    assert!(!notes.contains(KEY) && !notes.contains(OTHER));
    // Without any account, the error says it.
    let error = read(r#"{"items":[{"title":"B","remark":"OTHER"}]}"#)
        .unwrap_err()
        .to_string();
    assert!(error.contains("unrecognised file format (1 text looks like a secret key and was not imported: items[].remark)"), "{error}");
    // A key that is a name is not printed.
    let import = read(r#"{"KEY":{"issuer":"Acme","secret":"OTHER"}}"#).unwrap();
    let notes = import.notes.join("\n");
    assert!(notes.contains("(names)") && !notes.contains(KEY), "{notes}");
}

#[test]
fn a_bin_or_an_archive_is_marked() {
    let set_aside = |text: &str| read(text).unwrap().rows[0].as_ref().unwrap().set_aside;
    let entry = |more: &str| format!(r#"[{{"title":"Acme","totp":"KEY"{more}}}]"#);
    assert_eq!(set_aside(&entry("")), None);
    assert_eq!(
        set_aside(&entry(r#","trashed":1"#)),
        Some(SetAside::InTrash)
    );
    assert_eq!(
        set_aside(&entry(r#","deletedDate":null,"archived":true"#)),
        Some(SetAside::Archived)
    );
    assert_eq!(set_aside(&entry(r#","deleted":false"#)), None);
}

/// A current code, a word or a switch in a field named `otp` is no key.
#[test]
fn codes_and_switches_are_no_keys() {
    for value in [
        "\"123456\"",
        "123456",
        "true",
        "\"sms\"",
        "null",
        "\"https://example.com\"",
        "\"Google Authenticator\"",
    ] {
        let text = format!(r#"[{{"title":"Acme","otp":{value}}}]"#);
        let outcome = read(&text).map(|import| import.rows.len());
        let is_unknown = matches!(
            outcome,
            Err(ImportError::Unrecognised | ImportError::OnlyNear(_))
        );
        assert!(is_unknown, "{text}: {outcome:?}");
    }
}

#[test]
fn hostile_documents_end() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(read(&deep).is_err());
    let deep = "<a>".repeat(100_000);
    assert!(read(&deep).is_err());
    let deep = format!("- x: {}", "[".repeat(100_000));
    assert!(read(&deep).is_err());
    let wide = format!("{{{}\"z\":1}}", "\"a\":{\"b\":[\"KEY\"]},".repeat(20_000));
    assert!(read(&wide).is_err() || read(&wide).is_ok());
    let nested = "{\\\"a\\\":".repeat(1000);
    assert!(read(&format!("{{\"a\":\"{nested}\"}}")).is_err());
}

/// A property list with an account, in the binary form: made by Python's `plistlib`.
#[test]
fn binary_property_lists_are_read() {
    let list = include_bytes!("../data/accounts.plist");
    let import = import::read(&Input::new(list, "accounts.plist"), None).unwrap();
    assert_eq!(import.format.name, "plist");
    let found = import.rows[0].as_ref().unwrap();
    assert_eq!(found.draft.full_name(), "Acme:ann");
    assert_eq!(found.draft.credential.secret.to_base32().as_str(), KEY);
    assert_eq!(found.draft.credential.digits.get(), 8);
}

/// What strangers lost: unusual names of parameters, keys that are not base32, objects in objects, and
/// lists that look like tables.
#[test]
fn nothing_of_an_unusual_file_is_lost_or_made_up() {
    for (text, expected) in [
        (
            r#"[{"name":"A","secret":"KEY","alg":"SHA512"}]"#,
            vec!["|A|totp 30 SHA512 6|key"],
        ),
        (
            r#"[{"name":"A","secret":"KEY","length":8,"duration":60}]"#,
            vec!["|A|totp 60 SHA1 8|key"],
        ),
        (
            r#"[{"name":"A","secret":"KEY","length":20,"duration":3600}]"#,
            vec!["|A|totp 30 SHA1 6|key"],
        ),
        (
            r#"[{"name":"A","secret":"KEY","hotp":true,"counter":3}]"#,
            vec!["|A|hotp 3 SHA1 6|key"],
        ),
        (
            r#"[{"name":"A","secret":"KEY","isSteam":true}]"#,
            vec!["|A|steam|key"],
        ),
        (
            r#"[{"name":"A","secret":"KEY","period":"60 s"}]"#,
            vec!["|A|totp 60 SHA1 6|key"],
        ),
        (
            r#"[{"name":"ok","secret":"OTHER"},{"name":"hex","secret":"3132333435363738393031323334353637383930"}]"#,
            vec!["|ok|totp 30 SHA1 6|other", "|hex|totp 30 SHA1 6|key"],
        ),
        (
            r#"{"totp":"OTHER","name":"out","login":{"totp":"KEY","user":"in"}}"#,
            vec!["|out|totp 30 SHA1 6|other", "out|in|totp 30 SHA1 6|key"],
        ),
        (
            "name,uri,digits,period\nA,otpauth://totp/A:x?secret=KEY,8,60\n",
            vec!["A|x|totp 60 SHA1 8|key"],
        ),
        (
            "issuer,account,secret,type,algorithm,digits,period\nGitHub,bob,KEY,totp,SHA1,6,30\nAWS,amy,OTHER,totp,SHA256,8,60\n",
            vec![
                "GitHub|bob|totp 30 SHA1 6|key",
                "AWS|amy|totp 60 SHA256 8|other",
            ],
        ),
        ("GitHub,KEY,hotp,7\n", vec!["|GitHub|hotp 7 SHA1 6|key"]),
        (
            "otpauth://totp/a?secret=KEY&issuer=A, Inc&digits=8\nhello\n",
            vec!["A, Inc|a|totp 30 SHA1 8|key"],
        ),
        (
            "otpauth://totp/a?secret=KEY otpauth://totp/b?secret=OTHER\n",
            vec!["|a|totp 30 SHA1 6|key", "|b|totp 30 SHA1 6|other"],
        ),
        (
            r#"[{"name":"b","secret":"KEY","digits":8,"uri":null},{"name":"a","secret":"OTHER","uri":"otpauth://totp/a?secret=OTHER"}]"#,
            vec!["|b|totp 30 SHA1 8|key", "|a|totp 30 SHA1 6|other"],
        ),
        (
            r#"[{"title":"A","notes":"otpauth://totp/A:me?secret=KEY\nold phone"}]"#,
            vec!["A|me|totp 30 SHA1 6|key"],
        ),
    ] {
        assert_eq!(accounts(text), expected, "{text}");
    }
}

#[test]
fn what_cannot_be_known_of_a_key_is_said() {
    for (text, why) in [
        (
            r#"[{"name":"A","secret":"KEY","counter":3}]"#,
            "does not say whether it is HOTP",
        ),
        (
            r#"[{"name":"A","secret":"KEY","t0":1000}]"#,
            "do not start at 1970",
        ),
        (
            r#"[{"name":"A","totp":"KEY OTHER"}]"#,
            "spaces or line breaks at odd places",
        ),
        (
            "otpauth://totp/a?secret=JBSWY3DP\nEHPK3PAA&digits=8\n",
            "goes on on the next line",
        ),
    ] {
        let found = accounts(text);
        assert!(
            found.len() == 1 && found[0].contains(why),
            "{text}: {found:?}"
        );
    }
    // Beside a good account, each of these is counted.
    for secret in [
        "JBSWY3DPEHPK3PA1",
        "bad!key",
        "MTIzNDU2Nzg5MDEy+g==",
        "ABCDEFGH",
    ] {
        let text = format!(r#"[{{"name":"a","secret":"KEY"}},{{"name":"b","secret":"{secret}"}}]"#);
        let notes = read(&text).unwrap().notes.join("\n");
        assert!(
            notes.contains("1 text looks like a secret key and was not imported: [].secret"),
            "{secret}: {notes}"
        );
    }
    let text = r#"[{"title":"A","totp":"KEY","status":"deleted"}]"#;
    assert_eq!(
        read(text).unwrap().rows[0].as_ref().unwrap().set_aside,
        Some(SetAside::InTrash)
    );
}
