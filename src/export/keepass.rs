//! `KeePass` 2's unencrypted XML (keepass.info/help/kb/kdbx.html), as `KeePass` 2 and KeePassXC
//! import it. Every entry has the fields of both.

use data_encoding::BASE64;
use sha2::{Digest, Sha256};

use super::{Export, Target, file, keepassxc, note_extras, partition, push_escaped};
use crate::crypto::SecretBuffer;
use crate::otp::{Account, Algorithm, Kind};

pub(super) const TARGET: Target = Target {
    name: "keepass",
    title: "KeePass 2 and KeePassXC XML, not encrypted",
    is_encrypted: false,
    write: |accounts, _| Ok(write(accounts)),
};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\n\
<KeePassFile>\n<Meta><Generator>mfa</Generator></Meta>\n<Root>\n<Group>";

fn write(accounts: &[Account]) -> Export<'static> {
    let (taken, mut omitted) = partition(accounts, |account| {
        let credential = &account.credential;
        let is_plain = credential.algorithm == Algorithm::Sha1 && credential.digits.get() == 6;
        let is_hotp = matches!(credential.kind, Kind::Hotp { .. });
        (is_hotp && !is_plain)
            .then(|| "KeePass supports HOTP only with 6 digits and SHA1".to_owned())
    });
    note_extras(&taken, usize::MAX, &mut omitted);
    let mut text = SecretBuffer::default();
    text.extend_from_slice(HEAD.as_bytes());
    element(&mut text, "UUID", &uuid("mfa"));
    element(&mut text, "Name", "mfa");
    for account in &taken {
        entry(&mut text, account);
    }
    text.extend_from_slice(b"</Group>\n</Root>\n</KeePassFile>\n");
    file(text.into_bytes(), taken.len(), omitted)
}

/// 16 bytes in base64, always the same for one account, so that a second import merges.
fn uuid(of: &str) -> String {
    let hash = Sha256::digest(of);
    BASE64.encode(&hash[..16])
}

fn entry(text: &mut SecretBuffer, account: &Account) {
    let (issuer, name) = (account.issuer.as_str(), account.name.as_str());
    text.extend_from_slice(b"\n<Entry>");
    element(text, "UUID", &uuid(&account.id.to_string()));
    if !account.tags.is_empty() {
        element(text, "Tags", &account.tags.join(";"));
    }
    string(text, "Title", if issuer.is_empty() { name } else { issuer });
    string(text, "UserName", name);
    one_time_password(text, account);
    text.extend_from_slice(b"</Entry>\n");
}

/// `otp` is for KeePassXC, the other fields for `KeePass` 2.47 and later. Only one of the two programs
/// supports Steam, and only one HOTP.
fn one_time_password(text: &mut SecretBuffer, account: &Account) {
    let credential = &account.credential;
    let key = credential.secret.to_base32();
    match credential.kind {
        Kind::Hotp { counter } => {
            string(text, "HmacOtp-Secret-Base32", &key);
            string(text, "HmacOtp-Counter", &counter.to_string());
        }
        Kind::Steam => string(text, "otp", &keepassxc::uri(account)),
        Kind::Totp { period } => {
            string(text, "otp", &keepassxc::uri(account));
            string(text, "TimeOtp-Secret-Base32", &key);
            string(text, "TimeOtp-Period", &period.get().to_string());
            string(text, "TimeOtp-Length", &credential.digits.get().to_string());
            let algorithm = match credential.algorithm {
                Algorithm::Sha1 => "HMAC-SHA-1",
                Algorithm::Sha256 => "HMAC-SHA-256",
                Algorithm::Sha512 => "HMAC-SHA-512",
            };
            string(text, "TimeOtp-Algorithm", algorithm);
        }
    }
}

fn string(text: &mut SecretBuffer, key: &str, value: &str) {
    text.extend_from_slice(b"\n<String>");
    element(text, "Key", key);
    element(text, "Value", value);
    text.extend_from_slice(b"</String>");
}

fn element(text: &mut SecretBuffer, name: &str, value: &str) {
    for part in ["<", name, ">"] {
        text.extend_from_slice(part.as_bytes());
    }
    push_escaped(text, value);
    for part in ["</", name, ">"] {
        text.extend_from_slice(part.as_bytes());
    }
}
