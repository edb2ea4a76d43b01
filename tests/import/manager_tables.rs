//! Exports of password managers as people really have them: odd tables, fields in other languages, bins,
//! and what a spreadsheet does to them.

use mfa::import::{Import, ImportError, SetAside};

use crate::samples::read;

const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const OTHER: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

fn import(text: &str) -> Import {
    let outcome = read("file", text.as_bytes(), None);
    outcome.map_err(|error| format!("{error}: {text}")).unwrap()
}

/// Each account as `name: key`, and each unusable one as its message.
fn shown(import: &Import) -> Vec<String> {
    let rows = import.rows.iter();
    rows.map(|row| match row {
        Ok(found) => {
            let key = found.draft.credential.secret.to_base32();
            format!("{}: {}", found.draft.full_name(), key.as_str())
        }
        Err(skipped) => skipped.to_string(),
    })
    .collect()
}

fn format_of(text: &str) -> &'static str {
    import(text).format.name
}

#[test]
fn columns_of_keys_are_known_by_all_their_names() {
    for name in [
        "TwoFactorSecret",
        "two_factor",
        "2FA",
        "tfa",
        "otp_secret",
        "otpauth_url",
        "one time password",
        "One-Time Passwort",
        "authenticator key",
        "MFA",
        "Login_TOTP",
        "TOTP Seed",
        "2fa secret",
    ] {
        let import = import(&format!("Name,Username,{name}\nDeno,al,{KEY}\n"));
        assert_eq!(shown(&import), [format!("Deno:al: {KEY}")], "{name}");
    }
}

#[test]
fn tables_are_told_apart_by_what_only_they_have() {
    for (head, format) in [
        (
            "Title,Url,Username,Password,OTPAuth,Favorite,Archived,Tags,Notes",
            "1password-csv",
        ),
        ("Title,URL,Username,Password,Notes,OTPAuth", "csv"),
        ("Title,Username,Email,Password,URL,OTPAuth,Notes", "csv"),
        ("Title,Login,Password,URL,Notes,OTP", "csv"),
        (
            "\"Group\",\"Title\",\"Username\",\"Password\",\"URL\",\"Notes\",\"TOTP\"",
            "keepass-csv",
        ),
        ("Title,Username,TOTP", "csv"),
        (
            "folder,favorite,type,name,login_uri,login_totp",
            "bitwarden-csv",
        ),
        (
            "collections,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp",
            "bitwarden-csv",
        ),
        ("name,username,login_totp", "csv"),
        (
            "\"Password Name\",\"SecretData\",\"CustomData\",\"login_totp\"",
            "zoho-vault-csv",
        ),
        (
            "\"Password Name\",\"SecretData\",\"CustomData\",\"TOTP\",\"Folder Name\"",
            "zoho-vault-csv",
        ),
        (
            "\"Secret Name\",\"Secret URL\",\"SecretData\",\"CustomData\",\"ChamberName\"",
            "zoho-vault-csv",
        ),
        (
            "type,name,url,email,username,password,note,totp,createTime,modifyTime,vault",
            "csv",
        ),
    ] {
        let cells = head.matches(',').count();
        let text = format!("{head}\n{}\n", ",".repeat(cells));
        assert_eq!(format_of(&text), format, "{head}");
    }
}

#[test]
fn a_user_without_a_name_has_the_next_best_one() {
    let strongbox =
        format!("Title,Username,Email,Password,URL,OTPAuth,Notes\nDeno,,al@x.example,pw,,{KEY},\n");
    assert_eq!(
        shown(&import(&strongbox)),
        [format!("Deno:al@x.example: {KEY}")]
    );
    let zoho =
        format!("Secret Name,SecretData,TOTP\nDeno,\"SecretType:Other\nE-mail:al\n\",{KEY}\n");
    assert_eq!(shown(&import(&zoho)), [format!("Deno:al: {KEY}")]);
}

#[test]
fn an_entry_of_dashlane_without_a_title_has_its_site_s_name() {
    let head = "username,username2,username3,title,password,note,url,category,otpSecret";
    let text = format!("{head}\n,al,,,pw,,https://www.deno.example/accounts?edit,,{KEY}\n");
    assert_eq!(shown(&import(&text)), [format!("deno.example:al: {KEY}")]);
}

#[test]
fn a_table_of_passwords_alone_is_known_and_has_no_accounts() {
    let import = import("name,url,username,password,note\nDeno,https://deno.example,al,pw,\n");
    assert_eq!((import.format.name, import.rows.len()), ("csv", 0));
}

#[test]
fn lines_may_end_with_a_return_alone() {
    let text = format!("Title,Username,OTPAuth\rDeno,al,{KEY}\rNone,al,\r");
    assert_eq!(shown(&import(&text)), [format!("Deno:al: {KEY}")]);
}

