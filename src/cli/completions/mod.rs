//! `mfa completions`: prints scripts that let a shell complete commands, options and account names.
//!
//! Each script calls this program with the line, and gets one candidate per line. Names are outside
//! text: the shell must put them on its line as text, and never run them. zsh, fish and elvish
//! quote candidates themselves. bash and `PowerShell` do not, so they get each one quoted.

mod bash_line;

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use serde::Serialize;

use super::whole_command;
use crate::app::complete::{self, Line};
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::shell_quote;
use crate::commands::Run;
use crate::ui::{ColorChoice, Ui, escape, escape_json};

/// The variable with which a shell asks for completions; its value is the shell's name.
const VARIABLE: &str = "MFA_COMPLETE";
/// The words of the line as a JSON array, from `PowerShell`.
const WORDS: &str = "MFA_COMPLETE_WORDS";

/// Print a shell completion script
#[derive(Debug, clap::Args)]
#[command(after_help = "For example:\n  \
    bash        source <(mfa completions bash)        in ~/.bashrc\n  \
    zsh         source <(mfa completions zsh)         in ~/.zshrc, after compinit\n  \
    fish        mfa completions fish | source         in ~/.config/fish/config.fish\n  \
    powershell  mfa completions powershell | Out-String | Invoke-Expression\n  \
    elvish      eval (mfa completions elvish | slurp)\n  \
    nushell     mfa completions nushell | save -f mfa.nu; then: use mfa.nu *")]
pub(crate) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Shell {
    Bash,
    Zsh,
    Fish,
    #[value(alias = "pwsh")]
    Powershell,
    Elvish,
    #[value(alias = "nu")]
    Nushell,
}

impl Shell {
    /// Returns a function that tells whether the shell's line can hold a word unchanged.
    fn holds(self) -> fn(&str) -> bool {
        match self {
            // fish leaves a leading `~` unquoted, so that it expands to a home folder.
            Self::Fish => |word| !word.starts_with('~'),
            // `PowerShell` up to 7.2 passes neither of them to a program unchanged.
            Self::Powershell => |word| !word.contains('"') && !word.ends_with('\\'),
            _ => |_| true,
        }
    }
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        Ok(context.ui.print(&script(self.shell)?)?)
    }
}

/// The completion script of a shell.
pub(super) fn script(shell: Shell) -> Result<Cow<'static, str>> {
    Ok(Cow::Borrowed(match shell {
        Shell::Bash => include_str!("scripts/mfa.bash"),
        Shell::Zsh => include_str!("scripts/mfa.zsh"),
        Shell::Fish => include_str!("scripts/mfa.fish"),
        Shell::Powershell => include_str!("scripts/mfa.ps1"),
        Shell::Elvish => include_str!("scripts/mfa.elv"),
        Shell::Nushell => return nushell_script().map(Cow::Owned),
    }))
}

/// Nushell cannot call back, so its script completes only commands and options.
fn nushell_script() -> Result<String> {
    let mut script = Vec::new();
    let mut whole = whole_command();
    clap_complete::generate(
        clap_complete_nushell::Nushell,
        &mut whole,
        "mfa",
        &mut script,
    );
    String::from_utf8(script)
        .map_err(|_| CommandError::new(Exit::Failed, "the script is not UTF-8"))
}

/// Answers a shell that asks for completions; `None` if none does.
#[expect(
    clippy::disallowed_methods,
    reason = "checked before anything else, because most runs complete nothing"
)]
pub(super) fn answer_shell(arguments: &[OsString]) -> Option<ExitCode> {
    let name = std::env::var_os(VARIABLE).filter(|name| !name.is_empty())?;
    let shell = name
        .to_str()
        .and_then(|name| Shell::from_str(name, true).ok());
    let escape = arguments.iter().position(|argument| argument == "--");
    let words = match shell {
        Some(Shell::Powershell) => std::env::var_os(WORDS)
            .and_then(|words| serde_json::from_str(words.to_str()?).ok())
            .unwrap_or_default(),
        _ => escape.map_or(Vec::new(), |place| {
            let words = arguments[place + 1..].iter();
            words
                .map(|word| word.to_string_lossy().into_owned())
                .collect()
        }),
    };
    let answer = answer(shell, words).unwrap_or_default();
    // Nobody would see an error.
    let _ = Ui::new(ColorChoice::Never, true).print(&answer);
    Some(ExitCode::SUCCESS)
}

