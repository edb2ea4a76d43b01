//! Commands to type next get the options of the run from `app::hint`, so no text contains one itself.

use super::sources;

/// The part of the code outside of help texts, and outside of tests.
fn without_help(code: &str) -> String {
    let code = code.split("#[cfg(test)]").next().unwrap();
    let mut parts = code.split("after_long_help");
    let mut outside = parts.next().unwrap().to_owned();
    for part in parts {
        outside.push_str(part.split_once(")]").map_or("", |(_, after)| after));
    }
    outside
}

/// Texts that end with a command for this program, such as `to go back: mfa undo`.
fn bypasses(code: &str) -> Vec<String> {
    let code = without_help(code);
    let lines = code.lines().filter(|line| {
        let command = line.split(": mfa ").nth(1).or(line.split("or mfa ").nth(1));
        // "not encrypted: mfa does not …" says what this program does.
        let is_verb = |rest: &str| rest.starts_with("does ");
        command.is_some_and(|rest| !is_verb(rest) && !rest.contains("--help"))
    });
    lines.map(|line| line.trim().to_owned()).collect()
}

#[test]
fn no_text_contains_a_command_to_type_next() {
    let mut found = Vec::new();
    for (path, code) in sources() {
        // The help of `cli` and the titles of `export` name commands without options; `ui` wraps them.
        if ["cli", "export", "ui"]
            .iter()
            .any(|room| path.starts_with(room))
        {
            continue;
        }
        let lines = bypasses(&code).into_iter();
        found.extend(lines.map(|line| format!("{}: {line}", path.display())));
    }
    assert!(found.is_empty(), "use Context::command: {found:#?}");
}

#[test]
fn such_a_text_is_noticed() {
    for (code, wanted) in [
        ("note(\"to go back: mfa undo\")", 1),
        ("note(&format!(\"try: mfa aws login{options}\"))", 1),
        ("\"while it is unlocked: {}, or mfa vault keyring on\"", 1),
        ("#[command(after_long_help = \"To go back: mfa undo\")]", 0),
        (
            "note(&format!(\"to go back: {}\", command(\"mfa undo\")))",
            0,
        ),
        ("#[cfg(test)]\nmod tests { \"try: mfa list\" }", 0),
    ] {
        assert_eq!(bypasses(code).len(), wanted, "{code}");
    }
}
