//! Variants of the same formats: other first entries, other encodings, ends cut off.

use mfa::import::{self, Format, Import, ImportError, Input};

const KEY: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

fn read(bytes: &[u8], format: Option<&str>) -> Result<Import, ImportError> {
    let format = format.map(|name| Format::named(name).unwrap());
    import::read(&Input::new(bytes, "file"), format)
}

/// The names of the accounts, and how many were skipped.
fn names(import: Import) -> (Vec<String>, usize) {
    let all = import.rows.len();
    let found = import.rows.into_iter().flatten();
    let names: Vec<_> = found.map(|found| found.draft.full_name()).collect();
    let skipped = all - names.len();
    (names, skipped)
}

#[track_caller]
fn gives(text: &str, format: &str, wanted: &[&str], skipped: usize) {
    let import = read(text.replace("KEY", KEY).as_bytes(), None).unwrap();
    assert_eq!(import.format.name, format, "{text}");
    assert_eq!(
        names(import),
        (wanted.iter().map(ToString::to_string).collect(), skipped)
    );
}

#[test]
fn a_list_is_known_by_any_of_its_members() {
    let duo = r#"[{"name":"Push","accountType":"DuoAccount"},{"name":"Deno","otpGenerator":{"otpSecret":"KEY"}}]"#;
    gives(duo, "duo", &["Deno"], 1);
    let andotp = r#"[null,{"secret":"KEY","label":"a","issuer":"I","digits":6,"type":"TOTP","algorithm":"SHA1"}]"#;
    gives(andotp, "andotp", &["I:a"], 1);
}

#[test]
fn one_bad_member_stops_no_other() {
    gives("a 6 KEY\nbad 6 0189\nc 8 KEY\n", "2fa", &["a", "c"], 1);
    let steam = r#"{"accounts":{"1":{"account_name":"a","shared_secret":"MTIzNDU2Nzg5MDEyMzQ1Njc4OTA="},"2":{"account_name":"x"},"3":null}}"#;
    gives(steam, "steam", &["Steam:a"], 2);
    let extension = r#"{"u1":{"dataType":"OTPStorage","encrypted":null,"index":"0","type":"totp","secret":"KEY","issuer":"I","account":"a"}}"#;
    gives(extension, "authenticator", &["I:a"], 0);
}

#[test]
fn tables_are_known_by_their_columns() {
    let counter = "Title,User Name,HmacOtp-Secret-Base32,HmacOtp-Counter,Group\n,demo,KEY,4,OTP\n";
    gives(counter, "keepass-csv", &["demo"], 0);
    let last_pass = "url,username,password,totp,extra,name,grouping,fav\nu,me,p,KEY,,Site,,0\nu,me,p,,,Other,,0\n";
    gives(last_pass, "csv", &["Site:me"], 0);
    let plain = "issuer,account,secret,digits,type\nI,a,KEY,8,totp\n";
    gives(plain, "csv", &["I:a"], 0);
    let strongbox = "Title,Username,OTPAuth\nSite,me,KEY\n";
    gives(strongbox, "csv", &["Site:me"], 0);
    let one_password =
        "Title,Url,Username,Password,OTPAuth,Favorite,Archived,Tags,Notes\nSite,,me,,KEY\n";
    gives(one_password, "1password-csv", &["Site:me"], 0);
}

#[test]
fn both_kinds_of_bitwarden_s_groups_and_none() {
    let item = r#""items":[{"type":1,"name":"Site","deletedDate":"2026-01-01","login":{"username":"me","totp":"KEY"}}]"#;
    for head in [
        r#""encrypted":false,"folders":[],"collections":[],"#,
        r#""encrypted":false,"folders":null,"collections":null,"#,
        "",
    ] {
        gives(&format!("{{{head}{item}}}"), "bitwarden", &["Site:me"], 0);
    }
    let text = format!("{{{item}}}").replace("KEY", KEY);
    let import = read(text.as_bytes(), None).unwrap();
    assert_eq!(
        import.rows[0].as_ref().unwrap().set_aside,
        Some(import::SetAside::InTrash)
    );
}

#[test]
fn yaml_s_quotes_are_undone() {
    let dump = "- name: 'it''s'\n  accounts:\n    - name: \"a\\tb\"\n      token: KEY\n";
    gives(dump, "totp-cli", &["it's:a\tb"], 0);
}

#[test]
fn other_encodings_are_read() {
    let uri = format!("otpauth://totp/A:M\u{fc}ller?secret={KEY}\n");
    let latin: Vec<u8> = uri
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    let wide = |mark: &[u8], bytes: fn(u16) -> [u8; 2]| {
        let units = uri.encode_utf16().flat_map(bytes);
        mark.iter().copied().chain(units).collect::<Vec<u8>>()
    };
    let little = wide(b"\xff\xfe", u16::to_le_bytes);
    let big = wide(b"\xfe\xff", u16::to_be_bytes);
    for bytes in [uri.as_bytes(), &latin, &little, &big] {
        let import = read(bytes, None).unwrap();
        assert_eq!(names(import), (vec!["A:M\u{fc}ller".to_owned()], 0));
    }
}

#[test]
fn the_name_of_a_program_stands_for_all_of_its_files() {
    let sealed = r#"{"encrypted":true,"passwordProtected":true,"salt":"x","kdfType":0,"kdfIterations":5000,"encKeyValidation_DO_NOT_EDIT":"2.a|b|c","data":"2.a|b|c"}"#;
    let import = read(sealed.as_bytes(), Some("bitwarden"));
    assert_eq!(import.unwrap_err(), ImportError::NeedsPassword);
    let dense: Vec<u8> = (0..=255).collect();
    let import = read(&dense, Some("andotp"));
    assert_eq!(import.unwrap_err(), ImportError::NeedsPassword);
    let sealed = include_bytes!("../data/import/totp-authenticator.bin");
    let import = read(sealed, Some("totp-authenticator"));
    assert_eq!(import.unwrap_err(), ImportError::NeedsPassword);
}

#[test]
fn what_is_cut_short_is_damaged_and_not_short() {
    let prefs = "<?xml version=\"1.0\"?>\n<map>\n<string name=\"I:a\">\
        {&quot;secret&quot;:[1,2,3,4,5,6,7,8,9,10],&quot;label&quot;:&quot;a&quot;}</string>\n\
        <string name=\"tokenOrder\">[]</string>\n</map>\n";
    assert_eq!(names(read(prefs.as_bytes(), None).unwrap()).0, ["a"]);
    let table = format!(
        "folder,favorite,type,name,login_username,login_totp\n,,login,\"Site,me,{KEY}\n,,login,B,me,{KEY}\n"
    );
    let xml = "<KeePassFile><Root><Group><Entry>";
    for text in [
        &prefs[..prefs.len() - 10],
        &prefs[..prefs.len() - 60],
        &table,
        xml,
    ] {
        let error = read(text.as_bytes(), None).unwrap_err();
        assert!(matches!(error, ImportError::Damaged(_)), "{text}: {error}");
    }
    let database = include_bytes!("../data/import/google.db");
    for end in [database.len() - 1, database.len() / 2] {
        let error = read(&database[..end], None).unwrap_err();
        assert!(matches!(error, ImportError::Damaged(_)), "{end}: {error}");
    }
}

#[test]
fn what_is_known_and_not_read_says_what_to_do() {
    let kdb = [b"\x03\xd9\xa2\x9a\x65\xfb\x4b\xb5".as_slice(), &[7; 100]].concat();
    let error = read(&kdb, None).unwrap_err();
    assert!(error.to_string().contains("KDBX"), "{error}");
}
