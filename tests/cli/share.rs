//! `mfa vault share`: slots for people's own keys, with the feature `age`; and the error of a build
//! without it.

/// Used only by these tests; made by `age-keygen` and `ssh-keygen`.
const ALICE: &str = "age1ysy78clkhc3wq5ztmygyvrf9mpgvquydulca6aavllsl4gcjs47qn0uckg";

#[cfg(not(feature = "age"))]
#[test]
fn a_build_without_age_says_how_to_get_one() {
    let sandbox = crate::sandbox::Sandbox::with_aws();
    let text = sandbox.transcript(&[
        &format!("mfa vault share {ALICE}"),
        &format!("mfa export x.json --format mfa --recipient {ALICE}"),
        "mfa vault share list",
    ]);
    let expected = format!(
        "$ mfa vault share {ALICE}\n! mfa: this build of mfa does not support age\n\
         !   try: cargo install --locked --path . --features age\n= 1\n\
         $ mfa export x.json --format mfa --recipient {ALICE}\n\
         ! mfa: this build of mfa does not support age\n\
         !   try: cargo install --locked --path . --features age\n= 1\n\
         $ mfa vault share list\n! the vault is not shared\n= 0\n"
    );
    assert_eq!(text, expected);
}

#[cfg(feature = "age")]
mod with_age {
    use std::fs;
    use std::path::PathBuf;

    use super::ALICE;
    use crate::sandbox::{Sandbox, make_private, snapshot};

    const ALICE_OWN: &str =
        "AGE-SECRET-KEY-1G7WN5VY4SWZ8GSUXC0LY3MLKN35KUL5TXCQZ8WE54NE27RMWXTZQHVFM9Y";
    const DAVE: &str = "age1s9nlae05h7uv7l6yhw0xwj89h7gafm5cgsdl9ucefp85uv56lswsxxq3wh";
    const DAVE_OWN: &str =
        "AGE-SECRET-KEY-1ZX06N45XCW60W6H8KRAQLX2046K43EXH3SPHX8Z0V3JE3TJ3008SGRPZTL";
    const BOB: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEOTXRFO0yQgQcY2Dk2cBZyaRGCQaLzRNDVfXS5ZFQnX";
    /// The private key that belongs to it.
    const BOB_OWN: &str = "tests/data/share-bob.ssh";

    /// Writes a private key to a file, and prints a code with it; returns the exit code.
    fn code_with(sandbox: &Sandbox, name: &str, own: &str) -> Option<i32> {
        let path = sandbox.home().join(name);
        fs::write(&path, format!("# a comment\n{own}\n")).unwrap();
        exit_with(sandbox, path.to_str().unwrap())
    }

    fn exit_with(sandbox: &Sandbox, path: &str) -> Option<i32> {
        let mut command = sandbox.command("mfa code my --at 59");
        let output = command.env("MFA_AGE_IDENTITY", path).output().unwrap();
        if output.status.success() {
            assert_eq!(output.stdout, b"140615\n");
        }
        output.status.code()
    }

    fn shared() -> Sandbox {
        let sandbox = Sandbox::with_aws();
        let text = sandbox.stdout(&format!("mfa vault share {ALICE} {DAVE} '{BOB} bob@host'"));
        assert_eq!(
            text,
            format!("shared with {ALICE}\nshared with {DAVE}\nshared with {BOB}\n")
        );
        fs::remove_file(sandbox.data().join("vault.key")).unwrap();
        sandbox
    }

    #[test]
    fn each_members_own_key_opens_the_vault() {
        let sandbox = shared();
        assert_eq!(code_with(&sandbox, "alice", ALICE_OWN), Some(0));
        assert_eq!(code_with(&sandbox, "dave", DAVE_OWN), Some(0));
        assert_eq!(exit_with(&sandbox, BOB_OWN), Some(0));
        let again = sandbox.stdout("mfa vault share list");
        assert_eq!(again, format!("{ALICE}\n{DAVE}\n{BOB}\n"));
        let status = sandbox.stdout("mfa vault status");
        assert!(status.contains("3 age or SSH keys"), "{status}");
    }

    /// Whether a key is already shared is checked under the lock.
    #[test]
    fn a_key_that_is_shared_six_times_at_once_has_one_slot() {
        let sandbox = Sandbox::with_aws();
        let line = format!("mfa vault share {ALICE}");
        let children: Vec<_> = (0..6)
            .map(|_| sandbox.command(&line).spawn().unwrap())
            .collect();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        assert_eq!(sandbox.stdout("mfa vault share list"), format!("{ALICE}\n"));
        sandbox.stdout(&format!("mfa vault share revoke {ALICE}"));
        assert_eq!(sandbox.stdout("mfa vault share list"), "");
    }

