//! Files in which some accounts need a password and others do not; and bins and archives.

use mfa::import::{Import, ImportError, Input, SetAside, read};

const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

fn imported(text: &str, password: Option<&str>) -> Result<Import, ImportError> {
    let input = Input {
        password,
        ..Input::new(text.as_bytes(), "backup")
    };
    read(&input, None)
}

/// The names of the accounts, those that are locked, and all others.
fn counts(import: &Import) -> (Vec<String>, usize, usize) {
    let usable = import.rows.iter().flatten();
    let names: Vec<_> = usable.map(|found| found.draft.full_name()).collect();
    let unusable = import.rows.len() - names.len();
    (names, import.locked, unusable - import.locked)
}

/// Encrypted by the script in `tests/data/import/make.py`'s way: PBKDF2-SHA1, AES-256-CBC.
const SEALED: &str = r#""salt":"othersaltothersa","key_derivation_iterations":100000,
    "unique_iv":"f0b53b2da041fca49ef0b9839060b345",
    "encrypted_seed":"8tWKzD9jz4ECuyay6DGWbq2YQ9nQAyZ3Dg5fU0/k07KuHcd5RDI4SV9gg88X3P6q""#;

#[test]
fn a_key_that_is_there_twice_needs_no_password() {
    let text = format!(
        r#"{{"authenticator_tokens":[{{"name":"Acme: ann",{SEALED},"decrypted_seed":"{KEY}"}}]}}"#
    );
    let import = imported(&text, None).unwrap();
    assert_eq!(counts(&import), (vec!["Acme:ann".to_owned()], 0, 0));
}

#[test]
fn authys_own_and_encrypted_accounts_are_told_apart() {
    let text = format!(
        r#"{{"authenticator_tokens":[{{"name":"Beta: bob","digits":7,{SEALED}}}, 3],
            "apps":[{{"name":"Own","secret_seed":"00112233445566778899aabbccddeeff"}}]}}"#
    );
    let without = imported(&text, None).unwrap();
    assert_eq!(counts(&without), (vec!["Own".to_owned()], 1, 1));
    assert!(matches!(
        imported(&text, Some("wrong")),
        Err(ImportError::WrongPassword)
    ));
    let with = imported(&text, Some("backup1")).unwrap();
    assert_eq!(counts(&with).0, ["Beta:bob", "Own"]);
    let own = with.rows.last().unwrap().as_ref().unwrap();
    let uri = mfa::otp::format("", "x", &own.draft.credential);
    assert!(
        uri.contains("digits=7") && uri.contains("period=10"),
        "{}",
        *uri
    );
}

