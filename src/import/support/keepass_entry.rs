//! How KeePass, KeePassXC and their plugins store one-time passwords in an entry, in XML and in CSV.
//! All other fields are dropped.

use zeroize::Zeroizing;

use crate::import::support::row::{Fields, Key, bounded, from_field};
use crate::import::support::shared::Shared;
use crate::import::{ImportError, Row};
use crate::otp::percent_decode;

/// The fields of one entry that concern one-time passwords.
#[derive(Default)]
pub(crate) struct Entry {
    /// Copied to each account of the entry: [`shared_tags`](crate::import::support::shared::shared_tags).
    pub(crate) tags: Vec<String>,
    pub(crate) strings: Vec<(String, Zeroizing<String>)>,
}

/// The fields with a URI or a bare key: of `KeePassXC` and most others, of `AuthPass`, and of those who
/// typed it by hand.
const URI_FIELDS: [&str; 3] = ["otp", "OTPAuth", "TOTP"];

impl Entry {
    /// Whether a field of this name concerns one-time passwords.
    pub(crate) fn has_field(name: &str) -> bool {
        let names = ["Title", "UserName", "TOTP Seed", "TOTP Settings"];
        let begins = |start: &&str| {
            let begin = name.get(..start.len());
            begin.is_some_and(|begin| begin.eq_ignore_ascii_case(start))
        };
        let mut names = names.iter().chain(&URI_FIELDS);
        names.any(|own| own.eq_ignore_ascii_case(name))
            || ["TimeOtp-", "HmacOtp-", "otp_"].iter().any(begins)
    }

    fn get(&self, name: &str) -> Option<&str> {
        let mut strings = self.strings.iter();
        let found = strings.find(|(own, _)| own.eq_ignore_ascii_case(name));
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.trim().is_empty())
    }

    /// The entry's accounts: from KeePassXC's two old fields, its current one, KeePass 2's own, then
    /// numbered further ones. `shared` bounds these before they are made.
    pub(crate) fn rows(&self, place: &str, shared: &mut Shared) -> Result<Vec<Row>, ImportError> {
        let title = bounded(self.get("Title").unwrap_or_default());
        let user = bounded(self.get("UserName").unwrap_or_default());
        // A title equal to the user name names no issuer; our own export writes it so.
        let title = if title == user { "" } else { title };
        let mut rows: Vec<_> = [
            self.settings(title, user, place),
            self.native("TimeOtp", title, user, place),
            self.native("HmacOtp", title, user, place),
        ]
        .into_iter()
        .flatten()
        .collect();
        // After the old fields, which KeePassXC prefers too.
        let uris = URI_FIELDS.iter().filter_map(|name| self.get(name));
        let uris = uris.map(|text| field(text, title, user, place));
        let settings = usize::from(self.get("TOTP Seed").is_some());
        rows.splice(settings..settings, uris);
        let mut keys: Vec<Vec<u8>> = Vec::new();
        // The same key in two fields is one account: KeePassXC writes both when it converts.
        rows.retain(|row| match row {
            Ok(found) => {
                let key = found.draft.credential.secret.expose_secret();
                let is_new = !keys.iter().any(|own| own == key);
                keys.push(key.to_vec());
                is_new
            }
            Err(_) => true,
        });
        keys.iter_mut().for_each(zeroize::Zeroize::zeroize);
        let further = self.strings.iter().filter(|(name, value)| {
            let begin = name.get(..4);
            let is_own = begin.is_some_and(|begin| begin.eq_ignore_ascii_case("otp_"));
            let number = name.get(4..).filter(|_| is_own);
            number.is_some_and(|n| n.parse::<u16>().is_ok()) && !value.trim().is_empty()
        });
        let count = rows.len() + further.clone().count();
        shared.take(count, [title, user], &self.tags)?;
        rows.extend(further.map(|(_, value)| field(value, title, user, place)));
        for found in rows.iter_mut().flatten() {
            found.tags.clone_from(&self.tags);
        }
        Ok(rows)
    }

    /// Reads `TOTP Seed` with `TOTP Settings`: `30;6`, or `30;S` for Steam.
    fn settings(&self, title: &str, user: &str, place: &str) -> Option<Row> {
        let seed = self.get("TOTP Seed")?;
        let mut settings = self.get("TOTP Settings").unwrap_or("30;6").split(';');
        let (period, digits) = (settings.next(), settings.next().unwrap_or("6"));
        let is_steam = digits.eq_ignore_ascii_case("s");
        let fields = Fields {
            issuer: title.to_owned(),
            name: user.to_owned(),
            key: base32(seed),
            kind: if is_steam { "steam" } else { "totp" }.to_owned(),
            period: period.map(ToOwned::to_owned),
            digits: Some(digits.to_owned()),
            ..Fields::default()
        };
        Some(fields.finish(place))
    }

    /// Reads KeePass 2's fields, which hold the key in any of four encodings.
    fn native(&self, kind: &str, title: &str, user: &str, place: &str) -> Option<Row> {
        let get = |name: &str| self.get(&format!("{kind}-{name}"));
        let text = |text: &str| Zeroizing::new(text.trim().to_owned());
        let key = if let Some(key) = get("Secret-Base32") {
            base32(key)
        } else if let Some(key) = get("Secret-Hex") {
            Key::Hex(text(key))
        } else if let Some(key) = get("Secret-Base64") {
            Key::Base64(text(key))
        } else {
            Key::Bytes(Zeroizing::new(get("Secret")?.as_bytes().to_vec()))
        };
        let own = |name: &str| get(name).map(ToOwned::to_owned);
        let fields = Fields {
            issuer: title.to_owned(),
            name: user.to_owned(),
            key,
            kind: if kind == "HmacOtp" { "hotp" } else { "totp" }.to_owned(),
            algorithm: own("Algorithm"),
            digits: own("Length"),
            period: own("Period"),
            counter: own("Counter"),
            tags: Vec::new(),
        };
        Some(fields.finish(place))
    }
}

fn base32(text: &str) -> Key {
    Key::Base32(Zeroizing::new(text.to_owned()))
}

/// Reads a URI, a bare key, or the query of the plugin KeeOtp: `key=…&size=6&step=30`.
fn field(text: &str, title: &str, user: &str, place: &str) -> Row {
    let query = text.split('&').filter_map(|pair| pair.split_once('='));
    let get = |name: &str| {
        let mut pairs = query.clone();
        let found = pairs.find(|pair| pair.0.eq_ignore_ascii_case(name));
        found.map(|pair| pair.1.trim().to_owned())
    };
    let key = get("key").filter(|_| !text.contains("://"));
    let Some(key) = key.map(Zeroizing::new) else {
        return from_field(text, title, user, place);
    };
    Fields {
        issuer: title.to_owned(),
        name: user.to_owned(),
        key: Key::Base32(percent_decode(&key, false)),
        kind: get("type").unwrap_or_default(),
        algorithm: get("otpHashMode"),
        digits: get("size"),
        period: get("step"),
        counter: get("counter"),
        tags: Vec::new(),
    }
    .finish(place)
}
