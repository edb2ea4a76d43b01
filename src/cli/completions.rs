//! `mfa completions`: scripts that make a shell complete commands, options and accounts' names.

use clap::ValueEnum;
use clap_complete::CompleteEnv;
use clap_complete::env::Shells;

use super::whole_command;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::commands::Run;

/// The variable by which a shell asks this program for completions.
pub(crate) const VARIABLE: &str = "MFA_COMPLETE";

/// Answers a shell that asks for completions, and ends the process then.
#[expect(
    clippy::disallowed_methods,
    reason = "looked up before anything is built: most runs are not asked"
)]
pub(super) fn answer_shell() {
    if std::env::var_os(VARIABLE).is_some() {
        CompleteEnv::with_factory(whole_command)
            .var(VARIABLE)
            .complete();
    }
}

/// Print a script that completes commands, options and names
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
    fn run(self, context: &mut Context) -> Result {
        let mut script = Vec::new();
        let name = self.shell.to_possible_value();
        let name = name.as_ref().map_or("", |value| value.get_name());
        match Shells::builtins().completer(name) {
            Some(shell) => shell.write_registration(VARIABLE, "mfa", "mfa", "mfa", &mut script)?,
            // Nushell cannot call back: commands and options only.
            None => clap_complete::generate(
                clap_complete_nushell::Nushell,
                &mut whole_command(),
                "mfa",
                &mut script,
            ),
        }
        let script = String::from_utf8(script)
            .map_err(|_| CommandError::new(Exit::Failed, "the script is not UTF-8"))?;
        Ok(context.ui.print(&script)?)
    }
}
