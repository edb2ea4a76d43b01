//! Whether the person's shell completes our commands.

use std::path::{Path, PathBuf};

use directories::BaseDirs;

use super::Report;
use crate::app::context::Context;
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

const SHELLS: &[Shell] = &[
    Shell {
        name: "bash",
        files: &[".bashrc", ".bash_profile", ".profile", ".bash_aliases"],
        line: "eval \"$(mfa init bash)\"",
        packaged: &["/usr/share/bash-completion/completions/mfa"],
    },
    Shell {
        name: "zsh",
        files: &[".zshrc", ".zprofile", ".config/zsh/.zshrc"],
        line: "eval \"$(mfa init zsh)\"",
        packaged: &["/usr/share/zsh/site-functions/_mfa"],
    },
    Shell {
        name: "fish",
        files: &[
            ".config/fish/config.fish",
            ".config/fish/completions/mfa.fish",
            ".config/fish/conf.d/mfa.fish",
        ],
        line: "mfa init fish | source",
        packaged: &["/usr/share/fish/vendor_completions.d/mfa.fish"],
    },
    Shell {
        name: "elvish",
        files: &[".config/elvish/rc.elv", ".elvish/rc.elv"],
        line: "eval (mfa init elvish | slurp)",
        packaged: &[],
    },
];

/// Looks into the startup files of the person's own shell. Says nothing about others.
pub(crate) fn check(report: &mut Report, context: &Context) {
    let (Some(folders), Some(own)) = (BaseDirs::new(), context.shell.as_deref()) else {
        return;
    };
    let Some(shell) = SHELLS.iter().find(|shell| own.ends_with(shell.name)) else {
        return;
    };
    let path = |file: &&str| folders.home_dir().join(file);
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
    let file = path(&shell.files[0]);
    let message = format!("{} does not complete names yet", shell.name);
    let line = quoted(Path::new(shell.line));
    report.note(
        CHECK,
        message,
        &[&format!("echo {line} >> {}", quoted(&file))],
    );
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
