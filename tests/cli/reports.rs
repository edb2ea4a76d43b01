//! The rebuilt bug reports in the fixtures, if any: each is run as its reporter would run it, and what
//! is in the vault afterwards is compared with `expected.json`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use mfa::otp;
use mfa_test_support::{can, tell};
use serde_json::Value;

use crate::sandbox::{Sandbox, reveals_no_key};

#[test]
fn every_report_comes_out_as_expected() {
    let root = std::env::var_os("MFA_FIXTURES").unwrap_or_default();
    if !can(!root.is_empty(), "MFA_FIXTURES") {
        return;
    }
    let root = PathBuf::from(root).join("reports");
    let list = std::fs::read(root.join("expected.json")).unwrap();
    let list: Vec<Value> = serde_json::from_slice(&list).unwrap();
    let (mut right, mut accounts, mut all) = (0, 0, 0);
    for case in &list {
        let wanted = case["accounts"].as_array().unwrap().len();
        all += wanted;
        match check(&root, case) {
            Ok(()) => {
                right += 1;
                accounts += wanted;
            }
            Err(why) => tell(&format!("{}: {why}", case["case"].as_str().unwrap())),
        }
    }
    tell(&format!(
        "reports {right} of {}, accounts {accounts} of {all}",
        list.len()
    ));
    assert_eq!((right, accounts), (list.len(), all));
}

fn check(root: &Path, case: &Value) -> Result<(), String> {
    let sandbox = Sandbox::new();
    sandbox.stdout("mfa vault init --key-file");
    let folder = sandbox.home().join("report");
    std::fs::create_dir(&folder).unwrap();
    for name in case["files"].as_array().unwrap() {
        let name = name.as_str().unwrap();
        let from = root.join(case["case"].as_str().unwrap()).join(name);
        std::fs::copy(from, folder.join(name)).unwrap();
    }
    if let Some(password) = case["password"].as_str() {
        std::fs::write(folder.join("password.txt"), format!("{password}\n")).unwrap();
    }
    let lines = case["command"].as_str().unwrap().split(" ; ");
    let mut said = String::new();
    for line in lines {
        let output = run(&sandbox, &folder, line);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        said.push_str(&text(&output.stdout));
        said.push_str(&text(&output.stderr));
        let exit = output.status.code().map(i64::from);
        if exit != case["exit"].as_i64() {
            return Err(format!("exit {exit:?}: {said}"));
        }
    }
    let wanted = case["accounts"].as_array().unwrap();
    let stored = sandbox.stdout("mfa list --json");
    let stored: Vec<Value> = serde_json::from_str(&stored).unwrap();
    let mut left: Vec<_> = stored
        .iter()
        .map(|own| own_account(&sandbox, own))
        .collect();
    for wanted in wanted {
        let fits = |own: &Value| same(own, wanted, !case["note"].is_null());
        let Some(place) = left.iter().position(fits) else {
            return Err(format!("no {wanted}\nin {left:?}\n{said}"));
        };
        left.remove(place);
    }
    if !left.is_empty() {
        return Err(format!("too many: {left:?}\n{said}"));
    }
    // Nothing is silent: what was stored is named, and a refusal says why.
    match wanted.iter().all(|own| said.contains(&named(own))) {
        true if wanted.is_empty() && !said.contains("mfa: ") => Err(format!("no reason: {said}")),
        true => Ok(()),
        false => Err(format!("not named: {said}")),
    }
}

/// Runs `import FILE` or `mfa add - < FILE` in the folder of the case.
fn run(sandbox: &Sandbox, folder: &Path, line: &str) -> Output {
    let line = line.strip_prefix("mfa ").unwrap_or(line);
    let (line, stdin) = line.split_once(" < ").unwrap_or((line, ""));
    let stdin = match stdin {
        "" => Stdio::null(),
        name => File::open(folder.join(name)).unwrap().into(),
    };
    let mut command = sandbox.command(&format!("mfa {line}"));
    let output = command.current_dir(folder).stdin(stdin).output().unwrap();
    reveals_no_key(&String::from_utf8_lossy(&output.stderr));
    reveals_no_key(&String::from_utf8_lossy(&output.stdout));
    output
}

/// A stored account as `expected.json` writes it. Its code is taken from the program.
fn own_account(sandbox: &Sandbox, own: &Value) -> Value {
    let id = own["id"].as_str().unwrap();
    let uri = sandbox.stdout(&format!("mfa show --uri {id}"));
    let credential = otp::parse(&uri).unwrap().draft.credential;
    let at = match credential.kind {
        otp::Kind::Hotp { .. } => "",
        _ => " --at 1700000000",
    };
    let code = sandbox.stdout(&format!("mfa code {id}{at}"));
    serde_json::json!({
        "issuer": own["issuer"],
        "name": own["name"],
        "secret": *credential.secret.to_base32(),
        "type": credential.kind.as_str(),
        "algorithm": credential.algorithm.as_str(),
        "digits": credential.digits.get(),
        "period": credential.kind.period().map(otp::Period::get),
        "counter": credential.kind.counter(),
        "code": code.trim(),
    })
}

/// Whether a stored account is the expected one. A case with a note allows the name in either field.
fn same(own: &Value, wanted: &Value, is_loose: bool) -> bool {
    let fields = ["secret", "type", "algorithm", "digits", "period", "counter"];
    let names = ["issuer", "name"]
        .iter()
        .all(|field| own[field] == wanted[field]);
    let code = match &wanted["code_t1700000000"] {
        Value::Null => &wanted["code_at_counter"],
        code => code,
    };
    let code_of_own = own["code"].as_str().unwrap_or_default();
    fields.iter().all(|field| own[field] == wanted[field])
        && (names || is_loose && named(own) == named(wanted))
        && code
            .as_str()
            .is_some_and(|code| code_of_own.starts_with(code))
}

fn named(account: &Value) -> String {
    let text = |field: &str| account[field].as_str().unwrap_or_default();
    otp::full_name(text("issuer"), text("name"))
}
