//! `strace`: records the system calls of a run, and makes one of them fail in another run.

use std::collections::HashMap;
use std::fs;

use super::{Home, Ran, program, run};

const QUIET: &[&str] = &["-o", "/dev/null"];

/// One system call of a recorded run.
#[derive(Debug, Clone)]
pub struct Call {
    pub name: String,
    /// Which call of this name it is, from 1.
    pub nth: usize,
    /// As printed by `strace -y`, with the paths of descriptors.
    pub line: String,
}

/// A run of the program.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    arguments: &'a [&'a str],
    stdin: &'a str,
    faults: &'a [&'a str],
}

impl<'a> Step<'a> {
    pub fn new(arguments: &'a [&'a str]) -> Self {
        Self {
            arguments,
            stdin: "",
            faults: &[],
        }
    }

    /// Adds accounts by their URIs.
    pub fn add(uris: &'a str) -> Self {
        Self {
            stdin: uris,
            ..Self::new(&["add", "-"])
        }
    }

    /// Faults in every run of this step, such as `linkat:error=EPERM`.
    pub fn with(self, faults: &'a [&'a str]) -> Self {
        Self { faults, ..self }
    }

    fn run(&self, home: &Home, options: &[&str], faults: &[&str]) -> Ran {
        let mut command = home.command("strace");
        command.arg("-f").args(options);
        for fault in self.faults.iter().chain(faults) {
            command.args(["-e", &format!("inject={fault}")]);
        }
        run(command.arg(program()).args(self.arguments), self.stdin)
    }
}

/// Whether the program can be traced here, and faults injected. It is not dumpable, so only root sees
/// the paths of its calls.
pub fn works() -> bool {
    let traces = super::works("strace", &["-f", "-o", "/dev/null", "true"]);
    super::can(super::is_root() && traces, "strace as root")
}

/// Runs a step, and returns all calls of its main thread in order.
pub fn record(home: &Home, step: Step) -> Vec<Call> {
    let log = home.path().join("../trace");
    let options = ["-y", "-o", log.to_str().unwrap()];
    step.run(home, &options, &[]).ends(0);
    let text = String::from_utf8_lossy(&fs::read(&log).unwrap()).into_owned();
    let main = text.split(' ').next().unwrap().to_owned();
    let mut counts = HashMap::new();
    text.lines()
        .filter_map(|line| parse(line.strip_prefix(&main)?.trim_start(), &mut counts))
        .collect()
}

/// `None` for signals, exits, and the second parts of interrupted lines.
fn parse(line: &str, counts: &mut HashMap<String, usize>) -> Option<Call> {
    let (name, _) = line.split_once('(')?;
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return None;
    }
    let count = counts.entry(name.to_owned()).or_default();
    *count += 1;
    Some(Call {
        name: name.to_owned(),
        nth: *count,
        line: line.to_owned(),
    })
}

/// The first call with this name whose line contains all of these texts.
#[track_caller]
pub fn find<'a>(calls: &'a [Call], name: &str, texts: &[&str]) -> &'a Call {
    calls
        .iter()
        .find(|call| call.name == name && texts.iter().all(|text| call.line.contains(text)))
        .unwrap_or_else(|| panic!("no {name} of {texts:?} among the calls"))
}

/// Runs a step in which one call fails, in the form of `strace -e inject`: `error=EIO`,
/// `signal=SIGKILL`, `retval=100`.
pub fn inject(home: &Home, step: Step, call: &Call, fault: &str) -> Ran {
    let fault = format!("{}:{fault}:when={}", call.name, call.nth);
    step.run(home, QUIET, &[&fault])
}

/// Runs a step without a log, with only its own faults.
pub fn run_step(home: &Home, step: Step) -> Ran {
    step.run(home, QUIET, &[])
}
