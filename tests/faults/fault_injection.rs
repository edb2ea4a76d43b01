//! Tests of the tests: each fault that is patched into the program must make the tests fail that are
//! meant to catch it.
//!
//! A fault is a patch in `tests/faults/patches`. All of them are applied to one copy of the sources, and
//! `MFA_FAULT` switches one on. To regenerate a patch, change `src` by hand where the old patch did, and
//! run
//!
//! ```text
//! git diff -U1 src > tests/faults/patches/NAME.patch && git checkout src
//! ```

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::support::{can, in_parallel, must, tell, works};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const PATCHES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/faults/patches");

/// A fault, and the tests that must each catch it.
const CAUGHT_BY: [(&str, &[&str]); 13] = [
    ("NoFsync", &["power_loss::xfs_loses_nothing_acknowledged"]),
    (
        "NoFolderFsync",
        // On ext4 and xfs, the fsync of the next backup makes the rename durable too.
        &["errors::a_folder_that_is_not_durable_is_told"],
    ),
    (
        "NoReadBack",
        &["lies::a_write_that_only_claims_success_is_noticed"],
    ),
    (
        "InPlace",
        &[
            "kill::an_add_survives_a_kill_at_every_call",
            "errors::a_disk_that_fails_to_write_keeps_the_old_vault",
        ],
    ),
    ("NoLock", &["writers::sixteen_writers_lose_nothing"]),
    (
        "TempLeft",
        &[
            "kill::an_add_survives_a_kill_at_every_call",
            "full_disk::a_full_ext4_keeps_the_old_vault",
        ],
    ),
    (
        "NoBackups",
        &[
            "states::each_of_the_last_states_comes_back_after_a_deletion",
            "restore::a_deleted_vault_costs_nothing",
        ],
    ),
    (
        "SizeSignal",
        &["full_disk::a_file_size_limit_is_an_error_and_no_end"],
    ),
    (
        "HeaderNotSealed",
        &["tamper::a_flipped_bit_gives_the_right_code_or_none"],
    ),
    ("NoBounds", &["hostile::no_cost_out_of_bounds_is_paid"]),
    (
        "NoOwners",
        &[
            "owners::what_belongs_to_another_user_is_refused",
            "owners::what_another_user_put_beside_a_vault_is_refused",
            "folders::a_folder_that_others_can_write_is_refused",
        ],
    ),
    (
        "NoPin",
        &[
            "restore::an_older_copy_is_refused_until_it_is_trusted",
            "paths::a_link_that_is_turned_to_an_older_copy_is_noticed",
        ],
    ),
    (
        "OpenMemory",
        &[
            "memory::no_core_is_dumped",
            "memory::another_process_of_the_same_user_reads_nothing",
        ],
    ),
];

/// Copies the sources to `folder`, and applies all faults.
fn copy_with_faults(folder: &Path) {
    let src = folder.join("src");
    must("cp", &["-a", &format!("{ROOT}/src"), src.to_str().unwrap()]);
    for (fault, _) in CAUGHT_BY {
        let patch = format!("{PATCHES}/{fault}.patch");
        let applied = Command::new("git")
            .args(["apply", &patch])
            .current_dir(folder)
            // Not the surrounding repository: its paths start elsewhere.
            .env("GIT_DIR", folder.join("no repository"))
            .output()
            .unwrap();
        assert!(applied.status.success(), "{fault}: {applied:?}");
    }
    let module = format!("{PATCHES}/fault_injection.rs");
    fs::copy(module, src.join("fault_injection.rs")).unwrap();
    let lib = fs::read_to_string(src.join("lib.rs")).unwrap();
    fs::write(src.join("lib.rs"), lib + "\nmod fault_injection;\n").unwrap();
}

