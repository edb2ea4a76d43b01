//! Corrected bytes to text.

use rxing::common::cpp_essentials::DecoderResult;
use zeroize::Zeroizing;

/// The position of a code in a series that holds one text (structured append, ISO/IEC 18004
/// section 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Part {
    /// The position in the series, from 0.
    pub index: u8,
    /// How many codes the series has, 2 to 16.
    pub count: u8,
    /// The XOR of all bytes of the whole text, the same in all codes of a series.
    pub parity: u8,
}

/// What a code says.
pub(crate) struct Content {
    pub(crate) payload: Zeroizing<String>,
    pub(crate) part: Option<Part>,
}

impl Content {
    /// The content of a decoded bit stream; none if it is empty or cut short.
    ///
    /// Valid UTF-8 is read as UTF-8, whatever rxing guesses: authenticators write nothing else.
    /// rxing decides when the code names its character set (ECI), and for all other bytes: it can
    /// tell `Shift_JIS` from Latin-1.
    pub(crate) fn from_decoded(decoded: &DecoderResult<bool>) -> Option<Self> {
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

    /// The content of a bit stream in hexadecimal.
    fn content(stream: &str) -> Option<Content> {
        let bytes: Vec<u8> = (0..stream.len() / 2)
            .map(|i| u8::from_str_radix(&stream[2 * i..2 * i + 2], 16).unwrap())
            .collect();
        let version = Version::getVersionForNumber(1).unwrap();
        let decoded = DecodeBitStream(&bytes, version, ErrorCorrectionLevel::L).unwrap();
        Content::from_decoded(&decoded)
    }

    #[test]
    fn a_part_knows_its_position() {
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
        // It declares four bytes and has one.
        assert!(content("404610").is_none());
    }
}
