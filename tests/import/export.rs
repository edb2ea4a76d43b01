//! Exports are imported again without a change.

use mfa::export::{Content, Export, Options, TARGETS, Target};
use mfa::otp::{
    Account, AccountId, Algorithm, AwsLink, Credential, Digits, Draft, Kind, Period, Secret,
};
use mfa::qr::Matrix;
use proptest::prelude::*;

use crate::samples::read;

fn account(number: u8, name: &str, algorithm: Algorithm, digits: u64, kind: Kind) -> Account {
    let draft = Draft {
        issuer: "Ünï, \"corp\" & <co>".to_owned(),
        name: name.to_owned(),
        credential: Credential {
            secret: Secret::from_bytes(vec![number; 20]).unwrap(),
            algorithm,
            digits: Digits::new(digits).unwrap(),
            kind,
        },
    };
    let mut account = Account::from_draft(draft, AccountId::new(1, &[number; 10]), 1);
    account.tags = vec!["work".to_owned()];
    account
}

/// Everything that a format may have trouble with.
fn accounts() -> Vec<Account> {
    let totp = |seconds| Kind::Totp {
        period: Period::new(seconds).unwrap(),
    };
    vec![
        account(1, "alice", Algorithm::Sha1, 6, totp(30)),
        account(2, "bob@x.y", Algorithm::Sha512, 8, totp(30)),
        account(3, "carol 💥", Algorithm::Sha256, 6, totp(60)),
        account(4, "dave", Algorithm::Sha1, 6, Kind::Hotp { counter: 41 }),
        account(5, "erin", Algorithm::Sha1, 5, Kind::Steam),
        account(6, "frank", Algorithm::Sha1, 7, totp(30)),
        account(7, "", Algorithm::Sha1, 10, totp(30)),
    ]
}

fn write<'a>(name: &str, accounts: &'a [Account]) -> Export<'a> {
    let mut random = [0; 256];
    for (index, byte) in (0..=255).zip(&mut random) {
        *byte = index;
    }
    let mut options = Options::new("pässword", &random);
    options.draw_qr = |text| Some(Matrix::new(text).ok()?.to_svg());
    let target = Target::named(name).unwrap();
    target.write(accounts, &options).unwrap()
}

/// The bytes of an export that is one file.
fn file(export: &Export<'_>) -> Option<Vec<u8>> {
    match &export.content {
        Content::File(bytes) => Some(bytes.to_vec()),
        Content::Stream(stream) => {
            let mut bytes = Vec::new();
            stream(&mut bytes).unwrap();
            Some(bytes)
        }
        Content::Codes(_) => None,
    }
}

/// The accounts in an export, imported again.
fn read_back(name: &str, export: &Export<'_>) -> Vec<Draft> {
    let bytes = match &export.content {
        Content::Codes(codes) => {
            let texts = codes.iter().map(|(_, text)| text.as_str());
            texts.collect::<Vec<_>>().join("\n").into_bytes()
        }
        _ => file(export).unwrap(),
    };
    let import = read(name, &bytes, Some("pässword")).unwrap();
    assert!(import.notes.is_empty(), "{name}: {:?}", import.notes);
    import
        .rows
        .into_iter()
        .map(|row| row.unwrap().draft)
        .collect()
}

#[test]
fn every_format_reads_back_the_same() {
    let accounts = accounts();
    let counts = [
        ("aegis", 7),
        ("aegis-plain", 7),
        ("mfa", 7),
        ("stratum", 7),
        ("otpauth", 7),
        ("qr", 7),
        ("google", 3),
        ("2fas", 6),
        ("bitwarden", 6),
        ("keepass", 7),
        ("keepassxc", 6),
        ("paper", 7),
    ];
    for (name, count) in counts {
        let export = write(name, &accounts);
        assert_eq!(export.count, count, "{name}");
        let left_out = export
            .omitted
            .iter()
            .filter(|line| line.contains("left out"));
        assert_eq!(
            left_out.count(),
            accounts.len() - count,
            "{name}: {:?}",
            export.omitted
        );
        let back = read_back(name, &export);
        assert_eq!(back.len(), count, "{name}");
        for draft in back {
            let own = accounts
                .iter()
                .find(|own| own.credential == draft.credential);
            let own = own.unwrap_or_else(|| panic!("{name}: {draft:?}"));
            // Bitwarden's Steam URI has no name, but its item has one.
            assert_eq!(draft.full_name(), own.full_name(), "{name}");
        }
    }
}

