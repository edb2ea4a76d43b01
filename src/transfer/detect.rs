//! What a file is, by its content.

use serde::de::IgnoredAny;
use zeroize::Zeroizing;

use super::json::Shape;
use super::{
    Import, ImportError, Input, MAX_BYTES, aegis, andotp, authenticator, authenticator_plus, authy,
    battlenet, bitwarden, bitwarden_sealed, cotp, databases, duo, ente, extract, freeotp, freeotp2,
    kdbx, keepass, lastpass, mfa, onepassword, passwords, prefs, proton, raivo, rsc, steam,
    stratum, totp_authenticator, totp_cli, twofas, uris, zip,
};

/// A format that can be read.
pub struct Format {
    /// What `--format` calls it.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    looks_like: fn(&Look<'_>) -> bool,
    read: fn(&Input<'_>) -> Result<Import, ImportError>,
}

/// A first look at a file.
pub(super) struct Look<'a> {
    pub(super) bytes: &'a [u8],
    /// The whole of it, where it is UTF-8 text.
    pub(super) text: &'a str,
    shape: Option<Shape>,
    /// The names of the files in a zip.
    members: Vec<String>,
}

impl<'a> Look<'a> {
    fn at(bytes: &'a [u8]) -> Self {
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        let text = text.trim_start_matches('\u{feff}');
        Self {
            bytes,
            text,
            shape: Shape::of(text),
            members: zip::names(bytes),
        }
    }

    /// Whether it is a JSON object with these members.
    fn has(&self, members: &[&str]) -> bool {
        self.shape.as_ref().is_some_and(|shape| shape.has(members))
    }

    /// Whether it is a JSON list of objects with these members.
    fn lists(&self, members: &[&str]) -> bool {
        self.shape
            .as_ref()
            .is_some_and(|shape| shape.lists(members))
    }

    fn starts_with(&self, start: &[u8]) -> bool {
        self.bytes.starts_with(start)
    }

    fn holds(&self, end_of_name: &str) -> bool {
        self.members.iter().any(|name| name.ends_with(end_of_name))
    }

    /// Android's preferences with this in them.
    fn prefers(&self, what: &str) -> bool {
        prefs::is_prefs(self.text) && self.text.contains(what)
    }

    /// Whether it is a table with such a column.
    fn heads(&self, column: &str) -> bool {
        self.columns().any(|name| name.eq_ignore_ascii_case(column))
    }

    /// The same by how a column's name begins.
    fn heads_with(&self, start: &str) -> bool {
        self.columns().any(|name| name.starts_with(start))
    }

    fn columns(&self) -> impl Iterator<Item = &str> {
        let head = self.text.lines().next().unwrap_or_default();
        let head = &head[..head.floor_char_boundary(LONGEST_HEAD)];
        let names = head.split([',', ';', '\t']);
        names.map(|name| name.trim().trim_matches('"'))
    }
}

/// In bytes: a real table has some dozen columns, and a file of one line is looked at often.
const LONGEST_HEAD: usize = 1 << 16;

macro_rules! formats {
    ($($name:literal $title:literal $look:expr => $read:expr;)*) => {
        /// All formats, the surest signs first.
        pub const FORMATS: &[Format] = &[$(Format {
            name: $name,
            title: $title,
            looks_like: $look,
            read: $read,
        }),*];
    };
}

