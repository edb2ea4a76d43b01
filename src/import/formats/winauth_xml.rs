//! `WinAuth`'s own file, `winauth.xml` (Authenticator.cs and `WinAuthConfig.cs` in its repository).
//!
//! What is encrypted in it is not read: Windows seals it for one user (DPAPI), or Blowfish with a
//! password. `WinAuth`'s export has the same accounts as URIs.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::crypto::{self, damaged};
use crate::import::support::json::{self, Text};
use crate::import::support::row::{Fields, Key, split_label};
use crate::import::{ImportError, Input, Row, Skipped};

pub(crate) const FORMAT: Format = Format {
    name: "winauth-xml",
    title: "WinAuth (winauth.xml)",
    probe: |look| certain(is_config(look.text)),
    read,
};

/// Real files have four levels.
const MAX_DEPTH: usize = 16;

const ADVICE: &str = "export it in WinAuth (menu, Export), and import that file";

/// Whether the root element is `WinAuth`'s.
fn is_config(text: &str) -> bool {
    let mut rest = text.trim_start();
    while let Some(inner) = rest.strip_prefix("<?").or(rest.strip_prefix("<!--")) {
        let Some((_, after)) = inner.split_once('>') else {
            return false;
        };
        rest = after.trim_start();
    }
    let name = rest.strip_prefix("<WinAuth");
    name.is_some_and(|after| after.starts_with([' ', '>', '\r', '\n', '\t']))
}

/// One authenticator, as it is in the file.
#[derive(Default)]
struct Entry {
    /// The class, such as `WinAuth.SteamAuthenticator`.
    class: String,
    name: String,
    /// How it is encrypted: letters, in any number.
    encrypted: String,
    secret: Zeroizing<String>,
}

/// Where the reader is.
#[derive(Default)]
struct Position {
    path: Vec<String>,
    text: Zeroizing<String>,
    entry: Option<Entry>,
    /// How all entries are encrypted, if they are.
    sealed: Option<String>,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let mut reader = Reader::from_str(json::text(input.bytes)?);
    let (mut at, mut contents) = (Position::default(), Contents::default());
    loop {
        let event = reader.read_event();
        match event.map_err(|_| damaged("the XML is cut short or malformed"))? {
            Event::Start(tag) => at.enter(&tag)?,
            Event::Text(text) => at.text.push_str(&text),
            Event::GeneralRef(name) => {
                let escaped = format!("&{};", &*name);
                let plain = quick_xml::escape::unescape(&escaped);
                at.text.push_str(plain.as_deref().unwrap_or_default());
            }
            Event::End(_) => {
                if let Some(entry) = at.leave() {
                    let place = format!("authenticator {}", contents.rows.len() + 1);
                    contents.rows.push(entry.row(place));
                    contents.check_count()?;
                }
            }
            Event::Eof if !at.path.is_empty() => return Err(damaged("the XML is cut short")),
            Event::Eof => break,
            _ => {}
        }
    }
    match at.sealed {
        Some(letters) if contents.rows.is_empty() => {
            let how = how_encrypted(&letters);
            Err(ImportError::Unsupported(format!(
                "all accounts in it are {how}: {ADVICE}"
            )))
        }
        _ => Ok(contents),
    }
}

/// `y` is a password, `u` and `m` are Windows, `a` and `b` a `YubiKey`.
fn how_encrypted(letters: &str) -> &'static str {
    if letters.contains(['u', 'm']) {
        "encrypted by Windows for one user of one computer"
    } else if letters.contains(['a', 'b']) {
        "encrypted with a YubiKey"
    } else {
        "encrypted with a password in a way that mfa does not read"
    }
}

impl Position {
    fn enter(&mut self, tag: &BytesStart<'_>) -> Result<(), ImportError> {
        if self.path.len() == MAX_DEPTH {
            return Err(ImportError::TooCostly("nested too deeply".to_owned()));
        }
        let of = |name: &str| {
            let value = tag.try_get_attribute(name).ok().flatten();
            value.map_or_else(String::new, |value| value.value.to_string())
        };
        let name = tag.name().as_ref().to_owned();
        match name.as_str() {
            // Version 2 has one `authenticator`, in the root or in the newer element.
            "WinAuthAuthenticator" | "authenticator" => {
                let entry = self.entry.get_or_insert_with(Entry::default);
                let class = of("type");
                if !class.is_empty() {
                    entry.class = class;
                }
            }
            "authenticatordata" | "secretdata" => {
                if let Some(entry) = &mut self.entry {
                    entry.encrypted.push_str(&of("encrypted"));
                }
            }
            "data" if self.path.len() == 1 => self.sealed = Some(of("encrypted")),
            _ => {}
        }
        self.path.push(name);
        self.text = Zeroizing::default();
        Ok(())
    }

