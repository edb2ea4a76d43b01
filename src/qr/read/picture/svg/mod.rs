//! SVG files to pixels. resvg draws; this bounds what a file may ask of it.
//!
//! | file | what it does |
//! | --- | --- |
//! | [`clean`] | the text to an SVG of harmless elements: nothing outside, no entities, no filters |
//! | [`budget`] | refuses what would grow too large: `use` in `use`, layers within layers |
//! | [`embedded`] | the pictures inside, under the same limits as picture files |

mod budget;
mod clean;
mod embedded;

use std::borrow::Cow;
use std::io::Read;

use encoding_rs::Encoding;
use flate2::read::GzDecoder;
use image::RgbaImage;
use quick_xml::Reader;
use quick_xml::events::Event;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::roxmltree::Document;
use resvg::usvg::{Options, ShapeRendering, Tree};

use super::Picture;
use crate::qr::read::error::PictureError;
use crate::qr::read::limits::MAX_BYTES;

/// Bytes of text that are looked at to recognise one.
const HEAD: usize = 64 << 10;
/// What the first bytes of gzip are.
const GZIP: &[u8] = b"\x1F\x8B";
/// With fewer corners and curves, it shows no code: the smallest has more.
const FEWEST_SEGMENTS: usize = 60;

/// An SVG that was parsed and found harmless. It has no pixels until it is drawn.
pub(crate) struct Drawing {
    tree: Tree,
    segments: usize,
}

/// Whether bytes are an SVG, or one in gzip: whether the first element is `svg`.
pub(crate) fn is_svg(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(HEAD)];
    text(head, HEAD).is_some_and(|head| starts_with_svg(&head))
}

fn starts_with_svg(text: &str) -> bool {
    let mut reader = Reader::from_str(text.trim_start());
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => {
                return element.local_name().as_ref() == "svg";
            }
            Ok(Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::DocType(_)) => {}
            Ok(Event::Text(text)) if text.trim_ascii().is_empty() => {}
            _ => return false,
        }
    }
}

/// The text of a file, up to about `most` bytes; none if it does not start like a text in XML.
fn text(bytes: &[u8], most: usize) -> Option<Cow<'_, str>> {
    if bytes.starts_with(GZIP) {
        let mut plain = Vec::new();
        let most = u64::try_from(most).unwrap_or(u64::MAX);
        // The head of a file ends too early, which is an error after some text.
        let read = GzDecoder::new(bytes).take(most).read_to_end(&mut plain);
        if plain.is_empty() && read.is_err() || plain.starts_with(GZIP) {
            return None;
        }
        return text(&plain, most.try_into().ok()?).map(|text| Cow::Owned(text.into_owned()));
    }
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return Some(encoding.decode(bytes).0);
    }
    bytes
        .trim_ascii_start()
        .starts_with(b"<")
        .then(|| String::from_utf8_lossy(bytes))
}

fn damaged(reason: &'static str) -> PictureError {
    PictureError::Damaged {
        format: "SVG",
        reason,
    }
}

impl Drawing {
    /// Parses the SVG in `bytes`. It may take long, so it runs under a time limit.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, PictureError> {
        let text = text(bytes, MAX_BYTES).ok_or_else(|| damaged(NOT_XML))?;
        let tree = parse(&text, false).map_err(damaged)?;
        let segments = budget::check_tree(&tree).map_err(damaged)?;
        Ok(Self { tree, segments })
    }

    /// Whether it has enough lines for a code, or a picture in it.
    pub(crate) fn may_show_a_code(&self) -> bool {
        self.segments >= FEWEST_SEGMENTS
    }

    /// Draws it so that its longer side has `side` pixels. Also gives the pixels per unit.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a side is a few thousand pixels"
    )]
    pub(crate) fn draw(&self, side: u32) -> Result<(Picture, f32), PictureError> {
        let whole = self.tree.size();
        let scale = side as f32 / whole.width().max(whole.height());
        let [width, height] =
            [whole.width(), whole.height()].map(|length| ((length * scale).round() as u32).max(1));
        budget::check_layers(&self.tree, scale, width, height).map_err(damaged)?;
        let mut canvas = Pixmap::new(width, height).ok_or_else(|| damaged(NO_SIZE))?;
        let transform = Transform::from_scale(scale, scale);
        resvg::render(&self.tree, transform, &mut canvas.as_mut());
        let colours = canvas.pixels().iter().flat_map(|pixel| {
            let colour = pixel.demultiply();
            [colour.red(), colour.green(), colour.blue(), colour.alpha()]
        });
        let image = RgbaImage::from_raw(width, height, colours.collect());
        let image = image.ok_or_else(|| damaged(NO_SIZE))?;
        Ok((Picture::from_pixels(image.into()), scale))
    }
}

const NOT_XML: &str = "it is not well-formed";
const NO_SIZE: &str = "it has no size";

/// Parses an SVG, or one inside it.
fn parse(text: &str, is_inner: bool) -> Result<Tree, &'static str> {
    let clean = clean::clean(text)?;
    let document = Document::parse(&clean).map_err(|_| NOT_XML)?;
    budget::check_document(&document)?;
    let options = Options {
        // Seams between modules would be grey otherwise.
        shape_rendering: ShapeRendering::CrispEdges,
        style_sheet: Some(clean::NEUTRAL.to_owned()),
        image_href_resolver: embedded::resolver(is_inner),
        ..Options::default()
    };
    Tree::from_xmltree(&document, &options).map_err(|_| NO_SIZE)
}
