//! Parses both files as AWS's tools do.
//!
//! Format: <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>. A section may occur
//! twice (later values win), lines may end in CRLF, the file may start with a byte order mark, and a
//! line that is indented deeper than its key continues that key. In the config file, a profile is a
//! section that starts with `profile`, or is `default`.

use std::collections::HashMap;

/// The settings of one section: values by name in lower case.
pub(crate) type Section = HashMap<String, String>;

/// The sections of a file by name: `default`, `work`, `sso-session corp`. Names leave out the config
/// file's word `profile`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Sections(HashMap<String, Section>);

impl Sections {
    /// Parses a file; lines that are neither a section nor a setting are ignored. A nested setting is
    /// named by both keys, joined with a dot.
    #[must_use]
    pub(crate) fn parse(text: &str, file: File) -> Self {
        let mut sections: HashMap<String, Section> = HashMap::new();
        let mut current = None;
        for line in lines(text, file) {
            match line.kind {
                Kind::Section(name) => {
                    sections.entry(name.clone()).or_default();
                    current = Some(name);
                }
                Kind::Setting { key, value } => {
                    if let Some(section) = current.as_ref().and_then(|n| sections.get_mut(n)) {
                        section.insert(key, value.to_owned());
                    }
                }
                Kind::Continued | Kind::Other => {}
            }
        }
        Self(sections)
    }

    /// Finds a section, without the word `profile`.
    #[must_use]
    pub(crate) fn get(&self, name: &str) -> Option<&Section> {
        self.0.get(name)
    }

    /// The names of all sections, sorted.
    #[must_use]
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.0.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }
}

/// One line; `start..end` is its byte range in the text, including the line end.
pub(super) struct Line<'a> {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) text: &'a str,
    pub(super) kind: Kind<'a>,
}

pub(super) enum Kind<'a> {
    Section(String),
    Setting {
        key: String,
        value: &'a str,
    },
    /// Continues the setting above.
    Continued,
    Other,
}

/// The last key; lines that are indented deeper belong to it.
struct Key {
    depth: usize,
    name: String,
}

pub(super) fn lines(text: &str, file: File) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut last = None;
    for whole in text.split_inclusive('\n') {
        let content = whole.trim_end_matches(['\r', '\n']);
        let kind = kind_of(content.trim_start_matches('\u{feff}'), file, &mut last);
        lines.push(Line {
            start,
            end: start + whole.len(),
            text: content,
            kind,
        });
        start += whole.len();
    }
    lines
}

fn kind_of<'a>(line: &'a str, file: File, last: &mut Option<Key>) -> Kind<'a> {
    let trimmed = line.trim();
    if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
        return Kind::Other;
    }
    let depth = line.len() - line.trim_start().len();
    if let Some(name) = header(trimmed, file) {
        *last = None;
        return Kind::Section(name);
    }
    let pair = trimmed.split_once(SEPARATORS);
    let pair = pair.map(|(key, value)| (key.trim().to_lowercase(), without_comment(value).trim()));
    match (pair, &last) {
        (Some((key, value)), Some(outer)) if depth > outer.depth => Kind::Setting {
            key: format!("{}.{key}", outer.name),
            value,
        },
        (None, Some(outer)) if depth > outer.depth => Kind::Continued,
        (None, _) => Kind::Other,
        (Some((key, value)), _) => {
            let name = key.clone();
            *last = Some(Key { depth, name });
            Kind::Setting { key, value }
        }
    }
}

/// What separates a key from its value. The JavaScript SDK knows only the first, the others both.
pub(super) const SEPARATORS: [char; 2] = ['=', ':'];

