//! The standard folders of this system: the only place that knows them.
//!
//! | | the vault (data) | configuration | state of this machine |
//! | --- | --- | --- | --- |
//! | Linux and others | `$XDG_DATA_HOME/mfa` | `$XDG_CONFIG_HOME/mfa` | `$XDG_STATE_HOME/mfa` |
//! | macOS | `~/Library/Application Support/mfa` | the same | its subfolder `state` |
//! | Windows | `%APPDATA%\mfa` | the same | `%LOCALAPPDATA%\mfa` |
//!
//! On macOS, an XDG variable overrides the usual folder: who sets one there wants the folders of a
//! terminal's programs.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the adapter for the standard folders"
)]

use std::ffi::OsString;
use std::path::PathBuf;

use directories::{BaseDirs, ProjectDirs};

/// The name of our own folders.
const OWN: &str = "mfa";

/// Where the files of `mfa` are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Folders {
    /// The folder of the vault.
    pub(crate) data: PathBuf,
    /// The folder of what a person writes for `mfa`.
    pub(crate) config: PathBuf,
    /// The folder of what this machine remembers. It is not to be copied to others.
    pub(crate) state: PathBuf,
}

/// The rules that a system has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum System {
    Xdg,
    Apple,
    Windows,
}

const HERE: System = if cfg!(windows) {
    System::Windows
} else if cfg!(target_os = "macos") {
    System::Apple
} else {
    System::Xdg
};

/// The home folder: `HOME`, on Windows `USERPROFILE`, else what the system says.
pub(crate) fn home() -> Option<PathBuf> {
    std::env::home_dir().filter(|home| !home.as_os_str().is_empty())
}

impl Folders {
    /// The folders of this process; `None` without a home folder.
    pub(crate) fn new() -> Option<Self> {
        let variable = |name: &str| std::env::var_os(name);
        Self::by(HERE, &variable, Self::usual)
    }

    /// The folders by the rules of a system: its variables, where the library does not read them, then the
    /// usual folders.
    fn by(
        system: System,
        variable: &dyn Fn(&str) -> Option<OsString>,
        usual: impl FnOnce() -> Option<Self>,
    ) -> Option<Self> {
        // A relative path would lead to another folder from each working folder.
        let own = |name| {
            let path = PathBuf::from(variable(name)?);
            is_absolute(system, &path).then(|| path.join(OWN))
        };
        let [data, config, state] = match system {
            System::Xdg => [None, None, None],
            System::Apple => [
                own("XDG_DATA_HOME"),
                own("XDG_CONFIG_HOME"),
                own("XDG_STATE_HOME"),
            ],
            System::Windows => [own("APPDATA"), own("APPDATA"), own("LOCALAPPDATA")],
        };
        if let (Some(data), Some(config), Some(state)) = (&data, &config, &state) {
            let [data, config, state] = [data, config, state].map(Clone::clone);
            return Some(Self {
                data,
                config,
                state,
            });
        }
        let usual = usual()?;
        Some(Self {
            data: data.unwrap_or(usual.data),
            config: config.unwrap_or(usual.config),
            state: state.unwrap_or(usual.state),
        })
    }

    /// The folders without variables. On Linux, the library reads those of XDG; on Windows, it asks the
    /// system, since some services lack the variables.
    fn usual() -> Option<Self> {
        if cfg!(windows) {
            let folders = BaseDirs::new()?;
            let data = folders.data_dir().join(OWN);
            return Some(Self {
                config: data.clone(),
                state: folders.data_local_dir().join(OWN),
                data,
            });
        }
        let folders = ProjectDirs::from("", "", OWN)?;
        let data = folders.data_dir().to_owned();
        Some(Self {
            config: folders.config_dir().to_owned(),
            state: match folders.state_dir() {
                Some(state) => state.to_owned(),
                // macOS has no folder for it.
                None => data.join("state"),
            },
            data,
        })
    }
}

/// Whether a path is absolute on a system. Not all of them agree with the one that this runs on.
fn is_absolute(system: System, path: &std::path::Path) -> bool {
    if system == HERE || system != System::Windows {
        return path.is_absolute();
    }
    let text = path.to_string_lossy();
    let is_on_drive = text
        .get(1..3)
        .is_some_and(|after| matches!(after, ":\\" | ":/"));
    is_on_drive || text.starts_with(r"\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The folders with these variables, as text with slashes.
    fn folders(system: System, variables: &[(&str, &str)]) -> [String; 3] {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        };
        let usual = || {
            Some(Folders {
                data: "/usual/data".into(),
                config: "/usual/config".into(),
                state: "/usual/state".into(),
            })
        };
        let found = Folders::by(system, &variable, usual).unwrap();
        let text = |path: PathBuf| path.to_string_lossy().replace('\\', "/");
        [found.data, found.config, found.state].map(text)
    }

    const USUAL: [&str; 3] = ["/usual/data", "/usual/config", "/usual/state"];

    #[test]
    #[cfg(unix)]
    fn a_mac_obeys_the_variables_of_xdg() {
        let data = ("XDG_DATA_HOME", "/xdg/data");
        let state = ("XDG_STATE_HOME", "/xdg/state");
        assert_eq!(
            folders(System::Apple, &[data, state]),
            ["/xdg/data/mfa", "/usual/config", "/xdg/state/mfa"]
        );
        // XDG: a relative path is no path, and neither is an empty one.
        for bad in ["", "data"] {
            assert_eq!(folders(System::Apple, &[("XDG_DATA_HOME", bad)]), USUAL);
        }
        // Elsewhere the library has read them.
        assert_eq!(folders(System::Xdg, &[data, state]), USUAL);
    }

    #[test]
    fn windows_variables_come_before_its_own_word() {
        let roaming = ("APPDATA", r"C:\Users\Jo\AppData\Roaming");
        let local = ("LOCALAPPDATA", r"C:\Users\Jo\AppData\Local");
        let own = "C:/Users/Jo/AppData/Roaming/mfa";
        assert_eq!(
            folders(System::Windows, &[roaming, local]),
            [own, own, "C:/Users/Jo/AppData/Local/mfa"]
        );
        assert_eq!(
            folders(System::Windows, &[roaming]),
            [own, own, "/usual/state"]
        );
        for bad in ["", "AppData", r"\AppData"] {
            let folders = folders(System::Windows, &[("APPDATA", bad), local]);
            assert_eq!(folders[..2], USUAL[..2], "{bad}");
        }
        // Those of Git Bash's own home mean nothing to Windows.
        let xdg = ("XDG_DATA_HOME", r"C:\xdg");
        assert_eq!(folders(System::Windows, &[roaming, local, xdg])[0], own);
    }

    #[test]
    fn there_is_a_home_folder_here() {
        assert!(home().unwrap().is_absolute());
    }
}
