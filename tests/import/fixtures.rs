//! The files of other programs in the fixtures, if any, compared with `expected.json`.

use std::path::{Path, PathBuf};

use mfa::import::{self, Import, ImportError, Input};
use mfa::otp::{Algorithm, Draft, Kind};
use mfa_test_support::{can, tell};
use serde_json::Value;

/// Here, the salt of an encrypted maFile is in a file of another folder.
const COMPANIONS: &[(&str, &str)] = &[(
    "dyc3+steamguard-cli/manifest-v1/1-account-encrypted/1234.maFile",
    "dyc3+steamguard-cli/compat/1-account-encrypted/manifest.json",
)];

#[test]
fn every_file_gives_what_is_expected_of_it() {
    let root = std::env::var_os("MFA_FIXTURES").unwrap_or_default();
    if !can(!root.is_empty(), "MFA_FIXTURES") {
        return;
    }
    let root = PathBuf::from(root).join("import");
    let list = std::fs::read(root.join("expected.json")).unwrap();
    let list: Value = serde_json::from_slice(&list).unwrap();
    let (mut files, mut accounts, mut all_files, mut all_accounts) = (0, 0, 0, 0);
    for expected in list.as_array().unwrap() {
        let wanted = expected["accounts"].as_array().unwrap();
        all_files += 1;
        all_accounts += wanted.len();
        match check(&root, expected) {
            Ok(()) => {
                files += 1;
                accounts += wanted.len();
            }
            Err(why) => tell(&format!("{}: {why}", expected["file"].as_str().unwrap())),
        }
    }
    tell(&format!(
        "files {files} of {all_files}, accounts {accounts} of {all_accounts}"
    ));
    assert_eq!((files, accounts), (all_files, all_accounts));
}

fn check(root: &Path, expected: &Value) -> Result<(), String> {
    let file = expected["file"].as_str().unwrap();
    let password = expected["password"].as_str();
    let outcome = read(root, file, password);
    if !expected["expect_error"].is_null() || expected["format"] == "qr-image-not-otp" {
        return match outcome {
            Ok(import) if import.rows.iter().any(Result::is_ok) => Err("not refused".to_owned()),
            _ => Ok(()),
        };
    }
    let import = outcome.map_err(|error| error.to_string())?;
    if password.is_some() {
        refuses(root, file)?;
    }
    let mut rows = import.rows;
    for wanted in expected["accounts"].as_array().unwrap() {
        let place = rows.iter().position(|row| match row {
            Ok(found) => differs(&found.draft, wanted).is_none(),
            Err(skipped) => is_unusable(wanted) && !skipped.reason.is_empty(),
        });
        let Some(place) = place else {
            let near = rows.iter().filter_map(|row| {
                let draft = &row.as_ref().ok()?.draft;
                let same = draft.name == wanted["name"].as_str()?
                    || draft.issuer == wanted["issuer"].as_str()?;
                same.then(|| differs(draft, wanted))?
            });
            let near: Vec<_> = near.collect();
            let skipped: Vec<_> = rows.iter().filter_map(|row| row.as_ref().err()).collect();
            return Err(format!(
                "no {}:{}; near: {near:?}; skipped: {skipped:?}",
                wanted["issuer"], wanted["name"]
            ));
        };
        drop(rows.remove(place));
    }
    // `expected.json` does not list unusable URIs.
    let left = rows.iter().filter(|row| row.is_ok()).count();
    if left > 0 {
        return Err(format!("{left} accounts too many: {rows:?}"));
    }
    Ok(())
}

fn read(root: &Path, file: &str, password: Option<&str>) -> Result<Import, ImportError> {
    let bytes = std::fs::read(root.join(file)).unwrap();
    let companions = COMPANIONS.iter().filter(|(own, _)| *own == file);
    let companions = companions.map(|(_, other)| std::fs::read(root.join(other)).unwrap());
    let companions: Vec<_> = companions.collect();
    let picture = mfa::qr::read(&bytes).ok().map(|codes| {
        let lines: Vec<_> = codes.iter().map(|code| code.payload().to_owned()).collect();
        lines.join("\n")
    });
    let bytes = picture.as_deref().map_or(bytes.as_slice(), str::as_bytes);
    let name = file.rsplit('/').next().unwrap_or_default();
    let input = Input {
        password,
        companions: &companions,
        ..Input::new(bytes, name)
    };
    import::read(&input, None)
}

/// Asserts that it asks for a password, and reports a wrong one as wrong.
fn refuses(root: &Path, file: &str) -> Result<(), String> {
    let none = read(root, file, None);
    if !matches!(none, Err(ImportError::NeedsPassword)) {
        return Err(format!(
            "without a password: {:?}",
            none.map(|i| i.rows.len())
        ));
    }
    // A file that costs a GiB is tried only once.
    if file.contains("ente") {
        return Ok(());
    }
    for wrong in ["wrong", ""] {
        let outcome = read(root, file, Some(wrong));
        if !matches!(outcome, Err(ImportError::WrongPassword)) {
            let outcome = outcome.map(|import| import.rows.len());
            return Err(format!("with a wrong password: {outcome:?}"));
        }
    }
    Ok(())
}

fn is_unusable(wanted: &Value) -> bool {
    let kind = wanted["type"].as_str().unwrap();
    let bad = |name: &str| wanted[name] == 0;
    !wanted["invalid_secret"].is_null()
        || !["totp", "hotp", "steam"].contains(&kind)
        || wanted["algorithm"]
            .as_str()
            .is_some_and(|a| a.parse::<Algorithm>().is_err())
        || bad("digits")
        || bad("period")
}

/// The first difference from the expected account.
fn differs(draft: &Draft, wanted: &Value) -> Option<String> {
    let credential = &draft.credential;
    let secret = credential.secret.expose_secret();
    let hex = data_encoding::HEXLOWER.encode(secret);
    let (period, counter) = match credential.kind {
        Kind::Totp { period } => (Some(period.get()), None),
        Kind::Steam => (Some(30), None),
        Kind::Hotp { counter } => (None, Some(counter)),
    };
    let own = serde_json::json!({
        "issuer": draft.issuer.trim(),
        "name": draft.name.trim(),
        "secret_hex": hex,
        "type": credential.kind.as_str(),
        "algorithm": credential.algorithm.as_str(),
        "digits": credential.digits.get(),
        "period": period,
        "counter": counter,
    });
    for (name, own) in own.as_object().unwrap() {
        let same = match (own.as_str(), wanted[name].as_str()) {
            (Some(own), Some(wanted)) => own == wanted.trim(),
            _ => *own == wanted[name],
        };
        if !same && name == "secret_hex" {
            return Some("another key".to_owned());
        }
        if !same {
            return Some(format!("{name}: {own}, not {}", wanted[name]));
        }
    }
    let code = match credential.window(1_700_000_000) {
        Some(window) => (window.current, "code_t1700000000"),
        None => (
            credential.code_at_counter(counter.unwrap()),
            "code_at_counter",
        ),
    };
    (code.0.as_str() != wanted[code.1]).then(|| "another code".to_owned())
}
