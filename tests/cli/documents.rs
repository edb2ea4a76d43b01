//! The commands in the README and the documents work as written.

use std::path::{Path, PathBuf};

use rexpect::session::spawn_command;

use crate::sandbox::Sandbox;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const README: &str = "README.md";

/// The README in both languages, and all documents in `src`.
fn documents() -> Vec<PathBuf> {
    fn below(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                below(&path, found);
            } else if path.extension().is_some_and(|end| end == "md") {
                found.push(path);
            }
        }
    }
    let mut found = vec![Path::new(ROOT).join(README)];
    for folder in ["src", ".github"] {
        below(&Path::new(ROOT).join(folder), &mut found);
    }
    found
}

/// The lines of all shell blocks, without comments.
fn shell_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut is_shell = false;
    for line in text.lines().map(str::trim) {
        if let Some(language) = line.strip_prefix("```") {
            is_shell = matches!(language, "sh" | "console");
        } else if is_shell {
            let command = line.split(" #").next().unwrap_or_default();
            lines.push(command.trim_start_matches("$ ").trim().to_owned());
        }
    }
    lines
}

/// Each `mfa …` command in a line of shell code.
fn commands_in(line: &str) -> Vec<String> {
    let parts = line
        .split([';', '|', '(', '"'])
        .flat_map(|part| part.split(" && "));
    let commands = parts.map(|part| part.split([')', '>', '<']).next().unwrap_or_default());
    let commands = commands
        .map(str::trim)
        .filter(|part| part.starts_with("mfa "));
    commands.map(ToOwned::to_owned).collect()
}

/// All commands of a document, in blocks and in the text.
fn commands(text: &str) -> Vec<String> {
    let mut found: Vec<_> = shell_lines(text)
        .iter()
        .flat_map(|line| commands_in(line))
        .collect();
    for (number, span) in text.split('`').enumerate() {
        if number % 2 == 1 && !span.contains('\n') {
            found.extend(commands_in(span));
        }
    }
    found
}

/// All commands, options and topics exist: adding `--help` prints help.
#[test]
fn every_command_in_the_documents_exists() {
    let sandbox = Sandbox::new();
    let mut known = 0;
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        for command in commands(&text) {
            let command = command.replace(['…', '[', ']'], "").replace(" N", " 1");
            let line = match command.split_once(" -- ") {
                Some((before, _)) => format!("{before} --help"),
                None => format!("{command} --help"),
            };
            let line = match command.strip_prefix("mfa help ") {
                Some(topic) if topic != "TOPIC" => format!("mfa help {topic}"),
                _ => line,
            };
            let output = sandbox.run(&line, b"");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(
                output.status.success(),
                "{}: {command}: {said}",
                document.display()
            );
            known += 1;
        }
    }
    assert!(known > 100, "{known} commands");
}

/// A sandbox with the files that the commands of the README name.
fn furnished() -> Sandbox {
    let sandbox = Sandbox::with_aws();
    let home = sandbox.home();
    let data = Path::new(ROOT).join("tests/data");
    std::fs::create_dir(home.join("Pictures")).unwrap();
    std::fs::create_dir(home.join("backups")).unwrap();
    for (from, to) in [
        ("two-accounts.png", "aws.png"),
        ("two-accounts.png", "Pictures/Screenshot.png"),
        ("two-accounts.png", "export-1.png"),
        ("inverted.png", "export-2.png"),
        ("two-accounts.png", "backups/codes.png"),
    ] {
        std::fs::copy(data.join(from), home.join(to)).unwrap();
    }
    let password = sandbox.passphrase_file();
    let backup = home.join("backup.json");
    let export = format!("mfa export {} --password-file {password}", backup.display());
    sandbox.stdout(&export);
    sandbox
}

/// The picture is up to date: it shows what `mfa list` prints today.
#[test]
fn the_picture_of_the_readme_shows_this_program() {
    let picture = std::fs::read_to_string(Path::new(ROOT).join("tests/data/session.svg")).unwrap();
    let texts: Vec<_> = picture
        .lines()
        .filter(|line| line.starts_with("<text"))
        .collect();
    assert!(
        texts
            .iter()
            .all(|line| line.starts_with("<text xml:space=\"preserve\""))
    );
    let lines = texts.iter().map(|line| {
        let pieces = line.split('<').filter_map(|tag| tag.split_once('>'));
        pieces.map(|(_, text)| text).collect::<String>()
    });
    let lines: Vec<_> = lines.map(|line| line.trim_end().to_owned()).collect();
    let printed = Sandbox::with_aws().stdout("mfa list");
    let shown = |wanted: &str| lines.iter().any(|line| line == wanted);
    // The list in the picture has wider columns, because it has more accounts.
    let account = printed.lines().nth(1).unwrap();
    assert!(shown(account.trim_end()), "{account}");
    for wanted in [
        "$ mfa add --qr aws.png",
        "$ mfa code aws",
        "$ mfa list",
        "Filter: git",
        "MFA code 2",
    ] {
        let begins = lines.iter().any(|line| line.starts_with(wanted));
        assert!(begins, "{wanted}");
    }
    assert!(picture.contains("@keyframes"), "it moves");
}

/// Commands for AWS need its servers, so `tests/aws` runs them. Those of sync need a remote: see `sync`.
#[test]
fn the_commands_of_the_readme_run() {
    let text = std::fs::read_to_string(Path::new(ROOT).join(README)).unwrap();
    let lines = shell_lines(&text);
    let lines = lines
        .iter()
        .filter(|line| line.starts_with("mfa ") && !line.contains(" && "));
    let mut ran = 0;
    let needs_others = |line: &str| line.starts_with("mfa aws ") || line.starts_with("mfa sync");
    for line in lines.filter(|line| !needs_others(line)) {
        let sandbox = furnished();
        if line.starts_with("mfa export ") {
            std::fs::remove_file(sandbox.home().join("backup.json")).unwrap();
        }
        let mut command = sandbox.command(&line.replace("~/", ""));
        command.current_dir(sandbox.home()).env("TERM", "xterm");
        let mut session = spawn_command(command, Some(20_000)).unwrap();
        // All prompts are for passwords, so they get the same answer.
        let mut said = String::new();
        while let Ok((before, _)) = session.exp_regex("(?i)passw[^:]*: |passphrase: ") {
            said += &before;
            session.send_line("correct horse").unwrap();
        }
        let status = format!("{:?}", session.process().wait().unwrap());
        assert!(status.ends_with(", 0)"), "{line}: {status} {said}");
        ran += 1;
    }
    assert!(ran >= 8, "{ran} commands");
}
