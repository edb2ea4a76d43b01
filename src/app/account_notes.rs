//! What is told of accounts on the terminal as they come in, the same for every command.

use super::context::Context;
use crate::import::Parts;
use crate::otp::{Account, Draft, Note};
use crate::ui::{escape, truncate};

impl Context {
    /// Says what is unusual about an account that was read.
    pub(crate) fn note_unusual(&self, draft: &Draft, notes: &[Note]) {
        let name = draft.full_name();
        for note in notes {
            let text = match note {
                Note::ShortKey { bits } => {
                    format!("the key has {bits} bits, fewer than the 128 that RFC 4226 asks for")
                }
                Note::LeftOverBits => {
                    "the key has left-over bits, dropped as phone apps do; was it typed in full?"
                        .to_owned()
                }
                Note::UnusualDigits(digits) => {
                    format!("codes of {digits} digits are unusual; RFC 4226 has 6 to 8")
                }
                Note::IssuersDiffer { label, parameter } => {
                    format!("the label says '{label}', the issuer '{parameter}' was taken")
                }
            };
            self.ui.note(&format!("{name}: {text}"));
        }
    }

    /// Says which QR codes of a Google Authenticator export were not among those read.
    pub(crate) fn note_missing_parts(&self, parts: &Parts) {
        for (size, missing) in parts.missing() {
            let missing: Vec<_> = missing.iter().map(ToString::to_string).collect();
            let missing = missing.join(", ");
            self.ui.note(&format!(
                "this export has {size} QR codes; still missing: {missing}"
            ));
        }
    }

    /// An account's name, escaped, no wider than the terminal.
    pub(crate) fn shown_name(&self, account: &Account) -> String {
        let width = self.ui.width().unwrap_or(usize::MAX);
        truncate(&escape(&account.full_name()), width)
    }
}
