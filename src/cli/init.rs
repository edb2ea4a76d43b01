//! `mfa init`: prints what a shell's startup file needs, all in one.

use super::completions::{self, Shell};
use crate::app::context::Context;
use crate::app::error::Result;
use crate::commands::Run;

/// Print the set-up of a shell: completions, and awslogin for AWS sessions
#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(crate) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// How each shell's startup file calls it.
const LINES: &str = "Add the line of your shell to its startup file:\n  \
    bash        eval \"$(mfa init bash)\"             ~/.bashrc\n  \
    zsh         eval \"$(mfa init zsh)\"              ~/.zshrc\n  \
    fish        mfa init fish | source              ~/.config/fish/config.fish\n  \
    elvish      eval (mfa init elvish | slurp)      ~/.config/elvish/rc.elv\n  \
    powershell  mfa init powershell | Out-String | Invoke-Expression\n  \
    nushell     mfa init nushell | save -f ~/.mfa.nu\n              \
                then, in config.nu: source ~/.mfa.nu\n\n\
    To create a vault: mfa vault init";

fn after_help() -> String {
    let example = if cfg!(feature = "aws") {
        "\n\nThen, to put an AWS session into the shell:\n  awslogin work"
    } else {
        ""
    };
    LINES.to_owned() + example
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let mut script = completions::script(self.shell)?.into_owned();
        if self.shell == Shell::Zsh {
            script.insert_str(0, include_str!("completions/scripts/compinit.zsh"));
        }
        script.extend(aws_login(self.shell));
        Ok(context.ui.print(&script)?)
    }
}

/// The function `awslogin`, and the completion of its argument.
#[cfg(feature = "aws")]
fn aws_login(shell: Shell) -> [&'static str; 2] {
    const POSIX: &str = include_str!("completions/scripts/awslogin.sh");
    match shell {
        Shell::Bash => [POSIX, include_str!("completions/scripts/awslogin.bash")],
        Shell::Zsh => [POSIX, include_str!("completions/scripts/awslogin.zsh")],
        Shell::Fish => [include_str!("completions/scripts/awslogin.fish"), ""],
        Shell::Powershell => [include_str!("completions/scripts/awslogin.ps1"), ""],
        Shell::Elvish => [include_str!("completions/scripts/awslogin.elv"), ""],
        Shell::Nushell => [include_str!("completions/scripts/awslogin.nu"), ""],
    }
}

#[cfg(not(feature = "aws"))]
fn aws_login(_: Shell) -> [&'static str; 0] {
    []
}
