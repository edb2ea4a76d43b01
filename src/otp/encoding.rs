//! How a key is written: base32 nearly everywhere, and three more encodings in `KeePass`, its plugins
//! and the browser extension Authenticator.

use data_encoding::{BASE64_NOPAD, HEXLOWER_PERMISSIVE};
use zeroize::Zeroizing;

use super::{ADVISED_KEY_BYTES, Secret, SecretError};

/// The encoding of a key's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum KeyEncoding {
    /// RFC 4648 section 6; the only one of Google's "Key Uri Format".
    #[default]
    Base32,
    Base64,
    Hex,
    /// The characters themselves are the bytes of the key.
    Utf8,
}

impl KeyEncoding {
    /// Reads the names that `KeeOtp2` (`OtpSecretEncoding`) and `KeePassOTP` (`KPOTPEncoding`) write.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase().replace('-', "");
        Some(match name.as_str() {
            "base32" => Self::Base32,
            "base64" => Self::Base64,
            "hex" | "base16" => Self::Hex,
            "utf8" => Self::Utf8,
            _ => return None,
        })
    }

    /// Reads the text of a key. No error quotes it.
    pub(crate) fn read(self, text: &str) -> Result<Secret, SecretError> {
        match self {
            Self::Base32 => Secret::from_base32(text),
            Self::Base64 => decoded(text, &BASE64_NOPAD).ok_or(SecretError::NotBase64)?,
            Self::Hex => decoded(text, &HEXLOWER_PERMISSIVE).ok_or(SecretError::NotHex)?,
            // Some programs drop these from such a key, others do not: two different codes.
            Self::Utf8 if text.contains([' ', '=']) => Err(SecretError::UnclearText),
            Self::Utf8 => Secret::from_bytes(text.as_bytes().to_vec()),
        }
    }
}

fn decoded(text: &str, encoding: &data_encoding::Encoding) -> Option<Result<Secret, SecretError>> {
    let mut plain = Zeroizing::new(String::with_capacity(text.len()));
    plain.extend(text.chars().filter(|c| !c.is_whitespace() && *c != '='));
    let bytes = encoding.decode(plain.as_bytes()).ok()?;
    Some(Secret::from_bytes(bytes))
}

/// Reads a key that can only be hexadecimal: at least 16 bytes, and a digit that base32 does not have.
/// The browser extension takes a key for hexadecimal if it is not base32 (`import.ts`, there called
/// `hex` and `hhex`), and writes it so into its lists.
pub(crate) fn only_hex(text: &str) -> Option<Secret> {
    let is_digit = |c: char| c.is_ascii_hexdigit() || c.is_whitespace();
    if !text.chars().all(is_digit) || !text.contains(['0', '1', '8', '9']) {
        return None;
    }
    let secret = KeyEncoding::Hex.read(text).ok()?;
    (secret.len() >= ADVISED_KEY_BYTES).then_some(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_gives_the_same_key() {
        let key = b"12345678901234567890";
        for (name, text) in [
            ("Base32", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
            ("Base64", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA="),
            ("BASE64", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA"),
            ("Hex", "3132333435363738393031323334353637383930"),
            ("HEX", "3132 3334 3536373839303132333435363738 3930"),
            ("UTF8", "12345678901234567890"),
            ("utf-8", "12345678901234567890"),
        ] {
            let secret = KeyEncoding::parse(name).unwrap().read(text).unwrap();
            assert_eq!(secret.expose_secret(), key, "{name}");
        }
        assert_eq!(KeyEncoding::parse("base58"), None);
        for (encoding, text, error) in [
            (KeyEncoding::Hex, "123", SecretError::NotHex),
            (KeyEncoding::Hex, "xy", SecretError::NotHex),
            (KeyEncoding::Base64, "a!", SecretError::NotBase64),
            (KeyEncoding::Utf8, "my key", SecretError::UnclearText),
            (KeyEncoding::Utf8, "", SecretError::Empty),
            (KeyEncoding::Hex, "", SecretError::Empty),
        ] {
            assert_eq!(encoding.read(text), Err(error));
        }
    }

    #[test]
    fn what_may_be_base32_or_is_short_is_not_only_hexadecimal() {
        assert!(only_hex("3132333435363738393031323334353637383930").is_some());
        assert!(only_hex("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFF0F").is_some());
        for text in [
            "abcdef234567abcdef234567abcdef23",
            "0123456789abcdef",
            "0123456789abcdef0123456789abcde",
            "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PX0",
            "",
        ] {
            assert!(only_hex(text).is_none(), "{text}");
        }
    }
}
