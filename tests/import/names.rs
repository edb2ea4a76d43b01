//! Names and parameters as other programs write them: what is honoured, what is refused and why.

use mfa::import::{self, Input};

const BASE32: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const HEX: &str = "3132333435363738393031323334353637383930";
const BASE64: &str = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=";

/// Each account as `issuer|name|kind|algorithm|digits|period or counter`, with its remarks and notes; or
/// why it was skipped. Every key has to be that of RFC 4226.
fn accounts(text: &str) -> Vec<String> {
    let import = import::read(&Input::new(text.as_bytes(), "file"), None).unwrap();
    let rows = import.rows.into_iter().map(|row| match row {
        Err(skipped) => format!("skipped: {}", skipped.reason),
        Ok(found) => {
            let credential = &found.draft.credential;
            assert_eq!(credential.secret.expose_secret(), b"12345678901234567890");
            let last = credential.kind.counter();
            let last = last.or(credential.kind.period().map(mfa::otp::Period::get));
            format!(
                "{}|{}|{}|{}|{}|{}{}{}",
                found.draft.issuer,
                found.draft.name,
                credential.kind.as_str(),
                credential.algorithm,
                credential.digits.get(),
                last.unwrap_or_default(),
                found.remarks.join("|"),
                if found.notes.is_empty() { "" } else { "|noted" }
            )
        }
    });
    rows.collect()
}

fn entry(title: &str, user: &str, fields: &[(&str, String)]) -> String {
    let string = |name: &str, value: &str| {
        let value = value.replace('&', "&amp;");
        format!("<String><Key>{name}</Key><Value>{value}</Value></String>")
    };
    let mut strings = string("Title", title) + &string("UserName", user);
    for (name, value) in fields {
        strings += &string(name, value);
    }
    format!(
        "<?xml version=\"1.0\"?><KeePassFile><Meta/><Root><Group><Name>R</Name>\
         <Entry>{strings}</Entry></Group></Root></KeePassFile>"
    )
}

/// The only account of an entry with these fields.
fn keepass(fields: &[(&str, String)]) -> String {
    let mut accounts = accounts(&entry("Acme", "ann", fields));
    assert_eq!(accounts.len(), 1, "{fields:?}");
    accounts.remove(0)
}

#[test]
fn keeotp_says_how_its_key_is_encoded() {
    let plain = "Acme|ann|totp|SHA1|6|30";
    for (query, account) in [
        (format!("key={BASE32}"), plain),
        (format!("key={BASE32}&encoding="), plain),
        (
            format!("key={BASE32}&encoding=Base32&step=30&size=6"),
            plain,
        ),
        (format!("key={HEX}&encoding=Hex"), plain),
        (
            format!("encoding=hex&key={HEX}&size=8"),
            "Acme|ann|totp|SHA1|8|30",
        ),
        (
            format!("key={}&encoding=Base64", BASE64.replace('=', "%3d")),
            plain,
        ),
        ("key=12345678901234567890&encoding=UTF8".to_owned(), plain),
        (
            format!("key={BASE32}&step=60&otpHashMode=Sha256"),
            "Acme|ann|totp|SHA256|6|60",
        ),
        (
            format!("key={BASE32}&type=Hotp&counter=5"),
            "Acme|ann|hotp|SHA1|6|5",
        ),
        (
            format!("key={BASE32}&type=Steam"),
            "Acme|ann|steam|SHA1|5|30",
        ),
        (
            format!("key={BASE32}&encoder=steam"),
            "Acme|ann|steam|SHA1|5|30",
        ),
        (
            format!("key={BASE32}&type=Totp&encoder=Steam"),
            "Acme|ann|steam|SHA1|5|30",
        ),
        (
            format!("key={BASE32}&encoder=yandex"),
            "skipped: type 'yandex' is not supported: use totp, hotp or steam",
        ),
        (
            format!("key={BASE32}&encoding=Base58"),
            "skipped: the key's encoding 'Base58' is not supported",
        ),
        (
            "key=1234567890 1234567890&encoding=UTF8".to_owned(),
            "skipped: the key is text with spaces or '=', which programs read differently",
        ),
        (
            format!("key={BASE32}&encoding=Hex"),
            "skipped: the key is not hexadecimal",
        ),
    ] {
        assert_eq!(keepass(&[("otp", query.clone())]), account, "{query}");
    }
}

#[test]
fn keepass_2_has_four_fields_for_a_key() {
    let text = "12345678901234567890";
    for field in [
        ("TimeOtp-Secret", text),
        ("TimeOtp-Secret-Hex", HEX),
        ("TimeOtp-Secret-Base32", BASE32),
        ("TimeOtp-Secret-Base64", BASE64),
    ] {
        let more = [
            (field.0, field.1.to_owned()),
            ("TimeOtp-Algorithm", "HMAC-SHA-512".to_owned()),
            ("TimeOtp-Length", "8".to_owned()),
            ("TimeOtp-Period", "60".to_owned()),
        ];
        assert_eq!(keepass(&more), "Acme|ann|totp|SHA512|8|60", "{}", field.0);
    }
    let hotp = [
        ("HmacOtp-Secret-Hex", HEX.to_owned()),
        ("HmacOtp-Counter", "7".to_owned()),
        ("HmacOtp-Length", "8".to_owned()),
    ];
    assert_eq!(keepass(&hotp), "Acme|ann|hotp|SHA1|8|7");
    let same = [
        ("TimeOtp-Secret-Hex", HEX.to_owned()),
        ("TimeOtp-Secret-Base32", BASE32.to_owned()),
    ];
    assert_eq!(keepass(&same), "Acme|ann|totp|SHA1|6|30");
    let differ = [
        ("TimeOtp-Secret-Hex", "00".repeat(20)),
        ("TimeOtp-Secret-Base32", BASE32.to_owned()),
    ];
    assert_eq!(
        keepass(&differ),
        "skipped: its TimeOtp fields hold different keys"
    );
}