/// A buffer's whole capacity is wiped in the end, so it is at most twice as large as its file. A page is
/// written account by account.
#[test]
fn an_export_takes_no_more_memory_than_its_file() {
    struct Largest(usize, usize);
    impl std::io::Write for Largest {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            *self = Self(self.0.max(bytes.len()), self.1 + 1);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let kind = Kind::Totp {
        period: Period::THIRTY,
    };
    let many = |number: u8| account(number, &format!("user{number}"), Algorithm::Sha1, 6, kind);
    let many: Vec<_> = (0..200).map(many).collect();
    for target in TARGETS {
        match write(target.name, &many).content {
            Content::File(bytes) => assert!(
                bytes.capacity() <= 2 * bytes.len(),
                "{}: {} for {}",
                target.name,
                bytes.capacity(),
                bytes.len()
            ),
            Content::Stream(stream) => {
                let mut largest = Largest(0, 0);
                stream(&mut largest).unwrap();
                assert!(largest.0 < 64 << 10 && largest.1 > 200, "{}", largest.0);
            }
            Content::Codes(codes) => assert!(codes.len() >= 20),
        }
    }
}

#[test]
fn many_accounts_make_several_codes_for_google() {
    let many: Vec<_> = (0..25)
        .map(|number| {
            let kind = Kind::Totp {
                period: Period::THIRTY,
            };
            account(number, &format!("user{number}"), Algorithm::Sha1, 6, kind)
        })
        .collect();
    let export = write("google", &many);
    let Content::Codes(codes) = &export.content else {
        panic!("no codes");
    };
    assert_eq!(codes.len(), 3);
    assert_eq!(read_back("google", &export).len(), 25);
}

#[test]
fn two_accounts_of_one_key_do_not_fit_into_stratum() {
    let mut accounts = accounts();
    accounts[1].credential.secret = accounts[0].credential.secret.clone();
    let export = write("stratum", &accounts);
    assert_eq!(export.count, 6);
    assert!(
        export.omitted[0].contains("it has the same key as"),
        "{:?}",
        export.omitted
    );
}

#[test]
fn tags_and_a_link_to_aws_are_kept_or_said_to_be_lost() {
    let mut accounts = accounts();
    accounts.truncate(1);
    let serial = "arn:aws:iam::123456789012:mfa/alice";
    accounts[0].aws = Some(AwsLink {
        serial: serial.to_owned(),
        profile: Some("work".to_owned()),
    });
    accounts[0].tags.push("shared".to_owned());
    for target in TARGETS {
        let export = write(target.name, &accounts);
        let said = export.omitted.join("\n");
        let Some(bytes) = file(&export) else {
            assert!(said.ends_with(&format!(
                "alice: without its tags (work, shared) and its link to AWS ({serial})"
            )));
            continue;
        };
        match target.name {
            "mfa" => {
                assert_eq!(said, "");
                let rows = read("vault.json", &bytes, Some("pässword")).unwrap().rows;
                let found = rows[0].as_ref().unwrap();
                assert_eq!(
                    (&found.tags, &found.aws),
                    (&accounts[0].tags, &accounts[0].aws)
                );
            }
            "paper" => {
                let page = String::from_utf8_lossy(&bytes);
                assert_eq!(said, "");
                assert!(page.contains(&format!("{serial}, work, shared")), "{page}");
            }
            name => {
                assert!(
                    said.ends_with(&format!("its link to AWS ({serial})")),
                    "{said}"
                );
                let tags = match name {
                    "aegis" | "aegis-plain" | "keepass" | "stratum" => "",
                    "otpauth" => "(work, shared)",
                    _ => "(shared)",
                };
                assert!(
                    said.contains(tags) && said.contains("tags") != tags.is_empty(),
                    "{said}"
                );
            }
        }
    }
}

#[test]
fn a_counter_that_google_has_no_room_for_is_left_out() {
    let kind = Kind::Hotp { counter: u64::MAX };
    let accounts = [account(1, "x", Algorithm::Sha1, 6, kind)];
    let export = write("google", &accounts);
    assert_eq!(export.count, 0);
    assert!(
        export.omitted[0].contains("does not support the counter"),
        "{:?}",
        export.omitted
    );
}

#[test]
fn a_page_for_paper_escapes_its_names() {
    let accounts = accounts();
    let page = String::from_utf8(file(&write("paper", &accounts)).unwrap()).unwrap();
    assert!(page.contains("&lt;co&gt;:alice") && !page.contains("<co>"));
    assert_eq!(page.matches("<svg").count(), 7);
}

/// The cells of a CSV, read by a parser independent of ours.
fn cells(export: &Export<'_>) -> Vec<String> {
    let file = match &export.content {
        Content::File(bytes) => Some(bytes),
        Content::Stream(_) | Content::Codes(_) => None,
    };
    let text = std::str::from_utf8(file.unwrap()).unwrap();
    let (mut cells, mut cell, mut is_quoted) = (Vec::new(), String::new(), false);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if is_quoted && characters.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' => is_quoted = !is_quoted,
            ',' | '\n' if !is_quoted => cells.push(std::mem::take(&mut cell)),
            _ => cell.push(c),
        }
    }
    cells
}

