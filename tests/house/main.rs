//! The architecture as `src/lib.rs` describes it: its table of layers must agree with the imports of
//! every file in `src`.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and read files"
)]

mod docs;
mod hints;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const SRC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

/// Every source file, as its path below `src`, without comments.
fn sources() -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![PathBuf::from(SRC)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.lines().map(|line| line.split("//").next().unwrap());
                let code: Vec<_> = code.collect();
                let below = path.strip_prefix(SRC).unwrap().to_path_buf();
                found.insert(below, code.join("\n"));
            }
        }
    }
    assert!(found.len() > 200, "only {} files", found.len());
    found
}

/// The room of a file: its first folder, or its own name.
fn room(path: &Path) -> String {
    let first = path.components().next().unwrap();
    let name = Path::new(first.as_os_str()).file_stem().unwrap();
    name.to_str().unwrap().to_owned()
}

/// The first name after each `prefix`: `vault` in `crate::vault::format`.
fn names_after<'a>(code: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    let parts = code.split(prefix).skip(1);
    parts.map(|rest| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        &rest[..end.unwrap_or(rest.len())]
    })
}

/// The table in `lib.rs`: for each room, the rooms that it may use.
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(format!("{SRC}/lib.rs")).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("//! | `"));
    let in_ticks = |cell: &str| {
        let ticked = cell.split('`').skip(1).step_by(2);
        ticked.map(ToOwned::to_owned).collect()
    };
    let row = |row: &str| {
        let (name, rest) = row.split_once('`').unwrap();
        let uses = rest.trim_end_matches(" |").rsplit_once('|').unwrap().1;
        (name.to_owned(), in_ticks(uses))
    };
    rows.map(row).collect()
}

#[test]
fn every_room_uses_what_the_table_says_and_nothing_else() {
    let table = table();
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, code) in sources() {
        let own = room(&path);
        if ["lib", "main", "build"].contains(&own.as_str()) {
            continue;
        }
        let uses = imports.entry(own.clone()).or_default();
        let rooms = names_after(&code, "crate::").filter(|name| table.contains_key(*name));
        uses.extend(rooms.filter(|name| *name != own).map(ToOwned::to_owned));
    }
    assert_eq!(
        imports, table,
        "left: the imports; right: the table in lib.rs"
    );
}

#[test]
fn the_arrows_of_the_table_have_no_circle() {
    let mut left = table();
    while !left.is_empty() {
        let before = left.len();
        let rooms: Vec<_> = left.keys().cloned().collect();
        left.retain(|_, uses| uses.iter().any(|used| rooms.contains(used)));
        assert!(left.len() < before, "a circle: {:?}", left.keys());
    }
}

/// What two commands share belongs in `app`.
#[test]
fn no_command_uses_another() {
    for (path, code) in sources() {
        if room(&path) != "commands" || path.ends_with("mod.rs") {
            continue;
        }
        let siblings: Vec<_> = names_after(&code, "crate::commands::")
            .chain(names_after(&code, "super::"))
            .filter(|name| *name != "Run")
            .collect();
        assert!(siblings.is_empty(), "{}: {siblings:?}", path.display());
    }
}

#[test]
fn the_rooms_of_the_vault_have_no_circle() {
    let order = ["format", "storage", "init", "host", "unlock", "repository"];
    for (path, code) in sources() {
        let Ok(below) = path.strip_prefix("vault") else {
            continue;
        };
        let code = code.split("#[cfg(test)]").next().unwrap();
        let own = room(below);
        let Some(place) = order.iter().position(|room| *room == own) else {
            continue;
        };
        // In a file directly in the folder, and in a `mod.rs`, `super` is the vault itself.
        let is_door = below.components().count() == 1 || below.ends_with("mod.rs");
        let by_super = names_after(code, "super::").filter(|_| is_door);
        for used in names_after(code, "crate::vault::").chain(by_super) {
            let later = order.iter().position(|room| *room == used);
            assert!(later.is_none_or(|at| at <= place), "{own} uses {used}");
        }
    }
}

#[test]
fn modules_lie_in_one_way() {
    let sources = sources();
    for (path, code) in &sources {
        let beside = path.with_extension("").join("mod.rs");
        assert!(
            !sources.contains_key(&beside),
            "{} has a folder",
            path.display()
        );
        // The last two would hide rooms from the tests above.
        for unwanted in [
            "#[path",
            "super::super::",
            "crate::{",
            "crate::vault::{self",
        ] {
            assert!(!code.contains(unwanted), "{}: {unwanted}", path.display());
        }
    }
}

/// The owner's card. What a build leaves (`target`) is in `.gitignore`.
#[test]
fn the_top_level_holds_nothing_else() {
    let card = [
        "Cargo.toml",
        "Cargo.lock",
        "LICENSE",
        "README.md",
        "src",
        "target",
        "tests",
    ];
    let root = fs::read_dir(env!("CARGO_MANIFEST_DIR")).unwrap();
    let names = root.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let others: Vec<_> = names
        .filter(|name| !name.starts_with('.') && !card.contains(&name.as_str()))
        .collect();
    assert!(others.is_empty(), "{others:?}");
}
