//! Enpass' JSON. It holds all of a person's passwords: only the fields of one-time passwords are read.

use serde::Deserialize;

use crate::import::detect::{Certainty, Format, certain};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::entries::{Entries, Entry, Values, is_uri};
use crate::import::support::groups::Groups;
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::{ImportError, Input, SetAside};

pub(crate) const FORMAT: Format = Format {
    name: "enpass",
    title: "Enpass (JSON)",
    probe,
    read,
};

fn probe(look: &Look<'_>) -> Option<Certainty> {
    certain(
        look.json_at(&["items"], &["uuid", "title", "category"])
            || look.json_at(&["items"], &["title", "template_type"])
            || look.json_at(&["items", "fields"], &["type", "uid", "value"]),
    )
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    folders: Rows<Folder>,
    items: Rows<Item>,
}

#[derive(Deserialize)]
struct Folder {
    #[serde(default)]
    uuid: Scalar,
    #[serde(default)]
    title: Scalar,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Item {
    title: Scalar,
    fields: Rows<Field>,
    #[serde(deserialize_with = "json::or_default")]
    folders: Vec<Scalar>,
    archived: Scalar,
    trashed: Scalar,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Field {
    r#type: Scalar,
    label: Scalar,
    value: Values,
    deleted: Scalar,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let file: File = json::read(input.bytes)?;
    let folders = file.folders.0.into_iter().flatten();
    let names = folders.filter_map(|folder| Some((folder.uuid.0?, folder.title.0?)));
    let mut groups = Groups::new(names);
    let mut entries = Entries::new("item");
    entries.each(file.items, |entries, item| {
        let fields: Vec<_> = item.fields.0.into_iter().flatten().collect();
        let user = ["username", "email"].iter().find_map(|kind| {
            let mut such = fields
                .iter()
                .filter(|field| field.is(kind) && !is_set(&field.deleted));
            such.find_map(|field| field.value.first())
        });
        let place = match (is_set(&item.trashed), is_set(&item.archived)) {
            (true, _) => Some(SetAside::InTrash),
            (false, true) => Some(SetAside::Archived),
            _ => None,
        };
        let mut entry = Entry {
            title: item.title.0.unwrap_or_default(),
            user: user.unwrap_or_default().to_owned(),
            tags: groups.names(item.folders.into_iter().filter_map(|id| id.0)),
            set_aside: place,
        };
        let (gone, kept): (Vec<_>, Vec<_>) =
            fields.into_iter().partition(|field| is_set(&field.deleted));
        entries.add_texts(&entry, kept.into_iter().flat_map(Field::keys))?;
        // A field that was removed from an entry is still in the file.
        entry.set_aside = Some(SetAside::InTrash);
        entries.add_texts(&entry, gone.into_iter().flat_map(Field::keys))
    })?;
    groups.check()?;
    Ok(entries.into_contents())
}

/// Enpass writes 1 for true.
fn is_set(flag: &Scalar) -> bool {
    let text = flag.0.as_deref();
    text.is_some_and(|text| !["0", "false"].contains(&text))
}

impl Field {
    fn is(&self, kind: &str) -> bool {
        self.r#type.0.as_deref() == Some(kind)
    }

    /// The key of a field for one-time passwords, or the URI in a field of another type.
    fn keys(self) -> Vec<Text> {
        // Old versions had fields of type `text` with this label.
        let label = self.label.0.as_deref().unwrap_or_default();
        let is_totp = self.is("totp") || label.eq_ignore_ascii_case("TOTP");
        let texts = self.value.0.into_iter();
        texts.filter(|text| is_totp || is_uri(text)).collect()
    }
}
