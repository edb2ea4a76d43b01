//! `WinAuth`'s own file, Steam's variants, and the field names of KeePass programs.

use mfa::import::{Import, ImportError, Input, read};
use mfa::otp::Kind;

const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

fn imported(text: &str, name: &str) -> Result<Import, ImportError> {
    read(&Input::new(text.as_bytes(), name), None)
}

#[test]
fn what_windows_or_a_password_sealed_is_said() {
    for (letters, word) in [
        ("u", "Windows"),
        ("ym", "Windows"),
        ("y", "password"),
        ("a", "YubiKey"),
    ] {
        let text = format!(
            "<?xml version=\"1.0\"?><!-- x --><WinAuth version=\"3.5\"><data encrypted=\"{letters}\" sha1=\"00\">57</data></WinAuth>"
        );
        let outcome = imported(&text, "winauth.xml").map(|_| ());
        let Err(ImportError::Unsupported(message)) = outcome else {
            panic!("{outcome:?}");
        };
        assert!(
            message.contains(word) && message.contains("Export"),
            "{message}"
        );
    }
}

#[test]
fn other_xml_is_not_winauths() {
    for text in [
        "<WinAuthOther/>",
        "<a><WinAuth/></a>",
        "<?xml",
        "<!-- <WinAuth> ",
    ] {
        let import = imported(text, "winauth.xml");
        let name = import.map(|import| import.format.name).unwrap_or_default();
        assert_ne!(name, "winauth-xml", "{text}");
    }
}

#[test]
fn the_old_file_with_one_authenticator_is_read() {
    let text = "<WinAuth version=\"2.0\"><authenticator type=\"WindowsAuthenticator.BattleNetAuthenticator\">\
        <servertimediff>0</servertimediff><secretdata>31323334353637383930313233343536373839305553</secretdata>\
        </authenticator></WinAuth>";
    let import = imported(text, "winauth.xml").unwrap();
    let draft = &import.rows[0].as_ref().unwrap().draft;
    assert_eq!(draft.issuer, "Battle.net");
    assert_eq!(draft.credential.digits.get(), 8);
    assert_eq!(
        draft.credential.secret.expose_secret(),
        b"12345678901234567890"
    );
}

#[test]
fn steams_account_may_be_an_inner_object() {
    let secret = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=";
    for (text, name) in [
        (
            format!(
                r#"{{"_LoginKey":null,"_MobileAuthenticator":{{"shared_secret":"{secret}"}}}}"#
            ),
            "bot",
        ),
        (
            format!(r#"{{"response":{{"shared_secret":"{secret}","account_name":"ann"}}}}"#),
            "ann",
        ),
        (
            format!(r#"{{"SharedSecret":"{secret}","IdentitySecret":"","AccountName":"ann"}}"#),
            "ann",
        ),
    ] {
        let import = imported(&text, "bot.db").unwrap();
        let draft = &import.rows[0].as_ref().unwrap().draft;
        assert_eq!(
            (draft.issuer.as_str(), draft.name.as_str()),
            ("Steam", name)
        );
        assert_eq!(draft.credential.kind, Kind::Steam);
        assert_eq!(
            draft.credential.secret.expose_secret(),
            b"12345678901234567890"
        );
    }
}

#[test]
fn several_accounts_of_steam_may_be_a_list() {
    let text = r#"[{"shared_secret":"MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=","account_name":"ann"},{"account_name":"bob"}]"#;
    let import = imported(text, "all.json").unwrap();
    assert_eq!(import.rows[0].as_ref().unwrap().draft.name, "ann");
    assert_eq!(import.rows[1].as_ref().unwrap_err().place, "account 2");
}

#[test]
fn five_characters_of_steam_are_steams_code() {
    for (label, is_steam) in [("Steam", true), ("Steam:ann", true), ("Acme", false)] {
        let text = format!("otpauth://totp/{label}?secret={KEY}&digits=5");
        let import = imported(&text, "winauth.txt").unwrap();
        let draft = &import.rows[0].as_ref().unwrap().draft;
        assert_eq!(draft.credential.kind == Kind::Steam, is_steam, "{label}");
    }
}

#[test]
fn keepass_fields_are_found_in_any_spelling() {
    let uri = format!("otpauth://totp/Acme:ann?secret={KEY}&amp;issuer=Acme&amp;digits=8");
    let fields = [
        ("OTPAuth", uri.as_str()),
        ("otpauth", uri.as_str()),
        ("OTP", uri.as_str()),
        ("TOTP", KEY),
        ("totp seed", KEY),
        ("timeotp-secret-base32", KEY),
        ("OTP_1", KEY),
    ];
    for (name, value) in fields {
        let text = format!(
            "<?xml version=\"1.0\"?><KeePassFile><Meta/><Root><Group><Entry>\
            <String><Key>Title</Key><Value>Acme</Value></String>\
            <String><Key>UserName</Key><Value>ann</Value></String>\
            <String><Key>{name}</Key><Value>{value}</Value></String>\
            </Entry></Group></Root></KeePassFile>"
        );
        let import = imported(&text, "x.xml").unwrap();
        let draft = &import.rows[0].as_ref().unwrap().draft;
        assert_eq!(draft.full_name(), "Acme:ann", "{name}");
    }
}
