//! `mfa completions` and `mfa man`.

use crate::sandbox::Sandbox;

#[test]
fn every_shell_gets_a_script() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish", "nushell"] {
        let script = sandbox.stdout(&format!("mfa completions {shell}"));
        let calls_back = script.contains("MFA_COMPLETE");
        assert_eq!(calls_back, shell != "nushell", "{shell}: {script}");
        assert!(script.contains("mfa"));
    }
    assert_eq!(
        sandbox.run("mfa completions tcsh", b"").status.code(),
        Some(2)
    );
}

#[test]
fn the_nushell_script_knows_commands_and_options() {
    let script = Sandbox::new().stdout("mfa completions nushell");
    for part in [
        "export extern \"mfa code\"",
        "--pair",
        "export extern \"mfa vault restore\"",
    ] {
        assert!(script.contains(part), "{part}");
    }
}

/// What bash gets when it asks `mfa` to complete `mfa code al<TAB>`.
#[test]
fn names_of_accounts_are_completed_where_the_vault_opens_by_itself() {
    let sandbox = Sandbox::with_aws();
    sandbox.stdout("mfa add --qr tests/data/two-accounts.png");
    let complete = |word: &str| {
        let mut command = sandbox.command("mfa --");
        command
            .args([&format!("mfa code {word}"), word])
            .env("MFA_COMPLETE", "bash");
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert!(
        complete("Git").contains("GitHub:alice"),
        "{}",
        complete("Git")
    );
    assert_eq!(complete("my"), "my-iam-user@123456789012\n");
    assert!(complete("").starts_with("my-iam-user@123456789012\nalice\nbob\n"));
    assert!(complete("--p").contains("--pair"));
    std::fs::remove_file(sandbox.data().join("vault.key")).unwrap();
    assert!(!complete("Git").contains("alice"));
}

#[test]
fn values_of_options_are_described_like_the_options() {
    let mut command = Sandbox::new().command("mfa --");
    command
        .args(["mfa", "--color", ""])
        .env("MFA_COMPLETE", "fish");
    let answer = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert_eq!(answer.lines().count(), 3, "{answer}");
    for line in answer.lines() {
        let (value, help) = line.split_once('\t').unwrap();
        assert!(!value.is_empty() && help.contains("se colours"), "{line}");
        assert!(!help.ends_with('.'), "{line}");
    }
}

/// `PowerShell` cannot be installed here: this checks the words for its script against its grammar.
#[test]
fn powershell_is_given_quoted_words_in_ascii() {
    let sandbox = Sandbox::new();
    let names = ["pl", "p;id", "p'\u{2019}", "p\"", "p\\", "pé", "p\nx"];
    for name in names {
        let mut command = sandbox.command("mfa add otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ");
        let added = command.arg(format!("--name={name}")).output().unwrap();
        assert!(added.status.success(), "{added:?}");
    }
    let mut command = sandbox.command("mfa");
    command
        .env("MFA_COMPLETE", "powershell")
        .env("MFA_COMPLETE_WORDS", r#"["mfa","code","p"]"#);
    let answer = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(answer.is_ascii(), "{answer}");
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let words = answer.as_array().unwrap().iter();
    let words: Vec<_> = words.map(|found| found["word"].as_str().unwrap()).collect();
    let plain: Vec<_> = words.iter().filter(|word| word.len() < 36).collect();
    assert_eq!(plain, [&"pl", &"'p;id'", &"'p''\u{2019}\u{2019}'", &"'pé'"]);
    // The other accounts are completed by their ids.
    assert_eq!(words.len(), names.len());
}

#[test]
fn manual_pages_are_roff() {
    let sandbox = Sandbox::new();
    let page = sandbox.stdout("mfa man");
    assert!(page.contains("MFA CODE") && page.contains("pair"));
    for once in [
        ".TH mfa 1 ",
        ".SH COMMANDS",
        ".SH EXAMPLES",
        "GLOBAL OPTIONS",
        "ENVIRONMENT",
    ] {
        assert_eq!(page.matches(once).count(), 1, "{once}");
    }
    let page = sandbox.stdout("mfa man vault restore");
    assert!(page.contains("REVISION") && page.contains("GLOBAL OPTIONS"));
    assert!(page.contains("mfa 0.1.0\" \"mfa manual\""), "{page}");
    assert!(!page.contains("EXTRA"), "{page}");
    assert_eq!(sandbox.run("mfa man nonsense", b"").status.code(), Some(2));
}

/// The words that a shell gets for the last of these words, without their descriptions.
fn completed(sandbox: &Sandbox, words: &[&str]) -> Vec<String> {
    let mut command = sandbox.command("mfa --");
    command.arg("mfa").args(words).env("MFA_COMPLETE", "zsh");
    let answer = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let word = |line: &str| line.split('\t').next().unwrap().to_owned();
    let words = answer.lines().map(word);
    // Options come after the values, where both may stand.
    words
        .filter(|word| !word.starts_with('-') || word.contains('='))
        .collect()
}

#[test]
fn values_are_completed() {
    let sandbox = Sandbox::with_aws();
    sandbox.stdout("mfa add --qr tests/data/two-accounts.png");
    sandbox.stdout("mfa edit alice --tag work --tag 'on call'");
    sandbox.stdout("mfa edit bob --tag work --tag home");
    let completed = |words: &[&str]| completed(&sandbox, words);
    for command in [
        &["list", "--tag"][..],
        &["edit", "bob", "--untag"],
        &["add", "--tag"],
    ] {
        let words = [command, &[""]].concat();
        assert_eq!(
            completed(&words),
            ["home", "on call", "work"],
            "{command:?}"
        );
    }
    assert_eq!(completed(&["list", "--tag=o"]), ["--tag=on call"]);
    assert_eq!(completed(&["vault", "restore", ""]), ["3", "2", "1"]);
    assert_eq!(completed(&["import", "--format", "aeg"]), ["aegis"]);
    assert_eq!(completed(&["import", "--format", "au"])[0], "auto");
    assert_eq!(
        completed(&["export", "--format", "aeg"]),
        ["aegis", "aegis-plain"]
    );
    assert_eq!(completed(&["help", "sec"]), ["security"]);
    assert_eq!(completed(&["help", "a"]), ["aws", "add"]);
    assert_eq!(completed(&["help", "vault", "re"]), ["recovery", "restore"]);
    assert!(completed(&["help", "nothing", ""]).is_empty());
    assert_eq!(completed(&["init", "e"]), ["elvish"]);
    // Without a key, nothing of the vault is known.
    std::fs::remove_file(sandbox.vault().with_extension("key")).unwrap();
    assert!(completed(&["list", "--tag", ""]).is_empty());
    assert_eq!(completed(&["vault", "restore", ""]), ["3", "2", "1"]);
}

#[cfg(feature = "aws")]
#[test]
fn profiles_are_completed_wherever_one_is_asked_for() {
    let sandbox = Sandbox::new();
    let folder = sandbox.home().join(".aws");
    std::fs::create_dir(&folder).unwrap();
    let config =
        "[profile work]\n[profile -x]\n[profile a\u{1b}[31m]\n[sso-session s]\n[default]\n";
    std::fs::write(folder.join("config"), config).unwrap();
    std::fs::write(folder.join("credentials"), "[old]\n[work]\n").unwrap();
    for command in [
        &["code", "--profile"][..],
        &["aws", "env", "-p"],
        &["aws", "login", "--profile"],
        &["aws", "devices", "--profile"],
        &["doctor", "--profile"],
    ] {
        let words = [command, &[""]].concat();
        assert_eq!(
            completed(&sandbox, &words),
            ["default", "old", "work"],
            "{command:?}"
        );
    }
    // `awslogin` has one argument.
    let awslogin = |words: &[&str]| {
        let mut command = sandbox.command("mfa -- awslogin");
        command.args(words).env("MFA_COMPLETE", "fish");
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert_eq!(awslogin(&["o"]), "old\t\n");
    assert_eq!(awslogin(&["old", ""]), "");
}

#[test]
fn each_shell_is_set_up_by_one_script() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish", "nushell"] {
        let script = sandbox.stdout(&format!("mfa init {shell}"));
        let completions = sandbox.stdout(&format!("mfa completions {shell}"));
        assert!(script.contains(&completions), "{shell}");
        assert_eq!(
            script.contains("awslogin"),
            cfg!(feature = "aws"),
            "{shell}"
        );
    }
    assert_eq!(sandbox.run("mfa init tcsh", b"").status.code(), Some(2));
}
