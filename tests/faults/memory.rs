//! Keys in memory: no core dump contains them, and no other process of the same user can read them.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::support::{Home, X, can, is_root, must, program, run, works};

const USER: u32 = 12345;
const AS_USER: [&str; 3] = ["--reuid=12345", "--regid=12345", "--clear-groups"];
/// The value of `MFA_PASSPHRASE` for the program.
const PASSPHRASE: &str = "correct horse";

/// The home of a user who is not root, and a copy of the program that this user can run.
struct Guest {
    home: Home,
    program: String,
}

impl Guest {
    fn new() -> Option<Self> {
        let switches = works("setpriv", &[&AS_USER[..], &["true"]].concat());
        if !can(is_root() && switches, "running as another user") {
            return None;
        }
        let home = Home::empty();
        let outside = home.path().with_file_name("");
        fs::set_permissions(&outside, fs::Permissions::from_mode(0o755)).unwrap();
        chown(home.path(), Some(USER), Some(USER)).unwrap();
        // Other users may have no access to the build folder.
        let copy = outside.join("mfa");
        // Copied by another process. If this process wrote it, a child of another test could inherit the
        // open file, and the copy could not be run ("text file busy").
        must("cp", &[program(), copy.to_str().unwrap()]);
        let program = copy.to_str().unwrap().to_owned();
        Some(Self { home, program })
    }

    /// A command run by that user.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.command("setpriv");
        command.args(AS_USER).args(arguments);
        command.current_dir(self.home.path());
        command
    }

    fn does(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        command.stdin(Stdio::null()).output().unwrap()
    }

    /// Starts a command that reads a URI from stdin and waits for more.
    fn start(&self, arguments: &[&str]) -> Holder {
        let mut command = self.command(arguments);
        command.env("MFA_PASSPHRASE", PASSPHRASE);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(X.uri().as_bytes()).unwrap();
        let holder = Holder { child, stdin };
        holder.waits();
        holder
    }

    fn starts_mfa(&self) -> Holder {
        self.start(&[&self.program, "add", "-"])
    }
}

/// A process with a key in its memory.
struct Holder {
    child: Child,
    stdin: ChildStdin,
}

impl Holder {
    fn pid(&self) -> String {
        self.child.id().to_string()
    }

    /// Waits until it has read its input and sleeps.
    fn waits(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        let key = X.uri();
        while !self.memory_has(key.trim_end().as_bytes()) {
            assert!(Instant::now() < deadline, "it never reads its stdin");
            sleep(Duration::from_millis(5));
        }
    }

    /// Searches its memory, which root may read.
    fn memory_has(&self, text: &[u8]) -> bool {
        use std::os::unix::fs::FileExt;

        let folder = Path::new("/proc").join(self.pid());
        let maps = fs::read_to_string(folder.join("maps")).unwrap_or_default();
        let memory = fs::File::open(folder.join("mem")).unwrap();
        maps.lines().any(|line| {
            let (range, rest) = line.split_once(' ').unwrap();
            let (from, to) = range.split_once('-').unwrap();
            let [from, to] = [from, to].map(|text| u64::from_str_radix(text, 16).unwrap());
            let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
            let is_data = rest.starts_with("rw") && bytes.len() < 64 << 20;
            is_data
                && memory.read_exact_at(&mut bytes, from).is_ok()
                && bytes.windows(text.len()).any(|window| window == text)
        })
    }

    /// Ends it with this signal. Sends it again if the first is taken for a stack overflow.
    fn signal(mut self, signal: &str) -> ExitStatus {
        for _ in 0..100 {
            works("kill", &["-s", signal, &self.pid()]);
            sleep(Duration::from_millis(20));
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
        }
        panic!("{signal} does not end it");
    }

    /// Lets it run to its end.
    fn finish(mut self) -> ExitStatus {
        drop(self.stdin);
        self.child.wait().unwrap()
    }
}

fn has_core(folder: &Path) -> bool {
    let names = fs::read_dir(folder).unwrap();
    names
        .flatten()
        .any(|entry| entry.file_name().to_string_lossy().starts_with("core"))
}

