//! Measures the worth of each stage of the reader: reads every picture again without it.
//!
//! Measures processor time if the system reports it, so a busy machine gives the same figures.

use std::time::Duration;

use mfa::qr::{Code, LIMIT, PictureError, ablation, read};

use super::{Case, correct};

/// One pass over all pictures.
struct Pass {
    right: Vec<bool>,
    time: Duration,
}

/// Prints a line for each stage: how many pictures only it reads, and what it costs.
pub fn run(cases: &[Case]) {
    let files: Vec<Vec<u8>> = cases
        .iter()
        .map(|case| std::fs::read(&case.file).unwrap())
        .collect();
    let whole = pass(cases, &files, read);
    let right = whole.right.iter().filter(|right| **right).count();
    println!(
        "{right} of {} read, {} ms",
        cases.len(),
        whole.time.as_millis()
    );
    println!(
        "{:<20}{:>6}{:>8}{:>10}",
        "without", "lost", "gained", "saved"
    );
    for stage in ablation::optional_stages() {
        let without = pass(cases, &files, |bytes| {
            ablation::read_without(stage, bytes, LIMIT)
        });
        let pairs = || whole.right.iter().zip(&without.right);
        let lost = pairs().filter(|(before, now)| **before && !**now).count();
        let gained = pairs().filter(|(before, now)| !**before && **now).count();
        let saved = 1.0 - without.time.as_secs_f64() / whole.time.as_secs_f64();
        println!("{stage:<20}{lost:>6}{gained:>8}{:>9.1}%", 100.0 * saved);
    }
}

fn pass(
    cases: &[Case],
    files: &[Vec<u8>],
    read: impl Fn(&[u8]) -> Result<Vec<Code>, PictureError>,
) -> Pass {
    let start = now();
    let right = cases.iter().zip(files).map(|(case, bytes)| {
        let codes = read(bytes).unwrap_or_default();
        let found: Vec<String> = codes.iter().map(|code| code.payload().to_owned()).collect();
        correct(case, &found)
    });
    Pass {
        right: right.collect(),
        time: now().saturating_sub(start),
    }
}

/// The processor time of this process.
#[cfg(unix)]
fn now() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap()
}

/// The time since a fixed moment.
#[cfg(not(unix))]
fn now() -> Duration {
    let epoch = std::time::SystemTime::UNIX_EPOCH;
    epoch.elapsed().unwrap()
}
