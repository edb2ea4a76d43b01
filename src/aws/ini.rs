//! The files `~/.aws/config` and `~/.aws/credentials`: read as AWS's tools read them, and edited
//! so that every other byte stays as it was. Pure.
//!
//! Format: <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>. A section may stand
//! there twice (the later value wins), lines may end in CRLF, the file may begin with a BOM, and a
//! line that is indented deeper than its key belongs to that key. In the config file, only what
//! begins with `profile` is a profile, and `default`.

use std::collections::HashMap;

/// Settings of one section, by name in lower case.
pub type Section = HashMap<String, String>;

/// The sections of a file by name: `default`, `work`, `sso-session corp`. The word `profile` of
/// the config file is left out.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sections(HashMap<String, Section>);

impl Sections {
    /// Reads a file; what is no section and no setting is passed over. A setting within a setting
    /// has the names of both, with a dot between.
    #[must_use]
    pub fn parse(text: &str, file: File) -> Self {
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

    /// A section by name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Section> {
        self.0.get(name)
    }

    /// The names of all sections, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.0.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }
}

struct Line<'a> {
    /// Place of the whole line, with its end.
    start: usize,
    end: usize,
    text: &'a str,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Section(String),
    Setting {
        key: String,
        value: &'a str,
    },
    /// Belongs to the setting before it.
    Continued,
    Other,
}

/// The last key, which deeper lines belong to.
struct Key {
    depth: usize,
    name: String,
}

fn lines(text: &str, file: File) -> Vec<Line<'_>> {
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
    let pair = trimmed.split_once('=');
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

/// `[default]`, `[profile work]`, `[ profile "my work" ]`, with a comment after it. A section that
/// AWS's tools pass over keeps its brackets, which no profile has in its name.
fn header(line: &str, file: File) -> Option<String> {
    let (inside, _) = line.strip_prefix('[')?.split_once(']')?;
    let inside = inside.trim();
    let name = match inside.split_once(char::is_whitespace) {
        Some(("profile", name)) if file == File::Config => name.trim(),
        None if file == File::Config && inside != "default" => return Some(format!("[{inside}]")),
        _ => inside,
    };
    Some(name.trim_matches('"').to_owned())
}

/// A name for a new profile.
///
/// # Errors
/// Why it would break the file for AWS's tools.
pub fn profile_name(text: &str) -> Result<String, String> {
    let breaks = |c: char| c.is_control() || "[]\"'#;".contains(c);
    if text.trim() != text || text.is_empty() || text.contains(breaks) {
        return Err("a profile's name has no brackets, quotes or control characters".to_owned());
    }
    Ok(text.to_owned())
}

/// A comment begins with `#` or `;` after white space.
fn without_comment(value: &str) -> &str {
    let begins = |(place, c): &(usize, char)| {
        matches!(c, '#' | ';') && value[..*place].ends_with(char::is_whitespace)
    };
    match value.char_indices().find(begins) {
        Some((place, _)) => &value[..place],
        None => value,
    }
}

/// Which of the two files is edited: they name their sections differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// `[profile NAME]`.
    Config,
    /// `[NAME]`.
    Credentials,
}

