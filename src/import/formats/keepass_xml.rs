//! The XML of KeePass databases, as both programs export it, and inside a KDBX file.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zeroize::Zeroizing;

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::crypto::{self, damaged};
use crate::import::support::json;
use crate::import::support::keepass_entry::Entry;
use crate::import::support::shared::{Shared, shared_tags};
use crate::import::{ImportError, Input, SetAside};

pub(crate) const FORMAT: Format = Format {
    name: "keepass-xml",
    title: "KeePass 2 and KeePassXC (XML)",
    probe: |look| certain(look.text.contains("<KeePassFile")),
    read,
};

/// The deepest accepted nesting of elements; real files have ten levels.
const MAX_DEPTH: usize = 256;

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    read_xml(input.bytes, &mut |_| {})
}

/// The reader's position in the XML, and what it has read of the entry there.
#[derive(Default)]
struct Position {
    /// The names of the open elements, outermost first.
    path: Vec<Vec<u8>>,
    /// For each open group, whether it is in the recycle bin.
    groups: Vec<bool>,
    bin: String,
    entry: Option<Entry>,
    text: Zeroizing<String>,
    protected: bool,
    name: String,
    value: Zeroizing<String>,
}

/// Reads the accounts in a database's XML. `unlock` decrypts protected values in place; one stream
/// encrypts them all, so it must be called in their order.
pub(crate) fn read_xml(
    xml: &[u8],
    unlock: &mut dyn FnMut(&mut [u8]),
) -> Result<Contents, ImportError> {
    let mut reader = Reader::from_str(json::text(xml)?);
    let (mut at, mut rows, mut entries) = (Position::default(), Vec::new(), 0_usize);
    let mut shared = Shared::default();
    loop {
        let event = reader.read_event();
        match event.map_err(|_| damaged("the database's XML is cut short or malformed"))? {
            Event::Start(tag) => at.enter(&tag)?,
            Event::Empty(tag) => {
                at.enter(&tag)?;
                at.leave(unlock);
            }
            Event::Text(text) => at.text.push_str(&text),
            Event::GeneralRef(name) => {
                let escaped = format!("&{};", &*name);
                // Dropped without a word, it would change a key.
                let plain = quick_xml::escape::unescape(&escaped);
                let plain =
                    plain.map_err(|_| damaged("the database's XML uses entities of its own"))?;
                at.text.push_str(&plain);
            }
            Event::End(_) => {
                if let Some((entry, bin)) = at.leave(unlock) {
                    entries += 1;
                    let own = entry.rows(&format!("entry {entries}"), &mut shared)?;
                    let own = own.into_iter();
                    rows.extend(own.map(|row| row.map(|found| found.set_aside(bin))));
                }
            }
            Event::Eof if !at.path.is_empty() => {
                return Err(damaged("the database's XML is cut short"));
            }
            Event::Eof => return Ok(Contents::from_rows(rows)),
            _ => {}
        }
    }
}

impl Position {
    fn enter(&mut self, tag: &BytesStart<'_>) -> Result<(), ImportError> {
        if self.path.len() == MAX_DEPTH {
            return Err(ImportError::TooCostly(
                "groups are nested too deeply".to_owned(),
            ));
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

    /// Ends an element; returns the entry that it ends, and whether that is in the recycle bin.
    fn leave(&mut self, unlock: &mut dyn FnMut(&mut [u8])) -> Option<(Entry, Option<SetAside>)> {
        let name = self.path.pop().unwrap_or_default();
        let text = std::mem::take(&mut self.text);
        let parent = self.path.last().map_or(&b""[..], Vec::as_slice);
        let in_history = self.path.iter().any(|name| name == b"History");
        match (parent, name.as_slice()) {
            (_, b"Value") => {
                self.value = if std::mem::take(&mut self.protected) {
                    // Also for past versions of entries, which the stream covers too.
                    let mut bytes = crypto::base64(&text).unwrap_or_default();
                    unlock(&mut bytes);
                    Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned())
                } else {
                    text
                };
            }
            (b"String", b"Key") => self.name = text.to_string(),
            (b"Entry", b"String") if !in_history => {
                let value = std::mem::take(&mut self.value);
                if let Some(entry) = self.entry.as_mut().filter(|_| Entry::has_field(&self.name)) {
                    entry.strings.push((std::mem::take(&mut self.name), value));
                }
            }
            (b"Entry", b"Tags") if !in_history => {
                let tags = text.split([';', ',']).map(str::trim);
                let tags = tags.filter(|tag| !tag.is_empty());
                if let Some(entry) = self.entry.as_mut() {
                    entry.tags = shared_tags(tags);
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
                let entry = self.entry.take();
                return entry.map(|entry| (entry, in_bin.then_some(SetAside::InTrash)));
            }
            _ => {}
        }
        None
    }
}
