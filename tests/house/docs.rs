//! Doc comments say something: a doc of three words repeats the name of its item, and an `# Errors`
//! section that only names a type repeats the signature.

use std::fs;
use std::path::Path;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A doc with fewer words says no more than the name below it.
const LEAST_WORDS: usize = 4;

/// An `# Errors` section needs this many words besides [`FILLERS`] and names of the code.
const LEAST_REASONS: usize = 2;

/// Words that connect names without saying when an error occurs.
const FILLERS: &[&str] = &[
    "a", "an", "and", "any", "as", "error", "errors", "from", "in", "of", "or", "see", "that",
    "the", "those", "what", "whatever",
];

/// Derives that turn the docs of a type and its fields into help texts, which may be short.
const HELP: &[&str] = &["Args", "Parser", "Subcommand", "ValueEnum"];

/// The text of a doc line; `None` for code.
fn doc(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let text = line.strip_prefix("///").or(line.strip_prefix("//!"));
    text.filter(|text| !text.starts_with('/'))
}

fn words(text: &str) -> Vec<&str> {
    let words = text.split_whitespace();
    words
        .filter(|word| word.contains(char::is_alphanumeric))
        .collect()
}

/// The text without names of the code and the targets of links.
fn without_names(text: &str) -> String {
    let prose = text.split('`').step_by(2).collect::<String>();
    let mut parts = prose.split("](");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.split_once(')').map_or(part, |(_, rest)| rest)
    })
}

/// What is wrong with one doc, if anything.
fn fault(lines: &[&str]) -> Option<&'static str> {
    let lines: Vec<_> = lines.iter().map(|line| line.trim()).collect();
    let is_heading = |line: &&str| line.starts_with("# ");
    let sections: Vec<_> = lines.split(is_heading).collect();
    let headings = lines.iter().copied().filter(is_heading);
    if words(&sections[0].join(" ")).len() < LEAST_WORDS {
        return Some("says too little");
    }
    let says_nothing = |section: &[&str]| {
        let prose = without_names(&section.join(" ")).to_lowercase();
        let is_filler =
            |word: &&str| FILLERS.contains(&word.trim_matches(|c: char| !c.is_alphanumeric()));
        words(&prose).iter().filter(|word| !is_filler(word)).count() < LEAST_REASONS
    };
    let mut sections = headings.zip(&sections[1..]);
    sections
        .any(|(heading, section)| heading == "# Errors" && says_nothing(section))
        .then_some("its errors only name a type")
}

/// Whether an attribute derives one of [`HELP`].
fn derives_help(line: &str) -> bool {
    let mut names = line.split(|c: char| !c.is_alphanumeric());
    line.trim_start().starts_with("#[derive(") && names.any(|name| HELP.contains(&name))
}

/// The faulty docs of a source file, each with its first line, from 1.
fn faults(text: &str) -> Vec<(usize, &'static str)> {
    let lines: Vec<_> = text.lines().collect();
    let mut found = Vec::new();
    let (mut at, mut is_help) = (0, false);
    while let Some(line) = lines.get(at) {
        is_help = derives_help(line) || is_help && *line != "}";
        let docs = lines[at..].iter().map_while(|line| doc(line));
        let docs: Vec<_> = docs.collect();
        let mut below = lines[at + docs.len()..].iter();
        let is_of_help = is_help
            || below
                .by_ref()
                .take_while(|line| line.trim_start().starts_with("#["))
                .any(|line| derives_help(line));
        if let Some(why) = fault(&docs).filter(|_| !docs.is_empty() && !is_of_help) {
            found.push((at + 1, why));
        }
        at += docs.len().max(1);
    }
    found
}

#[test]
fn every_doc_says_something() {
    let mut files = Vec::new();
    super::words::texts(&Path::new(ROOT).join("src"), &mut files);
    let mut found = Vec::new();
    for file in files
        .iter()
        .filter(|file| file.extension().unwrap() == "rs")
    {
        let below = file.strip_prefix(Path::new(ROOT).join("src")).unwrap();
        let below = below.to_str().unwrap();
        let faults = faults(&fs::read_to_string(file).unwrap());
        found.extend(
            faults
                .iter()
                .map(|(line, why)| format!("src/{below}:{line}: {why}")),
        );
    }
    assert!(files.len() > 200 && found.is_empty(), "{found:#?}");
}

#[test]
fn docs_that_say_nothing_are_noticed() {
    for (text, wanted) in [
        ("/// The vault.\nstruct Vault;", 1),
        ("/// One file, complete in memory.\nstruct Vault;", 0),
        (
            "//! A vault.\n\nuse x;\n\n    /// Which.\n    #[x]\n    a: u8,",
            2,
        ),
        ("/// # Errors\n/// When the disk is full.\nfn f();", 1),
        (
            "/// Reads the whole file.\n///\n/// # Errors\n/// [`E`].\nfn f();",
            1,
        ),
        (
            "/// Reads the whole file.\n///\n/// # Errors\n/// As [`f`](a::b), those of `g`.\nfn f();",
            1,
        ),
        (
            "/// Reads the whole file.\n///\n/// # Errors\n/// The terminal's.\nfn f();",
            1,
        ),
        (
            "/// Reads the whole file.\n///\n/// # Errors\n/// [`E`] if it is empty.\nfn f();",
            0,
        ),
        (
            "/// List accounts\n#[x]\n#[derive(Debug, clap::Args)]\nstruct Args {\n    /// Key\n    key: u8,\n}",
            0,
        ),
        (
            "#[derive(Args)]\nstruct Args {\n}\n\n/// The key.\nstruct Key;",
            1,
        ),
        ("//// no doc\nfn f();", 0),
    ] {
        assert_eq!(faults(text).len(), wanted, "{text}");
    }
}
