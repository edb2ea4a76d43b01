//! `mfa completions`: scripts that make a shell complete commands, options and accounts' names.

use std::ffi::OsStr;

use clap::ValueEnum;
use clap_complete::CompletionCandidate;
use clap_complete::env::Shells;

use super::Run;
use super::context::{Context, Globals};
use super::failure::{Exit, Failure, Outcome};
use crate::otp::Account;
use crate::ui::escape;

/// The variable by which a shell asks this program for completions.
pub const VARIABLE: &str = "MFA_COMPLETE";

/// Print a script that completes commands, options and names
#[derive(Debug, clap::Args)]
#[command(after_help = "For example:\n  \
    bash        source <(mfa completions bash)        in ~/.bashrc\n  \
    zsh         source <(mfa completions zsh)         in ~/.zshrc\n  \
    fish        mfa completions fish | source         in ~/.config/fish/config.fish\n  \
    powershell  mfa completions powershell | Out-String | Invoke-Expression\n  \
    elvish      eval (mfa completions elvish | slurp)\n  \
    nushell     mfa completions nushell | save -f mfa.nu; then: use mfa.nu *")]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    #[value(alias = "pwsh")]
    Powershell,
    Elvish,
    #[value(alias = "nu")]
    Nushell,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Outcome {
        let mut script = Vec::new();
        let name = self.shell.to_possible_value();
        let name = name.as_ref().map_or("", |value| value.get_name());
        match Shells::builtins().completer(name) {
            Some(shell) => shell.write_registration(VARIABLE, "mfa", "mfa", "mfa", &mut script)?,
            // Nushell cannot call back: commands and options only.
            None => clap_complete::generate(
                clap_complete_nushell::Nushell,
                &mut crate::cli::whole_command(),
                "mfa",
                &mut script,
            ),
        }
        let script = String::from_utf8(script)
            .map_err(|_| Failure::new(Exit::Failed, "the script is not UTF-8"))?;
        Ok(context.ui.answer(&script)?)
    }
}

/// The names that begin with what was typed so far, where the vault opens without asking; else
/// none. An account completes by its name, where that is the only one, and by `issuer:name`.
#[must_use]
pub fn account_names(typed: &OsStr) -> Vec<CompletionCandidate> {
    let globals = Globals {
        vault: vault_from_environment(),
        passphrase_file: None,
        color: crate::ui::ColorChoice::Never,
    };
    let Ok(mut context) = Context::new(globals) else {
        return Vec::new();
    };
    let accounts = context.accounts_without_asking().unwrap_or_default();
    let names = candidates(&accounts, &typed.to_string_lossy());
    names
        .into_iter()
        .map(|name| CompletionCandidate::new(escape(&name).into_owned()))
        .collect()
}

fn candidates(accounts: &[Account], typed: &str) -> Vec<String> {
    let is_unique = |name: &str| accounts.iter().filter(|a| a.name == name).count() == 1;
    let short = |a: &Account| Some(a.name.clone()).filter(|name| is_unique(name));
    let both = |a: &Account| match (short(a), typed.is_empty()) {
        // With nothing typed yet, each account is listed once.
        (Some(short), true) => vec![short],
        (short, _) => short.into_iter().chain([a.full_name()]).collect(),
    };
    let mut names: Vec<_> = accounts.iter().flat_map(both).collect();
    names.retain(|name| name.starts_with(typed));
    names.dedup();
    names
}

#[expect(
    clippy::disallowed_methods,
    reason = "the shell calls back with no arguments of ours"
)]
fn vault_from_environment() -> Option<std::path::PathBuf> {
    std::env::var_os("MFA_VAULT")
        .filter(|path| !path.is_empty())
        .map(Into::into)
}
