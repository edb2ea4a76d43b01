use super::*;
use crate::otp::{Note, Parsed, parse};

const TABLE: &str = include_str!("../parameters.md");

/// The rows of the table whose head begins so, cell by cell.
fn rows(head: &str) -> Vec<Vec<&'static str>> {
    let lines = TABLE.lines().skip_while(|line| !line.starts_with(head));
    let rows = lines.skip(2).take_while(|line| line.starts_with('|'));
    let cells = |line: &'static str| {
        let cells = line.trim_matches('|').split('|');
        cells.map(str::trim).collect()
    };
    rows.map(cells).collect()
}

fn code(cell: &str) -> &str {
    cell.trim_matches('`')
}

fn without(name: &str) -> String {
    let own = [
        ("secret", "secret=MFRGGZDFMFRGGZDFMFRGGZDFMFRGGZDF"),
        ("counter", "counter=1"),
    ];
    let others = own.iter().filter(|(own, _)| *own != name);
    others.fold(String::new(), |all, (_, pair)| format!("{all}{pair}&"))
}

fn read(kind: &str, query: &str) -> Result<Parsed, UriError> {
    parse(&format!("otpauth://{kind}/ann?{query}"))
}

#[test]
fn every_row_of_the_table_is_true() {
    let rows = rows("| parameter");
    assert!(rows.len() > 45, "{}", rows.len());
    for row in rows {
        let [name, _, does, example] = row[..] else {
            panic!("{row:?}")
        };
        let (name, example) = (code(name), code(example));
        let kind = if name == "counter" { "hotp" } else { "totp" };
        let plain = match name {
            "secret" | "counter" => read(kind, "secret=AAAAAAAA&counter=1"),
            _ => read(kind, &without(name)),
        };
        let plain = plain.unwrap().draft;
        let given = read(kind, &format!("{}{example}", without(name)));
        match does {
            "honoured" => assert_ne!(given.unwrap().draft.credential, plain.credential, "{name}"),
            "kept" => assert_eq!(given.unwrap().draft.credential, plain.credential, "{name}"),
            "ignored" => assert_eq!(given.unwrap().draft, plain, "{name}"),
            "refused" => assert!(given.is_err(), "{name}"),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn every_uri_of_the_table_is_true() {
    let rows = rows("| URI");
    assert!(rows.len() > 14, "{}", rows.len());
    for row in rows {
        let read = parse(code(row[0]));
        match row[2] {
            "honoured" => drop(read.unwrap()),
            "refused" => assert_ne!(read.unwrap_err(), UriError::NotOtpauth, "{}", row[0]),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn every_known_parameter_is_in_the_table() {
    let rows = rows("| parameter");
    for (name, _) in KNOWN {
        assert!(rows.iter().any(|row| code(row[0]) == *name), "{name}");
    }
    for row in &rows {
        let name = code(row[0]);
        let is_one = row[0].starts_with('`') && !name.contains('`');
        assert!(!is_one || is_known(name), "{name}");
    }
}

#[test]
fn what_differs_from_itself_is_refused() {
    let with = |query: &str| read("totp", &format!("secret=AAAAAAAA&{query}"));
    for (query, name) in [
        ("digits=6&digits=8", "digits"),
        ("period=30&Period=60", "period"),
        ("algorithm=SHA1&algo=SHA256", "algo"),
        ("type=hotp", "type"),
    ] {
        assert_eq!(with(query), Err(UriError::Conflict(name)), "{query}");
    }
    for same in ["digits=8&digits=8", "digits=&digits=8", "digits=8&digits="] {
        assert_eq!(
            with(same).unwrap().draft.credential.digits.get(),
            8,
            "{same}"
        );
    }
    assert_eq!(with("secret=BBBBBBBB"), Err(UriError::DoubledSecret));
    for agrees in [
        "step=60&period=60",
        "length=6",
        "hash=sha1",
        "hash=5d41402a",
        "size=300",
        "type=TOTP",
        "format=png",
    ] {
        assert!(with(agrees).is_ok(), "{agrees}");
    }
}

#[test]
fn empty_values_are_the_default() {
    let draft = read(
        "totp",
        "secret=AAAAAAAA&algorithm=&digits=&period=&encoder=&encoding=&pin=",
    );
    assert_eq!(draft, read("totp", "secret=AAAAAAAA"));
    assert_eq!(
        read("hotp", "secret=AAAAAAAA&counter="),
        Err(UriError::NoCounter)
    );
}

#[test]
fn refusals_say_why_and_quote_no_key() {
    let key = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    for (query, why) in [
        ("2step_salt=8&2step_output=20", "two-step enrolment"),
        ("pin=1234", "PIN"),
        (
            "epoch=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
            "'epoch' shifts the time",
        ),
        ("encoder=battle", "encoder 'battle'"),
        ("encoding=rot13", "encoding 'rot13'"),
        ("interval=60", "write 'period'"),
        ("data={\"shared_secret\":\"!\"}", "shared_secret"),
    ] {
        let said = read("totp", &format!("secret={key}&{query}"))
            .unwrap_err()
            .to_string();
        assert!(said.contains(why) && !said.contains(key), "{said}");
    }
}

#[test]
fn keys_come_in_four_encodings() {
    let key = b"12345678901234567890";
    for query in [
        "secret=MTIzNDU2Nzg5MDEyMzQ1Njc4OTA%3D&encoding=BASE64",
        "secret=3132333435363738393031323334353637383930&encoding=HEX",
        "secret=12345678901234567890&encoding=UTF8",
        "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&encoding=BASE32",
        "secret=3132333435363738393031323334353637383930",
    ] {
        let parsed = read("totp", query).unwrap();
        assert_eq!(
            parsed.draft.credential.secret.expose_secret(),
            key,
            "{query}"
        );
        let is_hex = parsed.notes.contains(&Note::HexKey);
        assert_eq!(is_hex, query.len() == 47, "{query}");
    }
}

#[test]
fn a_fragment_is_cut_off_where_it_is_one() {
    let with = |query: &str| read("totp", query).map(|read| read.draft.issuer);
    for (query, issuer) in [
        ("secret=AAAAAAAA#top", ""),
        ("secret=AAAAAAAA&digits=6#", ""),
        ("issuer=Acme&secret=AAAAAAAA# x", "Acme"),
        ("secret=AAAAAAAA&issuer=Acme#section", "Acme"),
        ("secret=AAAAAAAA&issuer=C#", "C#"),
        ("issuer=C#&secret=AAAAAAAA", "C#"),
        ("secret=AAAAAAAA&issuer=C# Corp", "C# Corp"),
        ("secret=AAAAAAAA&issuer=C#&image=x", "C#"),
        ("secret=AAAAAAAA&#38;issuer=Acme", "Acme"),
    ] {
        assert_eq!(with(query).as_deref(), Ok(issuer), "{query}");
    }
    let ambiguous = with("secret=AAAAAAAA&issuer=C#&digits=8");
    assert_eq!(ambiguous, Err(UriError::Fragment("digits")));
}
