//! Build script: links GCC's unwinder statically where that is known to work.
//!
//! Otherwise a Rust program loads `libgcc_s.so` only for the unwinder, and that library detects the
//! processor's features again: 7 % of the time of `mfa code`.
#![expect(
    clippy::disallowed_methods,
    reason = "cargo passes its settings to build scripts in variables"
)]

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=src/build.rs");
    if let Some(folder) = unwinder() {
        println!("cargo::rustc-link-search=native={}", folder.display());
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
}

/// The folder of `libgcc_eh.a`; `None` for an unknown target or linker.
fn unwinder() -> Option<PathBuf> {
    let target = env::var("TARGET").ok()?;
    let is_native = env::var("HOST").ok()? == target;
    let is_glibc = target.ends_with("-linux-gnu");
    // A static program has it already; another linker may find another library.
    let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    let is_static = features.split(',').any(|feature| feature == "crt-static");
    if !is_native || !is_glibc || is_static || env::var_os("RUSTC_LINKER").is_some() {
        return None;
    }
    let asked = Command::new("cc")
        .arg("-print-file-name=libgcc_eh.a")
        .output();
    let path = String::from_utf8(asked.ok()?.stdout).ok()?;
    let path = Path::new(path.trim_end());
    // A bare file name means that GCC does not have the file.
    path.is_absolute().then_some(path.parent()?.to_path_buf())
}