    #[test]
    fn keys_are_found_in_their_usual_places() {
        type Place = fn(&Sandbox) -> PathBuf;
        let places: [(Place, String); 2] = [
            (
                |sandbox| sandbox.config().join("identities.txt"),
                ALICE_OWN.to_owned(),
            ),
            (
                |sandbox| sandbox.home().join(".ssh/id_ed25519"),
                fs::read_to_string(BOB_OWN).unwrap(),
            ),
        ];
        for (place, own) in places {
            let sandbox = shared();
            assert_eq!(sandbox.run("mfa list", b"").status.code(), Some(5));
            let path = place(&sandbox);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, own).unwrap();
            make_private(&path);
            let output = sandbox.run("mfa list", b"");
            assert!(output.status.success(), "{}", path.display());
        }
    }

    #[test]
    fn a_revoked_key_opens_neither_the_vault_nor_its_backups() {
        let sandbox = shared();
        let own = sandbox.home().join("alice");
        fs::write(&own, ALICE_OWN).unwrap();
        let sandbox = sandbox.variable("MFA_AGE_IDENTITY", own.to_str().unwrap());
        let output = sandbox.run(&format!("mfa vault share revoke {DAVE}"), b"");
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            format!("revoked {DAVE}\n")
        );
        assert!(
            String::from_utf8_lossy(&output.stderr)
                .contains("the owners of these keys may have copied secrets")
        );
        assert_eq!(code_with(&sandbox, "dave", DAVE_OWN), Some(5));
        assert_eq!(exit_with(&sandbox, BOB_OWN), Some(0));
        assert_eq!(code_with(&sandbox, "alice", ALICE_OWN), Some(0));
        assert!(
            sandbox
                .stdout("mfa vault check")
                .contains("no problems found")
        );
        for backup in fs::read_dir(sandbox.vault().with_file_name("backups")).unwrap() {
            let text = fs::read_to_string(backup.unwrap().path()).unwrap();
            assert!(!text.contains(DAVE));
        }
    }

    #[test]
    fn an_export_opens_with_its_recipients_keys_alone() {
        let sandbox = Sandbox::with_aws();
        let team = sandbox.home().join("team.json");
        let team = team.to_str().unwrap().to_owned();
        let text = sandbox.transcript(&[
            &format!("mfa export {team} --format mfa -r {ALICE} -r '{BOB} bob' -r {ALICE}"),
            &format!("mfa export team.csv --format keepassxc -r {ALICE}"),
            "mfa export other.json --format mfa -r nobody",
        ]);
        snapshot!(text);
        let sandbox = sandbox.variable("MFA_VAULT", &team);
        assert_eq!(code_with(&sandbox, "dave", DAVE_OWN), Some(5));
        assert_eq!(code_with(&sandbox, "alice", ALICE_OWN), Some(0));
        assert_eq!(exit_with(&sandbox, BOB_OWN), Some(0));
        let again = sandbox.stdout("mfa vault share list");
        assert_eq!(again, format!("{ALICE}\n{BOB}\n"));
    }

    #[test]
    fn what_is_no_public_key_is_refused() {
        let sandbox = Sandbox::with_aws();
        for (given, said) in [
            ("nobody", "is not an age recipient"),
            (&ALICE[..40], "is not an age recipient"),
            (ALICE_OWN, "this is a private key"),
            ("age1yubikey1qwerty", "is not an age recipient"),
        ] {
            let output = sandbox.run(&format!("mfa vault share {given}"), b"");
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{text}");
            assert!(text.contains(said), "{text}");
            assert!(!text.contains("AGE-SECRET"), "{text}");
        }
        assert_eq!(sandbox.stdout("mfa vault share list"), "");
    }

    #[test]
    fn a_key_that_was_sealed_for_another_slot_or_vault_does_not_open_it() {
        let sandbox = shared();
        let other = shared();
        let text = fs::read_to_string(sandbox.vault()).unwrap();
        let foreign = fs::read_to_string(other.vault()).unwrap();
        let key = |text: &str| {
            let slot = text.split(ALICE).nth(1).unwrap();
            slot.split('"').nth(4).unwrap().to_owned()
        };
        let (own, foreign) = (key(&text), key(&foreign));
        assert!(own.len() > 200 && own != foreign);
        fs::write(sandbox.vault(), text.replace(&own, &foreign)).unwrap();
        assert_eq!(code_with(&sandbox, "alice", ALICE_OWN), Some(5));
        // Another slot opens the vault, and then the change is noticed.
        assert_eq!(code_with(&sandbox, "dave", DAVE_OWN), Some(6));
    }
}
