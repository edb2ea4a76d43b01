//! Commands to type next. Each gets the options of this run that it takes too, so that it is about the
//! same vault, profile and account, and can be pasted.
//!
//! A [`Hint`] cannot be printed. Only [`Given::command`] turns it into text.

use std::path::Path;
use std::sync::Arc;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use crate::vault::storage::quoted;

/// A command to type next, as the code knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hint {
    line: Line,
    /// The hint's own options, quoted.
    own: Vec<String>,
    /// Names and values of options that count as given if none was.
    implied: Vec<(&'static str, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Line {
    /// The command that this run was.
    Again,
    Text(String),
}

impl Hint {
    /// The same command again, with all its options and arguments, and with the program that it runs.
    pub(crate) fn again() -> Self {
        Self {
            line: Line::Again,
            own: Vec::new(),
            implied: Vec::new(),
        }
    }

    /// Adds an option with a value, which takes the place of the one that was given.
    pub(crate) fn option(mut self, name: &str, value: &str) -> Self {
        self.own.push(option(name, value));
        self
    }

    /// Adds a word that is in no need of quotes, such as `--yes` or `NAME`.
    pub(crate) fn word(mut self, word: &str) -> Self {
        self.own.push(word.to_owned());
        self
    }

    /// Adds an option for commands that take it, if this run was given none.
    pub(crate) fn implied(mut self, name: &'static str, value: &str) -> Self {
        if !self.implied.iter().any(|(known, _)| *known == name) {
            self.implied.push((name, value.to_owned()));
        }
        self
    }
}

impl<T: Into<String>> From<T> for Hint {
    fn from(text: T) -> Self {
        Self {
            line: Line::Text(text.into()),
            ..Self::again()
        }
    }
}

/// An option as it is typed. A value that looks like an option needs the `=`.
fn option(name: &str, value: &str) -> String {
    let between = if value.starts_with('-') { '=' } else { ' ' };
    format!("--{name}{between}{}", quoted(Path::new(value)))
}

/// The options that this run was given.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given {
    matches: Option<Arc<ArgMatches>>,
    /// Builds the definition of the command with this name.
    find: Option<fn(&str) -> Option<Command>>,
}

/// Those that name the same vault and how it opens; every command takes them.
const GLOBALS: [(&str, &str); 2] = [("vault", "vault"), ("passphrase_file", "passphrase-file")];

/// An option that means something else to each command that takes it.
const NOT_SHARED: &str = "as";

impl Given {
    /// `find` builds the definition of the command with this name.
    pub(crate) fn new(matches: &Arc<ArgMatches>, find: fn(&str) -> Option<Command>) -> Self {
        Self {
            matches: Some(Arc::clone(matches)),
            find: Some(find),
        }
    }

    /// Returns the command in full, quoted for a shell.
    pub(crate) fn command(&self, hint: impl Into<Hint>) -> String {
        let hint = hint.into();
        let line = match &hint.line {
            Line::Again => self.called_line(),
            Line::Text(text) => text.clone(),
        };
        let Some(begin) = begin_of_ours(&line) else {
            return line;
        };
        let (path, end) = self.names(&line, begin);
        let has = Words::of(&line, &hint.own);
        let globals = self.globals(&has);
        // They stand before the rest of the line, which may end with the words of a program.
        let options = self.carried(&hint, &path, &has).into_iter().chain(hint.own);
        let options = spaced(options);
        let program = match hint.line {
            Line::Again => self.arguments(&path) + &self.program(&path),
            Line::Text(_) => String::new(),
        };
        let (mfa, names, rest) = (&line[..begin], &line[begin..end], &line[end..]);
        format!("{mfa}{globals}{names}{options}{rest}{program}")
    }

    /// The matches of the command that was called, and its names.
    fn called(&self) -> (Vec<String>, Option<&ArgMatches>) {
        let (mut names, mut matches) = (Vec::new(), self.matches.as_deref());
        while let Some((name, inner)) = matches.and_then(ArgMatches::subcommand) {
            names.push(name.to_owned());
            matches = Some(inner);
        }
        (names, matches)
    }

    fn called_line(&self) -> String {
        let names = self.called().0;
        let mut line = "mfa".to_owned();
        for name in names {
            line.push(' ');
            line.push_str(&name);
        }
        line
    }

    fn definition(&self, path: &[String]) -> Option<Command> {
        let (first, inner) = path.split_first()?;
        let outermost = self.find?(first)?;
        inner.iter().try_fold(outermost, |command, name| {
            command.find_subcommand(name).cloned()
        })
    }

    /// The names of the command that starts at `begin`, and where they end.
    fn names(&self, line: &str, begin: usize) -> (Vec<String>, usize) {
        let (mut path, mut end) = (Vec::new(), begin);
        for word in line[begin..].split(' ').skip(1) {
            path.push(word.to_owned());
            let Some(command) = self.definition(&path) else {
                path.pop();
                break;
            };
            // The word may be a short name.
            path.pop();
            path.push(command.get_name().to_owned());
            end += 1 + word.len();
        }
        (path, end)
    }

