//! Android's preferences: XML with a `<map>` of named strings.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::Event;
use zeroize::Zeroizing;

use crate::crypto::SecretBuffer;
use crate::import::ImportError;
use crate::import::support::crypto::damaged;

/// The name and content of a `<string name="…">`.
pub(crate) struct Preference {
    pub(crate) name: String,
    pub(crate) value: Zeroizing<String>,
}

/// A `<string>` that has not ended yet.
struct Open {
    name: String,
    value: SecretBuffer,
}

/// Whether a text looks like such a file.
pub(crate) fn is_prefs(text: &str) -> bool {
    let start: String = text.chars().take(400).collect();
    text.starts_with("<?xml") && start.contains("<map") || text.starts_with("<map")
}

pub(crate) fn strings(text: &str) -> Result<Vec<Preference>, ImportError> {
    let mut reader = Reader::from_str(text);
    let mut found: Vec<Preference> = Vec::new();
    let mut open: Option<Open> = None;
    let mut depth = 0_usize;
    loop {
        let event = reader.read_event();
        let event = event.map_err(|_| damaged("the XML is cut short or malformed"))?;
        match &event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        match event {
            Event::Start(tag) if tag.name().as_ref() == "string" => {
                let name = tag.try_get_attribute("name").ok().flatten();
                let name = name.map(|name| name.value.into_owned());
                open = Some(Open {
                    name: name.as_deref().map(unescape).unwrap_or_default(),
                    value: SecretBuffer::default(),
                });
            }
            Event::Text(text) => push(&mut open, &text),
            Event::GeneralRef(name) => {
                push(&mut open, &unescape(&format!("&{};", &*name)));
            }
            Event::End(tag) if tag.name().as_ref() == "string" => {
                found.extend(open.take().map(Open::close).transpose()?);
            }
            Event::Eof if depth > 0 => return Err(damaged("the XML is cut short")),
            Event::Eof => return Ok(found),
            _ => {}
        }
        if found.len() > crate::import::MAX_ROWS {
            return Err(ImportError::TooCostly("too many preferences".to_owned()));
        }
    }
}

fn push(open: &mut Option<Open>, text: &str) {
    if let Some(open) = open {
        open.value.extend_from_slice(text.as_bytes());
    }
}

impl Open {
    fn close(self) -> Result<Preference, ImportError> {
        let mut bytes = self.value.into_bytes();
        // The block itself becomes the text, without a copy.
        let value = String::from_utf8(std::mem::take(&mut *bytes));
        Ok(Preference {
            name: self.name,
            value: Zeroizing::new(value.map_err(|_| damaged("it is not UTF-8 text"))?),
        })
    }
}

fn unescape(text: &str) -> String {
    let plain = quick_xml::escape::unescape(text);
    plain.map_or_else(|_| text.to_owned(), Cow::into_owned)
}
