//! One account of an entry: its key in the right encoding, and what the entry says of it.

use zeroize::Zeroizing;

use super::context::{Context, Said, is_set};
use super::fields::Role;
use super::walk::Walk;
use crate::import::support::key_text;
use crate::import::support::logins::one_tag;
use crate::import::support::row::{Fields, Key, bounded};
use crate::import::{Found, Row, SetAside, Skipped};
use crate::otp::Credential;

const HEXADECIMAL: &str = "its secret key was read as hexadecimal";

/// The key in its encoding, with a remark if that was not stated.
pub(super) fn encoded(text: &str, context: &Context<'_>) -> (Option<&'static str>, Key) {
    let text = Zeroizing::new(text.to_owned());
    let stated = context
        .get(Role::Encoding)
        .map(|said| said.text.to_ascii_lowercase());
    match stated.as_deref() {
        Some("hex" | "base16" | "hexadecimal") => (None, Key::Hex(text)),
        Some("base64") => (None, Key::Base64(text)),
        Some("utf8" | "utf-8" | "ascii" | "raw" | "text") => {
            (None, Key::Bytes(Zeroizing::new(text.as_bytes().to_vec())))
        }
        _ if key_text::is_hex(&text) => (Some(HEXADECIMAL), Key::Hex(text)),
        _ => (None, Key::Base32(text)),
    }
}

/// Checks the fields. What would make wrong codes is refused: a period in milliseconds, another start of
/// the first step, and a counter of an account that may be HOTP or TOTP.
pub(super) fn finish(fields: Fields, context: &Context<'_>, is_totp: bool, place: &str) -> Row {
    let number = |text: Option<&str>| text.and_then(|text| text.trim().parse::<u64>().ok());
    let is_millis = number(fields.period.as_deref())
        .is_some_and(|seconds| seconds >= 10_000 && seconds.is_multiple_of(1000));
    let said = |role| context.get(role).map(|said| said.text);
    let starts_later =
        said(Role::Epoch).is_some_and(|text| text.parse().is_ok_and(|t: f64| t != 0.0));
    let counter = number(said(Role::Counter)).is_some_and(|counter| counter > 0);
    let is_unclear = counter && !is_totp && fields.kind.is_empty() && fields.period.is_none();
    let reason = match () {
        () if is_millis => "its period seems to be in milliseconds; expected seconds",
        () if starts_later => "its codes do not start at 1970, which is not supported",
        () if is_unclear => "it has a counter, but does not say whether it is HOTP",
        () => return fields.finish(place),
    };
    fields.finish(place).and_then(|found| {
        Err(Skipped {
            place: place.to_owned(),
            name: found.draft.full_name(),
            reason: reason.to_owned(),
        })
    })
}

/// Whether fields say how codes are made.
pub(super) fn says_how(context: &Context<'_>) -> bool {
    let roles = [Role::Digits, Role::Period, Role::Algorithm];
    roles.iter().any(|role| context.get(*role).is_some()) || kind(context).is_some()
}

/// The service and name, cut to the length that a label may have.
pub(super) fn names(context: &Context<'_>) -> (String, String) {
    let text = |said: Option<Said<'_>>| bounded(said.map_or("", |said| said.text)).to_owned();
    let (issuer, name) = context.labels();
    match (text(issuer), text(name)) {
        (issuer, name) if issuer.is_empty() && name.is_empty() => {
            (issuer, bounded(context.fallback()).to_owned())
        }
        named => named,
    }
}

