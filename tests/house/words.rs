//! Texts for people use the words of the field.

use std::path::{Path, PathBuf};

use mfa_test_support::can;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Turns of phrase that took two readings instead of one.
const OLD: &[&str] = &[
    "a key is one",
    "broken off",
    "cut through",
    "got by a",
    "half as fast again",
    "have not been run",
    "how they begin",
    "is got by",
    "is like that already",
    "is there already and",
    "makes no sense elsewhere",
    "no export of any authenticator",
    "no terminal to ask on",
    "nothing in the vault is like it",
    "of no use any more",
    "opens nothing any more",
    "password makes no sense",
    "role's own affair",
    "runs in circles",
    "stored of an account",
    "take the place of an account",
    "that does not open the vault\"",
    "that the machine trusts are trusted",
    "the one after\"",
    "the one after\\n",
    "the same again",
    "the two are not the same",
    "vault had last",
    "what there is",
    "whose name is born",
    "worse day",
];

pub fn texts(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, found);
        } else if path
            .extension()
            .is_some_and(|end| end == "rs" || end == "md")
        {
            found.push(path);
        }
    }
}

/// Where one of `phrases` is found in what people read.
fn found(phrases: &[String]) -> Vec<String> {
    let mut files = vec![Path::new(ROOT).join("README.md")];
    texts(&Path::new(ROOT).join("src"), &mut files);
    texts(&Path::new(ROOT).join(".github"), &mut files);
    assert!(files.len() > 200);
    let mut found = Vec::new();
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        // A phrase may continue on the next line, also in a comment.
        let words = text
            .split_whitespace()
            .filter(|word| !word.starts_with("//"));
        let text = words.collect::<Vec<_>>().join(" ").to_lowercase();
        let phrases = phrases.iter().filter(|phrase| text.contains(&**phrase));
        found.extend(phrases.map(|phrase| format!("{}: {phrase}", file.display())));
    }
    found
}

#[test]
fn no_old_turn_of_phrase_is_left() {
    let old: Vec<_> = OLD.iter().map(|old| (*old).to_owned()).collect();
    let found = found(&old);
    assert!(found.is_empty(), "{found:#?}");
}

/// The team's guide to words has a table of what was said before. Two words alone say too little.
#[test]
fn no_phrase_of_the_guide_to_words_is_left() {
    let folder = std::env::var_os("MFA_FIXTURES").unwrap_or_default();
    if !can(!folder.is_empty(), "MFA_FIXTURES") {
        return;
    }
    let guide = Path::new(&folder).join("../design/voice.md");
    if !guide.exists() {
        return;
    }
    let guide = std::fs::read_to_string(guide).unwrap();
    let rows = guide.lines().filter_map(|line| line.strip_prefix("| "));
    let before = rows.filter_map(|row| row.split_once(" |")).skip(1);
    let before = before.map(|(before, _)| before.to_lowercase());
    let before: Vec<_> = before.filter(|text| text.split(' ').count() > 2).collect();
    let found = found(&before);
    assert!(before.len() > 40 && found.is_empty(), "{found:#?}");
}

#[test]
fn the_readme_is_read_in_one_sitting() {
    let text = std::fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let lines = text.lines().count();
    assert!(lines <= 240, "{lines} lines");
}