/// Returns the candidates for the last of these words, in the form that the shell reads.
fn answer(shell: Option<Shell>, words: Vec<String>) -> Option<String> {
    let shell = shell?;
    match shell {
        Shell::Bash => {
            let [line, replaced] = words.as_slice() else {
                return None;
            };
            let found = candidates(shell, bash_line::words(line)).into_iter();
            let fits = found
                .filter_map(|found| bash_line::completion(line, replaced, &found.word))
                .map(|word| word + "\n");
            Some(fits.collect())
        }
        Shell::Zsh | Shell::Fish => {
            let found = candidates(shell, words).into_iter();
            Some(found.fold(String::new(), |text, found| {
                text + &found.word + "\t" + &found.help + "\n"
            }))
        }
        Shell::Elvish => {
            let found = candidates(shell, words).into_iter();
            Some(found.map(|found| found.word + "\n").collect())
        }
        Shell::Powershell => {
            let found = candidates(shell, words)
                .into_iter()
                .filter_map(in_powershell);
            let found: Vec<_> = found.collect();
            Some(ascii(&serde_json::to_string(&found).ok()?))
        }
        Shell::Nushell => None,
    }
}

/// A word that can replace the last one.
struct Candidate {
    word: String,
    help: String,
}

fn candidates(shell: Shell, words: Vec<String>) -> Vec<Candidate> {
    let holds = shell.holds();
    let words = as_own(words);
    complete::is_for(Line {
        vault: option(&words, "--vault"),
        passphrase_file: option(&words, "--passphrase-file"),
        words: words.clone(),
        holds,
    });
    let Some(last) = words.last().cloned() else {
        return Vec::new();
    };
    let index = words.len() - 1;
    let words = words.into_iter().map(OsString::from).collect();
    let folder = std::path::absolute(".").ok();
    let found =
        clap_complete::engine::complete(&mut whole_command(), words, index, folder.as_deref());
    let found = found.unwrap_or_default().into_iter();
    let usable = found.filter_map(|found| {
        let word = found.get_value().to_str()?;
        // A file whose name looks like an option would become one. Real options have ids.
        let is_option = word.starts_with('-') && found.get_id().is_none() && !last.starts_with('-');
        let help = found
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        // A line cannot hold a line break or other characters that are escaped when shown.
        (!is_option && escape(word) == word && holds(word)).then(|| Candidate {
            word: word.to_owned(),
            help: help.lines().next().unwrap_or_default().replace('\t', " "),
        })
    });
    usable.collect()
}

/// The line of this program that completes as this one does: that of `awslogin`, which `mfa init` defines,
/// becomes one with an option.
fn as_own(words: Vec<String>) -> Vec<String> {
    match words.as_slice() {
        [name, profile] if name == "awslogin" => ["mfa", "aws", "env", "--profile", profile]
            .map(str::to_owned)
            .to_vec(),
        [name, ..] if name == "awslogin" => Vec::new(),
        _ => words,
    }
}

/// Finds the value of an option on the line.
fn option(words: &[String], option: &str) -> Option<PathBuf> {
    let mut after = words.iter().skip_while(|word| *word != option);
    let apart = after.nth(1);
    let together = words
        .iter()
        .find_map(|word| word.strip_prefix(option)?.strip_prefix('='));
    apart.map(String::as_str).or(together).map(PathBuf::from)
}

#[derive(Serialize)]
struct InPowershell {
    word: String,
    shown: String,
    help: String,
}

fn in_powershell(Candidate { word, help }: Candidate) -> Option<InPowershell> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_./:-=+".contains(c);
    let quoted = if word.chars().all(is_plain) {
        word.clone()
    } else {
        shell_quote::powershell(&word)?
    };
    Some(InPowershell {
        word: quoted,
        help: if help.is_empty() { word.clone() } else { help },
        shown: word,
    })
}

/// Escapes JSON as ASCII, because the console may use any code page.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in escape_json(json).chars() {
        if character.is_ascii() {
            text.push(character);
            continue;
        }
        let mut units = [0; 2];
        for unit in character.encode_utf16(&mut units) {
            text.push_str(&format!("\\u{unit:04x}"));
        }
    }
    text
}