#[test]
fn rows_may_be_shorter_or_longer_and_names_may_repeat() {
    let uri = format!("otpauth://totp/Deno:al?secret={KEY}");
    for text in [
        format!("Title,Username,OTPAuth,OTPAuth\nDeno,al,,{KEY}\nshort\n"),
        format!("Title,Username,OTPAuth,Notes\nDeno,al,,a,b,{uri}\n"),
        format!("Title,Username,OTPAuth,Notes\nDeno,al,,\"see {uri} here\"\n"),
        format!("Title;Username;OTPAuth;Notes\r\r\nDeno;al;{KEY};\"a;\r\n\"\"b\"\"\"\r\r\n"),
        format!("\u{feff}Title\tUsername\tOTPAuth\nDeno\tal\t'{KEY}\n"),
        format!("Title,Username,OTPAuth\nDeno,al,=\"{KEY}\"\n"),
        format!("sep=;\r\nTitle;Username;OTPAuth\r\nDeno;al;{KEY}\r\n"),
        format!(
            "\"Created Date\",\"tags\",\"title\",\"username\",\"one-time password(TOTP_1)\"\n\"1\",\"{{(\n    \\\"Starter Kit\\\"\n)}}\",\"Deno\",\"al\",\"{KEY}\"\n"
        ),
        format!("name,url,username,password,note\nDeno,,al,pw,\"a {uri}\n\"\n"),
        format!("Title,Username,OTPAuth\nDeno,al,\"=\"\"{KEY}\"\"\"\n"),
    ] {
        assert_eq!(shown(&import(&text)), [format!("Deno:al: {KEY}")], "{text}");
    }
}

#[test]
fn all_keys_of_a_row_are_read_and_the_same_one_once() {
    let text = format!(
        "Title,Username,otpSecret,otpUrl,2FA\nDeno,al,{KEY},otpauth://totp/Deno:al?secret={KEY}&digits=8,{OTHER}\n"
    );
    let import = import(&text);
    assert_eq!(
        shown(&import),
        [format!("Deno:al: {KEY}"), format!("Deno:al: {OTHER}")]
    );
    let first = import.rows[0].as_ref().unwrap();
    assert_eq!(first.draft.credential.digits.get(), 8);
}

#[test]
fn a_flag_is_no_key_and_a_ruined_key_is_said() {
    let text = format!(
        "Title,Username,2FA\na,,yes\nb,,NO\nc,,null\nd,,1.23457E+15\ne,,#NAME?\nf,,{KEY}\n"
    );
    let rows = shown(&import(&text));
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(
        rows[0].starts_with("line 5 'd': a spreadsheet has rounded"),
        "{rows:?}"
    );
    assert!(
        rows[1].starts_with("line 6 'e': a spreadsheet has replaced"),
        "{rows:?}"
    );
    assert_eq!(rows[2], format!("f: {KEY}"));
}

#[test]
fn what_looks_like_a_key_in_an_unknown_field_is_said() {
    let enpass =
        format!("\"Deno\",\"Username\",\"al\",\"*Password\",\"pw\",\"Sicherung\",\"{KEY}\"\n");
    let import = import(&enpass);
    assert_eq!(shown(&import), [""; 0]);
    let [note] = &import.notes[..] else {
        panic!("{:?}", import.notes);
    };
    assert!(
        note.starts_with("line 1: the field 'Sicherung' looks like"),
        "{note}"
    );
    assert!(!note.contains(KEY));
    let table =
        format!("Name,Password,Code word\nDeno,pw,{KEY}\nOther,pw,{OTHER}\nNo,pw,nothing\n");
    let notes = self::import(&table).notes;
    assert!(
        notes[0].starts_with("2 texts look like secret keys and were not imported: Code word (2)"),
        "{notes:?}"
    );
}

#[test]
fn labels_of_enpass_are_read_in_any_language() {
    for (user, key) in [
        ("Benutzername", "*Einmal-Code"),
        ("Nom d'utilisateur", "Code à usage unique"),
        ("Имя пользователя", "Одноразовый код"),
        ("ユーザー名", "ワンタイムコード"),
        ("Kasutajanimi", "*TOTP"),
    ] {
        let text = format!("\"Deno\",\"{user}\",\"al\",\"*pw\",\"x\",\"{key}\",\"{KEY}\"\n");
        let import = import(&text);
        assert_eq!(import.format.name, "enpass-csv", "{text}");
        assert_eq!(shown(&import), [format!("Deno:al: {KEY}")], "{text}");
    }
}

#[test]
fn keepers_fields_are_read_to_the_last() {
    let text = format!(
        "\"\",\"Deno\",\"al\",\"pw\",\"\",\"\",\"\",\"Note\",\"x\",\"TFC:Keeper\",\"otpauth://totp/Deno:al?secret={KEY}\",\"$oneTimeCode:old\",\"{OTHER}\"\n\
         \"a\",\"b\",\"c\",\"d\",\"e\",\"f\"\n"
    );
    let import = import(&text);
    assert_eq!(import.format.name, "keeper-csv");
    assert_eq!(
        shown(&import),
        [format!("Deno:al: {KEY}"), format!("Deno:al: {OTHER}")]
    );
}

