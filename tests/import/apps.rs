//! Exports of authenticator apps: what tells them apart, and what only they do.

use mfa::import::{self, Import, ImportError, Input, Row, SetAside};
use mfa::otp::Kind;

use crate::samples;

const KEY: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

fn read(text: &str) -> Result<Import, ImportError> {
    let text = text.replace("KEY", KEY);
    import::read(&Input::new(text.as_bytes(), "file"), None)
}

fn names(rows: &[Row]) -> Vec<String> {
    let name = |row: &Row| match row {
        Ok(found) => found.draft.full_name(),
        Err(skipped) => format!("skipped: {skipped}"),
    };
    rows.iter().map(name).collect()
}

/// Encrypted files whose outer layer shows what they are. None is taken for another, whatever the
/// password is.
#[test]
fn each_dense_file_is_known_by_its_outer_layer() {
    for (name, format) in [
        ("otp-auth.otpauth", "otp-auth"),
        ("otp-auth.otpauthdb", "otp-auth"),
        ("otpclient-2.enc", "otpclient"),
        ("otpclient-3.enc", "otpclient"),
        ("otpclient-1.enc", "otpclient"),
        ("gauth-encrypted.csv", "gauth"),
        ("andotp-encrypted.bin", "andotp-encrypted"),
        ("andotp-old.bin", "andotp-encrypted"),
        ("totp-authenticator.bin", "totp-authenticator"),
    ] {
        let samples = samples::samples();
        let (_, bytes) = samples.iter().find(|(own, _)| own == name).unwrap();
        let import = samples::read("file", bytes, Some("test")).unwrap();
        assert_eq!(import.format.name, format, "{name}");
        assert!(import.rows.iter().all(Result::is_ok), "{name}");
    }
}

#[test]
fn a_file_of_otp_auth_that_is_cut_short_is_damaged_and_not_another_program_s() {
    let samples = samples::samples();
    let named = |name: &str| {
        samples
            .iter()
            .find(|(own, _)| own.starts_with(name))
            .unwrap()
    };
    for (name, bytes) in [named("otp-auth.otpauth"), named("otp-auth.otpauthdb")] {
        for length in [16, 17, 160, bytes.len() - 16, bytes.len() - 1] {
            let outcome = samples::read("file", &bytes[..length], Some("test"));
            let outcome = outcome.map(|import| import.format.name);
            assert!(
                matches!(outcome, Err(ImportError::Damaged(_))),
                "{name} {length}: {outcome:?}"
            );
        }
    }
}

#[test]
fn the_members_of_2fauth_win_over_its_older_uri_and_that_is_said() {
    let file = |members: &str, uri: &str| {
        format!(
            r#"{{"app":"2fauth_v5","schema":1,"data":[{{"account":"me","service":"Site","secret":"KEY",{members},"legacy_uri":"{uri}"}}]}}"#
        )
    };
    let totp = r#""otp_type":"totp","digits":6,"algorithm":"sha1","period":30,"counter":null"#;
    let hotp = r#""otp_type":"hotp","digits":6,"algorithm":"sha1","period":null,"counter":9"#;
    for (members, uri, is_said) in [
        (totp, "otpauth://totp/Site:me?secret=KEY&issuer=Site", false),
        (
            totp,
            r"otpauth:\/\/totp\/Old:me?secret=KEY&issuer=Old",
            true,
        ),
        (
            totp,
            "otpauth://totp/Site:me?secret=KEY&issuer=Site&digits=8",
            true,
        ),
        (
            totp,
            "otpauth://totp/Site:me?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Site",
            true,
        ),
        (
            hotp,
            "otpauth://hotp/Site:me?secret=KEY&issuer=Site&counter=1",
            false,
        ),
        (totp, "", false),
    ] {
        let import = read(&file(members, uri)).unwrap();
        assert_eq!((import.format.name, import.rows.len()), ("2fauth", 1));
        let found = import.rows[0].as_ref().unwrap();
        assert_eq!(found.draft.full_name(), "Site:me");
        assert_eq!(found.draft.credential.secret.to_base32().as_str(), KEY);
        assert_eq!(found.draft.credential.digits.get(), 6);
        assert_eq!(found.remarks.len(), usize::from(is_said), "{uri}");
    }
    let steam = totp.replace("totp", "steamtotp");
    let import = read(&file(&steam, "")).unwrap();
    let kind = import.rows[0].as_ref().unwrap().draft.credential.kind;
    assert_eq!(kind, Kind::Steam);
    let newer = file(totp, "").replace("\"schema\":1", "\"schema\":2");
    assert!(matches!(read(&newer), Err(ImportError::Newer(_))));
    let uris = r#"{"app":"2fauth_v5","schema":1,"data":[{"uri":"otpauth://totp/Site:me?secret=KEY&issuer=Site"}]}"#;
    assert_eq!(names(&read(uris).unwrap().rows), ["Site:me"]);
}

