//! The CSV of KeePassXC and `KeePass` 2.

use zeroize::Zeroizing;

use crate::import::detect::{Certainty, Format, certain};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::csv::Table;
use crate::import::support::keepass_entry::Entry;
use crate::import::support::shared::Shared;
use crate::import::{ImportError, Input, SetAside};

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

/// The group that the programs make for deleted entries. CSV does not mark it, and a person may have
/// named it otherwise.
const BIN: &str = "Recycle Bin";

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
        let mut groups = table.get(row, "Group").split('/');
        let in_bin = groups.any(|group| group.eq_ignore_ascii_case(BIN));
        let bin = in_bin.then_some(SetAside::InTrash);
        let own = entry.rows(&format!("line {}", row.line), &mut shared)?;
        let own = own.into_iter();
        rows.extend(own.map(|row| row.map(|found| found.set_aside(bin))));
    }
    Ok(Contents::from_rows(rows))
}