formats! {
    "kdbx" "KeePass, KeePassXC (KDBX 3 and 4)" |l| l.starts_with(&kdbx::MAGIC) => kdbx::read;
    "sqlite" "the databases of Google Authenticator, Microsoft Authenticator and Stratum"
        |l| l.starts_with(b"SQLite format 3\0") => databases::read;
    "freeotp2" "FreeOTP 2 (externalBackup.xml)"
        |l| l.starts_with(&[0xac, 0xed, 0, 5]) => freeotp2::read;
    "stratum" "Stratum, Authenticator Pro"
        |l| l.starts_with(stratum::STRONG) || l.starts_with(stratum::LEGACY) || l.has(&["Authenticators"])
        => stratum::read;
    "1pux" "1Password (1pux)" |l| l.holds("export.data") => onepassword::read_1pux;
    "raivo" "Raivo OTP"
        |l| l.holds("raivo-otp-export.json") || l.lists(&["kind", "timer"]) => raivo::read;
    "proton-pass" "Proton Pass (zip or JSON)"
        |l| l.holds("Proton Pass/data.json") || l.has(&["vaults", "userId"]) => proton::read_pass;
    "authenticator-plus" "Authenticator Plus (zip or database)"
        |l| l.holds("Accounts.txt") => authenticator_plus::read;
    "winauth" "WinAuth (zip)" |l| l.holds(".txt") => uris::read_zip;
    "totp-cli" "totp-cli" |l| totp_cli::looks_like(l.text) => totp_cli::read;
    "authy" "Authy (dumps)" |l| l.prefers("com.authy") || l.has(&["authenticator_tokens"])
        || l.has(&["decrypted_authenticator_tokens"]) || l.lists(&["uri", "secret", "name"])
        || l.lists(&["accountType", "digits"])
        => authy::read;
    "battle-net" "Battle.net" |l| l.prefers("com.blizzard") => battlenet::read;
    "totp-authenticator" "TOTP Authenticator"
        |l| l.prefers("STATIC_TOTP_CODES_LIST") => totp_authenticator::read;
    "freeotp" "FreeOTP 1 and FreeOTP+"
        |l| l.has(&["tokens", "tokenOrder"]) || l.prefers("&quot;secret&quot;") => freeotp::read;
    "mfa" "a vault of mfa (with a passphrase)"
        |l| l.has(&["format", "header", "payload"]) => mfa::read;
    "aegis" "Aegis" |l| l.has(&["header", "db"]) => aegis::read;
    "2fas" "2FAS" |l| l.has(&["services"]) && (l.has(&["schemaVersion"]) || l.has(&["servicesEncrypted"]))
        => twofas::read;
    "proton" "Proton Authenticator"
        |l| l.has(&["version", "entries"]) || l.has(&["version", "salt", "content"]) => proton::read;
    "ente" "Ente Auth (encrypted)" |l| l.has(&["encryptedData", "encryptionNonce"]) => ente::read;
    "bitwarden" "Bitwarden" |l| l.has(&["encrypted", "items"]) || l.has(&["folders", "items"])
        || l.has(&["collections", "items"]) || l.has(&["items"]) && l.text.contains("\"login\"")
        => bitwarden::read;
    "bitwarden-encrypted" "Bitwarden (encrypted JSON)"
        |l| l.has(&["encrypted", "encKeyValidation_DO_NOT_EDIT"]) => bitwarden_sealed::read;
    "cotp" "cotp" |l| l.has(&["version", "elements"]) || l.has(&["version", "nonce", "salt", "cipher"])
        || l.has(&["items"]) || l.lists(&["issuer", "label", "digits", "pin", "type"])
            && !l.lists(&["thumbnail"])
        => cotp::read;
    "lastpass" "LastPass Authenticator"
        |l| l.has(&["accounts", "folders"]) || l.has(&["accounts", "version"]) && l.text.contains("\"secret\"") => lastpass::read;
    "steam" "Steam (Android, SDA, steamguard-cli)"
        |l| l.has(&["shared_secret"]) || l.has(&["entries", "encrypted"])
            || l.has(&["accounts"]) && l.text.contains("\"shared_secret\"")
        => steam::read;
    "extract-otp-secrets" "extract_otp_secrets (CSV or JSON)"
        |l| l.lists(&["url", "secret"]) || l.heads("url") && l.heads("secret") && l.heads("issuer")
        => extract::read;
    "duo" "Duo" |l| l.lists(&["otpGenerator"]) => duo::read;
    "andotp" "andOTP" |l| l.lists(&["secret", "label"]) || l.lists(&["secret", "digits"])
        => andotp::read;
    "authenticator" "Authenticator (browser extension)"
        |l| authenticator::looks_like(l.text) => authenticator::read;
    "bitwarden-csv" "Bitwarden (CSV)" |l| l.heads("login_totp") => bitwarden::read_csv;
    "1password-csv" "1Password (CSV)" |l| l.heads("OTPAuth") && l.heads("Title") => onepassword::read_csv;
    "keepass-xml" "KeePass 2 and KeePassXC (XML)" |l| l.text.contains("<KeePassFile") => keepass::read_plain_xml;
    "keepass-csv" "KeePassXC and KeePass 2 (CSV)"
        |l| l.heads_with("TimeOtp-") || l.heads_with("HmacOtp-") || l.heads("TOTP") && l.heads("Title")
        => keepass::read_csv;
    "csv" "tables of other password managers (LastPass, Proton Pass, Dashlane and others)"
        |l| passwords::looks_like(|name| l.heads(name)) => passwords::read;
    "2fa" "rsc/2fa" |l| rsc::looks_like(l.text) => rsc::read;
    "uris" "otpauth and Google Authenticator export URIs (Ente, WinAuth, pass, gopass, HTML and others)"
        |l| uris::looks_like(l.text) => uris::read;
    "steam-sealed" "Steam (encrypted maFile)" |_| false => steam::read_sealed;
    "andotp-encrypted" "andOTP (encrypted)" |_| false => andotp::read_encrypted;
}

