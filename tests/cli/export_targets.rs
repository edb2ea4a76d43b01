//! What `mfa export` and `mfa qr` must not replace, and how they replace the rest.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::export::sandbox;

/// All files below a folder, with their content.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(tree(&path));
        } else {
            found.insert(path.clone(), fs::read(path).unwrap_or_default());
        }
    }
    found
}

#[test]
fn nothing_of_a_vault_is_a_target() {
    let sandbox = sandbox();
    sandbox.stdout("mfa code Acme:bob");
    sandbox.stdout("mfa code alice --fresh");
    let (home, own) = (sandbox.home(), sandbox.vault());
    let folder = own.parent().unwrap();
    let backup = fs::read_dir(folder.join("backups")).unwrap();
    let backup = backup.flatten().next().unwrap().path();
    fs::hard_link(&own, home.join("hard.png")).unwrap();
    let state = sandbox.state();
    let targets = [
        own.clone(),
        own.with_extension("json.lock"),
        own.with_extension("key"),
        own.with_extension("json.rekey"),
        backup,
        folder.join("backups/new.png"),
        state.join("new.svg"),
        state.join("steps/new"),
        home.join("hard.png"),
    ];
    #[cfg(unix)]
    let linked = on_unix::links(&sandbox);
    // Windows lets few users make links.
    #[cfg(not(unix))]
    let linked: [PathBuf; 0] = [];
    let other = home.join("other/vault.json");
    let all = b"otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    let add = format!("mfa --vault {} add -", other.display());
    assert!(sandbox.run(&add, all).status.success());
    let before = tree(home);
    for target in targets.into_iter().chain(linked) {
        let target = target.display();
        let picture = [".png", ".svg"]
            .iter()
            .any(|end| target.to_string().ends_with(end));
        for force in ["", " --force"] {
            let mut lines = vec![
                format!("mfa export {target} --format otpauth{force}"),
                format!(
                    "mfa --vault {} export {target} --format otpauth{force}",
                    other.display()
                ),
            ];
            if picture {
                lines.push(format!("mfa qr alice --output {target}{force}"));
            }
            for line in lines {
                let output = sandbox.run(&line, b"");
                assert_eq!(output.status.code(), Some(2), "{line}: {output:?}");
                assert_eq!(tree(home), before, "{line}");
            }
        }
    }
    // Pictures are written into a folder, one by one.
    for folder in [folder.join("backups"), state] {
        let line = format!("mfa export {} --format qr --force", folder.display());
        assert_eq!(sandbox.run(&line, b"").status.code(), Some(2), "{line}");
        assert_eq!(tree(home), before, "{line}");
    }
}

/// Another vault is protected too; an earlier export may be replaced.
#[test]
fn force_replaces_no_other_vault() {
    let sandbox = sandbox();
    let word = sandbox.passphrase_file();
    let home = sandbox.home();
    let vault = |name: &str| home.join("other").join(name);
    let uri = b"otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    for name in ["work.json", "team.mfa", "gone.json", "bare.json"] {
        let add = format!("mfa --vault {} add -", vault(name).display());
        assert!(sandbox.run(&add, uri).status.success());
    }
    fs::write(vault("work.json.rekey"), "journal").unwrap();
    fs::remove_file(vault("gone.json")).unwrap();
    // A vault and its key file that were copied, and nothing else.
    fs::create_dir(home.join("copy")).unwrap();
    for name in ["bare.json", "bare.key"] {
        fs::copy(vault(name), home.join("copy").join(name)).unwrap();
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink(vault("work.json"), home.join("to-work")).unwrap();
    let before = tree(home);
    for target in [
        vault("work.json"),
        vault("work.key"),
        vault("work.json.lock"),
        vault("work.json.rekey"),
        vault("backups/work-00000001.json"),
        vault("team.mfa"),
        vault("team.key"),
        vault("backups/team.mfa-00000001.json"),
        vault("gone.key"),
        vault("backups/gone-00000001.json"),
        home.join("copy/bare.json"),
        home.join("copy/bare.key"),
        #[cfg(unix)]
        home.join("to-work"),
        home.join(".any.9.mfa-tmp"),
        sandbox.data().join(".vault.json.9.mfa-tmp"),
    ] {
        for force in ["", " --force"] {
            let line = format!("mfa export {} --format otpauth{force}", target.display());
            let output = sandbox.run(&line, b"");
            assert_eq!(output.status.code(), Some(2), "{line}: {output:?}");
            assert_eq!(tree(home), before, "{line}");
        }
    }
    // Neither an export, nor a file whose name only looks like a vault's, is protected.
    fs::write(vault("work.html"), "page").unwrap();
    fs::create_dir(home.join("backups")).unwrap();
    for (target, format) in [
        (home.join("plain.json"), "mfa"),
        (home.join("backups/accounts-20261126.json"), "mfa"),
        (vault("work.html"), "paper"),
    ] {
        let target = target.display();
        let line = format!("mfa export {target} --format {format} --password-file {word} --force");
        sandbox.stdout(&line);
        sandbox.stdout(&line);
    }
}

