//! `mfa list`, also with accounts that cannot be used.

use data_encoding::BASE64;
use mfa::vault::Envelope;
use mfa::vault::format::{Random, RandomError, SlotKey, seal};

use crate::sandbox::{Sandbox, snapshot};

#[test]
fn tables_and_json() {
    let sandbox = Sandbox::with_aws();
    sandbox.stdout("mfa add --qr tests/data/two-accounts.png");
    let uris = b"otpauth://steam/Steam:me?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n\
        otpauth://hotp/h?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0";
    sandbox.run("mfa add -", uris);
    snapshot!(sandbox.transcript(&[
        "mfa list",
        "mfa list git",
        "mfa list web user",
        "mfa list nothing",
        "mfa list --codes --at 59",
        "mfa list amazon --codes --json --at 59",
        "mfa list amazon --json",
    ]));
}

/// A nonce that no other write in these tests uses.
struct Fixed;

impl Random for Fixed {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        bytes.fill(7);
        Ok(())
    }
}

/// A vault with two accounts; the first has a type that this program does not know.
fn with_an_unusable_entry() -> Sandbox {
    let sandbox = Sandbox::with_aws();
    sandbox.stdout("mfa add --qr tests/data/inverted.png");
    let key_file = std::fs::read_to_string(sandbox.vault().with_extension("key")).unwrap();
    let bytes = BASE64.decode(key_file.lines().last().unwrap().as_bytes());
    let with = SlotKey::from_bytes(bytes.unwrap().try_into().unwrap());
    let envelope = Envelope::parse(&std::fs::read(sandbox.vault()).unwrap()).unwrap();
    let header = envelope.header.clone();
    let key = seal::unwrap(&header, &header.slots[0], &with).unwrap();
    let plaintext = seal::open(envelope, &key).unwrap();
    let text = std::str::from_utf8(&plaintext)
        .unwrap()
        .replacen("\"totp\"", "\"push\"", 1);
    let sealed = seal::seal(header, &key, text.as_bytes(), &mut Fixed).unwrap();
    std::fs::write(sandbox.vault(), sealed.to_json()).unwrap();
    sandbox
}

#[test]
fn an_unusable_entry_is_reported_and_hides_nothing() {
    let sandbox = with_an_unusable_entry();
    snapshot!(sandbox.transcript(&[
        "mfa list",
        "mfa list --json",
        "mfa code carol --at 59",
        "mfa add --qr tests/data/two-accounts.png",
        "mfa list",
        "mfa vault check",
    ]));
}
