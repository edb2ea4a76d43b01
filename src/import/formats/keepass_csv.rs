//! The CSV of KeePassXC and `KeePass` 2.

use zeroize::Zeroizing;

use crate::import::detect::{Certainty, Format, certain};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::csv::Table;
use crate::import::support::keepass_entry::Entry;
use crate::import::support::shared::Shared;
use crate::import::{ImportError, Input};

pub(crate) const FORMAT: Format = Format {
    name: "keepass-csv",
    title: "KeePassXC and KeePass 2 (CSV)",
    probe,
    read,
};

fn probe(look: &Look<'_>) -> Option<Certainty> {
    certain(
        look.csv_has_prefix("TimeOtp-")
            || look.csv_has_prefix("HmacOtp-")
            || ["Group", "Title", "Username", "TOTP"]
                .iter()
                .all(|column| look.csv_has(column)),
    )
}

/// KeePassXC's CSV has a URI in `TOTP`. KeePass 2's has separate fields, if they were exported.
fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let table = Table::read(input.bytes)?;
    let names = [
        ("Title", "Title"),
        ("UserName", "Username"),
        ("UserName", "User Name"),
        ("otp", "TOTP"),
    ];
    let native = ["TimeOtp", "HmacOtp"].into_iter().flat_map(|kind| {
        [
            "Secret",
            "Secret-Hex",
            "Secret-Base32",
            "Secret-Base64",
            "Algorithm",
            "Length",
            "Period",
            "Counter",
        ]
        .map(|field| format!("{kind}-{field}"))
    });
    let native: Vec<_> = native.collect();
    let columns = names
        .iter()
        .copied()
        .chain(native.iter().map(|n| (n.as_str(), n.as_str())));
    let columns: Vec<_> = columns.collect();
    let (mut rows, mut shared) = (Vec::new(), Shared::default());
    for row in table.rows() {
        let strings = columns.iter().map(|(name, column)| {
            let value = Zeroizing::new(table.get(row, column).to_owned());
            ((*name).to_owned(), value)
        });
        let strings = strings.filter(|(_, value)| !value.is_empty()).collect();
        let tags = Vec::new();
        let entry = Entry { tags, strings };
        rows.extend(entry.rows(&format!("line {}", row.line), &mut shared)?);
    }
    Ok(Contents::from_rows(rows))
}
