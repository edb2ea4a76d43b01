//! `mfa list`.

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
        "mfa list nothing",
        "mfa list --codes --at 59",
        "mfa list amazon --codes --json --at 59",
        "mfa list amazon --json",
    ]));
}