#[test]
fn entries_in_a_bin_or_archive_are_marked() {
    let one_password = format!(
        "Title,Url,Username,Password,OTPAuth,Favorite,Archived,Tags,Notes\nDeno,,al,,{KEY},false,true,,\n"
    );
    let safe_in_cloud = |what: &str| {
        format!(
            "<database><card title=\"Deno\" symbol=\"d\" {what}=\"true\"><field type=\"one_time_password\">{KEY}</field></card></database>"
        )
    };
    let buttercup = format!(
        "!type,!group_id,!group_name,title,username,OTP\ngroup,1,Trash,,,\nentry,1,,Deno,al,{KEY}\n"
    );
    for (text, place) in [
        (one_password, SetAside::Archived),
        (safe_in_cloud("archived"), SetAside::Archived),
        (safe_in_cloud("deleted"), SetAside::InTrash),
        (buttercup, SetAside::InTrash),
    ] {
        let found = import(&text).rows.remove(0).unwrap();
        assert_eq!(found.set_aside, Some(place), "{text}");
    }
}

#[test]
fn xml_is_bounded_and_knows_no_entities_of_its_own() {
    let card = |inside: &str| {
        format!(
            "<database><card title=\"a\" symbol=\"d\"><field type=\"one_time_password\">{inside}</field></card></database>"
        )
    };
    let dtd =
        "<?xml version=\"1.0\"?><!DOCTYPE database [<!ENTITY k SYSTEM \"file:///etc/passwd\">]>\n";
    for text in [
        format!("{dtd}{}", card(&format!("{KEY}&k;"))),
        card(&"<a>".repeat(100)),
        card(KEY).replace("</database>", ""),
    ] {
        assert!(read("file", text.as_bytes(), None).is_err(), "{text}");
    }
    assert_eq!(shown(&import(&card(KEY))), [format!("a: {KEY}")]);
    let keepass = |key: &str| {
        format!(
            "<?xml version=\"1.0\"?><!DOCTYPE KeePassFile [<!ENTITY k \"x\">]><KeePassFile><Root><Group><Entry><String><Key>otp</Key><Value>{key}</Value></String></Entry></Group></Root></KeePassFile>"
        )
    };
    assert!(read("file", keepass(KEY).as_bytes(), None).is_ok());
    let outcome = read("file", keepass(&format!("{KEY}&k;")).as_bytes(), None);
    assert!(matches!(outcome, Err(ImportError::Damaged(_))));
}

#[test]
fn labels_that_many_cards_share_are_bounded() {
    let card = "<card title=\"a\" symbol=\"d\"><field type=\"one_time_password\">GEZDGNBVGY3TQOJQ</field><label_id>1</label_id></card>";
    let text = format!(
        "<database><label name=\"{}\" id=\"1\"/>{}</database>",
        "long".repeat(1 << 18),
        card.repeat(1000)
    );
    let outcome = read("file", text.as_bytes(), None);
    assert!(matches!(outcome, Err(ImportError::TooCostly(_))));
}

#[test]
fn fields_of_roboform_may_be_quoted() {
    let uri = format!("otpauth://totp/Deno:al?secret={KEY}&issuer=Deno");
    for field in [
        format!("TOTP KEY$,,,txt,{uri}"),
        format!("\"TOTP KEY$,,,txt,{KEY}\""),
        format!("\"TOTP KEY$,,,txt,\"\"{KEY}\"\"\""),
        format!("\"Code$,,,txt,{uri}\""),
    ] {
        let field = if field.starts_with('"') {
            field
        } else {
            format!("\"{field}\"")
        };
        let text = format!(
            "Name,Url,MatchUrl,Login,Pwd,Note,Folder,RfFieldsV2\nDeno,,,al,pw,,,\"User ID$,,,txt,al\",{field}\n"
        );
        let import = import(&text);
        assert_eq!(import.format.name, "roboform-csv");
        assert_eq!(shown(&import), [format!("Deno:al: {KEY}")], "{text}");
    }
}

#[test]
fn parameters_beside_a_key_are_kept_and_unknown_ones_are_said() {
    let psono = format!(
        "path,totp_title,totp_period,totp_algorithm,totp_digits,totp_code\n\\,Deno,60,SHA512,8,{KEY}\n\\,Odd,30,MD4,6,{KEY}\n"
    );
    let import = import(&psono);
    let credential = &import.rows[0].as_ref().unwrap().draft.credential;
    assert_eq!(
        (credential.algorithm.to_string(), credential.digits.get()),
        ("SHA512".to_owned(), 8)
    );
    assert!(import.rows[1].is_err());
    let safe = |more: &str| {
        format!(
            "<passwordsafe delimiter=\"x\"><entry><title>a</title><twofactorkey>{KEY}</twofactorkey>{more}</entry></passwordsafe>"
        )
    };
    let reads = |more: &str| self::import(&safe(more)).rows.remove(0).is_ok();
    assert!(reads("<totpstarttime>1969-12-31T19:00:00</totpstarttime>"));
    assert!(!reads("<totpstarttime>2020-01-01T00:00:00</totpstarttime>"));
    assert!(!reads("<totpconfig>2</totpconfig>"));
    assert!(!reads("<totplength>11</totplength>"));
}
