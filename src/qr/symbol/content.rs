//! Corrected bytes to text, and parts of a longer text.

use rxing::common::cpp_essentials::DecoderResult;
use zeroize::Zeroizing;

/// Where a code stands in a series whose texts belong together (structured append, ISO/IEC
/// 18004 section 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Part {
    /// The place in the series, from 0.
    pub index: u8,
    /// How many codes the series has, 2 to 16.
    pub count: u8,
    /// The same in all codes of a series: all bytes of the whole text, combined by XOR.
    pub parity: u8,
}

/// What is in a code.
pub(crate) struct Content {
    pub payload: Zeroizing<String>,
    pub part: Option<Part>,
}

impl Content {
    /// The content of a decoded bit stream; none when it is empty or broken off.
    ///
    /// Bytes that are UTF-8 are taken for it, whatever rxing's guess was; authenticators write
    /// nothing else. Where the code names its character set (ECI), and for all other bytes,
    /// rxing knows best: it tells `Shift_JIS` from Latin-1, for one.
    pub(crate) fn of(decoded: &DecoderResult<bool>) -> Option<Self> {
        let content = decoded.content();
        let utf8 = str::from_utf8(content.bytes()).ok();
        let text = match utf8.filter(|_| !content.has_eci) {
            Some(text) => text.to_owned(),
            None => decoded.text(),
        };
        let payload = Zeroizing::new(text);
        let usable = decoded.isValid() && !payload.is_empty();
        usable.then(|| Self {
            payload,
            part: part(decoded),
        })
    }
}

fn part(decoded: &DecoderResult<bool>) -> Option<Part> {
    let series = decoded.structuredAppend();
    let part = Part {
        index: u8::try_from(series.index).ok()?,
        count: u8::try_from(series.count).ok()?,
        parity: series.id.parse().ok()?,
    };
    (part.index < part.count && part.count > 1).then_some(part)
}

#[cfg(test)]
mod tests {
    use rxing::qrcode::common::{ErrorCorrectionLevel, Version};
    use rxing::qrcode::cpp_port::decoder::DecodeBitStream;

    use super::*;

    /// The content of a stream of half bytes, in hexadecimal.
    fn content(stream: &str) -> Option<Content> {
        let bytes: Vec<u8> = (0..stream.len() / 2)
            .map(|i| u8::from_str_radix(&stream[2 * i..2 * i + 2], 16).unwrap())
            .collect();
        let version = Version::getVersionForNumber(1).unwrap();
        let decoded = DecodeBitStream(&bytes, version, ErrorCorrectionLevel::L).unwrap();
        Content::of(&decoded)
    }

    #[test]
    fn a_part_tells_its_place() {
        // Structured append: the third of four, parity 0x5A; then two bytes.
        let content = content("323 5A 4 02 6162 0".replace(' ', "").as_str()).unwrap();
        assert_eq!(content.payload.as_str(), "ab");
        let part = Part {
            index: 2,
            count: 4,
            parity: 0x5A,
        };
        assert_eq!(content.part, Some(part));
    }

    #[test]
    fn nothing_is_no_content() {
        assert!(content("00").is_none());
        // Four bytes are announced, and one is there.
        assert!(content("404610").is_none());
    }
}