proptest! {
    /// No cell of a CSV is a formula to a spreadsheet or acts on a terminal, and all names come back.
    #[test]
    fn names_that_are_formulas_are_defused_and_come_back(
        labels in proptest::collection::vec(
            ("([=+@'\"\\-a-c|,;\n\t\r\u{1b}\u{9b}\u{202e}\u{200d}＝](.{0,3}[^ ])?)?",
             "[=+@'\"\\-a-c|,;\n\t\r\u{1b}\u{9b}\u{202e}\u{200d}＝](.{0,3}[^ ])?"),
            1..6,
        ),
    ) {
        let kind = Kind::Totp { period: Period::THIRTY };
        let mut accounts = Vec::new();
        for (number, (issuer, name)) in (1..).zip(labels) {
            let mut account = account(number, name.trim(), Algorithm::Sha1, 6, kind);
            issuer.trim().clone_into(&mut account.issuer);
            account.tags = vec![issuer];
            // The names as they are read everywhere: without a control character at the ends, for instance.
            let uri = mfa::otp::format(&account.issuer, &account.name, &account.credential);
            let read = mfa::otp::parse(&uri).unwrap().draft;
            (account.issuer, account.name) = (read.issuer, read.name);
            // Not an empty name, nor one that a URI cannot distinguish from its issuer.
            prop_assume!(!account.name.is_empty() && !account.full_name().starts_with(':'));
            accounts.push(account);
        }
        let export = write("keepassxc", &accounts);
        for cell in cells(&export) {
            prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝']), "{cell}");
            prop_assert!(!cell.chars().any(|c| c.is_control() || c == '\u{202e}'), "{cell:?}");
        }
        // Where the comma is the decimal separator, spreadsheets split at semicolons.
        let bytes = file(&export).unwrap();
        for cell in String::from_utf8(bytes).unwrap().split(';').skip(1) {
            let begin = cell.trim_start_matches(|c: char| c == '"' || c.is_whitespace());
            prop_assert!(!begin.starts_with(['=', '+', '-', '@', '＝']), "{cell}");
        }
        let back = read_back("keepassxc", &export);
        prop_assert_eq!(back.len(), accounts.len());
        for (draft, own) in back.iter().zip(&accounts) {
            prop_assert_eq!((&draft.issuer, &draft.name), (&own.issuer, &own.name));
        }
    }
}

/// As character references. What XML cannot express is escaped, and the URI restores it.
#[test]
fn xml_has_nothing_that_cannot_be_seen() {
    let kind = Kind::Totp {
        period: Period::THIRTY,
    };
    let name = "a\u{202e}b\tc\u{9b}d\u{1b}e\u{ffff}f\0g";
    let accounts = [account(1, name, Algorithm::Sha1, 6, kind)];
    let export = write("keepass", &accounts);
    let text = String::from_utf8(file(&export).unwrap()).unwrap();
    let shown = "a&#8238;b&#9;c&#155;d\\u{1b}e\\u{ffff}f\\u{0}g</Value>";
    assert!(text.contains(shown), "{text}");
    assert!(!text.contains([
        '\u{202e}', '\t', '\u{9b}', '\u{1b}', '\u{ffff}', '\0', '\u{fffd}'
    ]));
    let back = read_back("keepass", &export);
    assert_eq!(back[0].name, name);
}

#[test]
fn a_formula_after_a_semicolon_is_defused() {
    let kind = Kind::Totp {
        period: Period::THIRTY,
    };
    let name = "x;=cmd|' /C calc'!A0; \"@y;z";
    let accounts = [account(1, name, Algorithm::Sha1, 6, kind)];
    let export = write("keepassxc", &accounts);
    let cells = cells(&export);
    assert!(
        cells.contains(&"x;'=cmd|' /C calc'!A0;' \"@y;z".to_owned()),
        "{cells:?}"
    );
    assert_eq!(read_back("keepassxc", &export)[0].name, name);
}
