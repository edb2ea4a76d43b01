//! Which clipboards this process can reach, judged by its environment.

use std::env::var_os;

/// A way to a clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// The clipboard of the desktop.
    Desktop,
    /// tmux, which passes it on to its terminal.
    Tmux,
    /// The terminal, by an escape sequence through GNU screen.
    Screen,
    /// The terminal, by an escape sequence.
    Terminal,
}

impl Way {
    const ALL: [Self; 4] = [Self::Desktop, Self::Tmux, Self::Screen, Self::Terminal];

    /// Its name in an argument.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Tmux => "tmux",
            Self::Screen => "screen",
            Self::Terminal => "terminal",
        }
    }

    /// The way of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.name() == name)
    }
}

/// The parts of the environment that decide.
#[derive(Debug, Clone, Copy, Default)]
struct Around {
    wayland: bool,
    x11: bool,
    ssh: bool,
    tmux: bool,
    screen: bool,
    /// There is a terminal that understands escape sequences.
    terminal: bool,
}

impl Around {
    fn look() -> Self {
        let is_set = |name| var_os(name).is_some_and(|value| !value.is_empty());
        Self {
            wayland: is_set("WAYLAND_DISPLAY"),
            x11: is_set("DISPLAY"),
            ssh: is_set("SSH_CONNECTION") || is_set("SSH_TTY"),
            tmux: is_set("TMUX"),
            screen: is_set("STY"),
            terminal: has_terminal(),
        }
    }

    /// macOS and Windows have one desktop, which a person at the other end of SSH does not see.
    const fn has_desktop(self) -> bool {
        if cfg!(any(windows, target_os = "macos")) {
            !self.ssh
        } else {
            self.wayland || self.x11
        }
    }

    /// The terminal is tried only where the desktop is not the person's own, or is out of reach: few
    /// terminals say whether they obeyed.
    fn ways(self) -> Vec<Way> {
        let mut ways = Vec::new();
        if self.has_desktop() {
            ways.push(Way::Desktop);
        }
        if self.tmux {
            ways.push(Way::Tmux);
        } else if self.screen && self.terminal {
            ways.push(Way::Screen);
        } else if self.terminal && (self.ssh || !self.has_desktop()) {
            ways.push(Way::Terminal);
        }
        ways
    }
}

/// The console of Linux and dumb terminals have no clipboard.
#[cfg(unix)]
fn has_terminal() -> bool {
    let has_none = var_os("TERM").is_none_or(|term| term == "dumb" || term == "linux");
    !has_none && std::fs::File::open("/dev/tty").is_ok()
}

#[cfg(not(unix))]
const fn has_terminal() -> bool {
    false
}

/// The ways to a clipboard, best first. It may be empty; a way may fail.
pub(crate) fn ways() -> Vec<Way> {
    Around::look().ways()
}

/// The kind of clipboard that is used first, or why there is none. Looks only at the environment.
pub(crate) fn clipboard_support() -> Result<&'static str, &'static str> {
    let around = Around::look();
    match around.ways().first() {
        Some(Way::Desktop) if cfg!(target_os = "macos") => Ok("macOS"),
        Some(Way::Desktop) if cfg!(windows) => Ok("Windows"),
        Some(Way::Desktop) if around.wayland => Ok("Wayland"),
        Some(Way::Desktop) => Ok("X11"),
        Some(Way::Tmux) => Ok("tmux"),
        Some(Way::Screen) => Ok("OSC 52 through screen"),
        Some(Way::Terminal) => Ok("OSC 52"),
        None => Err(NO_CLIPBOARD),
    }
}

/// Why there is no clipboard.
pub(crate) const NO_CLIPBOARD: &str = "no display, and no terminal that has one";

#[cfg(all(test, not(any(windows, target_os = "macos"))))]
mod tests {
    use super::*;

    #[test]
    fn the_persons_own_clipboard_comes_first() {
        let none = Around::default();
        let terminal = Around {
            terminal: true,
            ..none
        };
        let ssh = Around {
            ssh: true,
            ..terminal
        };
        for (around, ways) in [
            (none, vec![]),
            (terminal, vec![Way::Terminal]),
            (
                Around {
                    x11: true,
                    ..terminal
                },
                vec![Way::Desktop],
            ),
            (ssh, vec![Way::Terminal]),
            (
                Around { x11: true, ..ssh },
                vec![Way::Desktop, Way::Terminal],
            ),
            (
                Around {
                    wayland: true,
                    tmux: true,
                    ..terminal
                },
                vec![Way::Desktop, Way::Tmux],
            ),
            (Around { tmux: true, ..ssh }, vec![Way::Tmux]),
            (
                Around {
                    screen: true,
                    ..ssh
                },
                vec![Way::Screen],
            ),
        ] {
            assert_eq!(around.ways(), ways, "{around:?}");
        }
    }
}
