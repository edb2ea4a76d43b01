//! Texts that are not in UTF-8.

use encoding_rs::{Encoding, UTF_8};
use zeroize::Zeroizing;

/// Decodes a text in another encoding; `None` if it is UTF-8 already, or not text.
pub(crate) fn to_utf8(bytes: &[u8]) -> Option<Zeroizing<String>> {
    from_utf16(bytes).or_else(|| from_latin_1(bytes))
}

/// A text in UTF-8 and without a byte order mark, if it has one: files that Windows `PowerShell` writes do,
/// and so may what it pipes. All else stays as it is.
pub(crate) fn unmarked(bytes: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    let decoded = from_utf16(&bytes).map(|text| Zeroizing::new(text.as_bytes().to_vec()));
    let utf8 = bytes.strip_prefix(b"\xef\xbb\xbf");
    let utf8 = utf8.map(|text| Zeroizing::new(text.to_vec()));
    decoded.or(utf8).unwrap_or(bytes)
}

/// Decodes UTF-16 with a byte order mark, which Windows `PowerShell` writes with `>`.
fn from_utf16(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let (encoding, mark) = Encoding::for_bom(bytes).filter(|(found, _)| *found != UTF_8)?;
    let units = bytes.get(mark..)?;
    let mut decoder = encoding.new_decoder_without_bom_handling();
    // Allocated at its greatest length: growing would leave a copy behind.
    let length = decoder.max_utf8_buffer_length_without_replacement(units.len())?;
    let mut text = Zeroizing::new(String::with_capacity(length));
    let (result, _) = decoder.decode_to_string_without_replacement(units, &mut text, true);
    (result == encoding_rs::DecoderResult::InputEmpty).then_some(text)
}

/// Decodes Latin-1, which old Windows programs write. No encrypted file starts with so much plain text.
fn from_latin_1(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let is_plain = |byte: &u8| *byte >= b' ' || byte.is_ascii_whitespace();
    let start = bytes.get(..16)?;
    let is_text = start.is_ascii() && bytes.iter().all(is_plain);
    if !is_text || std::str::from_utf8(bytes).is_ok() {
        return None;
    }
    let text = encoding_rs::mem::decode_latin1(bytes);
    Some(Zeroizing::new(text.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_texts_with_a_mark_are_utf16() {
        assert_eq!(*to_utf8(b"\xff\xfea\0").unwrap(), "a");
        assert_eq!(*to_utf8(b"\xfe\xff\0a").unwrap(), "a");
        // Half a unit, half a pair, and no mark.
        assert!(to_utf8(b"\xff\xfea").is_none());
        assert!(to_utf8(b"\xff\xfe\0\xd8").is_none());
        assert!(to_utf8(b"\xef\xbb\xbfa").is_none());
    }

    #[test]
    fn a_mark_is_no_part_of_a_text() {
        let read = |bytes: &[u8]| unmarked(Zeroizing::new(bytes.to_vec())).to_vec();
        assert_eq!(read(b"\xef\xbb\xbfp\xc3\xa4\r\n"), "pä\r\n".as_bytes());
        assert_eq!(read(b"\xff\xfep\0\xe4\0\r\0\n\0"), "pä\r\n".as_bytes());
        for other in [
            "pä\n".as_bytes(),
            b"",
            b"\xef\xbb",
            b"\xff\xfep",
            b"\x89PNG",
        ] {
            assert_eq!(read(other), other);
        }
    }

    #[test]
    fn each_byte_of_latin_1_is_a_character() {
        let text = to_utf8(b"otpauth://totp/M\xfcller\x92").unwrap();
        assert_eq!(*text, "otpauth://totp/M\u{fc}ller\u{92}");
        assert!(to_utf8("otpauth://totp/M\u{fc}ller".as_bytes()).is_none());
    }
}