    /// The given options that the command takes, and the hint does not have.
    fn carried(&self, hint: &Hint, path: &[String], has: &Words) -> Vec<String> {
        let (called, matches) = self.called();
        let Some(definition) = self.definition(path) else {
            return Vec::new();
        };
        let is_again = hint.line == Line::Again;
        // Other commands share options by chance, such as `--format`.
        let is_of_profile = path.first().is_some_and(|name| name == "aws");
        let is_carried = |arg: &Arg, name: &str| {
            let is_shared = arg.get_action().takes_values() && name != NOT_SHARED;
            is_again || is_of_profile && (called == *path || is_shared)
        };
        let mut carried = Vec::new();
        for arg in definition.get_arguments() {
            let name = arg.get_long().filter(|name| !has.option(name, arg));
            let Some(name) = name else { continue };
            let mut excluded = definition.get_arg_conflicts_with(arg).into_iter();
            if excluded.any(|other| other.get_long().is_some_and(|name| has.option(name, other))) {
                continue;
            }
            let given = matches.filter(|_| is_carried(arg, name));
            let given = given.map_or_else(Vec::new, |matches| typed(matches, arg, name));
            let implied = hint.implied.iter().find(|(implied, _)| *implied == name);
            match implied {
                Some((_, value)) if given.is_empty() => carried.push(option(name, value)),
                _ => carried.extend(given),
            }
        }
        carried
    }

    /// The arguments that are no options, such as files.
    fn arguments(&self, path: &[String]) -> String {
        let (definition, matches) = (self.definition(path), self.called().1);
        let own = definition.iter().flat_map(Command::get_positionals);
        let given = own.filter(|arg| !arg.is_last_set()).filter_map(|arg| {
            let id = arg.get_id().as_str();
            let is_typed = matches?.value_source(id) == Some(ValueSource::CommandLine);
            matches?.get_raw(id).filter(|_| is_typed)
        });
        spaced(given.flatten().map(|word| quoted(Path::new(word))))
    }

    /// The program that the command runs, and its arguments.
    fn program(&self, path: &[String]) -> String {
        let (definition, matches) = (self.definition(path), self.called().1);
        let program = definition.iter().flat_map(Command::get_arguments);
        let program = program.filter(|arg| arg.is_last_set());
        let words = program.filter_map(|arg| matches?.get_raw(arg.get_id().as_str()));
        let words = spaced(words.flatten().map(|word| quoted(Path::new(word))));
        if words.is_empty() {
            words
        } else {
            format!(" --{words}")
        }
    }

    fn globals(&self, has: &Words) -> String {
        spaced(GLOBALS.iter().filter_map(|(id, name)| {
            let matches = self.matches.as_ref()?;
            let is_given = matches.value_source(id) == Some(ValueSource::CommandLine);
            let value = matches.get_raw(id)?.next_back()?;
            let is_missing = is_given && !has.word(&format!("--{name}"));
            is_missing.then(|| option(name, &value.to_string_lossy()))
        }))
    }
}

/// Each word after a space.
fn spaced(words: impl Iterator<Item = String>) -> String {
    words.flat_map(|word| [" ".to_owned(), word]).collect()
}

/// The option as it was typed; empty if it was not.
fn typed(matches: &ArgMatches, arg: &Arg, name: &str) -> Vec<String> {
    let id = arg.get_id().as_str();
    let is_there = matches.try_contains_id(id).unwrap_or(false);
    if !is_there || matches.value_source(id) != Some(ValueSource::CommandLine) {
        return Vec::new();
    }
    if !arg.get_action().takes_values() {
        return vec![format!("--{name}")];
    }
    let values = matches.get_raw(id).into_iter().flatten();
    values
        .map(|value| option(name, &value.to_string_lossy()))
        .collect()
}

/// The words of a hint, as a shell reads them.
struct Words(Vec<String>);

impl Words {
    fn of(line: &str, own: &[String]) -> Self {
        let lines = std::iter::once(line).chain(own.iter().map(String::as_str));
        Self(lines.filter_map(shlex::split).flatten().collect())
    }

    fn option(&self, name: &str, arg: &Arg) -> bool {
        let is_short = |short: char| self.word(&format!("-{short}"));
        self.word(&format!("--{name}")) || arg.get_short().is_some_and(is_short)
    }

    fn word(&self, wanted: &str) -> bool {
        let is_it = |word: &String| word.split('=').next() == Some(wanted);
        self.0.iter().any(is_it)
    }
}

/// Where the word `mfa` ends, which may follow variables or another program's `|`.
fn begin_of_ours(line: &str) -> Option<usize> {
    const MFA: &str = "mfa";
    let is_first = line == MFA || line.starts_with("mfa ");
    let place = || {
        let (before, _) = line.split_once(" mfa ")?;
        let is_command = before.ends_with('|') || (before.contains('=') && !before.contains(' '));
        is_command.then_some(before.len() + 1)
    };
    let place = if is_first { Some(0) } else { place() };
    place.map(|at| at + MFA.len())
}

#[cfg(test)]
mod tests;
