//! Exports of password managers in JSON and zip: what is told apart, what is set aside, what is said.

use std::io::{Cursor, Write};

use mfa::import::{self, Format, Import, ImportError, Input, SetAside};
use mfa::otp::{Algorithm, Kind};
use zip::write::SimpleFileOptions;

const KEY: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const URI: &str =
    "otpauth://totp/Other:bob?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Other&digits=8";

fn read(bytes: &[u8]) -> Result<Import, ImportError> {
    import::read(&Input::new(bytes, "file"), None)
}

/// Reads a text in which `KEY` and `URI` stand for a key and another one's URI.
pub fn text(text: &str) -> Result<Import, ImportError> {
    read(text.replace("KEY", KEY).replace("URI", URI).as_bytes())
}

fn packed(members: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        let plain = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        archive.start_file(*name, plain).unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// One line for each account: its name, the digits if not 6, its tags, where it was set aside; or why it was
/// skipped.
fn lines(import: &Import) -> Vec<String> {
    let line = |row: &import::Row| match row {
        Ok(found) => {
            let mut line = found.draft.full_name();
            let credential = &found.draft.credential;
            match credential.kind {
                Kind::Totp { period } if period.get() != 30 => {
                    line += &format!(" {}", period.get());
                }
                Kind::Totp { .. } => {}
                Kind::Steam => line += " steam",
                Kind::Hotp { counter } => line += &format!(" at {counter}"),
            }
            if credential.algorithm != Algorithm::Sha1 {
                line += &format!(" {}", credential.algorithm);
            }
            if credential.digits.get() != 6 {
                line += &format!(" {} digits", credential.digits.get());
            }
            for tag in &found.tags {
                line += &format!(" #{tag}");
            }
            match found.set_aside {
                Some(SetAside::InTrash) => line += " in trash",
                Some(SetAside::Archived) => line += " archived",
                None => {}
            }
            for remark in &found.remarks {
                line += &format!(" ({remark})");
            }
            line
        }
        Err(skipped) => skipped.to_string(),
    };
    import.rows.iter().map(line).collect()
}

#[track_caller]
pub fn gives(file: &str, format: &str, wanted: &[&str]) {
    let import = text(file).unwrap();
    assert_eq!(import.format.name, format, "{file}");
    assert_eq!(lines(&import), wanted, "{file}");
}

#[track_caller]
fn packed_gives(members: &[(&str, &str)], format: &str, wanted: &[&str]) {
    let texts: Vec<_> = members
        .iter()
        .map(|(name, text)| (*name, text.replace("KEY", KEY).replace("URI", URI)))
        .collect();
    let members: Vec<_> = texts
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let import = read(&packed(&members)).unwrap();
    assert_eq!(
        (import.format.name, lines(&import)),
        (format, wanted.iter().map(ToString::to_string).collect())
    );
}

#[track_caller]
fn is_unsupported(bytes: &[u8], hint: &str) {
    let error = read(bytes).map(|import| lines(&import)).unwrap_err();
    let said = matches!(&error, ImportError::Unsupported(message) if message.contains(hint));
    assert!(said, "{error}");
}

#[test]
fn bitwarden_prints_items_in_several_ways() {
    let item = r#"{"object":"item","id":"i","organizationId":null,"folderId":null,"type":1,"name":"Site","login":{"username":"me","totp":"KEY"}}"#;
    gives(item, "bitwarden", &["Site:me"]);
    gives(&format!("[{item}]"), "bitwarden", &["Site:me"]);
    gives(
        &format!(r#"{{"success":true,"data":{{"object":"list","data":[{item}]}}}}"#),
        "bitwarden",
        &["Site:me"],
    );
    let note = r#"[{"object":"item","type":2,"name":"n","login":null,"secureNote":{"type":0}}]"#;
    gives(note, "bitwarden", &[]);
    gives(
        r#"{"encrypted":false,"folders":[],"items":[]}"#,
        "bitwarden",
        &[],
    );
}

#[test]
fn bitwarden_s_collections_archive_and_custom_fields() {
    gives(
        r#"{"encrypted":false,"collections":[{"id":"c","name":"ops/aws"},{"id":"d","name":"all"}],"items":[
        {"type":1,"name":"Site","collectionIds":["c","d"],"login":{"username":"me","totp":"KEY"}},
        {"type":1,"name":"Old","archivedDate":"2026-01-01","login":{"totp":"KEY"}},
        {"type":1,"name":"Gone","archivedDate":"2026-01-01","deletedDate":"2026-01-01","login":{"totp":"KEY"}},
        {"type":2,"name":"note","fields":[{"name":"pin","value":"123456","type":0},{"name":"2fa","value":" URI","type":1},{"name":"b","value":"true","type":2},{"name":"l","value":null,"type":3}]},
        7]}"#,
        "bitwarden",
        &[
            "Site:me #ops/aws #all",
            "Old archived",
            "Gone in trash",
            "Other:bob 8 digits",
            "item 5: it does not have the expected structure",
        ],
    );
}

