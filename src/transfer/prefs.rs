//! Android's preferences: XML with a `<map>` of named strings.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::Event;
use zeroize::{Zeroize, Zeroizing};

use super::ImportError;
use super::crypt::damaged;

/// A `<string name="…">` and what is in it.
pub(super) struct Preference {
    pub(super) name: String,
    pub(super) value: Zeroizing<String>,
}

/// Whether a text is such a file at first sight.
pub(super) fn is_prefs(text: &str) -> bool {
    let start: String = text.chars().take(400).collect();
    text.starts_with("<?xml") && start.contains("<map") || text.starts_with("<map")
}

/// All strings of the file, in order.
pub(super) fn strings(text: &str) -> Result<Vec<Preference>, ImportError> {
    let mut reader = Reader::from_str(text);
    let mut found: Vec<Preference> = Vec::new();
    let mut open: Option<Preference> = None;
    let mut depth = 0_usize;
    loop {
        let event = reader.read_event();
        let event = event.map_err(|_| damaged("the XML is cut short or wrong"))?;
        match &event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        match event {
            Event::Start(tag) if tag.name().as_ref() == "string" => {
                let name = tag.try_get_attribute("name").ok().flatten();
                let name = name.map(|name| name.value.into_owned());
                open = Some(Preference {
                    name: name.as_deref().map(unescape).unwrap_or_default(),
                    value: Zeroizing::default(),
                });
            }
            Event::Text(text) => push(&mut open, &text),
            Event::GeneralRef(name) => {
                push(&mut open, &unescape(&format!("&{};", &*name)));
            }
            Event::End(tag) if tag.name().as_ref() == "string" => found.extend(open.take()),
            Event::Eof if depth > 0 => return Err(damaged("the XML is cut short")),
            Event::Eof => return Ok(found),
            _ => {}
        }
        if found.len() > super::MAX_ROWS {
            return Err(ImportError::TooCostly("too many preferences".to_owned()));
        }
    }
}

fn push(open: &mut Option<Preference>, text: &str) {
    if let Some(preference) = open {
        // Grown by hand: no copy of a key is left behind.
        let needed = preference.value.len() + text.len();
        if needed > preference.value.capacity() {
            let mut larger = String::with_capacity(needed.next_power_of_two());
            larger.push_str(&preference.value);
            preference.value.zeroize();
            *preference.value = larger;
        }
        preference.value.push_str(text);
    }
}

fn unescape(text: &str) -> String {
    let plain = quick_xml::escape::unescape(text);
    plain.map_or_else(|_| text.to_owned(), Cow::into_owned)
}
