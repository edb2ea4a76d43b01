//! 1Password's older export, 1pif: one JSON object a line, with a separator after each. The items that
//! version 1 of the program `op` prints have the same members. Only the fields of one-time passwords are
//! read.

use serde::Deserialize;

use crate::import::detect::{Certainty, Format, certain};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::crypto::damaged;
use crate::import::support::entries::{Entries, Entry, Values, is_uri};
use crate::import::support::groups::Groups;
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::shared::shared_tags;
use crate::import::support::zip;
use crate::import::{ImportError, Input, MAX_ROWS, SetAside};

pub(crate) const FORMAT: Format = Format {
    name: "1password-1pif",
    title: "1Password (1pif)",
    probe,
    read,
};

/// The line after each item.
const SEPARATOR: &str = "***5642bee8-a5ff-11dc-8314-0800200c9a66***";

fn probe(look: &Look<'_>) -> Option<Certainty> {
    certain(
        look.text.contains(SEPARATOR)
            || look.zip_has(".1pif")
            || look.json_has(&["uuid", "overview", "details"])
            || look.json_array_of(&["uuid", "overview", "details"]),
    )
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Item {
    uuid: Scalar,
    type_name: Scalar,
    title: Scalar,
    folder_uuid: Scalar,
    trashed: Scalar,
    #[serde(deserialize_with = "json::or_default")]
    open_contents: Open,
    #[serde(deserialize_with = "json::or_default")]
    secure_contents: Details,
    /// In place of `title` and `tags`, in exports of Windows programs.
    #[serde(deserialize_with = "json::or_default")]
    overview: Open,
    /// In place of `secureContents`, in exports of Windows programs.
    #[serde(deserialize_with = "json::or_default")]
    details: Details,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Open {
    title: Scalar,
    #[serde(deserialize_with = "json::or_default")]
    tags: Vec<Scalar>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Details {
    fields: Rows<Field>,
    sections: Rows<Section>,
}

#[derive(Deserialize)]
struct Section {
    #[serde(default)]
    fields: Rows<Field>,
}

/// A field of a web form, or one of a section: these have names of one letter.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Field {
    designation: Scalar,
    value: Values,
    n: Scalar,
    v: Values,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let packed;
    let mut bytes = input.bytes;
    if zip::is_zip(bytes) {
        packed = zip::member(input, ".1pif")?;
        bytes = &packed;
    }
    let items = items(json::text(bytes)?)?;
    let is_folder = |item: &&Item| item.type_name.0.as_deref() == Some("system.folder.Regular");
    let folders = items.0.iter().flatten().filter(is_folder);
    let names = folders.filter_map(|item| Some((item.uuid.0.clone()?, item.title.0.clone()?)));
    let mut groups = Groups::new(names);
    let mut entries = Entries::new("item");
    entries.each(items, |entries, item| add(item, entries, &mut groups))?;
    groups.check()?;
    Ok(entries.into_contents())
}

/// The items between the separators, or those of a JSON list.
fn items(text: &str) -> Result<Rows<Item>, ImportError> {
    let start = text.trim_start();
    if start.starts_with('[') {
        return json::read(text.as_bytes());
    }
    let (body, last) = text.rsplit_once(SEPARATOR).unwrap_or(("", text));
    let parts = body.split(SEPARATOR).filter(|part| !part.trim().is_empty());
    let mut items = Rows::default();
    for part in parts {
        if items.0.len() == MAX_ROWS {
            return Err(ImportError::TooCostly("too many items".to_owned()));
        }
        items.0.push(serde_json::from_str(part).ok());
    }
    if !last.trim().is_empty() {
        let broken = |_| damaged("its last item is cut short");
        items
            .0
            .push(Some(serde_json::from_str(last).map_err(broken)?));
    }
    Ok(items)
}

fn add(item: Item, entries: &mut Entries, groups: &mut Groups) -> Result<(), ImportError> {
    let parts = [item.secure_contents, item.details];
    let (mut forms, mut keys) = (Vec::new(), Vec::new());
    for part in parts {
        forms.extend(part.fields.0.into_iter().flatten());
        let sections = part.sections.0.into_iter().flatten();
        let fields = sections.flat_map(|section| section.fields.0).flatten();
        keys.extend(fields.flat_map(Field::keys));
    }
    if keys.is_empty() {
        return Ok(());
    }
    let user = forms
        .iter()
        .find(|field| field.designation.0.as_deref() == Some("username"));
    let user = user.and_then(|field| field.value.first());
    let tags = item
        .open_contents
        .tags
        .into_iter()
        .chain(item.overview.tags);
    let tags = tags
        .filter_map(|tag| tag.0)
        .chain(groups.names(item.folder_uuid.0));
    let is_trashed = |text: &str| ["true", "Y", "1"].contains(&text);
    let entry = Entry {
        title: item.title.0.or(item.overview.title.0).unwrap_or_default(),
        user: user.unwrap_or_default().to_owned(),
        tags: shared_tags(tags),
        set_aside: (item.trashed.0.as_deref().is_some_and(is_trashed)).then_some(SetAside::InTrash),
    };
    entries.add_texts(&entry, keys)
}

impl Field {
    /// The key of a field for one-time passwords, or the URI in another one.
    fn keys(self) -> Vec<Text> {
        let name = self.n.0.unwrap_or_default();
        let is_totp = name
            .get(..5)
            .is_some_and(|start| start.eq_ignore_ascii_case("TOTP_"));
        let texts = self.v.0.into_iter();
        texts.filter(|text| is_totp || is_uri(text)).collect()
    }
}