impl File {
    fn header(self, name: &str) -> String {
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

/// Sets (or with `None` takes away) settings of one section; makes the section at the end where
/// there is none. Every other byte stays: comments, order, line ends, unknown lines.
#[must_use]
pub fn edit(text: &str, file: File, section: &str, settings: &[(&str, Option<&str>)]) -> String {
    let mut text = text.to_owned();
    for (key, value) in settings {
        text = set(&text, file, section, key, *value);
    }
    text
}

fn set(text: &str, file: File, section: &str, key: &str, value: Option<&str>) -> String {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let lines = lines(text, file);
    let mut inside = false;
    // Where a new setting of the section would go, and the last line that sets the key now.
    let mut place = None;
    let mut present = None;
    for line in &lines {
        match &line.kind {
            Kind::Section(name) => inside = name == section,
            Kind::Setting { key: found, .. } if inside && found == key => present = Some(line),
            _ => {}
        }
        // What stands after the last setting, a comment mostly, belongs to what follows.
        if inside && !matches!(line.kind, Kind::Other) {
            place = Some(line.end);
        }
    }
    let (before, after, new) = match (present, value, place) {
        (Some(line), Some(value), _) => {
            let indent = line.text.len() - line.text.trim_start().len();
            let spelling = line.text.split('=').next().unwrap_or(key).trim_end();
            let end = &text[line.start + line.text.len()..line.end];
            let spaced = line.text.contains(" =");
            let equals = if spaced { " = " } else { "=" };
            debug_assert!(indent <= spelling.len());
            (
                line.start,
                line.end,
                format!("{spelling}{equals}{value}{end}"),
            )
        }
        (Some(line), None, _) => (line.start, line.end, String::new()),
        (None, None, _) => return text.to_owned(),
        (None, Some(value), Some(place)) => {
            let gap = if text[..place].ends_with('\n') {
                ""
            } else {
                newline
            };
            (place, place, format!("{gap}{key} = {value}{newline}"))
        }
        (None, Some(value), None) => {
            let gap = match text {
                "" => String::new(),
                text if text.ends_with('\n') => newline.to_owned(),
                _ => newline.repeat(2),
            };
            let header = file.header(section);
            let end = text.len();
            (
                end,
                end,
                format!("{gap}{header}{newline}{key} = {value}{newline}"),
            )
        }
    };
    format!("{}{new}{}", &text[..before], &text[after..])
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
    fn an_edit_leaves_every_other_byte() {
        let edited = edit(
            CONFIG,
            File::Config,
            "work",
            &[("region", Some("eu-north-1"))],
        );
        assert_eq!(edited, CONFIG.replace("us-west-2", "eu-north-1"));
        let added = edit(CONFIG, File::Config, "default", &[("output", Some("text"))]);
        assert_eq!(
            added,
            CONFIG.replace(
                "region=eu-west-1\r\n",
                "region=eu-west-1\r\noutput = text\r\n"
            )
        );
        let removed = edit(CONFIG, File::Config, "two words", &[("output", None)]);
        assert_eq!(removed, CONFIG.replace("output = json\r\n", ""));
        let new = edit(
            CONFIG,
            File::Config,
            "new",
            &[("a", Some("1")), ("b", Some("2"))],
        );
        assert_eq!(
            new,
            format!("{CONFIG}\r\n[profile new]\r\na = 1\r\nb = 2\r\n")
        );
    }

    #[test]
    fn small_files_are_edited_too() {
        let one = [("k", Some("v"))];
        assert_eq!(edit("", File::Credentials, "a", &one), "[a]\nk = v\n");
        assert_eq!(edit("[a]", File::Credentials, "a", &one), "[a]\nk = v\n");
        assert_eq!(
            edit("[a]\nx=1", File::Config, "a", &one),
            "[a]\nx=1\n\n[profile a]\nk = v\n"
        );
        assert_eq!(
            edit("[b]\nk=1\n", File::Credentials, "b", &one),
            "[b]\nk=v\n"
        );
        assert_eq!(
            edit("", File::Config, "default", &one),
            "[default]\nk = v\n"
        );
    }

    #[test]
    fn a_comment_after_the_last_setting_stays_with_what_follows() {
        let text = "[profile a]\noutput = json\ns3 =\n  x = 1\n\n# of b\n[profile b]\nk = 1\n";
        assert_eq!(
            edit(text, File::Config, "a", &[("k", Some("v"))]),
            text.replace("  x = 1\n", "  x = 1\nk = v\n")
        );
    }

    #[test]
    fn names_that_would_break_the_file_are_refused() {
        for good in ["work-mfa", "two words", "it@x.y"] {
            assert_eq!(profile_name(good).as_deref(), Ok(good));
        }
        for bad in ["", " a", "a]b", "a\nb", "my \"d\"", "x\u{1b}[31m", "a #b"] {
            assert!(profile_name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_was_set_is_what_is_read() {
        for text in [
            CONFIG,
            "",
            "[work]\nregion = x\n",
            "x",
            "[profile work]\nregion",
        ] {
            let edited = edit(
                text,
                File::Config,
                "work",
                &[("region", Some("eu-south-1"))],
            );
            let sections = Sections::parse(&edited, File::Config);
            assert_eq!(sections.get("work").unwrap()["region"], "eu-south-1");
        }
    }
}
