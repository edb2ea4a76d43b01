//! What KeePass, KeePassXC and their plugins keep of one-time passwords in an entry, in a
//! database's XML and in CSV. Of all other fields nothing is kept.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zeroize::Zeroizing;

use super::crypt::{self, damaged};
use super::row::{Key, of_field};
use super::table::Table;
use super::{Fields, Import, ImportError, Input, MAX_ROWS, Row, json};

/// Groups within groups within entries within histories: real ones have ten.
const MAX_DEPTH: usize = 256;

/// The fields of one entry that matter here.
#[derive(Default)]
struct Entry {
    tags: Vec<String>,
    strings: Vec<(String, Zeroizing<String>)>,
}

impl Entry {
    fn get(&self, name: &str) -> Option<&str> {
        let mut strings = self.strings.iter();
        let found = strings.find(|(own, _)| own.eq_ignore_ascii_case(name));
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.trim().is_empty())
    }

    /// The one-time passwords of the entry: KeePassXC's old two fields, its present one, and
    /// KeePass 2's own; then further ones.
    fn rows(&self, place: &str) -> Vec<Row> {
        let title = self.get("Title").unwrap_or_default();
        let user = self.get("UserName").unwrap_or_default();
        let mut rows: Vec<_> = [
            self.settings(title, user, place),
            self.get("otp").map(|otp| field(otp, title, user, place)),
            self.native("TimeOtp", title, user, place),
            self.native("HmacOtp", title, user, place),
        ]
        .into_iter()
        .flatten()
        .collect();
        let mut keys: Vec<Vec<u8>> = Vec::new();
        // The same key in two dresses is one account: KeePassXC writes both when it converts.
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
            let number = name.strip_prefix("otp_");
            number.is_some_and(|n| n.parse::<u16>().is_ok()) && !value.trim().is_empty()
        });
        rows.extend(further.map(|(_, value)| field(value, title, user, place)));
        for found in rows.iter_mut().flatten() {
            found.tags.clone_from(&self.tags);
        }
        rows
    }

    /// `TOTP Seed` with `TOTP Settings`: `30;6`, or `30;S` for Steam.
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

    /// KeePass 2's fields, whose key may be in any of four forms.
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

/// A URI, a bare key, or the query of the plugin KeeOtp: `key=…&size=6&step=30`.
fn field(text: &str, title: &str, user: &str, place: &str) -> Row {
    let query = text.split('&').filter_map(|pair| pair.split_once('='));
    let get = |name: &str| {
        let mut pairs = query.clone();
        let found = pairs.find(|pair| pair.0.eq_ignore_ascii_case(name));
        found.map(|pair| pair.1.trim().to_owned())
    };
    let key = get("key").filter(|_| !text.contains("://"));
    let Some(key) = key.map(Zeroizing::new) else {
        return of_field(text, title, user, place);
    };
    let decoded = key
        .replace("%3d", "=")
        .replace("%3D", "=")
        .replace("%20", " ");
    Fields {
        issuer: title.to_owned(),
        name: user.to_owned(),
        key: Key::Base32(Zeroizing::new(decoded)),
        kind: get("type").unwrap_or_default(),
        algorithm: get("otpHashMode"),
        digits: get("size"),
        period: get("step"),
        counter: get("counter"),
        tags: Vec::new(),
    }
    .finish(place)
}

/// Where in the XML the reader is.
#[derive(Default)]
struct Position {
    /// The names of the elements around, outermost first.
    path: Vec<Vec<u8>>,
    /// For each group around, whether it is in the recycle bin.
    groups: Vec<bool>,
    bin: String,
    entry: Option<Entry>,
    text: Zeroizing<String>,
    protected: bool,
    name: String,
    value: Zeroizing<String>,
}

/// The accounts of a database's XML. `unlock` undoes the encryption of protected values, which is
/// one stream over all of them in their order.
pub(super) fn read_xml(
    xml: &[u8],
    unlock: &mut dyn FnMut(&mut [u8]),
) -> Result<Import, ImportError> {
    let mut reader = Reader::from_str(json::text(xml)?);
    let (mut at, mut rows, mut entries) = (Position::default(), Vec::new(), 0_usize);
    loop {
        let event = reader.read_event();
        match event.map_err(|_| damaged("the database's XML is cut short or wrong"))? {
            Event::Start(tag) => at.enter(&tag)?,
            Event::Empty(tag) => {
                at.enter(&tag)?;
                at.leave(unlock);
            }
            Event::Text(text) => at.text.push_str(&text),
            Event::GeneralRef(name) => {
                let escaped = format!("&{};", &*name);
                let plain = quick_xml::escape::unescape(&escaped);
                at.text.push_str(plain.as_deref().unwrap_or_default());
            }
            Event::End(_) => {
                if let Some(entry) = at.leave(unlock) {
                    entries += 1;
                    rows.extend(entry.rows(&format!("entry {entries}")));
                }
            }
            Event::Eof if !at.path.is_empty() => {
                return Err(damaged("the database's XML is cut short"));
            }
            Event::Eof => return Ok(Import::of(rows)),
            _ => {}
        }
        if rows.len() > MAX_ROWS {
            return Err(ImportError::TooCostly("too many entries".to_owned()));
        }
    }
}

