//! `mfa edit`, `mfa rename` and `mfa remove`.

use crate::sandbox::{Sandbox, snapshot};

#[test]
fn accounts_are_renamed_changed_and_removed() {
    let sandbox = Sandbox::with_aws();
    sandbox.stdout("mfa add --qr tests/data/two-accounts.png");
    snapshot!(sandbox.transcript(&[
        "mfa rename bob robert",
        "mfa rename robert 'Elsewhere:robert'",
        "mfa rename robert GitHub:alice",
        "mfa rename nobody x",
        "mfa edit robert --digits 8 --algorithm SHA256 --period 60",
        "mfa edit robert --type steam",
        "mfa edit robert --type totp",
        "mfa edit robert --type hotp",
        "mfa edit robert --type hotp --counter 3",
        "mfa edit robert --period 5",
        "mfa edit robert",
        "mfa edit robert --name '' --issuer ''",
        "mfa rename robert ''",
        "mfa remove '' --yes",
        "mfa remove robert",
        "mfa remove robert --yes",
        "mfa remove robert --yes",
        "mfa list",
    ]));
}
