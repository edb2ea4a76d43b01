//! The kind of a payload, without quoting it.

/// How payloads start, in capitals, and what they are.
const KINDS: &[(&str, &str)] = &[
    ("HTTP://", "a web address"),
    ("HTTPS://", "a web address"),
    ("WIFI:", "the key of a Wi-Fi network"),
    ("BEGIN:VCARD", "a contact"),
    ("MECARD:", "a contact"),
    ("BEGIN:VCALENDAR", "an event"),
    ("BEGIN:VEVENT", "an event"),
    ("MAILTO:", "an e-mail"),
    ("MATMSG:", "an e-mail"),
    ("TEL:", "a telephone number"),
    ("SMS:", "a text message"),
    ("SMSTO:", "a text message"),
    ("GEO:", "a place on a map"),
    ("FIDO:/", "a sign-in by passkey"),
];

/// The kind of a payload, such as "a web address", if it is a common one. Quotes nothing of it.
pub(crate) fn payload_kind(payload: &str) -> Option<&'static str> {
    let begins = |start: &str| {
        let head = payload.trim_start().get(..start.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(start))
    };
    let known = KINDS.iter().find(|(start, _)| begins(start));
    known.map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_kinds_are_named() {
        assert_eq!(payload_kind("https://example.com"), Some("a web address"));
        assert_eq!(
            payload_kind("WiFi:S:x;;"),
            Some("the key of a Wi-Fi network")
        );
        for other in ["otpauth://totp/a?secret=AE", "日本", "http", ""] {
            assert_eq!(payload_kind(other), None);
        }
    }
}
