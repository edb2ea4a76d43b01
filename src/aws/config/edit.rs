//! Edits one section of a file and leaves every other byte as it was.

use thiserror::Error;

use super::ini::{File, Kind, Line, SEPARATORS, lines, without_comment};

/// Why AWS's files are not written. Quotes no value, which may be a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum EditError {
    /// The profile's name is not valid.
    #[error("a profile name cannot contain brackets, quotes or control characters")]
    Section,
    /// The value of this setting would be read as something else.
    #[error(
        "cannot write {0} into AWS's file: its value has a line break, another control character, or \
         the start of a comment"
    )]
    Value(String),
    /// The section of this profile has keys that `mfa` did not write.
    #[error("the profile '{0}' has access keys that mfa did not write, which would be lost")]
    OthersKeys(String),
}

/// Checks the name of a new profile: one that AWS's tools would misread is refused.
pub(crate) fn profile_name(text: &str) -> Result<String, EditError> {
    let breaks = |c: char| breaks_line(c) || "[]\"'#;\\".contains(c);
    if text.trim() != text || text.is_empty() || text.contains(breaks) {
        return Err(EditError::Section);
    }
    Ok(text.to_owned())
}

/// Whether one of AWS's tools ends a line at this character, or drops it.
fn breaks_line(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// Whether a value is read back as it was written.
fn is_value(text: &str) -> bool {
    !text.is_empty()
        && !text.contains(breaks_line)
        && without_comment(text).trim() == text
        && !text.starts_with(['#', ';'])
}

/// Changes settings of one section; `None` removes one. A missing section is added at the end. Every
/// other byte stays: comments, order, line ends, unknown lines.
///
/// Refuses a section name or value that would be read as something else, so that outside values
/// cannot add a line.
pub(crate) fn edit(
    text: &str,
    file: File,
    section: &str,
    settings: &[(&str, Option<&str>)],
) -> Result<String, EditError> {
    let mut text = text.to_owned();
    for (key, value) in settings {
        if value.is_some_and(|value| !is_value(value)) {
            return Err(EditError::Value((*key).to_owned()));
        }
        text = set(&text, file, section, key, *value)?;
    }
    Ok(text)
}

fn set(
    text: &str,
    file: File,
    section: &str,
    key: &str,
    value: Option<&str>,
) -> Result<String, EditError> {
    let newline = line_end(text, cfg!(windows));
    let lines = lines(text, file);
    let (places, end_of_section) = find(&lines, section, key);
    let Some(value) = value else {
        let mut text = text.to_owned();
        for place in places.into_iter().rev() {
            text.replace_range(lines[place].start..end_of_value(&lines, place, key), "");
        }
        return Ok(text);
    };
    let (start, end, new) = if let Some(place) = places.last() {
        let line = &lines[*place];
        let line_end = &text[line.start + line.text.len()..line.end];
        let new = format!("{}{line_end}", with_value(line.text, value, newline));
        (line.start, end_of_value(&lines, *place, key), new)
    } else if let Some(place) = end_of_section {
        let is_ended = text[..place].ends_with('\n');
        let gap = if is_ended { "" } else { newline };
        (place, place, format!("{gap}{key} = {value}{newline}"))
    } else {
        let gap = match text {
            "" => String::new(),
            text if text.ends_with('\n') => newline.to_owned(),
            _ => newline.repeat(2),
        };
        let header = file.header(&profile_name(section)?);
        let new = format!("{gap}{header}{newline}{key} = {value}{newline}");
        (text.len(), text.len(), new)
    };
    Ok(format!("{}{new}{}", &text[..start], &text[end..]))
}

/// The line end of a file: what most of its lines have. A new file gets that of the platform, as the AWS
/// CLI writes it: Python's text files.
pub(super) fn line_end(text: &str, is_windows: bool) -> &'static str {
    let with_return = text.matches("\r\n").count();
    let without = text.matches('\n').count() - with_return;
    if with_return > without || (with_return == without && is_windows) {
        "\r\n"
    } else {
        "\n"
    }
}