#[test]
fn a_zip_is_known_by_all_of_its_members() {
    let data = r#"{"encrypted":false,"items":[{"type":1,"name":"Site","login":{"username":"me","totp":"KEY"}}]}"#;
    packed_gives(&[("data.json", data)], "bitwarden-zip", &["Site:me"]);
    packed_gives(
        &[
            ("a folder/attachments/i/keys.txt", "URI"),
            ("a folder/data.json", data),
            ("a folder/1password.1pif.txt", ""),
        ],
        "bitwarden-zip",
        &["Site:me"],
    );
    let table = "username,title,password,otpUrl\nme,Site,pw,KEY\n";
    packed_gives(
        &[
            ("dashlane/", ""),
            ("dashlane/credentials.csv", table),
            ("dashlane/personalInfo.csv", "a\n"),
        ],
        "dashlane-zip",
        &["Site:me"],
    );
    packed_gives(&[("a.txt", "URI")], "winauth", &["Other:bob 8 digits"]);
    packed_gives(
        &[(
            "export.1pif/data.1pif",
            r#"{"uuid":"i","title":"Site","secureContents":{"sections":[{"fields":[{"n":"TOTP_1","v":"KEY"}]}]}}"#,
        )],
        "1password-1pif",
        &["Site"],
    );
    packed_gives(
        &[
            (
                "export.json",
                r#"{"records":[{"title":"Site","login":"me","custom_fields":{"$oneTimeCode":"KEY"}}]}"#,
            ),
            ("files/a.txt", "URI"),
        ],
        "keeper",
        &["Site:me"],
    );
}