impl Position {
    fn enter(&mut self, tag: &BytesStart<'_>) -> Result<(), ImportError> {
        if self.path.len() == MAX_DEPTH {
            return Err(ImportError::TooCostly("groups within groups".to_owned()));
        }
        let name = tag.name().as_ref().as_bytes().to_vec();
        let in_history = self.path.iter().any(|name| name == b"History");
        match name.as_slice() {
            b"Group" => self
                .groups
                .push(self.groups.last().copied().unwrap_or(false)),
            b"Entry" if !in_history => self.entry = Some(Entry::default()),
            _ => {}
        }
        let protected = tag.try_get_attribute("Protected").ok().flatten();
        self.protected = protected.is_some_and(|p| p.value.eq_ignore_ascii_case("true"));
        self.text = Zeroizing::default();
        self.path.push(name);
        Ok(())
    }

    /// An entry that has ended, unless it is in the bin.
    fn leave(&mut self, unlock: &mut dyn FnMut(&mut [u8])) -> Option<Entry> {
        let name = self.path.pop().unwrap_or_default();
        let text = std::mem::take(&mut self.text);
        let parent = self.path.last().map_or(&b""[..], Vec::as_slice);
        let in_history = self.path.iter().any(|name| name == b"History");
        match (parent, name.as_slice()) {
            (_, b"Value") => {
                self.value = if std::mem::take(&mut self.protected) {
                    // Also in the history: the stream goes over it too.
                    let mut bytes = crypt::base64(&text).unwrap_or_default();
                    unlock(&mut bytes);
                    Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned())
                } else {
                    text
                };
            }
            (b"String", b"Key") => self.name = text.to_string(),
            (b"Entry", b"String") if !in_history => {
                let value = std::mem::take(&mut self.value);
                if let Some(entry) = self.entry.as_mut().filter(|_| matters(&self.name)) {
                    entry.strings.push((std::mem::take(&mut self.name), value));
                }
            }
            (b"Entry", b"Tags") if !in_history => {
                let tags = text.split([';', ',']).map(str::trim);
                let tags = tags.filter(|tag| !tag.is_empty()).map(ToOwned::to_owned);
                if let Some(entry) = self.entry.as_mut() {
                    entry.tags = tags.collect();
                }
            }
            (b"Meta", b"RecycleBinUUID") => self.bin = text.to_string(),
            (b"Group", b"UUID") if !self.bin.is_empty() && *text == self.bin => {
                if let Some(is_bin) = self.groups.last_mut() {
                    *is_bin = true;
                }
            }
            (_, b"Group") => {
                self.groups.pop();
            }
            (_, b"Entry") if !in_history => {
                let in_bin = self.groups.last().copied().unwrap_or(false);
                return self.entry.take().filter(|_| !in_bin);
            }
            _ => {}
        }
        None
    }
}

fn matters(name: &str) -> bool {
    let names = ["Title", "UserName", "otp", "TOTP Seed", "TOTP Settings"];
    names.iter().any(|own| own.eq_ignore_ascii_case(name))
        || ["TimeOtp-", "HmacOtp-", "otp_"]
            .iter()
            .any(|start| name.starts_with(start))
}

/// Both programs' XML, in which nothing is encrypted.
pub(super) fn read_plain_xml(input: &Input<'_>) -> Result<Import, ImportError> {
    read_xml(input.bytes, &mut |_| {})
}

/// KeePassXC's CSV has a URI in `TOTP`; KeePass 2's has its own fields, as far as they are exported.
pub(super) fn read_csv(input: &Input<'_>) -> Result<Import, ImportError> {
    let table = Table::read(input.bytes)?;
    let names = [
        ("Title", "Title"),
        ("UserName", "Username"),
        ("UserName", "User Name"),
        ("otp", "TOTP"),
    ];
    let native = ["TimeOtp", "HmacOtp"].into_iter().flat_map(|kind| {
        [
            "Secret",
            "Secret-Hex",
            "Secret-Base32",
            "Secret-Base64",
            "Algorithm",
            "Length",
            "Period",
            "Counter",
        ]
        .map(|field| format!("{kind}-{field}"))
    });
    let native: Vec<_> = native.collect();
    let columns = names
        .iter()
        .copied()
        .chain(native.iter().map(|n| (n.as_str(), n.as_str())));
    let columns: Vec<_> = columns.collect();
    let rows = table.rows().flat_map(|row| {
        let strings = columns.iter().map(|(name, column)| {
            let value = Zeroizing::new(table.get(row, column).to_owned());
            ((*name).to_owned(), value)
        });
        let strings = strings.filter(|(_, value)| !value.is_empty()).collect();
        let tags = Vec::new();
        Entry { tags, strings }.rows(&format!("line {}", row.line))
    });
    Ok(Import::of(rows.collect()))
}