/// Parses `[default]`, `[profile work]`, `[ profile 'my work' ]`, with a comment after it. A section
/// that AWS's tools ignore keeps its brackets; no profile's name has any. In the credentials file,
/// quotes are a part of the name.
fn header(line: &str, file: File) -> Option<String> {
    let (inside, _) = line.strip_prefix('[')?.split_once(']')?;
    let inside = inside.trim();
    if file == File::Credentials || inside == "default" {
        return Some(inside.to_owned());
    }
    let ignored = || format!("[{inside}]");
    let Some((kind, name)) = inside.split_once(char::is_whitespace) else {
        return Some(ignored());
    };
    let Some(name) = unquoted(name.trim()) else {
        return Some(ignored());
    };
    Some(match kind {
        "profile" => name,
        kind => format!("{kind} {name}"),
    })
}

/// A name without its quotes, by the rules of a POSIX shell as boto3 has them.
fn unquoted(name: &str) -> Option<String> {
    if !name.contains(['"', '\'', '\\']) {
        return Some(name.to_owned());
    }
    match shlex::split(name)?.as_slice() {
        [name] => Some(name.clone()),
        _ => None,
    }
}

/// Removes a comment: `#` or `;` after white space starts one.
pub(super) fn without_comment(value: &str) -> &str {
    let begins = |(place, c): &(usize, char)| {
        matches!(c, '#' | ';') && value[..*place].ends_with(char::is_whitespace)
    };
    match value.char_indices().find(begins) {
        Some((place, _)) => &value[..place],
        None => value,
    }
}

/// Which file; the two write section headers differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum File {
    /// Profiles are headed `[profile NAME]`.
    Config,
    /// Profiles are headed `[NAME]`.
    Credentials,
}

impl File {
    /// The section header of a profile.
    pub(super) fn header(self, name: &str) -> String {
        let quoted = if name.contains(char::is_whitespace) {
            format!("\"{name}\"")
        } else {
            name.to_owned()
        };
        match self {
            Self::Config if name != "default" => format!("[profile {quoted}]"),
            Self::Config | Self::Credentials => format!("[{name}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "\u{feff}# mine\r\n[default]\r\nregion=eu-west-1\r\n\r\n[profile work] ; job\r\n\
        \tregion = us-east-1 # near\r\n\tMFA_Serial = arn:aws:iam::123456789012:mfa/alice\r\n\
        \ts3 =\r\n\t  max_concurrent_requests = 20\r\n[ profile \"two words\" ]\r\noutput = json\r\n\
        [profile work]\r\nregion = us-west-2\r\n";

    #[test]
    fn files_are_read_as_aws_reads_them() {
        let sections = Sections::parse(CONFIG, File::Config);
        assert_eq!(sections.names(), ["default", "two words", "work"]);
        let work = sections.get("work").unwrap();
        assert_eq!(work["region"], "us-west-2");
        assert_eq!(work["mfa_serial"], "arn:aws:iam::123456789012:mfa/alice");
        assert_eq!(work["s3"], "");
        assert!(!work.contains_key("max_concurrent_requests"));
        assert_eq!(work["s3.max_concurrent_requests"], "20");
        assert_eq!(sections.get("default").unwrap()["region"], "eu-west-1");
        let spaced = Sections::parse("[a]\n  x = 1\n  y = 2;3\n", File::Credentials);
        let a = spaced.get("a").unwrap();
        assert_eq!((a["x"].as_str(), a["y"].as_str()), ("1", "2;3"));
    }

    #[test]
    fn names_are_quoted_as_boto3_quotes_them() {
        let text = "[profile 'x y']\n[profile \"it's\"]\n[profile it\\'s]\n[profile \"a\" b]\n\
            [services \"near by\"]\n[profile open\"]\n[other]\n";
        let sections = Sections::parse(text, File::Config);
        let names = [
            "[other]",
            "[profile \"a\" b]",
            "[profile open\"]",
            "it's",
            "services near by",
            "x y",
        ];
        assert_eq!(sections.names(), names);
        let sections = Sections::parse("[\"x y\"]\n[x y]\nk: v=w\nl = m:n\n", File::Credentials);
        assert_eq!(sections.names(), ["\"x y\"", "x y"]);
        let section = sections.get("x y").unwrap();
        assert_eq!(
            (section["k"].as_str(), section["l"].as_str()),
            ("v=w", "m:n")
        );
    }
}
