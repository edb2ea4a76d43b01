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
                    format!("the key is short ({bits} bits)")
                }
                Note::LeftOverBits => {
                    "the last character of the key is partly unused: was it typed in full?"
                        .to_owned()
                }
                Note::UnusualDigits(digits) => {
                    format!("codes of {digits} digits are unusual")
                }
                Note::IssuersDiffer { label, parameter } => {
                    format!("the label says '{label}'; used the issuer '{parameter}'")
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
                "the export has {size} QR codes; still missing: {missing}"
            ));
        }
    }

    /// An account's name, escaped, no wider than the terminal.
    pub(crate) fn shown_name(&self, account: &Account) -> String {
        let width = self.ui.width().unwrap_or(usize::MAX);
        truncate(&escape(&account.full_name()), width)
    }
}
