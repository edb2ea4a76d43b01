//! What 1Password's `op item get --format json` prints: one item, a list, or several one after another.
//! Only the fields of one-time passwords are read.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::import::detect::{Certainty, Format, certain};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::crypto::damaged;
use crate::import::support::entries::{Entries, Entry, Values};
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::row::{bounded, from_field};
use crate::import::support::shared::shared_tags;
use crate::import::{ImportError, Input, MAX_ROWS, Row, SetAside, Skipped};

pub(crate) const FORMAT: Format = Format {
    name: "1password-cli",
    title: "1Password (op item get)",
    probe,
    read,
};

const ITEM: &[&str] = &["id", "title", "category"];
const FIELD: &[&str] = &["id", "type", "label", "reference"];

fn probe(look: &Look<'_>) -> Option<Certainty> {
    let vaulted = [ITEM, &["vault"]].concat();
    let filled = [ITEM, &["fields"]].concat();
    let is = |members: &[&str]| look.json_has(members) || look.json_array_of(members);
    certain(is(&vaulted) || is(&filled) || is(FIELD) && look.text.contains("\"OTP\""))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Item {
    title: Scalar,
    state: Scalar,
    #[serde(deserialize_with = "json::or_default")]
    tags: Vec<Scalar>,
    fields: Option<Rows<Field>>,
    /// With `--fields`, `op` prints a field alone. Its members are these.
    r#type: Scalar,
    value: Values,
    totp: Scalar,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Field {
    id: Scalar,
    r#type: Scalar,
    purpose: Scalar,
    value: Values,
    /// The code of the moment, never a key.
    totp: Scalar,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let items = items(json::text(input.bytes)?)?;
    let is_listed = |item: &Item| item.fields.is_none() && item.r#type.0.is_none();
    if !items.0.is_empty() && items.0.iter().flatten().all(is_listed) {
        let message = "1Password lists the items without their fields: use \
            'op item list --format json | op item get - --format json'";
        return Err(ImportError::Unsupported(message.to_owned()));
    }
    let mut entries = Entries::new("item");
    entries.each(items, |entries, item| {
        let fields = item.fields.unwrap_or_default().0.into_iter().flatten();
        let alone = Field {
            r#type: item.r#type,
            value: item.value,
            totp: item.totp,
            ..Field::default()
        };
        let fields: Vec<_> = fields.chain([alone]).collect();
        let mut named = fields.iter().filter(|field| field.is_user_name());
        let user = named.find_map(|field| field.value.first());
        let entry = Entry {
            title: item.title.0.unwrap_or_default(),
            user: user.unwrap_or_default().to_owned(),
            tags: shared_tags(item.tags.into_iter().filter_map(|tag| tag.0)),
            set_aside: (item.state.0.as_deref() == Some("ARCHIVED")).then_some(SetAside::Archived),
        };
        let keys = fields.into_iter().flat_map(Field::keys).collect();
        entries.add(&entry, keys, |key: Option<Text>, place| {
            row(key.as_ref(), &entry, place)
        })
    })?;
    Ok(entries.into_contents())
}

/// The items of a list, or objects one after another.
fn items(text: &str) -> Result<Rows<Item>, ImportError> {
    let mut items = Rows::default();
    for value in serde_json::Deserializer::from_str(text).into_iter::<&RawValue>() {
        let value = value
            .map_err(|_| damaged("the JSON is cut short or not JSON"))?
            .get();
        if value.starts_with('[') {
            items
                .0
                .append(&mut json::read::<Rows<Item>>(value.as_bytes())?.0);
        } else {
            items.0.push(serde_json::from_str(value).ok());
        }
        if items.0.len() > MAX_ROWS {
            return Err(ImportError::TooCostly("too many items".to_owned()));
        }
    }
    Ok(items)
}

impl Field {
    fn is_user_name(&self) -> bool {
        self.purpose.0.as_deref() == Some("USERNAME") || self.id.0.as_deref() == Some("username")
    }

    /// The key of a field of type `OTP`, `None` if only its code is there, or the URI in another field.
    fn keys(self) -> Vec<Option<Text>> {
        let is_otp = self.r#type.0.as_deref() == Some("OTP");
        if !is_otp {
            return self.value.uris().map(Some).collect();
        }
        let is_key = |text: &Text| !text.trim().is_empty() && !text.starts_with("[use ");
        let keys: Vec<_> = self.value.0.into_iter().filter(is_key).map(Some).collect();
        if keys.is_empty() && self.totp.0.is_some() {
            return vec![None];
        }
        keys
    }
}

fn row(key: Option<&Text>, entry: &Entry, place: &str) -> Row {
    let Some(key) = key else {
        return Err(Skipped {
            place: place.to_owned(),
            name: crate::otp::full_name(bounded(&entry.title), bounded(&entry.user)),
            reason: "it has only the code of the moment, not the key: export it with \
                'op item get --reveal --format json'"
                .to_owned(),
        });
    };
    from_field(key, &entry.title, &entry.user, place)
}