    /// Ends an element; returns the entry that it ends.
    fn leave(&mut self) -> Option<Entry> {
        let name = self.path.pop().unwrap_or_default();
        let text = std::mem::take(&mut self.text);
        let is_own = self
            .path
            .last()
            .is_some_and(|parent| parent == "WinAuthAuthenticator");
        match (name.as_str(), &mut self.entry) {
            ("name", Some(entry)) if is_own => text.trim().clone_into(&mut entry.name),
            ("secretdata", Some(entry)) => entry.secret = text,
            ("WinAuthAuthenticator", entry) => return entry.take(),
            ("authenticator", entry) if !is_own => return entry.take(),
            _ => {}
        }
        None
    }
}

/// What `WinAuth` keeps of Steam.
#[derive(Deserialize)]
struct SteamData {
    shared_secret: Text,
}

impl Entry {
    fn row(self, place: String) -> Row {
        if !self.encrypted.is_empty() {
            let how = how_encrypted(&self.encrypted);
            return Err(Skipped {
                place,
                name: self.name,
                reason: format!("it is {how}: {ADVICE}"),
            });
        }
        let class = self.class.rsplit('.').next().unwrap_or_default();
        let class = class.strip_suffix("Authenticator").unwrap_or(class);
        let issuer = match class {
            "Steam" => "Steam",
            // The first version knew no other.
            "BattleNet" | "" => "Battle.net",
            "GuildWars" => "Guild Wars 2",
            "Microsoft" => "Microsoft",
            "OktaVerify" => "Okta",
            "Trion" => "Trion",
            _ => "",
        };
        let (issuer, name) = match issuer {
            "" => named(&self.name),
            known => (known.to_owned(), self.name.clone()),
        };
        let mut parts = self.secret.trim().split('|');
        let (first, further) = (parts.next().unwrap_or_default(), parts.clone().next());
        let mut values = first.split('\t').map(str::to_owned);
        let mut key = Zeroizing::new(values.next().unwrap_or_default());
        // Old files have Battle.net's serial number right after its key.
        if issuer == "Battle.net" && further.is_none() {
            let end = key.floor_char_boundary(40);
            key.truncate(end);
        }
        let steam = parts.filter_map(crypto::hex);
        let steam = steam.filter_map(|text| serde_json::from_slice::<SteamData>(&text).ok());
        let mut fields = Fields {
            issuer,
            name,
            key: Key::Hex(key),
            digits: values.next(),
            algorithm: values.next(),
            period: values.next(),
            ..Fields::default()
        };
        match class {
            "Steam" => {
                "steam".clone_into(&mut fields.kind);
                let shared = steam.map(|data| data.shared_secret.0).next_back();
                fields.key = shared.map_or(fields.key, Key::Base64);
            }
            "HOTP" => {
                "hotp".clone_into(&mut fields.kind);
                // The file has the last counter that was used.
                let last = further.and_then(|last| last.trim().parse::<u64>().ok());
                let next = last.and_then(|last| last.checked_add(1));
                fields.counter = next.map(|next| next.to_string());
            }
            _ if fields.issuer == "Battle.net" => {
                fields.digits = fields.digits.or_else(|| Some("8".to_owned()));
            }
            _ => {}
        }
        fields.finish(place)
    }
}

/// Issuer and name, as `WinAuth` itself writes them into URIs: of `GitHub (alice)` and `GitHub: alice`.
fn named(name: &str) -> (String, String) {
    let parts = name
        .strip_suffix(')')
        .and_then(|name| name.split_once(" ("));
    match parts {
        Some((issuer, name)) => (issuer.trim().to_owned(), name.trim().to_owned()),
        None => split_label(name),
    }
}
