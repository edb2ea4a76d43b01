//! Each quoted text is read back by its shell if installed, else by its grammar.
#![expect(
    clippy::disallowed_methods,
    reason = "these tests run the shells themselves"
)]

use std::collections::HashMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use mfa_test_support::can;

use super::*;

/// Characters that shells act on, that end their quotes, and that they use internally.
const HOSTILE: &[&str] = &[
    "'", "'", "'", "\"", "\\", "\\", "$", "`", "!", "%", "^", "&", "|", ";", "<", ">", "(", ")",
    "{", "}", "[", "]", "*", "?", "~", "#", "=", "-", "--", ",", ":", "@", "+", "/", ".", "_", " ",
    " ", "\t", "\n", "\r", "\u{1b}", "\u{7f}", "\u{1}", "a", "Z", "0", "é", "\u{2018}", "\u{2019}",
    "\u{201a}", "\u{201b}", "\u{201c}", "\u{fdd0}", "\u{f600}", "\u{f6ff}", "\u{ffff}", "😀",
    "\u{301}", "\u{202e}", "\u{85}", "\u{2028}", "$(id>&2)", "`id>&2`", "${IFS}", "\\'", "''",
    "$'\\x27'", "'; id #", "%PATH%", "!!",
];

/// Returns 10,000 texts, the same in every run.
fn texts() -> Vec<String> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut below = move |n: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(n).unwrap()).unwrap()
    };
    let alone = HOSTILE.iter().map(|&part| part.to_owned());
    let mut texts: Vec<String> = alone.chain([String::new()]).collect();
    while texts.len() < 10_000 {
        let length = below(12);
        texts.push((0..length).map(|_| HOSTILE[below(HOSTILE.len())]).collect());
    }
    texts
}

/// Runs a script with `program` and returns what it printed; `None` if `program` is missing.
fn printed(program: &str, arguments: &[&str], script: &str) -> Option<Vec<u8>> {
    let is_here = Command::new(program).args(["-c", "exit"]).output().is_ok();
    if !can(is_here, program) {
        return None;
    }
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("script");
    std::fs::write(&path, script).unwrap();
    let output = Command::new(program)
        .args(arguments)
        .arg(&path)
        .env("HOME", home.path())
        .env("LC_ALL", "C.UTF-8")
        .current_dir(home.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && told.is_empty(),
        "{program}: {told}"
    );
    Some(output.stdout)
}

/// A script that prints all texts with `printf`, a hundred at a time, quoted by `quoted`.
fn script(texts: &[String], quoted: fn(&str) -> Option<String>) -> String {
    let mut script = Vec::new();
    for some in texts.chunks(100) {
        script.extend_from_slice(b"printf '%s\\0'");
        for text in some {
            write!(script, " {}", quoted(text).unwrap()).unwrap();
        }
        script.push(b'\n');
    }
    String::from_utf8(script).unwrap()
}

fn reads_all(program: &str, arguments: &[&str], first: &str, quoted: fn(&str) -> Option<String>) {
    let texts = texts();
    let script = format!("{first}{}", script(&texts, quoted));
    if let Some(output) = printed(program, arguments, &script) {
        let wanted: String = texts.iter().flat_map(|text| [text, "\0"]).collect();
        assert!(output == wanted.as_bytes(), "{program} reads another text");
    }
}

#[test]
fn posix_shells_read_every_text() {
    reads_all("dash", &[], "", posix);
    reads_all("bash", &[], "set -H\nshopt -s extglob\n", posix);
    reads_all("zsh", &["-f"], "setopt rcquotes extendedglob\n", posix);
}

#[test]
fn bash_reads_every_text_after_a_double_quote() {
    let quoted = |text: &str| Some(format!("\"{}", posix_in_double_quotes(text)?));
    reads_all("bash", &[], "set -H\n", quoted);
}

