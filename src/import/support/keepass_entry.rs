//! How KeePass, KeePassXC and their plugins store one-time passwords in an entry, in XML and in CSV.
//! All other fields are dropped.

use zeroize::Zeroizing;

use crate::import::support::row::{Fields, Key, bounded, from_field};
use crate::import::support::shared::Shared;
use crate::import::{ImportError, Row, Skipped};
use crate::otp::{KeyEncoding, Said, UriError, decide, full_name, is_uri, percent_decode};

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

    /// The entry's accounts: from KeePassXC's two old fields, its current one, `AuthPass`'s, KeePass 2's
    /// own, then numbered further ones. `shared` bounds these before they are made.
    pub(crate) fn rows(&self, place: &str, shared: &mut Shared) -> Result<Vec<Row>, ImportError> {
        let title = bounded(self.get("Title").unwrap_or_default());
        let user = bounded(self.get("UserName").unwrap_or_default());
        let named = decide(&Said {
            title,
            user,
            ..Said::default()
        });
        let (title, user) = (named.issuer.as_str(), named.name.as_str());
        let mut rows: Vec<Row> = [
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
        let mut rows = once_each(rows);
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

    /// Reads `TOTP Seed` with `TOTP Settings` of `KeeTrayTOTP` and `KeePassXC`: `30;6`, or `30;S` for Steam. A
    /// third part is a URL whose clock corrects this machine's.
    fn settings(&self, title: &str, user: &str, place: &str) -> Option<Row> {
        let seed = self.get("TOTP Seed")?;
        let mut settings = self.get("TOTP Settings").unwrap_or("30;6").split(';');
        let (period, digits) = (settings.next(), settings.next().unwrap_or("6"));
        let has_clock = settings.next().is_some_and(|url| !url.trim().is_empty());
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
        let row = fields.finish(place);
        Some(row.map(|found| found.with_remark(has_clock.then_some(OWN_CLOCK))))
    }

    /// Reads `KeePass` 2's fields, which hold the key in any of four encodings. With several, programs differ
    /// in which one they take, so all have to be the same key.
    fn native(&self, kind: &str, title: &str, user: &str, place: &str) -> Option<Row> {
        let get = |name: &str| self.get(&format!("{kind}-{name}"));
        let text = |text: &str| Zeroizing::new(text.trim().to_owned());
        let plain = |text: &str| Key::Bytes(Zeroizing::new(text.as_bytes().to_vec()));
        let keys = [
            get("Secret-Base32").map(base32),
            get("Secret-Hex").map(|key| Key::Hex(text(key))),
            get("Secret-Base64").map(|key| Key::Base64(text(key))),
            get("Secret").map(plain),
        ];
        let mut keys = keys.into_iter().flatten();
        let key = keys.next()?;
        let own = key.secret();
        if own.is_ok() && keys.any(|key| key.secret().is_ok() && key.secret() != own) {
            let reason = format!("its {kind} fields hold different keys");
            return Some(refused(title, user, place, reason));
        }
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

fn refused(title: &str, user: &str, place: &str, reason: String) -> Row {
    Err(Skipped {
        place: place.to_owned(),
        name: full_name(title, user),
        reason,
    })
}

const OWN_CLOCK: &str = "its time-correction URL is not used; codes follow this computer's clock";

/// Reads a URI, a bare key, or the query of the plugins `KeeOtp` and `KeeOtp2`:
/// `key=…&size=6&step=30&encoding=Hex` (`OtpAuthUtils.cs`).
fn field(text: &str, title: &str, user: &str, place: &str) -> Row {
    let query = text.split('&').filter_map(|pair| pair.split_once('='));
    let get = |name: &str| {
        let mut pairs = query.clone();
        let found = pairs.find(|pair| pair.0.eq_ignore_ascii_case(name));
        found.map(|pair| pair.1.to_owned())
    };
    let key = get("key").filter(|_| !is_uri(text));
    let Some(key) = key.map(Zeroizing::new) else {
        return from_field(text, title, user, place);
    };
    let get = |name: &str| get(name).map(|value| value.trim().to_owned());
    let encoding = get("encoding").filter(|name| !name.is_empty());
    let known = encoding
        .as_deref()
        .map_or(Some(KeyEncoding::Base32), KeyEncoding::parse);
    let Some(known) = known else {
        let name = encoding.unwrap_or_default().chars().take(24).collect();
        return refused(title, user, place, UriError::Encoding(name).to_string());
    };
    let key = match known {
        // Both plugins decode nothing but `=`.
        KeyEncoding::Utf8 => Zeroizing::new(key.replace("%3d", "=").replace("%3D", "=")),
        _ => percent_decode(&key, false),
    };
    let kind = get("type").filter(|kind| !kind.is_empty() && !kind.eq_ignore_ascii_case("totp"));
    Fields {
        issuer: title.to_owned(),
        name: user.to_owned(),
        key: Key::Encoded(known, key),
        kind: kind.or_else(|| get("encoder")).unwrap_or_default(),
        algorithm: get("otpHashMode"),
        digits: get("size"),
        period: get("step"),
        counter: get("counter"),
        tags: Vec::new(),
    }
    .finish(place)
}

/// Says that an entry has its key twice.
const TWICE: &str =
    "another field of its entry has the same key with other settings; the first field was used";

/// The same key in two fields is one account: `KeePassXC` writes both when it converts. If the two make
/// other codes, that is said.
fn once_each(rows: Vec<Row>) -> Vec<Row> {
    let mut kept: Vec<Row> = Vec::new();
    for row in rows {
        let same = |own: &&mut crate::import::Found| {
            let own = &own.draft.credential;
            row.as_ref()
                .is_ok_and(|found| found.draft.credential.secret == own.secret)
        };
        match (kept.iter_mut().flatten().find(same), &row) {
            (Some(own), Ok(found)) if own.draft.credential != found.draft.credential => {
                own.remarks.push(TWICE);
            }
            (Some(_), _) => {}
            (None, _) => kept.push(row),
        }
    }
    kept
}
