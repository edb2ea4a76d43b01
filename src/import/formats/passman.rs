//! The JSON of Passman, an app of Nextcloud. Only the fields of one-time passwords are read.

use serde::Deserialize;

use crate::import::detect::{Certainty, Format, certain};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::entries::{Entries, Entry, Values};
use crate::import::support::json::{self, Rows, Scalar, Text};
use crate::import::support::row::{Fields, from_field};
use crate::import::support::shared::shared_tags;
use crate::import::{ImportError, Input, Row, SetAside};

pub(crate) const FORMAT: Format = Format {
    name: "passman",
    title: "Passman (JSON)",
    probe,
    read,
};

fn probe(look: &Look<'_>) -> Option<Certainty> {
    certain(
        look.json_array_of(&["credential_id", "label"])
            || look.json_array_of(&["guid", "label", "otp"])
            || look.json_array_of(&["label", "custom_fields", "otp"]),
    )
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Credential {
    label: Scalar,
    username: Scalar,
    email: Scalar,
    tags: Rows<Tag>,
    #[serde(deserialize_with = "json::or_default")]
    otp: Otp,
    custom_fields: Rows<Custom>,
    /// 0 if it is not in the bin.
    delete_time: Scalar,
}

#[derive(Deserialize)]
struct Tag {
    text: Scalar,
}

#[derive(Deserialize)]
struct Custom {
    #[serde(default)]
    value: Values,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Otp {
    secret: Text,
    r#type: Scalar,
    digits: Scalar,
    period: Scalar,
    algorithm: Scalar,
    counter: Scalar,
    issuer: Scalar,
    #[serde(deserialize_with = "json::or_default")]
    qr_uri: Picture,
}

/// The QR code that was scanned.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Picture {
    qr_data: Text,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let mut entries = Entries::new("entry");
    let list: Rows<Credential> = json::read(input.bytes)?;
    entries.each(list, |entries, credential| {
        let deleted = credential.delete_time.0.filter(|time| time != "0");
        let tags = credential.tags.0.into_iter().flatten();
        let entry = Entry {
            title: credential.label.0.unwrap_or_default(),
            user: credential
                .username
                .0
                .or(credential.email.0)
                .unwrap_or_default(),
            tags: shared_tags(tags.filter_map(|tag| tag.text.0)),
            set_aside: deleted.map(|_| SetAside::InTrash),
        };
        let otp = Some(credential.otp).filter(Otp::has_key);
        entries.add(&entry, otp.into_iter().collect(), |otp, place| {
            otp.row(&entry, place)
        })?;
        let custom = credential.custom_fields.0.into_iter().flatten();
        entries.add_texts(&entry, custom.flat_map(|field| field.value.uris()))
    })?;
    Ok(entries.into_contents())
}

impl Otp {
    fn has_key(&self) -> bool {
        !self.secret.trim().is_empty() || !self.qr_uri.qr_data.trim().is_empty()
    }

    /// Whether the parameters are only in the QR code: Passman copied no more than the key from it.
    fn is_bare(&self) -> bool {
        self.secret.trim().is_empty()
            || [&self.digits, &self.period, &self.algorithm, &self.counter]
                .iter()
                .all(|parameter| parameter.0.is_none())
    }

    fn row(self, entry: &Entry, place: &str) -> Row {
        let scanned = from_field(&self.qr_uri.qr_data, &entry.title, &entry.user, place);
        let is_bare = self.is_bare();
        if self.secret.trim().is_empty() {
            return scanned;
        }
        let own = Fields {
            issuer: self.issuer.0.unwrap_or_else(|| entry.title.clone()),
            name: entry.user.clone(),
            key: self.secret.key(),
            kind: self.r#type.0.unwrap_or_default(),
            algorithm: self.algorithm.0,
            digits: self.digits.0,
            period: self.period.0,
            counter: self.counter.0,
            tags: Vec::new(),
        }
        .finish(place);
        let (Ok(mut found), Ok(scanned)) = (own.clone(), scanned) else {
            return own;
        };
        if found.draft.credential.secret != scanned.draft.credential.secret {
            found
                .remarks
                .push("the QR code of this entry has another key");
        } else if is_bare {
            found.draft.credential = scanned.draft.credential;
        }
        Ok(found)
    }
}