#[cfg(unix)]
mod on_unix {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::process::Command;

    use super::*;
    use crate::sandbox::Sandbox;

    /// Targets that lead to the vault by links.
    pub fn links(sandbox: &Sandbox) -> [PathBuf; 5] {
        let (home, own) = (sandbox.home(), sandbox.vault());
        let folder = own.parent().unwrap();
        symlink(&own, home.join("link.png")).unwrap();
        symlink(folder, home.join("folder")).unwrap();
        symlink(folder.join("vault.json.rekey"), home.join("dangling.svg")).unwrap();
        let links = [
            "link.png",
            "dangling.svg",
            "folder/vault.json",
            "folder/backups/../vault.key",
            "folder/backups/x.png",
        ];
        links.map(|link| home.join(link))
    }

    /// A limit of the file size stops the export; the old file stays, and nothing else is left.
    #[test]
    fn the_old_file_goes_when_the_new_one_is_whole() {
        let sandbox = sandbox();
        let word = sandbox.passphrase_file();
        let home = sandbox.home().display();
        for (line, file) in [
            (format!("mfa export {home}/o --format otpauth"), "o"),
            (
                format!("mfa export {home}/v --format mfa --password-file {word}"),
                "v",
            ),
            (format!("mfa qr alice --output {home}/p.png"), "p.png"),
        ] {
            let file = sandbox.home().join(file);
            for (before, force) in [(None, ""), (Some("old"), " --force")] {
                if let Some(before) = before {
                    fs::write(&file, before).unwrap();
                }
                let earlier = tree(sandbox.home());
                let program = sandbox.command(&format!("{line}{force}"));
                let mut shell = Command::new("sh");
                shell
                    .args(["-c", "ulimit -f 0; exec \"$0\" \"$@\""])
                    .arg(program.get_program())
                    .args(program.get_args())
                    .env_clear()
                    .env("HOME", sandbox.home());
                let output = shell.output().unwrap();
                assert_eq!(output.status.code(), Some(1), "{line}: {output:?}");
                assert_eq!(tree(sandbox.home()), earlier, "{line}{force}");
            }
            sandbox.stdout(&format!("{line} --force"));
            assert_ne!(fs::read(&file).unwrap(), b"old");
            let mode = fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    /// Half an export would contain keys.
    #[test]
    fn what_a_killed_export_left_is_cleared_away() {
        let sandbox = sandbox();
        let mut child = Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        let left = |process: u32| sandbox.home().join(format!(".any.{process}.mfa-tmp"));
        for process in [child.id(), 1] {
            fs::write(left(process), "secret").unwrap();
        }
        let home = sandbox.home().display();
        sandbox.stdout(&format!("mfa export {home}/out --format otpauth"));
        assert!(!left(child.id()).exists() && left(1).exists());
    }

    #[test]
    fn what_is_no_file_is_no_target() {
        let sandbox = sandbox();
        let fifo = sandbox.home().join("fifo");
        assert!(
            Command::new("mkfifo")
                .arg(&fifo)
                .status()
                .unwrap()
                .success()
        );
        let fifo = fifo.display().to_string();
        for target in [&fifo, "/dev/stdout", "/dev/fd/1", "/dev/null", "tests"] {
            for force in ["", " --force"] {
                let line = format!("mfa export {target} --format otpauth{force}");
                let output = sandbox.run(&line, b"");
                assert_eq!(output.status.code(), Some(1), "{line}: {output:?}");
                let said = String::from_utf8(output.stderr).unwrap();
                assert!(said.contains(": it is not a file\n"), "{line}: {said}");
            }
        }
        // Whatever stdout is: a link to it is not accepted as a file.
        let stdout = fs::File::create(sandbox.home().join("stdout")).unwrap();
        let mut command = sandbox.command("mfa export /dev/stdout --format otpauth");
        let output = command.stdout(stdout).output().unwrap();
        assert!(
            String::from_utf8_lossy(&output.stderr).contains(": it is not a file\n"),
            "{output:?}"
        );
        for left in [&fifo, "/dev/stdout", "/dev/null"] {
            assert!(fs::symlink_metadata(left).is_ok_and(|left| !left.is_file()));
        }
    }
}
