//! Writes an SVG anew with the elements and attributes that can draw a code, and nothing that loads,
//! grows or filters.
//!
//! What is left has no document type, no entities, no namespaces and no elements but those below. So
//! the inline SVG of a web page becomes XML, too.

use std::collections::HashSet;
use std::fmt::Write as _;

use quick_xml::Reader;
use quick_xml::escape::{escape, unescape};
use quick_xml::events::{BytesStart, Event};

use super::NOT_XML;

/// Elements that are kept, with what is in them. No filter, mask, pattern, marker or text: a code is
/// drawn without, and each can be made to cost a lot.
const ELEMENTS: &[&str] = &[
    "a",
    "circle",
    "clipPath",
    "defs",
    "ellipse",
    "g",
    "image",
    "line",
    "linearGradient",
    "path",
    "polygon",
    "polyline",
    "radialGradient",
    "rect",
    "stop",
    "style",
    "svg",
    "switch",
    "symbol",
    "use",
];
/// Attributes that refer to elements which are dropped.
const DROPPED: &[&str] = &[
    "filter",
    "marker",
    "marker-end",
    "marker-mid",
    "marker-start",
    "mask",
];
/// The same for style sheets.
pub(super) const NEUTRAL: &str = "*{filter:none!important;mask:none!important;marker:none!important;marker-start:none!important;\
     marker-mid:none!important;marker-end:none!important}";

/// The most elements. A code of 177 rows with a shape for each module has 30,000.
pub(super) const MOST_ELEMENTS: usize = 200_000;
/// How deeply elements may be nested; twice that once each `use` is replaced.
pub(super) const DEEPEST: usize = 64;
/// The most bytes of style sheets: each rule is compared with each element.
const MOST_STYLE: usize = 16 << 10;

pub(super) const TOO_MANY: &str = "it has too many parts";
pub(super) const TOO_DEEP: &str = "its parts are nested too deeply";

/// The harmless part of an SVG.
pub(super) fn clean(text: &str) -> Result<String, &'static str> {
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut clean = Cleaner::default();
    loop {
        match reader.read_event().map_err(|_| NOT_XML)? {
            Event::Start(element) => clean.open(&element)?,
            Event::Empty(element) => {
                clean.open(&element)?;
                clean.close(element.local_name().as_ref());
            }
            Event::End(element) => clean.close(element.local_name().as_ref()),
            Event::Text(text) => clean.style(&unescape(&text).unwrap_or_default()),
            Event::CData(text) => clean.style(&text),
            Event::GeneralRef(name) => {
                clean.style(&unescape(&format!("&{};", &*name)).unwrap_or_default());
            }
            Event::Eof => break,
            _ => {}
        }
        if clean.is_complete() {
            break;
        }
    }
    clean.dropped = None;
    while !clean.open.is_empty() {
        clean.close("");
    }
    Ok(clean.out)
}

#[derive(Default)]
struct Cleaner {
    out: String,
    /// The names of the open elements that were kept.
    open: Vec<String>,
    /// The name of an element that is dropped with all inside it, and how many of that name are open.
    dropped: Option<(String, usize)>,
    elements: usize,
    style_bytes: usize,
}

impl Cleaner {
    fn is_complete(&self) -> bool {
        self.elements > 0 && self.open.is_empty() && self.dropped.is_none()
    }