#[test]
fn every_line_of_gauth_is_an_account_or_said() {
    let text = "AWS:   KEY\nAirbnb:jbsw y3dp ehpk 3pxp\n# my keys\n#Old: KEY\nTypo: jbsw1y3dpehpk3pxp\n\
        otpauth://hotp/Org:me?secret=KEY&issuer=Org&counter=3\n";
    let import = read(text).unwrap();
    assert_eq!(import.format.name, "gauth");
    let names = names(&import.rows);
    assert_eq!(names[..2], ["AWS", "Airbnb"]);
    assert_eq!(
        names[2],
        "skipped: line 4 'Old': it is commented out with '#'"
    );
    assert!(names[3].starts_with("skipped: line 5 'Typo': the key is not base32"));
    assert_eq!(names[4..], ["Org:me"]);
    // One account in lines is no list of accounts.
    for text in ["totp: KEY\n", "hunter2\n---\ntotp: KEY\n"] {
        assert_eq!(read(text).unwrap().format.name, "uris", "{text}");
    }
}

#[test]
fn authme_has_latin_1_and_a_file_that_only_it_can_open_is_named() {
    let file = |encrypted: bool, codes: &[u8]| {
        let codes = data_encoding::BASE64.encode(codes);
        format!(
            r#"{{"role":"codes","encrypted":{encrypted},"codes":"{codes}","date":"","version":3}}"#
        )
    };
    let entry = |name: &str| {
        format!("\nName:   {name} \nSecret: {KEY} \nIssuer: A: b, c \nType:   OTP_TOTP\n")
    };
    let text = entry("M\u{fc}ller") + &entry("two");
    let latin_1: Vec<u8> = text.chars().map(|c| u8::try_from(c).unwrap()).collect();
    for bytes in [latin_1, text.into_bytes()] {
        let import = read(&file(false, &bytes)).unwrap();
        let drafts: Vec<_> = import
            .rows
            .iter()
            .map(|row| &row.as_ref().unwrap().draft)
            .collect();
        let names: Vec<_> = drafts.iter().map(|draft| draft.name.as_str()).collect();
        assert_eq!(names, ["M\u{fc}ller", "two"]);
        assert_eq!(drafts[0].issuer, "A: b, c");
    }
    let outcome = read(&file(true, b"x")).map(|import| import.rows.len());
    assert!(matches!(outcome, Err(ImportError::Unsupported(text)) if text.contains("Authme")));
}

#[test]
fn otp_manager_counts_from_zero_and_keeps_the_last_counter() {
    let account = |members: &str| {
        format!(
            r#"{{"name":"me","issuer":"Site","period":30,"digits":6,"icon":"default","secret":"KEY",{members}}}"#
        )
    };
    let list = [
        account(r#""type":"totp","algorithm":2,"counter":null"#),
        account(r#""type":"hotp","algorithm":"0","counter":4"#),
        account(r#""type":"hotp","algorithm":0,"counter":"many""#),
        account(r#""type":"totp","algorithm":3,"counter":null"#),
        account(r#""type":"totp","algorithm":0,"counter":null,"deleted_at":"2026-01-01""#),
    ];
    let import = read(&format!(r#"{{"accounts":[{}]}}"#, list.join(","))).unwrap();
    assert_eq!(import.format.name, "otp-manager");
    let credential = |index: usize| &import.rows[index].as_ref().unwrap().draft.credential;
    assert_eq!(credential(0).algorithm.as_str(), "SHA512");
    assert_eq!(credential(1).kind, Kind::Hotp { counter: 5 });
    assert!(import.rows[2].is_err() && import.rows[3].is_err());
    let deleted = import.rows[4].as_ref().unwrap();
    assert_eq!(deleted.set_aside, Some(SetAside::InTrash));
}

/// Other programs write `items` and `accounts` too.
#[test]
fn a_usual_word_alone_makes_no_format() {
    for text in [
        r#"{"items":[{"title":"Site","secret":"KEY"}]}"#,
        r#"{"app":"x","schema":1,"data":[{"secret":"KEY"}]}"#,
        r#"{"accounts":[{"name":"me","issuer":"Site","secret":"KEY"}]}"#,
        r#"{"Collection":[],"IV":"AAAA"}"#,
    ] {
        let format = read(text).map(|import| import.format.name);
        let new = ["cotp", "2fauth", "otp-manager", "2fast"];
        assert!(!format.is_ok_and(|format| new.contains(&format)), "{text}");
    }
}

/// The sample of Keysmith has an account with a checksum, one in Qt's escapes, and a plain one.
#[test]
fn keysmith_s_own_ways_of_making_codes_are_refused_and_not_guessed() {
    let samples = samples::samples();
    let (_, bytes) = samples
        .iter()
        .find(|(own, _)| own == "keysmith.conf")
        .unwrap();
    let text = std::str::from_utf8(bytes).unwrap();
    for (from, to, taken) in [
        ("", "", [true, false, true]),
        (
            "epoch=1970-01-01T",
            "epoch=1970-01-15T",
            [false, false, true],
        ),
        ("checksum=true", "checksum=false", [true, true, true]),
        ("checksum=false", "offset=12", [true, false, false]),
    ] {
        let import = samples::read("file", text.replace(from, to).as_bytes(), Some("test"));
        let rows = import.unwrap().rows;
        let found: Vec<_> = rows.iter().map(Result::is_ok).collect();
        assert_eq!(found, taken, "{to}: {:?}", names(&rows));
    }
    let rows = samples::read("file", bytes, Some("test")).unwrap().rows;
    assert_eq!(names(&rows)[2], "Acme:M\u{fc}ller");
    assert!(names(&rows)[1].starts_with("skipped: account 2 'bob': its codes are cut"));
}
