//! Buttercup's vault, which is encrypted and is not opened. Its CSV is read as a table.

use crate::import::detect::{Format, certain};
use crate::import::{ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "buttercup",
    title: "Buttercup (only says what to export)",
    probe: |look| certain(look.text.starts_with("b~>buttercup/")),
    read: |_: &Input<'_>| {
        let message = "this is a vault of Buttercup: open it in Buttercup and export it as CSV";
        Err(ImportError::Unsupported(message.to_owned()))
    },
};
