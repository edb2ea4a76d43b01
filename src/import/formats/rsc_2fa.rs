//! rsc/2fa: `~/.2fa`, with a line `NAME DIGITS KEY` for each account. For HOTP, 20 digits follow: the
//! last counter used.

use zeroize::Zeroizing;

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::json;
use crate::import::support::row::{Fields, Key, check_count};
use crate::import::{ImportError, Input, MAX_ROWS, Row, Skipped};
use crate::otp::Secret;

pub(crate) const FORMAT: Format = Format {
    name: "2fa",
    title: "rsc/2fa",
    probe: |look| certain(is_list(look.text)),
    read,
};

fn is_list(text: &str) -> bool {
    let is_key = |key: &str| Secret::from_base32(key).is_ok();
    let mut any_key = false;
    let all_fit = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .all(|line| {
            let words: Vec<_> = line.split_ascii_whitespace().collect();
            let (fits, key) = match words[..] {
                [_, "6" | "7" | "8", key] => (true, key),
                [_, "6" | "7" | "8", key, counter] => (counter.len() == 20, key),
                _ => (false, ""),
            };
            any_key |= fits && is_key(key);
            fits
        });
    all_fit && any_key
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let text = json::text(input.bytes)?;
    let numbered = (1_usize..).zip(text.lines());
    let lines = numbered.filter(|(_, line)| !line.trim().is_empty());
    let rows = lines.map(|(number, line)| row(line, format!("line {number}")));
    let rows: Vec<_> = rows.take(MAX_ROWS + 1).collect();
    check_count(&rows)?;
    Ok(Contents::from_rows(rows))
}

fn row(line: &str, place: String) -> Row {
    let mut words = line.split_ascii_whitespace();
    let mut word = || words.next().unwrap_or_default().to_owned();
    let (name, digits, key, last_used) = (word(), word(), Zeroizing::new(word()), word());
    let next = match last_used.as_str() {
        "" => None,
        digits => match digits
            .parse::<u64>()
            .ok()
            .and_then(|last| last.checked_add(1))
        {
            Some(next) => Some(next.to_string()),
            None => {
                return Err(Skipped {
                    place,
                    name,
                    reason: "its counter is not a number".to_owned(),
                });
            }
        },
    };
    Fields {
        name,
        key: Key::Base32(key),
        kind: next.as_ref().map_or("totp", |_| "hotp").to_owned(),
        digits: Some(digits),
        counter: next,
        ..Fields::default()
    }
    .finish(place)
}
