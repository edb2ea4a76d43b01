//! A home folder with AWS's files, a stand-in for AWS, and runs of the program between them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use mfa_test_support::can;
use tempfile::TempDir;

use crate::stand_in::{Keys, StandIn};

pub struct World {
    home: TempDir,
    pub aws: StandIn,
    pub alice: Keys,
}

impl World {
    /// A user `alice` with keys in the default profile, without a device.
    pub fn new() -> Self {
        Self::with(StandIn::start())
    }

    pub fn with(aws: StandIn) -> Self {
        let alice = aws.add_user("alice");
        let home = TempDir::new().unwrap();
        let world = Self { home, aws, alice };
        std::fs::create_dir(world.home().join(".aws")).unwrap();
        world.write_config("[default]\nregion = eu-west-1\n");
        world.write_credentials("default", &world.alice);
        world
    }

    /// With a registered device; also returns its serial.
    pub fn registered() -> (Self, String) {
        let world = Self::new();
        let answer = world.succeeds(&["aws", "register"]);
        let serial = answer.split_whitespace().nth(1).unwrap().to_owned();
        (world, serial)
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The folder of the vault, where this system keeps data.
    pub fn data(&self) -> PathBuf {
        self.home().join(if cfg!(target_os = "macos") {
            "Library/Application Support/mfa"
        } else {
            ".local/share/mfa"
        })
    }

    /// The folder in which this machine remembers things.
    pub fn state(&self) -> PathBuf {
        if cfg!(target_os = "macos") {
            self.data().join("state")
        } else {
            self.home().join(".local/state/mfa")
        }
    }

    pub fn config(&self) -> PathBuf {
        self.home().join(".aws/config")
    }

    /// Writes `text`, with the stand-in's address in its first section.
    pub fn write_config(&self, text: &str) {
        std::fs::write(self.config(), text).unwrap();
    }

    pub fn write_credentials(&self, profile: &str, keys: &Keys) {
        let mut text = format!(
            "[{profile}]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            keys.access_key, keys.secret_key
        );
        if let Some(token) = &keys.token {
            let _ = writeln!(text, "aws_session_token = {token}");
        }
        std::fs::write(self.home().join(".aws/credentials"), text).unwrap();
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mfa"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.home())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("MFA_UNLOCK_FOR", "0")
            .env("AWS_ENDPOINT_URL", self.aws.url())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().unwrap()
    }

    /// Runs the program to its end. AWS's secrets must never be on stderr, and on stdout only for commands
    /// that print them.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(arguments, &[])
    }

    pub fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied());
        self.checked(arguments, command.output().unwrap())
    }

    pub fn checked(&self, arguments: &[&str], output: Output) -> Output {
        let asked = [
            "credential-process",
            "env",
            "exec",
            "console",
            "show",
            "export",
        ];
        let is_asked = arguments.iter().any(|argument| asked.contains(argument));
        let (answer, told) = (text(&output.stdout), text(&output.stderr));
        for secret in self.aws.secrets() {
            assert!(!told.contains(&secret), "a secret on stderr: {arguments:?}");
            assert!(
                is_asked || !answer.contains(&secret),
                "a secret on stdout: {arguments:?}"
            );
        }
        output
    }

    /// The stdout of a run that must succeed.
    pub fn succeeds(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let log = self.aws.log().join("\n");
        assert!(
            output.status.success(),
            "{arguments:?}: {}\n{log}",
            text(&output.stderr)
        );
        text(&output.stdout)
    }

    /// Exit code and stderr of a run that must fail with an empty stdout.
    pub fn fails(&self, arguments: &[&str]) -> (i32, String) {
        failed(&self.run(arguments))
    }

    pub fn fails_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String) {
        failed(&self.run_with(arguments, variables))
    }

    /// The output of `mfa list --json`.
    pub fn accounts(&self) -> Vec<serde_json::Value> {
        serde_json::from_str(&self.succeeds(&["list", "--json"])).unwrap()
    }

    /// The devices of the AWS account, and whether each is enabled.
    pub fn devices(&self) -> Vec<(String, bool)> {
        let state = self.aws.state();
        let described = state.devices.iter();
        described
            .map(|device| (device.serial.clone(), device.enabled.is_some()))
            .collect()
    }
}

fn failed(output: &Output) -> (i32, String) {
    let told = text(&output.stderr);
    assert!(!output.status.success(), "it did not fail: {told}");
    assert!(
        output.stdout.is_empty(),
        "an answer beside a failure: {}",
        text(&output.stdout)
    );
    (output.status.code().unwrap_or(-1), told)
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Tries all cases at the same time: most of the time is waiting for codes.
pub fn at_once<T: Send>(cases: impl IntoIterator<Item = T>, test: impl Fn(T) + Sync) {
    let test = &test;
    std::thread::scope(|scope| {
        for case in cases {
            scope.spawn(move || test(case));
        }
    });
}

/// Runs the program under strace, which kills it when it renames its `n`th file into place; it writes
/// every file so. `None` without strace: the test is skipped.
pub fn killed_at_write(world: &World, arguments: &[&str], n: u32) -> Option<Output> {
    let renames = "rename,renameat,renameat2";
    let program = world.command(arguments);
    let mut command = Command::new("strace");
    command
        .args(["-f", "-qq", "-o", "/dev/null", "-e"])
        .arg(format!("trace={renames}"))
        .arg("-e")
        .arg(format!("inject={renames}:signal=SIGKILL:when={n}"))
        .arg(program.get_program())
        .args(program.get_args())
        .env_clear()
        .envs(
            program
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .stdin(Stdio::null());
    let output = command.output().ok();
    can(output.is_some(), "strace").then_some(output).flatten()
}