/// Reads a file, whatever it is; `format` skips the finding out.
///
/// # Errors
/// [`ImportError`]. An account that cannot be used is no error.
pub fn read(input: &Input<'_>, format: Option<&str>) -> Result<Import, ImportError> {
    if input.bytes.len() > MAX_BYTES {
        let message = format!("more than {} MiB", MAX_BYTES >> 20);
        return Err(ImportError::TooCostly(message));
    }
    let text = in_utf8(input.bytes);
    let input = &input.with_bytes(text.as_deref().map_or(input.bytes, String::as_bytes));
    let look = Look::at(input.bytes);
    let seen = FORMATS.iter().find(|format| (format.looks_like)(&look));
    // `--format bitwarden` is also its encrypted file and its table.
    let is_of = |format: &&Format, name: &str| {
        let rest = format.name.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    let format = match format {
        Some(name) => seen
            .filter(|format| is_of(format, name))
            .or_else(|| FORMATS.iter().find(|format| format.name == name)),
        None => seen,
    };
    let Some(format) = format else {
        return read_without_magic(input, &look);
    };
    let mut import = (format.read)(input)?;
    import.format = format.name;
    Ok(import)
}

/// A text in another encoding; `None` where it is UTF-8 or no text.
fn in_utf8(bytes: &[u8]) -> Option<Zeroizing<String>> {
    of_utf16(bytes).or_else(|| of_latin_1(bytes))
}

/// What old programs of Windows write. No encrypted file begins with so much plain text.
fn of_latin_1(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let is_plain = |byte: &u8| *byte >= b' ' || byte.is_ascii_whitespace();
    let start = bytes.get(..16)?;
    let is_text = start.is_ascii() && bytes.iter().all(is_plain);
    if !is_text || std::str::from_utf8(bytes).is_ok() {
        return None;
    }
    // Each takes two bytes at most, so that it never moves.
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 2));
    text.extend(bytes.iter().map(|byte| char::from(*byte)));
    Some(text)
}

/// What Windows PowerShell writes with `>`: UTF-16 with a byte order mark.
fn of_utf16(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let (mark, units) = bytes.split_at_checked(2)?;
    let unit = match mark {
        [0xff, 0xfe] => u16::from_le_bytes,
        [0xfe, 0xff] => u16::from_be_bytes,
        _ => return None,
    };
    let (units, []) = units.as_chunks() else {
        return None;
    };
    // At most three bytes for each unit, so that it never moves and leaves a copy behind.
    let mut text = Zeroizing::new(String::with_capacity(units.len() * 3));
    for read in char::decode_utf16(units.iter().map(|pair| unit(*pair))) {
        text.push(read.ok()?);
    }
    Some(text)
}

/// The signatures of KDB, which no program writes one-time passwords to.
const KEEPASS_1: [u8; 8] = [0x03, 0xd9, 0xa2, 0x9a, 0x65, 0xfb, 0x4b, 0xb5];

/// Formats that are nothing but random bytes or base64, and what can be named but not read.
fn read_without_magic(input: &Input<'_>, look: &Look<'_>) -> Result<Import, ImportError> {
    if look.starts_with(&KEEPASS_1) {
        let message = "a database of KeePass 1: open it in KeePassXC, and save it as KDBX";
        return Err(ImportError::Unsupported(message.to_owned()));
    }
    if look.text.contains("-----BEGIN PGP MESSAGE-----") {
        let message =
            "the file is encrypted with OpenPGP: decrypt it first (gpg -d FILE | mfa import -)";
        return Err(ImportError::Unsupported(message.to_owned()));
    }
    if look.shape.is_some() && serde_json::from_str::<IgnoredAny>(look.text).is_err() {
        let message = "it begins as JSON, but is cut short or changed";
        return Err(ImportError::Damaged(message.to_owned()));
    }
    if look.starts_with(b"PK\x03\x04") && look.members.is_empty() {
        let message = "the zip archive is cut short or empty";
        return Err(ImportError::Damaged(message.to_owned()));
    }
    if look.starts_with(b"PK\x03\x04") {
        let message = "the zip archive holds no export that is known here";
        return Err(ImportError::Unsupported(message.to_owned()));
    }
    let named = |import: Import, format| Import { format, ..import };
    if uris::are_in(look.text) {
        return uris::read(input).map(|import| named(import, "uris"));
    }
    if !look.text.is_empty() {
        return super::sealed_text(input, look.text);
    }
    if is_dense(look.bytes) {
        if look.bytes.len().is_multiple_of(1024) {
            match authenticator_plus::read_database(input) {
                // It may be the other of the two, of that length by chance.
                Err(ImportError::WrongPassword) => {}
                read => return read.map(|import| named(import, "authenticator-plus")),
            }
        }
        return andotp::read_encrypted(input).map(|import| named(import, "andotp-encrypted"));
    }
    Err(ImportError::Unrecognised)
}

/// Whether bytes may be encrypted without any header: many values, none of them often.
fn is_dense(bytes: &[u8]) -> bool {
    // What is compressed looks the same, but says what it is.
    let known: [&[u8]; 7] = [
        b"\x1f\x8b",
        b"7z\xbc\xaf",
        b"BZh",
        b"\xfd7zXZ",
        b"\x28\xb5\x2f\xfd",
        b"Rar!",
        b"%PDF",
    ];
    if known.iter().any(|start| bytes.starts_with(start)) {
        return false;
    }
    let mut counts = [0_usize; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    let most = counts.iter().max().copied().unwrap_or(0);
    bytes.len() >= 44 && most <= 6 + bytes.len() / 40
}