/// The fields of an account: those of its entry, then those of a URI.
pub(super) fn completed(
    walk: &mut Walk,
    context: &Context<'_>,
    key: Option<Key>,
    base: Option<&Found>,
) -> Fields {
    let (issuer, name) = names(context);
    let (said_issuer, said_name) = context.labels();
    let mut note = |what, said: Option<Said<'_>>| {
        if let Some(said) = said {
            let place = walk.general_at(said.depth, said.name);
            walk.report.took(what, &place);
        }
        said.map(|said| bounded(said.text).to_owned())
    };
    note("issuer", said_issuer);
    note("name", said_name);
    let credential = base.map(|base| &base.draft.credential);
    let of_base = |field: fn(&Credential) -> Option<String>| credential.and_then(field);
    let kind = kind(context);
    if kind.is_some() {
        note("type", context.get(Role::Kind));
    }
    let is_hotp = kind.as_deref() == Some("hotp")
        || kind.is_none() && credential.is_some_and(|own| own.kind.counter().is_some());
    let mut parameter = |what, role| note(what, context.get(role));
    let digits = parameter("digits", Role::Digits).map(|text| number(&text));
    let period = parameter("period", Role::Period).map(|text| number(&text));
    let algorithm = parameter("algorithm", Role::Algorithm);
    let algorithm = algorithm.filter(|text| !text.eq_ignore_ascii_case("n/a"));
    let counter = if is_hotp {
        parameter("counter", Role::Counter)
    } else {
        None
    };
    let (base_issuer, base_name) =
        base.map_or(("", ""), |base| (&base.draft.issuer, &base.draft.name));
    // A single name beside a URI with a name of its own is that of the service.
    let (issuer, name) = if issuer.is_empty() && !base_name.is_empty() && base_name != name {
        (name, String::new())
    } else {
        (issuer, name)
    };
    let or = |own: String, other: &str| {
        if own.is_empty() {
            other.to_owned()
        } else {
            own
        }
    };
    Fields {
        issuer: or(issuer, base_issuer),
        name: or(name, base_name),
        key: key.unwrap_or_else(|| {
            let bytes = credential.map(|own| own.secret.expose_secret().to_vec());
            Key::Bytes(Zeroizing::new(bytes.unwrap_or_default()))
        }),
        kind: kind
            .or(of_base(|own| Some(own.kind.as_str().to_owned())))
            .unwrap_or_default(),
        algorithm: algorithm.or(of_base(|own| Some(own.algorithm.to_string()))),
        digits: digits.or(of_base(|own| Some(own.digits.get().to_string()))),
        period: period.or(of_base(|own| {
            own.kind.period().map(|period| period.get().to_string())
        })),
        counter: counter.or(of_base(|own| {
            own.kind.counter().map(|counter| counter.to_string())
        })),
        tags: Vec::new(),
    }
}

/// A number as it is meant: `30 s` and `30.0` are 30.
fn number(text: &str) -> String {
    let text = text.trim();
    let plain = text
        .trim_end_matches(|c: char| c.is_ascii_alphabetic())
        .trim_end();
    let plain = plain.strip_suffix(".0").unwrap_or(plain);
    if plain.bytes().all(|byte| byte.is_ascii_digit()) && !plain.is_empty() {
        plain.to_owned()
    } else {
        text.to_owned()
    }
}

/// The type of an account, if the entry's type is one. Entries have types of other kinds too.
fn kind(context: &Context<'_>) -> Option<String> {
    let is_steam = |said: Said<'_>| said.text.eq_ignore_ascii_case("steam");
    let five = context
        .get(Role::Digits)
        .is_none_or(|said| said.text == "5");
    let Some(said) = context.get(Role::Kind) else {
        let issuer = context.labels().0;
        let by_issuer = issuer.is_some_and(is_steam) && five && context.get(Role::Digits).is_some();
        return by_issuer.then(|| "steam".to_owned());
    };
    let plain: String = said
        .text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let plain = plain.to_ascii_lowercase();
    let known = match plain.as_str() {
        "totp" | "otptotp" | "time" | "timebased" | "timebasedotp" | "oathtotp" => "totp",
        "hotp" | "otphotp" | "counter" | "counterbased" | "event" | "eventbased" | "oathhotp" => {
            "hotp"
        }
        "steam" | "steamtotp" | "steamguard" | "otpsteam" => "steam",
        "motp" | "mobileotp" => "motp",
        "yaotp" | "yandex" => "yaotp",
        _ => return None,
    };
    Some(known.to_owned())
}

/// Marks what an entry says of itself besides.
pub(super) fn marked(
    mut found: Found,
    context: &Context<'_>,
    remark: Option<&'static str>,
) -> Found {
    found.remarks.extend(remark);
    let is_set = |role| context.get(role).is_some_and(|said| is_set(said.text));
    if is_set(Role::Archived) {
        found.set_aside = Some(SetAside::Archived);
    }
    if is_set(Role::Trashed) {
        found.set_aside = Some(SetAside::InTrash);
    }
    if let Some(group) = context.get(Role::Group) {
        found.tags = one_tag(group.text);
    }
    found
}
