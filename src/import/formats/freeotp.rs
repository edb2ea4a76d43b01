//! FreeOTP 1's and FreeOTP+'s tokens: a JSON file, or Android's preferences. Their keys are lists
//! of signed bytes, and their HOTP counter is the last one used.

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::import::detect::{Format, certain};
use crate::import::ingest::Contents;
use crate::import::support::android_prefs;
use crate::import::support::json::{self, Rows, Scalar};
use crate::import::support::row::{Fields, Key, rows, unreadable};
use crate::import::{ImportError, Input, Row};

pub(crate) const FORMAT: Format = Format {
    name: "freeotp",
    title: "FreeOTP 1 and FreeOTP+",
    probe: |look| {
        certain(
            look.json_has(&["tokens", "tokenOrder"])
                || (look.android_pref("&quot;secret&quot;")
                    && look.android_pref("&quot;label&quot;")),
        )
    },
    read,
};

#[derive(Deserialize)]
struct File {
    tokens: Rows<Token>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Token {
    algo: Scalar,
    counter: Scalar,
    digits: Scalar,
    issuer_ext: Scalar,
    issuer_int: Scalar,
    label: Scalar,
    period: Scalar,
    secret: Vec<i16>,
    #[serde(rename = "type")]
    kind: Scalar,
}

/// The key's bytes: Java's are -128 to 127, other programs write 0 to 255.
pub(crate) fn bytes(list: &[i16]) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(list.len()));
    for number in list {
        let byte = u8::try_from(number.rem_euclid(256)).ok()?;
        (-128..256).contains(number).then(|| bytes.push(byte))?;
    }
    Some(bytes)
}

const COUNTERS: &str = "FreeOTP stores the last HOTP counter used, but cotp stores the next one: if an HOTP code \
    is refused, the counter is off by one";

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let text = json::text(input.bytes)?;
    let rows = if android_prefs::is_prefs(text) {
        let mut rows = Vec::new();
        for preference in android_prefs::strings(text)? {
            if preference.name == "tokenOrder" || !preference.value.starts_with('{') {
                continue;
            }
            let place = format!("token {}", rows.len() + 1);
            let token = serde_json::from_str::<Token>(&preference.value);
            rows.push(token.map_or_else(
                |_| unreadable(place.clone()),
                |t| with_last_counter(t, &place),
            ));
        }
        rows
    } else {
        let file: File = json::read(input.bytes)?;
        let by_cotp = is_by_cotp(text, &file.tokens);
        rows(file.tokens, "token", |token, place| {
            Some(if by_cotp {
                with_next_counter(token, &place)
            } else {
                with_last_counter(token, &place)
            })
        })
    };
    let counts =
        |row: &Row| matches!(row, Ok(found) if found.draft.credential.kind.counter().is_some());
    let any_counts = rows.iter().any(counts);
    let import = Contents::from_rows(rows);
    Ok(if any_counts {
        import.with_note(COUNTERS)
    } else {
        import
    })
}

/// cotp never writes `issuerInt` or white space, and its counter is the next one. A file of FreeOTP+
/// lacks `issuerInt` in all accounts only if none of their URIs had an `issuer`.
fn is_by_cotp(text: &str, tokens: &Rows<Token>) -> bool {
    if !text.starts_with("{\"tokenOrder\":[") {
        return false;
    }
    let mut tokens = tokens.0.iter().flatten().peekable();
    tokens.peek().is_some() && tokens.all(|token| token.issuer_int.0.is_none())
}

fn with_next_counter(mut token: Token, place: &str) -> Row {
    let key = bytes(&std::mem::take(&mut token.secret)).unwrap_or_default();
    row(token, key, place)
}

fn with_last_counter(mut token: Token, place: &str) -> Row {
    let counter = token
        .counter
        .0
        .as_deref()
        .and_then(|text| text.parse::<u64>().ok());
    if let Some(next) = counter.and_then(|last| last.checked_add(1)) {
        token.counter = Scalar(Some(next.to_string()));
    }
    with_next_counter(token, place)
}

/// A token whose counter is already the next one.
pub(crate) fn row(token: Token, key: Zeroizing<Vec<u8>>, place: &str) -> Row {
    let issuer = token
        .issuer_ext
        .0
        .or(token.issuer_int.0)
        .unwrap_or_default();
    let kind = match token.kind.0.unwrap_or_default() {
        kind if issuer == "Steam" && !kind.eq_ignore_ascii_case("hotp") => "steam".to_owned(),
        kind => kind,
    };
    Fields {
        issuer,
        name: token.label.0.unwrap_or_default(),
        key: Key::Bytes(key),
        kind,
        algorithm: token.algo.0,
        digits: token.digits.0,
        period: token.period.0,
        counter: token.counter.0,
        tags: Vec::new(),
    }
    .finish(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_signed_or_not() {
        assert_eq!(
            bytes(&[-1, -128, 0, 127]).unwrap().as_slice(),
            [255, 128, 0, 127]
        );
        assert_eq!(bytes(&[255, 128]).unwrap().as_slice(), [255, 128]);
        assert!(bytes(&[256]).is_none() && bytes(&[-129]).is_none());
    }
}
