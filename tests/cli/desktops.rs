//! Desktops to test with: an X server and a Wayland compositor without a screen, and tmux.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt, chown};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use mfa_test_support::can;
use tempfile::TempDir;

use crate::sandbox::Sandbox;

/// Whether all these programs are here; else the test is skipped.
#[track_caller]
pub fn have(tools: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_here = |tool: &str| std::env::split_paths(&path).any(|dir| dir.join(tool).exists());
    tools.iter().all(|tool| can(is_here(tool), tool))
}

/// Waits for something to happen, and fails if it never does.
#[track_caller]
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let patience = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < patience, "never: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The helpers that hold a clipboard for this sandbox.
pub fn helpers(sandbox: &Sandbox) -> Vec<String> {
    let home = format!("HOME={}", sandbox.home().display());
    let processes = std::fs::read_dir("/proc").unwrap();
    let paths = processes.map(|entry| entry.unwrap().path());
    let is_helper = |path: &Path| {
        let read = |name| std::fs::read(path.join(name)).unwrap_or_default();
        let has = |bytes: &[u8], text: &str| {
            bytes
                .split(|byte| *byte == 0)
                .any(|one| one == text.as_bytes())
        };
        has(&read("cmdline"), "--hold-clipboard") && has(&read("environ"), &home)
    };
    let found = paths.filter(|path| is_helper(path));
    found.map(|path| path.display().to_string()).collect()
}

/// Waits until no helper is left.
#[track_caller]
pub fn ends(sandbox: &Sandbox) {
    wait_for("the helper ends", || {
        helpers(sandbox).is_empty().then_some(())
    });
}

/// Ends a server with its test.
pub struct Server(pub Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An X server in memory.
pub struct X11 {
    pub display: String,
    server: Server,
}

impl X11 {
    /// `screen` is as `1280x800x24`.
    pub fn start(screen: &str) -> Self {
        Self::with(&["-screen", "0", screen])
    }

    /// With two screens of the same kind.
    pub fn start_two(screen: &str) -> Self {
        Self::with(&["-screen", "0", screen, "-screen", "1", screen])
    }

    fn with(screens: &[&str]) -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-nolisten", "tcp", "-noreset"])
            .args(screens)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // It says its number once it listens.
        let mut number = String::new();
        let mut stdout = BufReader::new(server.stdout.take().unwrap());
        stdout.read_line(&mut number).unwrap();
        Self {
            display: format!(":{}", number.trim()),
            server: Server(server),
        }
    }

    /// Ends the server, as when the person logs out.
    pub fn end(&mut self) {
        let _ = self.server.0.kill();
        let _ = self.server.0.wait();
    }

    /// Makes the server hang.
    pub fn stop(&self) {
        let number = self.server.0.id().to_string();
        let stopped = Command::new("kill").args(["-STOP", &number]).status();
        assert!(stopped.unwrap().success());
    }

    pub fn variable(&self, sandbox: Sandbox) -> Sandbox {
        sandbox.variable("DISPLAY", &self.display)
    }

    /// `xclip` on the clipboard.
    fn xclip(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("xclip");
        command
            .args(["-selection", "clipboard"])
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("DISPLAY", &self.display);
        command
    }

    /// What the clipboard holds as this type; `None` if it holds none.
    pub fn paste(&self, target: &str) -> Option<String> {
        text(&self.xclip(&["-o", "-t", target]).output().unwrap())
    }

    /// Copies a file, as another program would.
    pub fn copy(&self, target: &str, file: &Path) {
        let arguments = ["-i", "-t", target, file.to_str().unwrap()];
        // It stays to serve, and would keep a pipe open.
        let mut xclip = self.xclip(&arguments);
        let status = xclip.stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(status.unwrap().success());
        // It may return before the server knows.
        let copied = String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned();
        wait_for("xclip has copied", || {
            (self.paste(target).as_ref() == Some(&copied)).then_some(())
        });
    }
}

fn text(output: &Output) -> Option<String> {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then_some(text)
}

/// A Wayland compositor in memory, which has the protocol that clipboard managers use.
pub struct Wayland {
    folder: TempDir,
    display: String,
    _server: Server,
}

impl Wayland {
    pub fn start() -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o700)).unwrap();
        let mut command = Command::new("sway");
        if std::fs::metadata(folder.path()).unwrap().uid() == 0 {
            // sway does not run as root.
            chown(folder.path(), Some(65534), Some(65534)).unwrap();
            command = Command::new("setpriv");
            command.args([
                "--reuid",
                "65534",
                "--regid",
                "65534",
                "--clear-groups",
                "sway",
            ]);
        }
        let server = command
            .args(["-c", "/dev/null"])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", folder.path())
            .env("XDG_RUNTIME_DIR", folder.path())
            .env("WLR_BACKENDS", "headless")
            .env("WLR_LIBINPUT_NO_DEVICES", "1")
            .env("WLR_RENDERER", "pixman")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Server(server);
        let display = wait_for("sway's socket", || {
            let sockets = std::fs::read_dir(folder.path()).unwrap();
            let names = sockets.map(|entry| entry.unwrap().file_name().into_string().unwrap());
            let mut names = names.filter(|name| !name.contains('.'));
            names.find(|name| name.starts_with("wayland-"))
        });
        Self {
            folder,
            display,
            _server: server,
        }
    }

    pub fn variables(&self, sandbox: Sandbox) -> Sandbox {
        sandbox
            .variable("WAYLAND_DISPLAY", &self.display)
            .variable("XDG_RUNTIME_DIR", self.folder.path().to_str().unwrap())
    }

    pub fn run(&self, program: &str, arguments: &[&str], stdin: Stdio) -> Option<String> {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("WAYLAND_DISPLAY", &self.display)
            .env("XDG_RUNTIME_DIR", self.folder.path())
            .stdin(stdin)
            .stderr(Stdio::null());
        if program == "wl-copy" {
            // It stays to serve, and would keep a pipe open.
            let status = command.stdout(Stdio::null()).status().unwrap();
            return status.success().then(String::new);
        }
        text(&command.output().unwrap())
    }
}

/// A tmux server of its own; `$MFA` is the program.
pub struct Tmux {
    socket: std::path::PathBuf,
}

impl Tmux {
    pub fn new(sandbox: &Sandbox, name: &str) -> Self {
        let socket = sandbox.home().join(name);
        Self { socket }
    }

    /// tmux with these arguments, not yet started.
    pub fn command(&self, sandbox: &Sandbox, arguments: &[&str]) -> Command {
        let mut command = Command::new("tmux");
        command
            .args(["-f", "/dev/null", "-S", self.socket.to_str().unwrap()])
            .args(arguments)
            .env_clear()
            .env("HOME", sandbox.home())
            .env("LANG", "C.UTF-8")
            .env("MFA", env!("CARGO_BIN_EXE_mfa"))
            .env("MFA_UNLOCK_FOR", "0")
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("SHELL", "/bin/sh")
            .env("TERM", "xterm-256color");
        command
    }

    pub fn run(&self, sandbox: &Sandbox, arguments: &[&str]) -> Option<String> {
        text(&self.command(sandbox, arguments).output().unwrap())
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let socket = self.socket.to_str().unwrap();
        let _ = Command::new("tmux")
            .args(["-S", socket, "kill-server"])
            .output();
    }
}