#[test]
fn keetraytotp_names_a_clock() {
    let seed = ("TOTP Seed", BASE32.to_owned());
    let clock = "its time-correction URL is not used; codes follow this computer's clock";
    for (settings, account) in [
        ("30;6", "Acme|ann|totp|SHA1|6|30".to_owned()),
        ("60;8", "Acme|ann|totp|SHA1|8|60".to_owned()),
        ("30;S", "Acme|ann|steam|SHA1|5|30".to_owned()),
        (
            "30;6;https://mail.google.com",
            format!("Acme|ann|totp|SHA1|6|30{clock}"),
        ),
        (
            "30;X",
            "skipped: digits must be a number from 1 to 10, not 'X'".to_owned(),
        ),
    ] {
        let settings = ("TOTP Settings", settings.to_owned());
        assert_eq!(keepass(&[seed.clone(), settings]), account);
    }
}

#[test]
fn a_placeholder_loses_to_the_entry() {
    for (label, title, user, account) in [
        ("default", "Beta", "bob", "Beta|bob"),
        ("Strongbox", "Acme", "ann", "Acme|ann"),
        ("None:OTP", "Acme", "ann", "Acme|ann"),
        ("KeePassXC:none", "Acme", "", "Acme|none"),
        ("Acme", "Acme", "ann", "Acme|ann"),
        ("", "Acme", "ann", "Acme|ann"),
        ("", "ann", "ann", "|ann"),
        ("Acme:boss", "My login", "ann", "Acme|boss"),
        ("default", "", "", "|default"),
    ] {
        let uri = format!("otpauth://totp/{label}?secret={BASE32}");
        let read = accounts(&entry(title, user, &[("otp", uri)]));
        assert_eq!(read, [format!("{account}|totp|SHA1|6|30")], "{label}");
    }
}

#[test]
fn issuers_are_not_repeated_in_any_format() {
    let aegis = r#"{"version":1,"header":{"slots":null,"params":null},"db":{"version":2,"entries":[
        {"type":"totp","uuid":"u","name":"Example.com: example.com:simon","issuer":"example.com",
         "note":"","info":{"secret":"KEY","algo":"SHA1","digits":6,"period":30}}]}}"#;
    let andotp = r#"[{"secret":"KEY","issuer":"Acme","label":"ACME:ann","digits":6,"period":30,"type":"TOTP",
        "algorithm":"SHA1","thumbnail":"Default","tags":[]}]"#;
    let bitwarden = r#"{"encrypted":false,"items":[{"name":":null","type":1,
        "login":{"username":null,"totp":"otpauth://totp/ann?secret=KEY"}}]}"#;
    for (file, account) in [
        (aegis, "example.com|simon"),
        (andotp, "Acme|ann"),
        (bitwarden, "|ann"),
    ] {
        let read = accounts(&file.replace("KEY", BASE32));
        assert_eq!(read, [format!("{account}|totp|SHA1|6|30")]);
    }
}

#[test]
fn lists_hold_every_kind_of_uri() {
    let list = "\
        otpauth://totp/Acme:ann?secret=HEX&issuer=Acme\n\
        otpauth://hotp/Acme:hex?secret=HEX&counter=3\n\
        apple-otpauth://totp/Acme:apple?secret=KEY\n\
        otpauth:totp/Acme:plain?secret=KEY\n\
        otpauth://totp/Steam?secret=KEY&digits=5\n\
        otpauth://totp/Acme:half?secret=KEY&2step_salt=8&2step_output=20\n\
        otpauth://totp/Acme:late?secret=KEY&epoch=100\n\
        phonefactor://activate_account?code=1\n";
    let list = list.replace("HEX", HEX).replace("KEY", BASE32);
    let read = accounts(&list);
    assert_eq!(
        read[..5],
        [
            "Acme|ann|totp|SHA1|6|30|noted",
            "Acme|hex|hotp|SHA1|6|3|noted",
            "Acme|apple|totp|SHA1|6|30",
            "Acme|plain|totp|SHA1|6|30",
            "Steam||steam|SHA1|5|30",
        ]
    );
    for (row, why) in read[5..]
        .iter()
        .zip(["two-step enrolment", "'epoch'", "'phonefactor'"])
    {
        assert!(row.starts_with("skipped: ") && row.contains(why), "{row}");
    }
    assert_eq!(read.len(), 8);
}

#[test]
fn tags_of_andotp_are_kept() {
    let uri = format!("otpauth://totp/a?secret={BASE32}&tags=work&tags=vpn");
    let import = import::read(&Input::new(uri.as_bytes(), "file"), None).unwrap();
    let found = import.rows.into_iter().flatten().next().unwrap();
    assert_eq!(found.tags, ["work", "vpn"]);
}
