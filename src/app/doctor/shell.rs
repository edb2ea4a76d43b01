//! Whether the person's shell completes our commands.

use std::path::{Path, PathBuf};

use super::Report;
use crate::app::context::Context;
use crate::app::folders;
use crate::app::user_files::{exists, read_file};
use crate::vault::storage::quoted;

const CHECK: &str = "shell";
/// The largest startup file that is read, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// A shell whose startup file can call `mfa init`.
struct Shell {
    name: &'static str,
    /// Below the home folder. The first one is suggested.
    files: &'static [&'static str],
    line: &'static str,
    /// Where packages put a completion script.
    packaged: &'static [&'static str],
}

const POWERSHELL: &str = "powershell";

const SHELLS: &[Shell] = &[
    Shell {
        name: "bash",
        // Terminal windows of macOS are login shells.
        files: if cfg!(target_os = "macos") {
            &[".bash_profile", ".bashrc", ".profile", ".bash_aliases"]
        } else {
            &[".bashrc", ".bash_profile", ".profile", ".bash_aliases"]
        },
        line: "eval \"$(mfa init bash)\"",
        packaged: &[
            "/usr/share/bash-completion/completions/mfa",
            "/opt/homebrew/etc/bash_completion.d/mfa",
            "/usr/local/etc/bash_completion.d/mfa",
            "/home/linuxbrew/.linuxbrew/etc/bash_completion.d/mfa",
        ],
    },
    Shell {
        name: "zsh",
        files: &[".zshrc", ".zprofile", ".config/zsh/.zshrc"],
        line: "eval \"$(mfa init zsh)\"",
        packaged: &[
            "/usr/share/zsh/site-functions/_mfa",
            "/usr/share/zsh/vendor-completions/_mfa",
            "/opt/homebrew/share/zsh/site-functions/_mfa",
            "/usr/local/share/zsh/site-functions/_mfa",
            "/home/linuxbrew/.linuxbrew/share/zsh/site-functions/_mfa",
        ],
    },
    Shell {
        name: "fish",
        files: &[
            ".config/fish/config.fish",
            ".config/fish/completions/mfa.fish",
            ".config/fish/conf.d/mfa.fish",
        ],
        line: "mfa init fish | source",
        packaged: &[
            "/usr/share/fish/vendor_completions.d/mfa.fish",
            "/opt/homebrew/share/fish/vendor_completions.d/mfa.fish",
            "/usr/local/share/fish/vendor_completions.d/mfa.fish",
            "/home/linuxbrew/.linuxbrew/share/fish/vendor_completions.d/mfa.fish",
        ],
    },
    Shell {
        name: "elvish",
        files: &[".config/elvish/rc.elv", ".elvish/rc.elv"],
        line: "eval (mfa init elvish | slurp)",
        packaged: &[],
    },
    Shell {
        name: POWERSHELL,
        files: &[
            "Documents/PowerShell/Microsoft.PowerShell_profile.ps1",
            ".config/powershell/Microsoft.PowerShell_profile.ps1",
            "Documents/PowerShell/profile.ps1",
            "Documents/WindowsPowerShell/Microsoft.PowerShell_profile.ps1",
            "Documents/WindowsPowerShell/profile.ps1",
            "OneDrive/Documents/PowerShell/Microsoft.PowerShell_profile.ps1",
            "OneDrive/Documents/WindowsPowerShell/Microsoft.PowerShell_profile.ps1",
        ],
        line: "mfa init powershell | Out-String | Invoke-Expression",
        packaged: &[],
    },
];

/// Looks into the startup files of the person's own shell. Says nothing about others.
pub(crate) fn check(report: &mut Report, context: &Context) {
    let Some(home) = folders::home() else {
        return;
    };
    let Some(shell) = shell_of(context.shell.as_deref(), cfg!(windows)) else {
        return;
    };
    let path = |file: &&str| home.join(file);
    let found = shell.files.iter().map(path).find(|path| calls_us(path));
    let packaged = shell.packaged.iter().map(PathBuf::from);
    let found = found.or_else(|| packaged.into_iter().find(|path| exists(path)));
    if let Some(path) = found {
        report.ok(
            CHECK,
            format!("{} is set up in {}", shell.name, path.display()),
        );
        return;
    }
    let message = format!("{} does not complete names yet", shell.name);
    if shell.name == POWERSHELL {
        // Only PowerShell knows where its profile is.
        let folder = "New-Item -Force -Type Directory (Split-Path $PROFILE)";
        let command = format!("Add-Content $PROFILE '{}'", shell.line);
        return report.note(CHECK, message, &[folder, &command]);
    }
    let file = path(&shell.files[0]);
    let line = quoted(Path::new(shell.line));
    report.note(
        CHECK,
        message,
        &[&format!("echo {line} >> {}", quoted(&file))],
    );
}

/// The person's own shell. Windows has no `SHELL`: most people have `PowerShell` there.
fn shell_of(own: Option<&Path>, is_windows: bool) -> Option<&'static Shell> {
    let Some(own) = own else {
        return SHELLS
            .iter()
            .find(|shell| is_windows && shell.name == POWERSHELL);
    };
    let own = own.to_string_lossy().to_lowercase();
    let name = own.rsplit(['/', '\\']).next()?.trim_end_matches(".exe");
    let name = if name == "pwsh" { POWERSHELL } else { name };
    SHELLS.iter().find(|shell| shell.name == name)
}

fn calls_us(path: &Path) -> bool {
    let text = read_file(path, MAX_BYTES).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let is_call = |line: &str| {
        let line = line.trim_start();
        !line.starts_with('#') && (line.contains("mfa init") || line.contains("mfa completions"))
    };
    text.lines().any(is_call)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shell_of_a_person_is_found_on_each_system() {
        for (own, is_windows, name) in [
            (Some("/usr/bin/zsh"), false, Some("zsh")),
            (Some("/opt/pwsh"), false, Some(POWERSHELL)),
            (Some("/bin/other"), false, None),
            (None, false, None),
            (None, true, Some(POWERSHELL)),
            (Some(r"C:\Git\usr\bin\bash.exe"), true, Some("bash")),
        ] {
            let found = shell_of(own.map(Path::new), is_windows);
            assert_eq!(found.map(|shell| shell.name), name, "{own:?}");
        }
    }
}