/// A list of texts and files that are not an export give no accounts, and no claim to be one.
#[test]
fn what_only_looks_alike_is_refused() {
    for members in [
        &[("notes.txt", URI), ("more.txt", URI)][..],
        &[("data.json", r#"{"rows":[1]}"#)],
        &[("credentials.csv", "a,b\n1,2\n")],
        &[("export.json", r#"{"rows":[]}"#)],
        &[("manifest.json", r#"{"name":"an extension"}"#)],
        &[("my cxf.json", r#"{"accounts":[]}"#)],
    ] {
        let outcome = read(&packed(members));
        assert!(
            outcome.is_err(),
            "{members:?}: {:?}",
            outcome.map(|import| lines(&import))
        );
    }
}

#[test]
fn sealed_files_say_what_to_export_instead() {
    let jwe = packed(&[
        ("CXP-Export/index.jwe", "e30"),
        ("CXP-Export/documents/a.jwe", "e30"),
    ]);
    is_unsupported(&jwe, "sealed for the program");
    is_unsupported(
        br#"{"version":0,"hpke":{"mode":"base"},"exporter":"a","payload":"UEsDBA"}"#,
        "sealed for the program",
    );
    is_unsupported(&packed(&[("Proton Pass/data.pgp", "x")]), "gpg -d data.pgp");
    is_unsupported(b"b~>buttercup/a...", "CSV");
    is_unsupported(
        br#"[{"id":"i","title":"Site","version":1,"vault":{"id":"v"},"category":"LOGIN"}]"#,
        "op item get",
    );
}

#[test]
fn what_was_made_by_hand_is_bitwarden_too() {
    gives(
        r#"{"folders":[{"id":"f","name":"work"}],"items":[{"folderId":"f","name":"Site","login":{"username":"me","totp":"KEY"}}]}"#,
        "bitwarden",
        &["Site:me #work"],
    );
    is_unsupported(br#"{"AUTHENTIFIANT":[{"title":"Site"}]}"#, "CSV");
}

#[test]
fn lastpass_is_known_by_its_own_members() {
    gives(
        r#"{"version":1,"accounts":[{"issuerName":"Site","userName":"me","secret":"KEY"}]}"#,
        "lastpass",
        &["Site:me"],
    );
    gives(
        r#"{"deviceId":"","accounts":[],"folders":[]}"#,
        "lastpass",
        &[],
    );
}

#[test]
fn a_program_s_name_stands_for_its_zip_too() {
    let data = r#"{"encrypted":false,"items":[]}"#;
    let bytes = packed(&[("data.json", data)]);
    let import = import::read(&Input::new(&bytes, "file"), Format::named("bitwarden"));
    assert_eq!(import.unwrap().format.name, "bitwarden-zip");
}

fn is_too_costly(file: &str) -> bool {
    matches!(text(file), Err(ImportError::TooCostly(_)))
}

/// Each key of an entry gets a copy of its title, user and tags.
#[test]
fn entries_with_many_keys_are_bounded() {
    let many = |key: &str, count: usize| vec![key; count].join(",");
    for count in [100, 101] {
        let files = [
            format!(
                r#"{{"accounts":[{{"items":[{{"title":"a","credentials":[{}]}}]}}]}}"#,
                many(r#"{"type":"totp","secret":"KEY"}"#, count)
            ),
            format!(
                r#"{{"items":[{{"uuid":"u","title":"a","category":"c","fields":[{}]}}]}}"#,
                many(r#"{"type":"totp","value":"KEY"}"#, count)
            ),
            format!(
                r#"{{"uuid":"u","overview":{{}},"details":{{"sections":[{{"fields":[{}]}}]}}}}"#,
                many(r#"{"n":"TOTP_1","v":"KEY"}"#, count)
            ),
            format!(
                r#"{{"id":"u","title":"a","category":"c","fields":[{}]}}"#,
                many(r#"{"type":"OTP","value":"KEY"}"#, count)
            ),
            format!(
                r#"{{"records":[{{"title":"a","custom_fields":{{"$oneTimeCode":[{}]}}}}]}}"#,
                many(r#""KEY""#, count)
            ),
            format!(
                r#"{{"encrypted":false,"items":[{{"fields":[{}]}}]}}"#,
                many(r#"{"value":"URI"}"#, count)
            ),
        ];
        for file in files {
            assert_eq!(is_too_costly(&file), count > 100, "{}", &file[..200]);
        }
    }
    // A long title of a folder, which each of its items would copy.
    let long = "x".repeat(1 << 20);
    let items = many(r#"{"type":"totp","totp_code":"KEY"}"#, 40_000);
    let psono = format!(r#"{{"folders":[{{"name":"{long}","items":[{items}]}}]}}"#);
    let rows = text(&psono);
    assert!(rows.map_or(true, |import| {
        import
            .rows
            .iter()
            .flatten()
            .all(|found| found.tags[0].len() < 2000)
    }));
    let links = many(r#"{"item":"i"}"#, 40_000);
    let cxf = format!(
        r#"{{"accounts":[{{"collections":[{{"id":"c","title":"{long}","items":[{links}]}}],"items":[{{"id":"i","credentials":[]}}]}}]}}"#
    );
    assert!(is_too_costly(&cxf));
}

#[test]
fn folders_of_any_depth_do_not_overflow_the_stack() {
    let deep =
        |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
    let psono = format!(
        r#"{{"items":[{{"totp_code":"KEY"}}],"folders":[{}]}}"#,
        deep(r#"{"folders":["#, "]}")
    );
    let inner = deep(r#"{"subCollections":["#, "]}");
    let cxf =
        format!(r#"{{"exporterRpId":"x","accounts":[{{"items":[],"collections":[{inner}]}}]}}"#);
    let keeper = format!(
        r#"{{"records":[{{"title":"a","custom_fields":{{"$oneTimeCode":{}}}}}]}}"#,
        deep("[", "]")
    );
    for file in [psono, cxf, keeper] {
        // An entry that is too deep may be skipped with a reason instead.
        let outcome = text(&file);
        assert!(outcome.map_or(true, |import| import.rows.iter().all(Result::is_err)));
    }
}