#[test]
fn fish_reads_every_text() {
    reads_all("fish", &["--no-config"], "", fish);
}

/// As `mfa aws env --shell nu`, but with a hundred variables per line.
#[test]
fn nushell_reads_every_text_as_json() {
    let texts = texts();
    let lines = texts.chunks(100).map(|some| {
        let pairs = some.iter().enumerate();
        let pairs: HashMap<_, _> = pairs.map(|(n, text)| (format!("V{n}"), text)).collect();
        serde_json::to_string(&pairs).unwrap() + "\n"
    });
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("env.json");
    std::fs::write(&path, lines.collect::<String>()).unwrap();
    let script = format!(
        "open --raw '{}' | lines | each {{|line| $line | from json | load-env\n\
         let set = $env\n\
         0..99 | each {{|n| $set | get $\"V($n)\" }} | str join (char nul) | print --no-newline --raw $in\n\
         char nul | print --no-newline --raw $in }} | ignore\n",
        path.display()
    );
    if let Some(output) = printed("nu", &["--no-config-file"], &script) {
        let wanted: String = texts.iter().flat_map(|text| [text, "\0"]).collect();
        assert!(output == wanted.as_bytes(), "nushell reads another text");
    }
}

/// Reads a string as `PowerShell` does, which no registry has here. In its tokenizer
/// (`ScanStringLiteral`), each of five quotes ends the string; a doubled one is kept.
fn powershell_reads(quoted: &str) -> Option<String> {
    let is_quote = |c: char| "'\u{2018}\u{2019}\u{201a}\u{201b}".contains(c);
    let mut rest = quoted.strip_prefix(is_quote)?.chars().peekable();
    let mut text = String::new();
    while let Some(character) = rest.next() {
        if is_quote(character) && rest.next_if(|&c| is_quote(c)).is_none() {
            // Anything that follows would be read as code.
            return rest.next().is_none().then_some(text);
        }
        text.push(character);
    }
    None
}

#[test]
fn powershell_reads_every_text() {
    for text in texts() {
        let quoted = powershell(&text).unwrap();
        assert_eq!(powershell_reads(&quoted).as_ref(), Some(&text), "{text:?}");
        let is_plain = text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        assert_eq!(powershell_by_pipe(&text), is_plain.then_some(quoted));
    }
    assert_eq!(powershell_reads("'a\u{2019}; id; '"), None);
}

/// Reads a line `set "NAME=VALUE"` by the phases of cmd's parser. First come variables between `%`,
/// then special characters outside quotes, then (with `/V`) variables between `!`. `None` if it
/// sees more than one command, or another value than the text.
fn cmd_reads(line: &str) -> Option<&str> {
    if line.contains(['%', '!', '\r', '\n', '\x1a', '\0']) {
        return None;
    }
    let mut is_quoted = false;
    for character in line.chars() {
        match character {
            '"' => is_quoted = !is_quoted,
            '&' | '|' | '<' | '>' | '^' | '(' | ')' if !is_quoted => return None,
            _ => {}
        }
    }
    let inside = line.strip_prefix("set \"")?.rsplit_once('"')?.0;
    Some(inside.split_once('=')?.1)
}

#[test]
fn cmd_reads_what_is_not_refused() {
    let mut taken = 0;
    for text in texts() {
        if let Some(text) = cmd(&text) {
            let line = format!("set \"NAME={text}\"");
            assert_eq!(cmd_reads(&line), Some(text));
            taken += 1;
        } else {
            let live = |c: char| "\"%!".contains(c) || !(' '..='~').contains(&c);
            assert!(text.contains(live), "{text:?} has a form");
        }
    }
    assert!(taken > 500, "{taken}");
}

#[test]
fn a_nul_has_no_form() {
    let all = [posix, fish, powershell, powershell_by_pipe];
    assert!(all.iter().all(|quoted| quoted("a\0b").is_none()));
    assert!(cmd("a\0b").is_none());
}
