//! A small sample file in each format, with the same two accounts.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use mfa::import::{self, Import, ImportError, Input};
use mfa::otp::Kind;

const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// All samples, by name.
pub fn samples() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/import");
    let paths = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = paths.collect();
    paths.sort();
    let named = paths.into_iter().map(|path| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read(path).unwrap())
    });
    named.filter(|(name, _)| name != "make.py").collect()
}

pub fn read(name: &str, bytes: &[u8], password: Option<&str>) -> Result<Import, ImportError> {
    let input = Input {
        password,
        ..Input::new(bytes, name)
    };
    import::read(&input, None)
}

#[test]
fn all_of_them_are_read() {
    let mut text = String::new();
    for (name, bytes) in samples() {
        let _ = writeln!(text, "{name}");
        let import = match read(&name, &bytes, Some("test")) {
            Ok(import) => import,
            Err(error) => {
                let _ = writeln!(text, "    {error}");
                continue;
            }
        };
        let _ = writeln!(text, "    is {}", import.format.name);
        for row in import.rows.iter().take(5) {
            let _ = writeln!(text, "    {}", shown(row));
        }
        if import.rows.len() > 5 {
            let _ = writeln!(text, "    … {} in all", import.rows.len());
        }
        for note in import.notes {
            let _ = writeln!(text, "    note: {note}");
        }
    }
    assert!(!text.contains(KEY));
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(text) });
}

fn shown(row: &import::Row) -> String {
    let found = match row {
        Ok(found) => found,
        Err(skipped) => return format!("skipped: {skipped}"),
    };
    let credential = &found.draft.credential;
    let key = credential.secret.to_base32();
    let kind = match credential.kind {
        Kind::Totp { period } => format!("totp every {}", period.get()),
        Kind::Hotp { counter } => format!("hotp at {counter}"),
        Kind::Steam => "steam".to_owned(),
    };
    let key = match key.as_str() {
        KEY => "the key",
        "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU" => "the other key",
        _ => "a wrong key",
    };
    format!(
        "{}: {kind}, {}, {} digits, {key} {:?}",
        found.draft.full_name(),
        credential.algorithm,
        credential.digits.get(),
        found.tags
    )
}

#[test]
fn a_wrong_password_is_called_wrong_and_none_is_asked_for() {
    for (name, bytes) in samples() {
        let asks = matches!(read(&name, &bytes, None), Err(ImportError::NeedsPassword));
        if !asks {
            continue;
        }
        for word in ["wrong", "", "tesT", "pässword"] {
            let outcome = read(&name, &bytes, Some(word)).map(|import| import.rows.len());
            assert_eq!(outcome, Err(ImportError::WrongPassword), "{name}");
        }
    }
}
