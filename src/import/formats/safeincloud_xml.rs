//! SafeInCloud's XML: cards with fields, and labels that cards name by their ids.

use zeroize::Zeroizing;

use crate::import::detect::{Certainty, Format, certain};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::groups::Groups;
use crate::import::support::labels::is_key;
use crate::import::support::logins::{Login, Logins, is_uri};
use crate::import::support::shared::shared_tags;
use crate::import::support::xml::{self, Element};
use crate::import::{ImportError, Input, MAX_ROWS, SetAside};

pub(crate) const FORMAT: Format = Format {
    name: "safeincloud-xml",
    title: "SafeInCloud (XML)",
    probe,
    read,
};

fn probe(look: &Look<'_>) -> Option<Certainty> {
    let start: String = look.text.trim_start().chars().take(300).collect();
    let is_xml = start.starts_with("<?xml") || start.starts_with("<database");
    let marks = ["<card ", "<field ", "symbol=\""];
    certain(is_xml && start.contains("<database") && marks.iter().all(|m| look.text.contains(m)))
}

#[derive(Default)]
struct Card {
    title: String,
    user: String,
    email: String,
    keys: Vec<Zeroizing<String>>,
    labels: Vec<String>,
    set_aside: Option<SetAside>,
}

/// All that is read of the file, in its order. Labels may stand behind the cards that name them.
#[derive(Default)]
struct Database {
    cards: Vec<Card>,
    labels: Vec<(String, String)>,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let mut database = Database::default();
    xml::walk(input.bytes, &mut |begins, path| match path {
        [_, label] if begins && label.name == "label" => {
            let [id, name] = ["id", "name"].map(|own| label.attribute(own).to_owned());
            database.labels.push((id, name));
            Ok(())
        }
        [_, card] if begins && card.name == "card" => database.begin(card),
        [_, card, element] if !begins && card.name == "card" => {
            database.field(element);
            Ok(())
        }
        _ => Ok(()),
    })?;
    let mut groups = Groups::new(database.labels);
    let mut logins = Logins::default();
    for (number, card) in (1..).zip(&database.cards) {
        let login = Login {
            title: &card.title,
            user: if card.user.is_empty() {
                &card.email
            } else {
                &card.user
            },
            tags: shared_tags(groups.names(&card.labels).into_iter()),
            place: format!("card {number}"),
            set_aside: card.set_aside,
            ..Login::default()
        };
        logins.add(&login, card.keys.iter().map(|key| key.as_str()))?;
    }
    groups.check()?;
    Ok(Contents::from_rows(logins.rows))
}

impl Database {
    fn begin(&mut self, card: &Element) -> Result<(), ImportError> {
        if self.cards.len() == MAX_ROWS {
            return Err(ImportError::TooCostly("too many cards".to_owned()));
        }
        let is = |name: &str| card.attribute(name) == "true";
        let set_aside = match () {
            () if is("deleted") => Some(SetAside::InTrash),
            () if is("archived") => Some(SetAside::Archived),
            () => None,
        };
        self.cards.push(Card {
            title: card.attribute("title").to_owned(),
            set_aside,
            ..Card::default()
        });
        Ok(())
    }

    /// A field of the last card, or a label of it. The fields of templates have no text.
    fn field(&mut self, element: &Element) {
        let text = element.text.trim();
        let Some(card) = self.cards.last_mut().filter(|_| !text.is_empty()) else {
            return;
        };
        if element.name == "label_id" {
            card.labels.push(text.to_owned());
            return;
        }
        let name = element.attribute("name");
        match element.attribute("type").to_ascii_lowercase().as_str() {
            "one_time_password" => card.keys.push(Zeroizing::new(text.to_owned())),
            _ if is_key(name) || is_uri(text) => card.keys.push(Zeroizing::new(text.to_owned())),
            "login" if card.user.is_empty() => text.clone_into(&mut card.user),
            "email" if card.email.is_empty() => text.clone_into(&mut card.email),
            _ => {}
        }
    }
}
