//! An entry: an object that holds a key. What is beside the key completes it.

use std::collections::{HashMap, HashSet};

use zeroize::Zeroizing;

use super::context::{Context, Said};
use super::fields::{self, Role};
use super::key_text;
use super::members::{Member, scalar};
use super::tree::{Name, Node};
use super::uris;
use super::walk::Walk;
use crate::import::support::crypto::sha256;
use crate::import::support::logins::{one_tag, ruined};
use crate::import::support::row::{Fields, Key, bounded, from_field};
use crate::import::{Found, ImportError, Row, SetAside, Skipped};
use crate::otp::{Credential, Kind, full_name};

/// A key of an entry.
struct Own<'a> {
    member: Member<'a>,
    text: &'a str,
}

/// The values that an entry took, by their addresses.
pub(super) type Taken = HashSet<usize>;

pub(super) fn address(node: &Node) -> usize {
    std::ptr::from_ref(node).addr()
}

/// Reads the accounts of an object. Returns the values that were taken.
pub(super) fn read<'a>(
    walk: &mut Walk,
    members: &[Member<'a>],
    context: &Context<'a>,
) -> Result<Taken, ImportError> {
    let (keys, uris) = keys_and_uris(members);
    let keys_of = keys.iter().chain(&uris);
    let mut taken: Taken = keys_of.map(|own| address(own.member.value)).collect();
    if taken.is_empty() {
        return Ok(taken);
    }
    let labels = members.iter().filter(|member| {
        let is_key = scalar(member.value).is_some_and(key_text::looks_like_key);
        is_label(member.role) && !is_key
    });
    taken.extend(labels.map(|member| address(member.value)));
    let alone = keys.is_empty() && uris.len() == 1;
    let mut by_secret: HashMap<[u8; 32], Vec<usize>> = HashMap::new();
    for (index, uri) in uris.iter().enumerate() {
        if let Some(secret) = hash(&from_field(uri.text, "", "", "")) {
            by_secret.entry(secret).or_default().push(index);
        }
    }
    let mut used = vec![false; uris.len()];
    let mut seen = HashSet::new();
    for key in &keys {
        let secret = hash(&bare(encoded(key, context).1));
        let same = secret.and_then(|secret| by_secret.remove(&secret));
        let same = same.unwrap_or_default();
        for index in &same {
            used[*index] = true;
        }
        let uri = same.first().and_then(|index| uris.get(*index));
        if secret.is_none_or(|secret| seen.insert(secret)) {
            add_key(walk, key, uri, context)?;
        }
    }
    let rest = uris.iter().zip(&used).filter(|(_, used)| !**used);
    for (uri, _) in rest {
        add_uri(walk, uri, context, alone)?;
    }
    Ok(taken)
}

/// The fields of an entry that hold keys, and those that hold URIs.
fn keys_and_uris<'a>(members: &[Member<'a>]) -> (Vec<Own<'a>>, Vec<Own<'a>>) {
    let has_parameters = members.iter().any(|member| {
        use Role::{Algorithm, Counter, Digits, Issuer, Period};
        matches!(member.role, Issuer | Digits | Period | Algorithm | Counter)
    });
    let (mut keys, mut uris) = (Vec::new(), Vec::new());
    for member in members {
        let Some(text) = scalar(member.value) else {
            continue;
        };
        let own = Own {
            member: *member,
            text,
        };
        if uris::is_uri(text) {
            uris.push(own);
        } else if is_key(member, text, has_parameters) {
            keys.push(own);
        }
    }
    (keys, uris)
}

/// The hash of an account's key, to compare many of them.
fn hash(row: &Row) -> Option<[u8; 32]> {
    let found = row.as_ref().ok()?;
    Some(*sha256(&[found.draft.credential.secret.expose_secret()]))
}

