//! What a secret key looks like, in fields of any name.

use zeroize::Zeroizing;

/// The shortest base32 text that is taken for a key without a field that says so: 80 bits.
const SHORTEST: usize = 16;

/// The longest one. Real keys have up to 128 characters.
const LONGEST: usize = 256;

/// Whether a text looks like a base32 key: its alphabet in one case, perhaps in groups, with a digit, as
/// words have none.
pub(crate) fn looks_like_key(text: &str) -> bool {
    let text = text.trim();
    is_base32(text) && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// Whether a text is base32 of a key's length. A long word is, too.
pub(crate) fn is_base32(text: &str) -> bool {
    let text = text.trim().trim_end_matches('=');
    if text.len() < SHORTEST || text.len() > 2 * LONGEST {
        return false;
    }
    let (mut symbols, mut upper, mut lower) = (0, false, false);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' => upper = true,
            b'a'..=b'z' => lower = true,
            b'2'..=b'7' => {}
            b' ' | b'-' => continue,
            _ => return false,
        }
        symbols += 1;
    }
    (SHORTEST..=LONGEST).contains(&symbols) && !(upper && lower) && are_groups(text)
}

/// Whether a text has no gaps, or only between groups of one length, of which the last may be shorter.
fn are_groups(text: &str) -> bool {
    let mut groups = text.split([' ', '-']).map(str::len);
    let Some(first) = groups.next() else {
        return false;
    };
    let mut before = first;
    let even = groups.all(|length| {
        let fits = before == first && length <= first && length > 0;
        before = length;
        fits
    });
    even && first >= 3
}

/// Whether a text is hexadecimal of a key's length, and no base32.
pub(crate) fn is_hex(text: &str) -> bool {
    let text = text.trim();
    text.len() >= 20
        && text.len() <= LONGEST
        && text.len().is_multiple_of(2)
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && !is_base32(text)
}

/// Whether the value of a field that is named like a key may be one: no number, word or sentence.
pub(crate) fn may_be_key(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '=' | '+' | '/');
    let symbols = text.chars().filter(char::is_ascii_alphanumeric).count();
    let is_code = text.bytes().all(|byte| byte.is_ascii_digit()) && symbols <= 10;
    let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
    let one_case = !text.bytes().any(|b| b.is_ascii_lowercase())
        || !text.bytes().any(|b| b.is_ascii_uppercase());
    symbols >= 8 && text.chars().all(is_part) && !is_code && (has_digit || one_case)
}

/// How many words of a text look like keys, and how many lines do when their spaces are left out.
pub(crate) fn count_keys(text: &str) -> usize {
    if looks_like_key(text) {
        return 1;
    }
    let of_line = |line: &str| {
        let value = line
            .rsplit([':', '=', '"'])
            .find(|part| !part.trim().is_empty());
        if value.is_some_and(looks_like_key) {
            return 1;
        }
        line.split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| looks_like_key(word))
            .count()
    };
    text.lines().map(of_line).sum()
}

/// A name as it is safe to show: those that are keys, or have one in them, are left out.
pub(crate) fn shown(name: &str) -> Zeroizing<String> {
    let short: String = name.chars().take(40).collect();
    let is_key = is_base32(name) || is_hex(name) || count_keys(name) > 0;
    Zeroizing::new(if is_key || has_long_word(name) {
        "…".to_owned()
    } else {
        short
    })
}

/// Whether a word is so long, and has digits, that it may hold a key beside other letters.
fn has_long_word(name: &str) -> bool {
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|word| word.len() >= SHORTEST && word.bytes().any(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_from_words() {
        for key in [
            "GEZDGNBVGY3TQOJQ",
            "gezd gnbv gy3t qojq gezd gnbv gy3t qojq",
            "JBSW-Y3DP-EHPK-3PXP",
            "JBSWY3DPEHPK3PXP======",
        ] {
            assert!(looks_like_key(key), "{key}");
        }
        for word in [
            "INTERNATIONALIZATION",
            "Jbswy3dpehpk3pxp",
            "GEZDGNBVGY3TQOJ",
            "JBSWY3DPEHPK3PX1",
            "a long text of 23 words",
            "",
            "222222",
        ] {
            assert!(!looks_like_key(word), "{word}");
        }
        assert!(is_hex("3132333435363738393031323334353637383930"));
        assert!(!is_hex("abcdefabcdefabcdefab") && !is_hex("31323334"));
        assert_eq!(
            count_keys("2FA: GEZDGNBVGY3TQOJQ\nand JBSWY3DPEHPK3PXP."),
            2
        );
        assert_eq!(count_keys("key = gezd gnbv gy3t qojq"), 1);
        assert_eq!(shown("GEZDGNBVGY3TQOJQ").as_str(), "…");
        assert_eq!(shown("xGEZDGNBVGY3TQOJQ of me").as_str(), "…");
        assert_eq!(shown("secret").as_str(), "secret");
    }
}
