//! Texts for people use the words of the field.

use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Turns of phrase that took two readings instead of one.
const OLD: &[&str] = &[
    "broken off",
    "cut through",
    "got by a",
    "half as fast again",
    "have not been run",
    "is got by",
    "is there already and",
    "nothing in the vault is like it",
    "no export of any authenticator",
    "of no use any more",
    "role's own affair",
    "stored of an account",
    "take the place of an account",
    "that does not open the vault\"",
    "that the machine trusts are trusted",
    "the one after\"",
    "the one after\\n",
    "the same again",
    "the two are not the same",
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

#[test]
fn no_old_turn_of_phrase_is_left() {
    let mut files = vec![Path::new(ROOT).join("README.md")];
    texts(&Path::new(ROOT).join("src"), &mut files);
    texts(&Path::new(ROOT).join(".github"), &mut files);
    let mut found = Vec::new();
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        // A phrase may continue on the next line, also in a comment.
        let words = text
            .split_whitespace()
            .filter(|word| !word.starts_with("//"));
        let text = words.collect::<Vec<_>>().join(" ").to_lowercase();
        found.extend(
            OLD.iter()
                .filter(|old| text.contains(**old))
                .map(|old| (file, old)),
        );
    }
    assert!(files.len() > 200 && found.is_empty(), "{found:#?}");
}

#[test]
fn the_readme_is_read_in_one_sitting() {
    let text = std::fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let lines = text.lines().count();
    assert!(lines <= 220, "{lines} lines");
}