/// Builds the copy with the program's own dependencies.
fn build_with_faults() -> String {
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = temporary.join("with-faults");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).unwrap();
    copy_with_faults(&folder);
    copy_manifests(&folder);
    let target = temporary.parent().unwrap();
    let built = cargo()
        .args(["build", "--offline", "--bin", "mfa-with-faults"])
        // With a test, dependencies have the same features as here, so none is rebuilt.
        .args(["--test", "golden"])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", target)
        .status();
    assert!(built.unwrap().success());
    let program = target.join("debug/mfa-with-faults");
    program.to_str().unwrap().to_owned()
}

/// The copy is a package with another name, so that nobody confuses the two, cargo included.
fn copy_manifests(folder: &Path) {
    for (file, more) in [
        ("Cargo.toml", "\n[lib]\nname = \"mfa\"\n"),
        ("Cargo.lock", ""),
    ] {
        let text = fs::read_to_string(format!("{ROOT}/{file}")).unwrap();
        let text = text.replace("name = \"mfa\"\n", "name = \"mfa-with-faults\"\n");
        let text = text.replace("\nmfa.opt-level", "\nmfa-with-faults.opt-level");
        fs::write(folder.join(file), text + more).unwrap();
    }
    // Cargo expects the tests, and finds their support crate there.
    symlink(format!("{ROOT}/tests"), folder.join("tests")).unwrap();
}

/// Cargo without the variables it set for this test: build scripts that watch them would run again.
fn cargo() -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.env_remove("OUT_DIR");
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(&name);
        }
    }
    cargo
}

/// Whether a test passes in `program` with this fault; with an empty name, without faults.
fn passes(test: &str, fault: &str, program: &str) -> bool {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env("MFA_PROGRAM", program)
        .env("MFA_FAULT", fault)
        // A test that is skipped has not caught the fault: it counts as passed.
        .env_remove("CI")
        .env_remove("MFA_FAULTS_REQUIRED")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.contains("running 1 test"), "there is no test {test}");
    output.status.success()
}

#[test]
fn every_fault_has_a_patch_that_applies() {
    if !can(works("git", &["--version"]), "git") {
        return;
    }
    let folder = tempfile::TempDir::new().unwrap();
    copy_with_faults(folder.path());
    let mut patches = 0;
    for entry in fs::read_dir(PATCHES).unwrap().flatten() {
        let path = entry.path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if path
            .extension()
            .is_some_and(|extension| extension == "patch")
        {
            let text = fs::read_to_string(&path).unwrap();
            let switch = format!("crate::fault_injection::is(\"{name}\")");
            assert!(text.contains(&switch), "{name} has no {switch}");
            patches += 1;
        }
    }
    assert_eq!(
        patches,
        CAUGHT_BY.len(),
        "a patch that no test is there for"
    );
}

#[test]
#[ignore = "compiles the program once more; .ci/run does it"]
fn every_fault_is_caught() {
    let program = build_with_faults();
    let each = CAUGHT_BY.iter();
    let each = each.flat_map(|(fault, tests)| tests.iter().map(move |test| (*fault, *test)));
    let jobs: Vec<_> = each.collect();
    // Otherwise, a program that is broken in another way would seem to catch all of them.
    let mut sound: Vec<_> = jobs.iter().map(|(_, test)| *test).collect();
    sound.sort_unstable();
    sound.dedup();
    in_parallel(
        &sound,
        || (),
        |(), test| {
            let is_sound = passes(test, "", &program);
            assert!(is_sound, "{test} fails without any fault");
        },
    );
    let missed = std::sync::Mutex::new(Vec::new());
    in_parallel(
        &jobs,
        || (),
        |(), (fault, test)| {
            let start = Instant::now();
            let is_missed = passes(test, fault, &program);
            let seconds = start.elapsed().as_secs_f32();
            let verdict = if is_missed { "MISSED BY" } else { "caught by" };
            let line = format!("fault: {fault:<16} {verdict} {test} ({seconds:.1} s)");
            tell(&line);
            if is_missed {
                missed.lock().unwrap().push(line);
            }
        },
    );
    let missed = missed.into_inner().unwrap();
    assert!(missed.is_empty(), "{missed:?}");
}
