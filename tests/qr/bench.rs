//! Decoding rates and times on made pictures, by category, next to other decoders.
//!
//! `cargo bench --bench qr -- [ablation] [pictures per severity] [category or folder of fixtures]`
//!
//! Compares with `zbarimg` from the PATH and zxing-cpp from the Python in `MFA_PYTHON`, if they are
//! there. Prints for each how many pictures it reads, and the mean, median and longest time. With
//! `ablation` it instead leaves out each stage of the reader in turn: see `ablation.rs`.
#![allow(
    dead_code,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::disallowed_methods,
    clippy::many_single_char_names,
    clippy::similar_names,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a benchmark prints, measures, and fails by panicking"
)]

mod ablation;
mod made;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde_json::Value;

/// A picture on disk.
struct Case {
    category: String,
    file: PathBuf,
    payloads: Vec<String>,
}

/// Whether a decoder read each case, and how long that took, in milliseconds.
struct Run {
    name: &'static str,
    results: Vec<(bool, f64)>,
}

fn main() {
    std::panic::set_hook(Box::new(|info| {
        if !mfa::qr::is_catching_panics() {
            eprintln!("{info}");
        }
    }));
    let mut arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let ablation = arguments.first().is_some_and(|first| first == "ablation");
    if ablation {
        arguments.remove(0);
    }
    let count = arguments
        .first()
        .and_then(|text| text.parse().ok())
        .unwrap_or(if ablation { 1 } else { 4 });
    let folder = std::env::temp_dir().join(format!("mfa-qr-bench-{}", std::process::id()));
    let cases = match arguments.get(1).map(String::as_str) {
        Some(name) if made::CATEGORIES.contains(&name) => made_in(&folder, count, &[name]),
        Some(fixtures) => listed(Path::new(fixtures)),
        None => made_in(&folder, count, made::CATEGORIES),
    };
    if ablation {
        ablation::run(&cases);
    } else {
        let runs = [Some(ours(&cases)), zbar(&cases), peers(&cases)];
        let runs: Vec<Run> = runs.into_iter().flatten().collect();
        print(&cases, &runs);
    }
    let _ = std::fs::remove_dir_all(&folder);
}

fn made_in(folder: &Path, count: u64, categories: &[&str]) -> Vec<Case> {
    std::fs::create_dir_all(folder).unwrap();
    let mut cases = Vec::new();
    for category in categories {
        for (severity, number) in (1..=5).flat_map(|s| (0..count).map(move |n| (s, n))) {
            let made = made::make(category, severity, number).unwrap();
            let file = folder.join(format!(
                "{category}_{severity}_{number}.{}",
                ending(&made.bytes)
            ));
            std::fs::write(&file, &made.bytes).unwrap();
            let category = (*category).to_owned();
            cases.push(Case {
                category,
                file,
                payloads: made.payloads,
            });
        }
    }
    cases
}

fn ending(bytes: &[u8]) -> &'static str {
    match bytes {
        [0xFF, 0xD8, ..] => "jpg",
        [b'G', b'I', b'F', ..] => "gif",
        [b'R', b'I', b'F', b'F', ..] => "webp",
        [b'B', b'M', ..] => "bmp",
        [b'I', b'I', ..] => "tiff",
        [b'P', ..] => "ppm",
        _ => "png",
    }
}

fn listed(folder: &Path) -> Vec<Case> {
    let list: Value =
        serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let case = |entry: &Value| Case {
        category: entry["category"].as_str().unwrap().to_owned(),
        file: folder.join(entry["file"].as_str().unwrap()),
        payloads: texts(&entry["payloads"]),
    };
    list.as_array().unwrap().iter().map(case).collect()
}

fn texts(list: &Value) -> Vec<String> {
    let texts = list.as_array().into_iter().flatten();
    texts
        .filter_map(|text| text.as_str().map(str::to_owned))
        .collect()
}