#[test]
fn a_seed_that_a_script_failed_to_open_is_opened_or_said() {
    let failed = r#""decrypted_seed":"Decryption failed: Invalid padding length""#;
    let list = |token: &str| format!(r#"{{"decrypted_authenticator_tokens":[{token}]}}"#);
    let both = list(&format!(r#"{{"name":"Beta: bob",{SEALED},{failed}}}"#));
    assert!(matches!(
        imported(&both, None),
        Err(ImportError::NeedsPassword)
    ));
    assert_eq!(
        counts(&imported(&both, Some("backup1")).unwrap()).0,
        ["Beta:bob"]
    );
    let none = imported(&list(&format!(r#"{{"name":"Beta: bob",{failed}}}"#)), None).unwrap();
    assert_eq!(counts(&none), (vec![], 0, 1));
}

#[test]
fn twilios_table_is_read_with_its_own_rounds_and_iv() {
    let row = "Acme,KrrcSxKf3OPPJDRPRrryM2j9XU6H7hDdNA1t/oUk+IO2qZ+B+JtAyGA6YFdnYSAr,\
        saltsaltsaltsalt,f0b53b2da041fca49ef0b9839060b345";
    let text = format!("name,encrypted_seed,salt,iv\n{row}\nOther,AAAA,x,zz\n");
    assert!(matches!(
        imported(&text, None),
        Err(ImportError::NeedsPassword)
    ));
    assert!(matches!(
        imported(&text, Some("backup2")),
        Err(ImportError::WrongPassword)
    ));
    let import = imported(&text, Some("backup1")).unwrap();
    let (names, locked, unusable) = counts(&import);
    assert_eq!((names, locked, unusable), (vec!["Acme".to_owned()], 0, 1));
    let skipped = import.rows[1].as_ref().unwrap_err();
    assert!(
        skipped.to_string().starts_with("line 3 'Other': "),
        "{skipped}"
    );
}

#[test]
fn plain_entries_beside_encrypted_ones_are_read() {
    // The record of keys comes first, and its password is asked for only if an entry needs it.
    let browser = format!(
        r#"{{"key":{{"enc":"U2FsdGVkX18AAAAA","hash":"x"}},
        "a":{{"account":"ann","issuer":"Acme","secret":"{KEY}","hash":"a","type":"totp","encrypted":false}},
        "b":{{"account":"bob","issuer":"Beta","secret":"U2Fsd","hash":"b","type":"totp","encrypted":true}}}}"#
    );
    let import = imported(&browser, None).unwrap();
    assert_eq!(counts(&import), (vec!["Acme:ann".to_owned()], 1, 0));
    let plain = browser.replace("\"encrypted\":true", "\"encrypted\":false");
    assert_eq!(counts(&imported(&plain, None).unwrap()).1, 0);
    let two_fas = format!(
        r#"{{"schemaVersion":4,"services":[{{"name":"Acme","secret":"{KEY}","otp":{{}}}}],
        "servicesEncrypted":"AAAA:AAAA:AAAA"}}"#
    );
    assert_eq!(
        counts(&imported(&two_fas, None).unwrap()),
        (vec!["Acme".to_owned()], 1, 0)
    );
    let aegis = format!(
        r#"{{"version":1,"header":{{"slots":[],"params":{{"nonce":"00","tag":"00"}}}},
        "db":{{"version":3,"entries":[{{"type":"totp","name":"ann","info":{{"secret":"{KEY}"}}}}]}}}}"#
    );
    assert_eq!(
        counts(&imported(&aegis, None).unwrap()),
        (vec!["ann".to_owned()], 0, 0)
    );
}

#[test]
fn bins_and_archives_are_seen_in_tables_too() {
    let places = |text: &str| -> Vec<_> {
        let import = imported(text, None).unwrap();
        let found = import.rows.iter().flatten();
        found.map(|found| found.set_aside).collect()
    };
    let one_password = format!(
        "Title,Url,Username,Password,OTPAuth,Favorite,Archived,Tags,Notes\n\
         a,,u,,{KEY},false,false,,\nb,,u,,{KEY},false,true,,\n"
    );
    assert_eq!(places(&one_password), [None, Some(SetAside::Archived)]);
    let keepass = format!(
        "\"Group\",\"Title\",\"Username\",\"Password\",\"URL\",\"Notes\",\"TOTP\"\n\
         \"Root\",\"a\",\"u\",\"\",\"\",\"\",\"{KEY}\"\n\
         \"Root/Recycle Bin/Old\",\"b\",\"u\",\"\",\"\",\"\",\"{KEY}\"\n"
    );
    assert_eq!(places(&keepass), [None, Some(SetAside::InTrash)]);
    let bitwarden = format!(
        r#"{{"encrypted":false,"items":[
        {{"type":1,"name":"a","archivedDate":"2025-09-01","login":{{"totp":"{KEY}"}}}},
        {{"type":1,"name":"b","archivedDate":"2025-09-01","deletedDate":"2025-09-02","login":{{"totp":"{KEY}"}}}}]}}"#
    );
    assert_eq!(
        places(&bitwarden),
        [Some(SetAside::Archived), Some(SetAside::InTrash)]
    );
}