/// The lines that set the key, and where a new setting of the section would go.
fn find(lines: &[Line<'_>], section: &str, key: &str) -> (Vec<usize>, Option<usize>) {
    let (mut places, mut end) = (Vec::new(), None);
    let mut is_inside = false;
    for (place, line) in lines.iter().enumerate() {
        match &line.kind {
            Kind::Section(name) => is_inside = name == section,
            Kind::Setting { key: found, .. } if is_inside && found == key => places.push(place),
            _ => {}
        }
        // Comments after the last setting belong to the next section.
        if is_inside && !matches!(line.kind, Kind::Other) {
            end = Some(line.end);
        }
    }
    (places, end)
}

/// Where a value ends: lines that continue it belong to it.
fn end_of_value(lines: &[Line<'_>], place: usize, key: &str) -> usize {
    let continues = |line: &&Line<'_>| match &line.kind {
        Kind::Continued => true,
        Kind::Setting { key: nested, .. } => {
            let rest = nested.strip_prefix(key);
            rest.is_some_and(|rest| rest.starts_with('.'))
        }
        Kind::Section(_) | Kind::Other => false,
    };
    let last = lines[place + 1..].iter().take_while(continues).last();
    last.unwrap_or(&lines[place]).end
}

/// Replaces the value in a line; indentation, spelling and spacing of the key stay. A comment after the
/// value moves to a line above it, because some of AWS's tools take it for a part of the value. A colon
/// becomes an equals sign: not all of them know it.
fn with_value(line: &str, value: &str, newline: &str) -> String {
    let (key, rest) = line.split_at(line.find(SEPARATORS).unwrap_or(line.len()));
    let old = rest.strip_prefix(SEPARATORS).unwrap_or(rest);
    let comment = old[without_comment(old).len()..].trim_end();
    let indent = &line[..line.len() - line.trim_start().len()];
    let above = match comment {
        "" => String::new(),
        comment => format!("{indent}{comment}{newline}"),
    };
    let is_spaced = rest.starts_with(':') || key.ends_with(' ');
    let equals = if is_spaced { " = " } else { "=" };
    format!("{above}{}{equals}{value}", key.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::config::Sections;

    fn edit(text: &str, file: File, section: &str, settings: &[(&str, Option<&str>)]) -> String {
        super::edit(text, file, section, settings).unwrap()
    }

    const CONFIG: &str = "\u{feff}# mine\r\n[default]\r\nregion=eu-west-1\r\n\r\n[profile work] ; job\r\n\
        \tregion = us-east-1 # near\r\n\tMFA_Serial = arn:aws:iam::123456789012:mfa/alice\r\n\
        \ts3 =\r\n\t  max_concurrent_requests = 20\r\n[ profile \"two words\" ]\r\noutput = json\r\n\
        [profile work]\r\nregion = us-west-2\r\n";

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
    fn new_lines_end_as_most_lines_do() {
        for (text, on_unix, on_windows) in [
            ("", "\n", "\r\n"),
            ("[a]", "\n", "\r\n"),
            ("[a]\nk=1\n", "\n", "\n"),
            ("[a]\r\nk=1\r\n", "\r\n", "\r\n"),
            ("[a]\nk=1\r\nl=2\n", "\n", "\n"),
            ("[a]\r\nk=1\nl=2\r\n", "\r\n", "\r\n"),
        ] {
            assert_eq!(line_end(text, false), on_unix, "{text:?}");
            assert_eq!(line_end(text, true), on_windows, "{text:?}");
        }
        // One odd line changes neither the others nor the new one.
        let odd = "[a]\nk=1\r\nl=2\n";
        let edited = edit(odd, File::Credentials, "a", &[("m", Some("3"))]);
        assert_eq!(edited, format!("{odd}m = 3\n"));
    }

    #[test]
    fn small_files_are_edited_too() {
        let one = [("k", Some("v"))];
        // These have no lines of their own to follow.
        for text in ["", "[a]"] {
            let edited = edit(text, File::Credentials, "a", &one);
            assert_eq!(edited.replace("\r\n", "\n"), "[a]\nk = v\n");
            assert_eq!(edited.contains('\r'), cfg!(windows));
        }
        assert_eq!(
            edit("[a]\nx=1", File::Config, "a", &one),
            "[a]\nx=1\n\n[profile a]\nk = v\n"
        );
        assert_eq!(
            edit("[b]\nk=1\n", File::Credentials, "b", &one),
            "[b]\nk=v\n"
        );
        assert_eq!(
            edit("\n", File::Config, "default", &one),
            "\n\n[default]\nk = v\n"
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
    fn what_is_replaced_is_replaced_whole() {
        let one = [("k", Some("v"))];
        for (before, after) in [
            (
                "[a]\n\tk = 1 # mine\nx = 2\n",
                "[a]\n\t# mine\n\tk = v\nx = 2\n",
            ),
            ("[a]\r\nk=1\t;mine\r\n", "[a]\r\n;mine\r\nk=v\r\n"),
            ("[a]\nk: 1=2\n", "[a]\nk = v\n"),
            ("[a]\nK =\n  n = 1\n  more\nx = 2\n", "[a]\nK = v\nx = 2\n"),
            ("[a]\nk = 1#2\n", "[a]\nk = v\n"),
        ] {
            assert_eq!(edit(before, File::Credentials, "a", &one), after);
        }
        let twice = "[a]\nk = 1\n[b]\nk = 2\n[a]\nk: 3\n  more\nx = 4\n";
        assert_eq!(
            edit(twice, File::Credentials, "a", &[("k", None)]),
            "[a]\n[b]\nk = 2\n[a]\nx = 4\n"
        );
        let quoted = "[profile 'x y']\nk: 1\n";
        let edited = edit(quoted, File::Config, "x y", &one);
        assert_eq!(edited, "[profile 'x y']\nk = v\n");
    }

    #[test]
    fn names_that_would_break_the_file_are_refused() {
        for good in ["work-mfa", "two words", "it@x.y"] {
            assert_eq!(profile_name(good).unwrap(), good);
        }
        for bad in ["", " a", "a]b", "a\nb", "my \"d\"", "x\u{1b}[31m", "a #b"] {
            assert!(profile_name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_would_be_read_as_something_else_is_not_written() {
        let one_more_line = "x\n[default]\ncredential_process = id";
        for bad in [
            one_more_line,
            "a\rb",
            "a\u{85}b",
            "a\u{2028}b",
            "a\0b",
            "a #b",
            "a\t;b",
            "#a",
            " a",
            "",
        ] {
            for text in ["", "[a]\nk = 1\n"] {
                let edited = super::edit(text, File::Config, "a", &[("k", Some(bad))]);
                assert_eq!(edited, Err(EditError::Value("k".to_owned())), "{bad:?}");
            }
        }
        for bad in ["a]\n[default", "a]b", ""] {
            let edited = super::edit("", File::Credentials, bad, &[("k", Some("v"))]);
            assert_eq!(edited, Err(EditError::Section), "{bad:?}");
        }
        for good in ["a#b", "a;b", "a = [b]", "'a b' --c \"d\"", "é"] {
            let edited = edit("[a]\nk = 1\n", File::Credentials, "a", &[("k", Some(good))]);
            let sections = Sections::parse(&edited, File::Credentials);
            assert_eq!(sections.get("a").unwrap()["k"], good);
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