/// Whether every payload was found, and nothing in a picture without a code.
fn correct(case: &Case, found: &[String]) -> bool {
    if case.payloads.is_empty() {
        return found.is_empty();
    }
    case.payloads.iter().all(|wanted| {
        found
            .iter()
            .any(|text| text.replace("\r\n", "\n") == *wanted)
    })
}

fn ours(cases: &[Case]) -> Run {
    let results = cases.iter().map(|case| {
        let bytes = std::fs::read(&case.file).unwrap();
        let start = Instant::now();
        let codes = mfa::qr::read(&bytes).unwrap_or_default();
        let time = start.elapsed().as_secs_f64() * 1e3;
        let found: Vec<String> = codes.iter().map(|code| code.payload().to_owned()).collect();
        (correct(case, &found), time)
    });
    Run {
        name: "ours",
        results: results.collect(),
    }
}

fn zbar(cases: &[Case]) -> Option<Run> {
    if Command::new("zbarimg").arg("--version").output().is_err() {
        eprintln!("zbarimg not found: left out");
        return None;
    }
    let results = cases.iter().map(|case| {
        let start = Instant::now();
        let mut command = Command::new("zbarimg");
        command
            .args([
                "--quiet",
                "--xml",
                "--nodbus",
                "-Sdisable",
                "-Sqrcode.enable",
            ])
            .arg(&case.file);
        let output = command.output().unwrap();
        let time = start.elapsed().as_secs_f64() * 1e3;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let found: Vec<String> = text
            .split("<data><![CDATA[")
            .skip(1)
            .filter_map(|rest| rest.split_once("]]>").map(|(data, _)| data.to_owned()))
            .collect();
        (correct(case, &found), time)
    });
    Some(Run {
        name: "zbar",
        results: results.collect(),
    })
}

fn peers(cases: &[Case]) -> Option<Run> {
    let python = std::env::var_os("MFA_PYTHON").unwrap_or_else(|| "python3".into());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/qr_peers.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .ok()?;
    let mut input = child.stdin.take()?;
    let files: Vec<String> = cases
        .iter()
        .map(|case| case.file.display().to_string())
        .collect();
    let writer = std::thread::spawn(move || {
        for file in files {
            let _ = writeln!(input, "{file}");
        }
    });
    let output = child.wait_with_output().ok()?;
    let _ = writer.join();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines: Vec<Value> = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    if lines.len() != cases.len() {
        eprintln!("zxing-cpp not found: left out");
        return None;
    }
    let result = |(case, line): (&Case, &Value)| {
        (
            correct(case, &texts(&line["found"])),
            line["ms"].as_f64().unwrap_or_default(),
        )
    };
    Some(Run {
        name: "zxing-cpp",
        results: cases.iter().zip(&lines).map(result).collect(),
    })
}

/// A line for each category: how many are right, and the times.
fn print(cases: &[Case], runs: &[Run]) {
    let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, case) in cases.iter().enumerate() {
        rows.entry(case.category.as_str()).or_default().push(index);
    }
    let names: Vec<String> = runs.iter().map(|run| format!("{:>33}", run.name)).collect();
    println!("{:<18}{:>5}{}   any", "category", "of", names.concat());
    rows.insert("~ all", (0..cases.len()).collect());
    for (category, rows) in rows {
        let cells: Vec<String> = runs.iter().map(|run| cell(run, &rows)).collect();
        let any = rows
            .iter()
            .filter(|&&row| runs.iter().any(|run| run.results[row].0))
            .count();
        println!("{category:<18}{:>5}{}{any:>6}", rows.len(), cells.concat());
    }
}

fn cell(run: &Run, rows: &[usize]) -> String {
    let right = rows.iter().filter(|&&row| run.results[row].0).count();
    let mut times: Vec<f64> = rows.iter().map(|&row| run.results[row].1).collect();
    times.sort_by(f64::total_cmp);
    let mean = times.iter().sum::<f64>() / times.len() as f64;
    let (median, most) = (times[times.len() / 2], times[times.len() - 1]);
    format!("{right:>8}{mean:>9.1}{median:>7.1}{most:>7.0}ms")
}