/// Whether a text is the key of an account, by the name of its field and by itself.
fn is_key(member: &Member<'_>, text: &str, has_parameters: bool) -> bool {
    let is_short = matches!(
        member.name.to_ascii_lowercase().as_str(),
        "secret" | "seed" | "secretkey" | "sharedsecret" | "secret_key" | "shared_secret"
    );
    match member.role {
        Role::Key => key_text::may_be_key(text) || ruined(text).is_some(),
        Role::MaybeKey if has_parameters && is_short => key_text::may_be_key(text),
        Role::MaybeKey => key_text::is_base32(text),
        _ => false,
    }
}

/// What a label or parameter of an entry is not looked at again for.
fn is_label(role: Role) -> bool {
    !matches!(role, Role::Other | Role::Key | Role::MaybeKey)
}

/// An account that has this key and nothing else.
fn bare(key: Key) -> Row {
    let fields = Fields {
        key,
        ..Fields::default()
    };
    fields.finish("")
}

const HEXADECIMAL: &str = "its secret key was read as hexadecimal";

/// The key in its encoding, with a remark if that was not stated.
fn encoded(key: &Own<'_>, context: &Context<'_>) -> (Option<&'static str>, Key) {
    let text = Zeroizing::new(key.text.to_owned());
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

/// Adds the account of a key, completed by a URI with the same key.
fn add_key(
    walk: &mut Walk,
    key: &Own<'_>,
    uri: Option<&Own<'_>>,
    context: &Context<'_>,
) -> Result<(), ImportError> {
    let (place, general) = walk.place_of(&key.member);
    if let Some(reason) = ruined(key.text) {
        let (issuer, name) = names(context);
        walk.contents.rows.push(Err(Skipped {
            place,
            name: full_name(&issuer, &name),
            reason: reason.to_owned(),
        }));
        return Ok(());
    }
    let (remark, encoded) = encoded(key, context);
    let base = uri.and_then(|uri| from_field(uri.text, "", "", &place).ok());
    let fields = completed(walk, context, Some(encoded), base.as_ref());
    let row = finish(fields, &place);
    let row = row.map(|found| marked(found, context, remark));
    if let Ok(found) = &row {
        compare(walk, uri, base.as_ref(), found);
    }
    walk.report.took("secret key", &general);
    walk.contents.rows.push(row);
    walk.contents.check_count()
}

/// Adds the account of a URI. If it is the entry's only key, the fields beside it win.
fn add_uri(
    walk: &mut Walk,
    uri: &Own<'_>,
    context: &Context<'_>,
    alone: bool,
) -> Result<(), ImportError> {
    let (place, general) = walk.place_of(&uri.member);
    walk.report.took("URI", &general);
    let base = from_uri(uri.text, context, &place);
    let row = match &base {
        Ok(found) if alone && says_how(context) => {
            let fields = completed(walk, context, None, Some(found));
            let row = finish(fields, &place).map(|found| marked(found, context, None));
            if let Ok(new) = &row {
                compare(walk, Some(uri), Some(found), new);
            }
            Some(row)
        }
        _ => None,
    };
    walk.add_uri(uri.text, &place, row.unwrap_or(base))
}

/// Checks the fields. A period that can only be milliseconds is refused: its codes would be wrong.
fn finish(fields: Fields, place: &str) -> Row {
    let seconds = fields
        .period
        .as_deref()
        .and_then(|text| text.trim().parse::<u64>().ok());
    let is_millis = seconds.is_some_and(|seconds| seconds >= 10_000 && seconds % 1000 == 0);
    let row = fields.finish(place);
    match row {
        Ok(found) if is_millis => Err(Skipped {
            place: place.to_owned(),
            name: found.draft.full_name(),
            reason: "its period seems to be in milliseconds; expected seconds".to_owned(),
        }),
        row => row,
    }
}

/// Whether fields say how codes are made.
fn says_how(context: &Context<'_>) -> bool {
    let roles = [Role::Digits, Role::Period, Role::Algorithm];
    roles.iter().any(|role| context.get(*role).is_some()) || kind(context).is_some()
}

/// The account of a URI, named by its entry if it names none.
pub(super) fn from_uri(uri: &str, context: &Context<'_>, place: &str) -> Row {
    let (issuer, name) = names(context);
    from_field(uri, &issuer, &name, place).map(|found| marked(found, context, None))
}

/// Adds an account of a key that stands alone, such as an item of a list.
pub(super) fn bare_key(
    walk: &mut Walk,
    node: &Node,
    context: &Context<'_>,
) -> Result<(), ImportError> {
    let Some(text) = node.as_text() else {
        return Ok(());
    };
    let (place, general) = walk.places();
    if uris::is_uri(text) {
        walk.report.took("URI", &general);
        let row = from_uri(text, context, &place);
        return walk.add_uri(text, &place, row);
    }
    if !key_text::is_base32(text) {
        let left = key_text::count_keys(text);
        walk.report.left_out(&general, left);
        return Ok(());
    }
    walk.report.took("secret key", &general);
    let key = Key::Base32(Zeroizing::new(text.to_owned()));
    let fields = completed(walk, context, Some(key), None);
    walk.contents.rows.push(
        fields
            .finish(place)
            .map(|found| marked(found, context, None)),
    );
    walk.contents.check_count()
}

/// Whether a map leads from account names to keys: all its values are keys, and none of its names is that
/// of a key.
pub(super) fn are_named_keys(own: &[(Name, Node)]) -> bool {
    let texts = || own.iter().filter_map(|(_, value)| value.as_text());
    let is_name = |(name, _): &(Name, Node)| match fields::role(name) {
        Role::Key => false,
        Role::MaybeKey => own.len() > 1,
        _ => true,
    };
    let sure = texts()
        .filter(|text| key_text::looks_like_key(text))
        .count();
    !own.is_empty()
        && texts().count() == own.len()
        && texts().all(key_text::is_base32)
        && 2 * sure >= own.len()
        && own.iter().all(is_name)
}

/// The service and name, cut to the length that a label may have.
fn names(context: &Context<'_>) -> (String, String) {
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
fn completed(
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
    let digits = parameter("digits", Role::Digits);
    let period = parameter("period", Role::Period);
    let algorithm = parameter("algorithm", Role::Algorithm);
    let counter = if is_hotp {
        parameter("counter", Role::Counter)
    } else {
        None
    };
    let (base_issuer, base_name) =
        base.map_or(("", ""), |base| (&base.draft.issuer, &base.draft.name));
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
fn marked(mut found: Found, context: &Context<'_>, remark: Option<&'static str>) -> Found {
    found.remarks.extend(remark);
    let is_set = |role| {
        let text = context.get(role).map_or("", |said| said.text);
        !matches!(
            text.to_ascii_lowercase().as_str(),
            "" | "0" | "false" | "no" | "null" | "none"
        )
    };
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

/// Reports a URI that makes other codes than the account that was read.
fn compare(walk: &mut Walk, uri: Option<&Own<'_>>, base: Option<&Found>, found: &Found) {
    let (Some(uri), Some(base)) = (uri, base) else {
        return;
    };
    let (old, new) = (&base.draft.credential, &found.draft.credential);
    let is_same_counter = old.kind.counter() == new.kind.counter();
    let differs = [
        (
            "type",
            std::mem::discriminant(&old.kind) != std::mem::discriminant(&new.kind),
        ),
        ("digits", old.digits != new.digits),
        ("algorithm", old.algorithm != new.algorithm),
        (
            "period",
            old.kind.period() != new.kind.period() && matches!(new.kind, Kind::Totp { .. }),
        ),
        (
            "counter",
            !is_same_counter && matches!(new.kind, Kind::Hotp { .. }),
        ),
        (
            "name",
            !base.draft.name.is_empty()
                && base.draft.full_name() != found.draft.full_name()
                && base.draft.name != found.draft.name,
        ),
    ];
    let differs: Vec<_> = differs
        .iter()
        .filter(|(_, differs)| *differs)
        .map(|(what, _)| *what)
        .collect();
    if !differs.is_empty() {
        let (_, place) = walk.place_of(&uri.member);
        walk.report.differs(&place, differs.join(", "));
    }
}