#[test]
fn no_core_is_dumped() {
    let Some(guest) = Guest::new() else { return };
    let unlimited = |command: &str| {
        // Background tests of a script ignore QUIT, and so do their children.
        let script = format!("ulimit -c unlimited && exec env --default-signal=QUIT {command}");
        guest.start(&["sh", "-c", &script])
    };
    let other = unlimited("cat").signal("ABRT");
    if !can(other.core_dumped(), "core dumps of anything") {
        return;
    }
    for signal in ["ABRT", "SEGV", "QUIT"] {
        works(
            "find",
            &[
                guest.home.path().to_str().unwrap(),
                "-name",
                "core*",
                "-delete",
            ],
        );
        let ended = unlimited(&format!("{} add -", guest.program)).signal(signal);
        assert!(ended.signal().is_some(), "{ended}");
        assert!(!ended.core_dumped(), "{signal}: a core was dumped");
        assert!(!has_core(&guest.home.path()), "{signal}: a core is there");
    }
}

/// What another process of the same user might try, and the output if it succeeds.
fn attempts(pid: &str) -> Vec<(Vec<String>, &'static str)> {
    let attempt = |command: &[&str], sees| {
        let words = command.iter().map(|word| word.replace("PID", pid));
        (words.collect(), sees)
    };
    let gdb = ["gdb", "-nx", "-batch", "-p", "PID", "-ex", "info proc"];
    let python = "import sys; \
        maps = open('/proc/PID/maps').read(); memory = open('/proc/PID/mem', 'rb'); \
        memory.seek(int(maps.split('-')[0], 16)); memory.read(4); print('read')";
    vec![
        attempt(&["python3", "-c", python], "read"),
        attempt(&["cat", "/proc/PID/environ"], PASSPHRASE),
        attempt(&["cat", "/proc/PID/maps"], "rw-p"),
        attempt(&["cat", "/proc/PID/auxv"], "\0"),
        attempt(&["timeout", "1", "strace", "-p", "PID"], "read(0"),
        attempt(&gdb, "exe = "),
    ]
}

#[test]
fn another_process_of_the_same_user_reads_nothing() {
    let Some(guest) = Guest::new() else { return };
    let other = guest.start(&["cat"]);
    let holder = guest.starts_mfa();
    for (attempt, sees) in attempts(&other.pid()) {
        let words: Vec<_> = attempt.iter().map(String::as_str).collect();
        let tool = works("sh", &["-c", &format!("command -v {}", words[0])]);
        let shows = |done: &Output| {
            let told = [&done.stdout[..], &done.stderr[..]].concat();
            String::from_utf8_lossy(&told).contains(sees)
        };
        // If it fails on every process, it proves nothing about this one.
        if !can(
            tool && shows(&guest.does(&words)),
            &format!("{} that works", words[..2].join(" ")),
        ) {
            continue;
        }
        let at_mfa: Vec<_> = attempt
            .iter()
            .map(|word| word.replace(&other.pid(), &holder.pid()))
            .collect();
        let words: Vec<_> = at_mfa.iter().map(String::as_str).collect();
        let done = guest.does(&words);
        assert!(!shows(&done), "{words:?}: {done:?}");
    }
    // The key was in memory all the time, and the process ran.
    assert!(holder.memory_has(X.uri().trim_end().as_bytes()));
    assert!(holder.finish().success());
    other.finish();
}

/// While it waits for a person, the program locks its memory. If that is not allowed, it continues
/// without, and a passphrase that costs 64 MiB still opens the vault.
#[test]
fn memory_is_locked_where_it_may_be() {
    let Some(guest) = Guest::new() else { return };
    for (limit, is_locked) in [("8192", true), ("64", true), ("0", false)] {
        let script = format!(
            "ulimit -l {limit}; export MFA_PASSPHRASE_COMMAND='cat /proc/$PPID/status >&2; echo x'; \
             exec \"$0\" --vault new-{limit}/vault.json add -"
        );
        let mut command = guest.command(&["sh", "-c", &script, &guest.program]);
        let ran = run(&mut command, &X.uri());
        assert_eq!(ran.exit(), Some(0), "{ran:#?}");
        let line = ran.stderr.lines().find(|line| line.starts_with("VmLck:"));
        let kilobytes = line.unwrap().split_whitespace().nth(1).unwrap();
        assert_eq!(kilobytes != "0", is_locked, "limit {limit}: {kilobytes} kB");
    }
}
