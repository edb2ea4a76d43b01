//! Notes about accounts while they are added or imported.

use super::context::Context;
use crate::import::Parts;
use crate::otp::{Account, Draft, Kind, Note};
use crate::ui::{escape, truncate};

impl Context {
    /// Prints what is unusual about a new account, and what the user can do about it.
    pub(crate) fn note_unusual(&self, draft: &Draft, notes: &[Note]) {
        let name = draft.full_name();
        for text in notes.iter().filter_map(|note| advice(draft, note)) {
            self.ui.note(&format!("{name}: {text}"));
        }
    }

    /// Prints which QR codes of a Google Authenticator export are missing.
    pub(crate) fn note_missing_parts(&self, parts: &Parts) {
        for (size, missing) in parts.missing() {
            let missing: Vec<_> = missing.iter().map(ToString::to_string).collect();
            let missing = missing.join(", ");
            self.ui.note(&format!(
                "the export has {size} QR codes; still missing: {missing}"
            ));
        }
    }

    /// An account's name, escaped and cut to the width of the terminal.
    pub(crate) fn shown_name(&self, account: &Account) -> String {
        let width = self.ui.width().unwrap_or(usize::MAX);
        truncate(&escape(&account.full_name()), width)
    }
}

/// What the user may have to do; `None` if an option settles it.
fn advice(draft: &Draft, note: &Note) -> Option<String> {
    let digits = draft.credential.digits.get();
    match note {
        Note::ShortKey { .. } => {
            Some("the secret key is short; check that it is complete".to_owned())
        }
        Note::LeftOverBits => Some("the key may be cut off; check its last character".to_owned()),
        Note::HexKey => Some(
            "the key is not base32, so it was read as hexadecimal; compare a code with the site"
                .to_owned(),
        ),
        Note::UnusualDigits(read) if *read == digits && draft.credential.kind != Kind::Steam => {
            Some(format!(
                "codes have {digits} digits: does the site ask for that many?"
            ))
        }
        Note::IssuersDiffer { label, parameter } if *parameter == draft.issuer => Some(format!(
            "two issuers are given, '{label}' and '{parameter}'; used '{parameter}'"
        )),
        Note::UnusualDigits(_) | Note::IssuersDiffer { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otp::parse;

    #[test]
    fn what_an_option_has_settled_is_not_told() {
        let mut read = parse("otpauth://totp/A:x?secret=AAAAAAAA&issuer=B&digits=5").unwrap();
        let told = |draft: &Draft, notes: &[Note]| {
            let advice = notes.iter().filter_map(|note| advice(draft, note));
            advice.collect::<Vec<_>>().join("\n")
        };
        let all = told(&read.draft, &read.notes);
        for part in ["short", "5 digits", "'A' and 'B'"] {
            assert!(all.contains(part), "{all}");
        }
        read.draft.credential.kind = Kind::Steam;
        read.draft.issuer = "C".to_owned();
        let left = told(&read.draft, &read.notes);
        assert_eq!(left, "the secret key is short; check that it is complete");
    }
}
