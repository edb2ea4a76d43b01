//! An entry: an object that holds a key. What is beside the key completes it.

use std::collections::{HashMap, HashSet};

use zeroize::Zeroizing;

use super::account::{completed, encoded, finish, marked, names, says_how};
use super::context::Context;
use super::fields::{self, Role};
use super::members::{Member, scalar};
use super::tree::{Name, Node};
use super::walk::Walk;
use crate::import::support::crypto::sha256;
use crate::import::support::logins::{is_flag, ruined};
use crate::import::support::row::{Fields, Key, from_field};
use crate::import::support::{key_text, uris};
use crate::import::{Found, ImportError, Row, Skipped};
use crate::otp::{Kind, full_name};

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
        // An object may be more than a label: an entry of its own.
        is_label(member.role) && !is_key && member.value.as_text().is_some()
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
        let secret = hash(&bare(encoded(key.text, context).1));
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
        // A `'` stops a spreadsheet from changing the text; no key has one.
        let text = text.trim_start_matches('\'');
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
    match member.role {
        Role::Key => key_text::may_be_key(text) || ruined(text).is_some(),
        Role::MaybeKey if is_secret(member.name) => {
            has_parameters && key_text::may_be_key(text)
                || key_text::is_base32(text)
                || key_text::is_hex(text)
                || ruined(text).is_some()
        }
        Role::MaybeKey => key_text::is_base32(text),
        _ => false,
    }
}

/// Whether a field is named as keys usually are, but as other secrets may be, too.
fn is_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let names = ["secret", "seed", "secretkey", "sharedsecret"];
    names.iter().any(|own| plain.eq_ignore_ascii_case(own))
}

/// Whether a value that was not taken may be a damaged or unusual key, by the name of its field.
pub(super) fn is_doubtful(name: &str, value: &Node) -> bool {
    let Some(text) = value.as_text() else {
        return false;
    };
    let by_name = match fields::role(name) {
        Role::Key => !is_flag(text),
        Role::MaybeKey => is_secret(name),
        _ => false,
    };
    let is_code = text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() <= 10;
    by_name && text.len() >= 7 && !text.contains(' ') && !text.contains("://") && !is_code
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
    let (remark, encoded) = encoded(key.text, context);
    let base = uri.and_then(|uri| from_field(uri.text, "", "", &place).ok());
    let fields = completed(walk, context, Some(encoded), base.as_ref());
    let row = finish(fields, context, key.member.role.is_key(), &place);
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
            let row =
                finish(fields, context, true, &place).map(|found| marked(found, context, None));
            if let Ok(new) = &row {
                compare(walk, Some(uri), Some(found), new);
            }
            Some(row)
        }
        _ => None,
    };
    walk.add_uri(uri.text, &place, row.unwrap_or(base))
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