    fn open(&mut self, element: &BytesStart<'_>) -> Result<(), &'static str> {
        let name = element.local_name();
        let name = name.as_ref();
        if let Some((dropped, depth)) = &mut self.dropped {
            *depth += usize::from(dropped == name);
            return Ok(());
        }
        if !ELEMENTS.contains(&name) {
            self.dropped = Some((name.to_owned(), 1));
            return Ok(());
        }
        self.elements += 1;
        if self.elements > MOST_ELEMENTS {
            return Err(TOO_MANY);
        }
        if self.open.len() >= DEEPEST {
            return Err(TOO_DEEP);
        }
        self.out.push('<');
        self.out.push_str(name);
        let mut seen = HashSet::new();
        let mut attributes = element.html_attributes();
        let attributes: Vec<_> = attributes.with_checks(false).flatten().collect();
        // An unprefixed `href` is the one that counts.
        let plain = attributes
            .iter()
            .map(|attribute| (attribute.key.as_ref(), attribute));
        let is_link = |(key, _): &(&str, _)| *key == "xlink:href";
        let links = plain
            .clone()
            .filter(is_link)
            .map(|(_, link)| ("href", link));
        for (key, attribute) in plain.clone().chain(links) {
            let Ok(value) = unescape(&attribute.value) else {
                continue;
            };
            if is_kept(name, key, &value) && seen.insert(key) {
                let _ = write!(self.out, " {key}=\"{}\"", escape(value));
            }
        }
        self.out.push('>');
        self.open.push(name.to_owned());
        Ok(())
    }

    fn close(&mut self, name: &str) {
        if let Some((dropped, depth)) = &mut self.dropped {
            *depth -= usize::from(dropped == name);
            if *depth == 0 {
                self.dropped = None;
            }
        } else if let Some(name) = self.open.pop() {
            let _ = write!(self.out, "</{name}>");
        }
    }

    /// Text counts in style sheets only.
    fn style(&mut self, text: &str) {
        let is_style = self.open.last().is_some_and(|name| name == "style");
        if is_style && self.dropped.is_none() && self.style_bytes + text.len() <= MOST_STYLE {
            self.style_bytes += text.len();
            self.out.push_str(&escape(text));
        }
    }
}

/// Whether an attribute may be kept: it has a plain name, and leads nowhere outside.
fn is_kept(element: &str, key: &str, value: &str) -> bool {
    let is_plain = key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let leads_inside = || match element {
        "image" => value.trim_start().starts_with("data:"),
        _ => value.trim_start().starts_with('#'),
    };
    is_plain
        && key != "xmlns"
        && !DROPPED.contains(&key)
        && !key.starts_with("on")
        && (key != "href" || element == "a" || leads_inside())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_draw_a_code_is_left() {
        let text = r##"<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY ns "http://www.w3.org/2000/svg">]>
            <svg:svg xmlns="&ns;" xmlns:svg="&ns;" xmlns:xlink="x" viewBox='0 0 9 9' onload="x()">
            <title>a &amp; b</title><text>no</text><style>.a > b{fill:#000}</style>
            <script><![CDATA[alert(1 < 2)]]></script><foreignObject><p>one<br>two</foreignObject>
            <defs><path id="m" d="M0 0h1"/></defs>
            <use xlink:href="#m" filter="url(#f)"/><use href="other.svg#m"/>
            <image href="file:///etc/passwd"/><image xlink:href="data:image/png;base64,AA"/>
            </svg:svg><svg/>"##;
        assert_eq!(
            clean(text).unwrap(),
            "<svg viewBox=\"0 0 9 9\"><style>.a &gt; b{fill:#000}</style>\
             <defs><path id=\"m\" d=\"M0 0h1\"></path></defs>\
             <use href=\"#m\"></use><use></use>\
             <image></image><image href=\"data:image/png;base64,AA\"></image></svg>"
        );
    }

    #[test]
    fn the_inline_svg_of_a_page_becomes_xml() {
        let text = "<svg width=200 viewBox=\"0 0 9 9\" data-x fill=red FILL=blue @click=go>\
                    <path d=M0,0h1></svg>";
        let clean = clean(text).unwrap();
        assert!(
            resvg::usvg::roxmltree::Document::parse(&clean).is_ok(),
            "{clean}"
        );
        assert!(
            clean.starts_with("<svg width=\"200\" viewBox=\"0 0 9 9\""),
            "{clean}"
        );
    }

    #[test]
    fn elements_and_depth_are_bounded() {
        let many = format!("<svg>{}</svg>", "<g/>".repeat(MOST_ELEMENTS));
        assert_eq!(clean(&many), Err(TOO_MANY));
        let deep = format!("<svg>{}", "<g>".repeat(DEEPEST));
        assert_eq!(clean(&deep), Err(TOO_DEEP));
        let style = format!("<svg><style>{}</style></svg>", "a{}".repeat(MOST_STYLE));
        assert!(clean(&style).unwrap().len() < 100);
    }
}
