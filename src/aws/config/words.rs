//! Words of a `credential_process` line, as AWS's tools split it on each platform.
//!
//! On Windows, boto3 and the AWS CLI have the rules of the C runtime, and the Go and JavaScript SDKs give
//! the line to `cmd`. A word that is quoted here is the same to all of them but Go's, which quotes the whole
//! line once more: <https://github.com/aws/aws-sdk-go-v2/issues/3208>.
//! <https://learn.microsoft.com/en-us/cpp/c-language/parsing-c-command-line-arguments>

/// The rules of a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
    /// Those of a POSIX shell.
    Posix,
    /// Those of the C runtime and `cmd`.
    Windows,
}

impl Rules {
    /// The rules of this platform.
    pub(super) const HERE: Self = if cfg!(windows) {
        Self::Windows
    } else {
        Self::Posix
    };

    /// Quotes a word. `None` if that is impossible: a NUL and, on Windows, a quote or `%`, which `cmd`
    /// reads differently, and control characters.
    pub(super) fn quoted(self, word: &str) -> Option<String> {
        match self {
            Self::Posix => Some(shlex::try_quote(word).ok()?.into_owned()),
            Self::Windows => quoted_for_windows(word),
        }
    }

    /// Splits a line; `None` if a quote is left open.
    pub(super) fn split(self, line: &str) -> Option<Vec<String>> {
        match self {
            Self::Posix => shlex::split(line),
            Self::Windows => split_as_windows(line),
        }
    }
}

/// Splits a command of this platform into words; `None` if a quote is left open.
pub(crate) fn split_words(line: &str) -> Option<Vec<String>> {
    Rules::HERE.split(line)
}

fn quoted_for_windows(word: &str) -> Option<String> {
    if word.contains(|c: char| c.is_control() || "\"%".contains(c)) {
        return None;
    }
    let is_plain = |c: char| c.is_alphanumeric() || "_-.:\\/@+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return Some(word.to_owned());
    }
    // Backslashes before a quote are halved.
    let end = &word[word.trim_end_matches('\\').len()..];
    Some(format!("\"{word}{end}\""))
}

/// Backslashes are special only before a quote: two are one, and one after those is for the quote.
fn split_as_windows(line: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut is_quoted) = (Vec::new(), None::<String>, false);
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' if !is_quoted => words.extend(word.take()),
            '"' => {
                is_quoted = !is_quoted;
                word.get_or_insert_default();
            }
            '\\' => {
                let mut count = 1;
                while characters.next_if_eq(&'\\').is_some() {
                    count += 1;
                }
                let word = word.get_or_insert_default();
                if characters.peek() == Some(&'"') {
                    word.extend(std::iter::repeat_n('\\', count / 2));
                    if count % 2 == 1 {
                        word.extend(characters.next());
                    }
                } else {
                    word.extend(std::iter::repeat_n('\\', count));
                }
            }
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    (!is_quoted).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Paths and names as a person, or an attacker, may choose them.
    const WORDS: [&str; 16] = [
        "",
        "mfa",
        r"C:\Program Files\mfa\mfa.exe",
        r"C:\Users\Jo O'Neil\mfa.exe",
        r"\\server\share\mfa",
        r"C:\ends with\",
        r"C:\ends with\\",
        r"a\\b",
        "two words",
        "it's",
        "a&b|c<d>e^f",
        "a;b#c",
        "--profile",
        "$HOME `id` $(id)",
        "é 漢字",
        "=,;()!",
    ];

    #[test]
    fn what_is_quoted_is_read_back() {
        for rules in [Rules::Posix, Rules::Windows] {
            let quoted: Vec<_> = WORDS.map(|word| rules.quoted(word).unwrap()).to_vec();
            let words = rules.split(&quoted.join(" ")).unwrap();
            assert_eq!(words, WORDS, "{rules:?}");
        }
        for bad in ["a\"b", "%PATH%", "a\nb", "a\0b"] {
            assert_eq!(Rules::Windows.quoted(bad), None, "{bad:?}");
        }
        assert_eq!(Rules::Posix.quoted("a\0b"), None);
    }

    /// Lines of people, with all that the C runtime makes of quotes and backslashes.
    const LINES: [&str; 10] = [
        r#""C:\Program Files\mfa.exe" aws --x "a b""#,
        r#"a "" b"#,
        r#"a\"b "c\"d" e\\"f g" h\\\"i"#,
        "  a\t b  ",
        r"a\ b\\ \",
        r#"x"y z"w"#,
        r#""open"#,
        "a'b c'd",
        r#"a""b"#,
        "",
    ];

    /// The same as `botocore` does, if it is installed here.
    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "the test runs AWS's own splitters"
    )]
    fn botocore_splits_alike() {
        let Some(tools) = std::env::var_os("MFA_AWS_TOOLS") else {
            return;
        };
        let lines = |rules: Rules| {
            let quoted = WORDS.map(|word| rules.quoted(word).unwrap()).join(" ");
            let mut lines = LINES.map(str::to_owned).to_vec();
            lines.push(quoted);
            lines
        };
        let own = |rules: Rules| {
            let split = |line: &String| rules.split(line);
            lines(rules).iter().map(split).collect::<Vec<_>>()
        };
        let script = "import json, sys, shlex; from botocore.compat import _windows_shell_split\n\
            def run(split, line):\n    try: return split(line)\n    except ValueError: return None\n\
            print(json.dumps([run(_windows_shell_split, line) for line in json.loads(sys.argv[1])]))\n\
            print(json.dumps([run(shlex.split, line) for line in json.loads(sys.argv[2])[-1:]]))";
        let python = std::path::Path::new(&tools).join("python3");
        let output = std::process::Command::new(python)
            .args(["-c", script])
            .args([Rules::Windows, Rules::Posix].map(|r| serde_json::to_string(&lines(r)).unwrap()))
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        let answer = String::from_utf8(output.stdout).unwrap();
        let answers: Vec<Vec<Option<Vec<String>>>> = answer
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(answers[0], own(Rules::Windows));
        assert_eq!(answers[1].last(), own(Rules::Posix).last());
    }
}
