//! Variables as lines of each shell.

use std::path::Path;

use clap::ValueEnum;
use zeroize::Zeroizing;

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::shell_quote;
use crate::aws::session::output::Variable;

/// A shell that reads variables of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    #[value(alias = "zsh", alias = "sh")]
    Bash,
    Fish,
    #[value(alias = "pwsh")]
    Powershell,
    Cmd,
    // JSON, which elvish reads too.
    #[value(alias = "nushell", alias = "elvish", alias = "json")]
    Nu,
}

impl Shell {
    /// The shell without `--shell`. On Windows, only shells that are ported to it set `SHELL`, as Git Bash
    /// does.
    pub(crate) fn usual(is_windows: bool, own: Option<&Path>) -> Self {
        if !is_windows {
            return Self::Bash;
        }
        let own = own
            .unwrap_or(Path::new(""))
            .to_string_lossy()
            .to_lowercase();
        let name = own.rsplit(['/', '\\']).next().unwrap_or_default();
        match name.trim_end_matches(".exe") {
            "bash" | "dash" | "ksh" | "sh" | "zsh" => Self::Bash,
            "fish" => Self::Fish,
            "nu" | "elvish" => Self::Nu,
            "cmd" => Self::Cmd,
            _ => Self::Powershell,
        }
    }

    /// Prints lines that set variables, or unset those without a value.
    ///
    /// # Errors
    /// If the shell cannot quote a value.
    pub(crate) fn print(self, context: &Context, variables: &[Variable<'_>]) -> Result {
        let line = match self {
            Self::Bash => bash,
            Self::Fish => fish,
            Self::Powershell => powershell,
            Self::Cmd => cmd,
            Self::Nu => {
                // In nushell, null unsets a variable for other programs.
                let pairs = variables.iter();
                let object: serde_json::Map<_, _> = pairs
                    .map(|(name, value)| ((*name).to_owned(), (*value).into()))
                    .collect();
                return Ok(context.ui.print_json(&object)?);
            }
        };
        let mut text = Zeroizing::new(String::with_capacity(4096));
        for (name, value) in variables {
            let line = line(name, *value).ok_or_else(|| self.refuses(name))?;
            text.push_str(&Zeroizing::new(line));
        }
        Ok(context.ui.print(&text)?)
    }

    fn refuses(self, name: &str) -> CommandError {
        let shell = self.to_possible_value();
        let shell = shell.as_ref().map_or("", |value| value.get_name());
        let message = format!("cannot quote the value of {name} safely for {shell}");
        CommandError::new(Exit::Failed, message).with_hint("mfa aws exec -- PROGRAM")
    }
}

fn bash(name: &str, value: Option<&str>) -> Option<String> {
    Some(match value {
        Some(value) => format!("export {name}={}\n", shell_quote::posix(value)?),
        None => format!("unset {name}\n"),
    })
}

fn fish(name: &str, value: Option<&str>) -> Option<String> {
    Some(match value {
        Some(value) => format!("set -gx {name} {}\n", shell_quote::fish(value)?),
        // It fails for a variable that is not set.
        None => format!("set -e {name}; or true\n"),
    })
}

fn powershell(name: &str, value: Option<&str>) -> Option<String> {
    Some(match value {
        Some(value) => {
            let value = shell_quote::powershell_by_pipe(value)?;
            format!("$env:{name} = {value}\n")
        }
        None => format!("$env:{name} = $null\n"),
    })
}

fn cmd(name: &str, value: Option<&str>) -> Option<String> {
    let value = shell_quote::cmd(value.unwrap_or_default())?;
    Some(format!("set \"{name}={value}\"\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_has_powershell_unless_shell_names_another() {
        for (own, shell) in [
            (None, Shell::Powershell),
            (Some("/usr/bin/bash"), Shell::Bash),
            (Some(r"C:\Program Files\Git\usr\bin\bash.exe"), Shell::Bash),
            (Some("/usr/bin/fish"), Shell::Fish),
            (Some(r"C:\nu\Nu.exe"), Shell::Nu),
            (Some(r"C:\Windows\System32\cmd.exe"), Shell::Cmd),
            (Some("pwsh"), Shell::Powershell),
            (Some(r"C:\other.exe"), Shell::Powershell),
        ] {
            assert_eq!(Shell::usual(true, own.map(Path::new)), shell, "{own:?}");
            assert_eq!(Shell::usual(false, own.map(Path::new)), Shell::Bash);
        }
    }

    #[test]
    fn each_line_sets_or_clears_one_variable() {
        let set = |line: fn(&str, Option<&str>) -> Option<String>| line("A", Some("it's $b/+="));
        assert_eq!(set(bash).unwrap(), "export A='it'\\''s $b/+='\n");
        assert_eq!(set(fish).unwrap(), "set -gx A 'it\\'s $b/+='\n");
        assert_eq!(set(powershell).unwrap(), "$env:A = 'it''s $b/+='\n");
        assert_eq!(set(cmd).unwrap(), "set \"A=it's $b/+=\"\n");
        assert_eq!(cmd("A", None).unwrap(), "set \"A=\"\n");
        assert_eq!(powershell("A", None).unwrap(), "$env:A = $null\n");
        // A value that could end the quotes of cmd is never printed.
        for hostile in ["%PATH%", "a\"&calc&\"", "a!b!", "a\nb", "a\rb", "é"] {
            assert_eq!(cmd("A", Some(hostile)), None, "{hostile:?}");
        }
        for hostile in ["a\nb", "\u{2019}; calc; \u{2019}"] {
            assert_eq!(powershell("A", Some(hostile)), None, "{hostile:?}");
        }
    }
}
