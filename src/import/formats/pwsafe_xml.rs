//! Password Safe's XML. Its key is in base32; its parameters are as in the format of its database.

use zeroize::Zeroizing;

use crate::import::detect::{Certainty, Format, certain};
use crate::import::ingest::Contents;
use crate::import::look::Look;
use crate::import::support::logins::{Login, Logins, Params, one_tag};
use crate::import::support::xml::{self, Element};
use crate::import::{ImportError, Input, MAX_ROWS, Skipped};

pub(crate) const FORMAT: Format = Format {
    name: "password-safe-xml",
    title: "Password Safe (XML)",
    probe,
    read,
};

fn probe(look: &Look<'_>) -> Option<Certainty> {
    let start: String = look.text.chars().take(1000).collect();
    certain(start.trim_start().starts_with('<') && start.contains("<passwordsafe"))
}

#[derive(Default)]
struct Entry {
    title: String,
    user: String,
    group: String,
    key: Zeroizing<String>,
    config: String,
    start: String,
    period: Option<String>,
    digits: Option<String>,
}

fn read(input: &Input<'_>) -> Result<Contents, ImportError> {
    let (mut logins, mut entry, mut number) = (Logins::default(), Entry::default(), 0_usize);
    xml::walk(input.bytes, &mut |begins, path| {
        match path {
            [_, own] if begins && own.name == "entry" => {
                entry = Entry::default();
                number += 1;
                if number > MAX_ROWS {
                    return Err(ImportError::TooCostly("too many entries".to_owned()));
                }
            }
            [_, own] if own.name == "entry" => entry.finish(number, &mut logins)?,
            [_, own, element] if !begins && own.name == "entry" => entry.set(element),
            _ => {}
        }
        Ok(())
    })?;
    Ok(Contents::from_rows(logins.rows))
}

impl Entry {
    fn set(&mut self, element: &Element) {
        let text = || element.text.trim().to_owned();
        match element.name.as_str() {
            "title" => self.title = text(),
            "username" => self.user = text(),
            "group" => self.group = text(),
            "twofactorkey" => self.key = Zeroizing::new(text()),
            "totpconfig" => self.config = text(),
            "totpstarttime" => self.start = text(),
            "totptimestep" => self.period = Some(text()),
            "totplength" => self.digits = Some(text()),
            _ => {}
        }
    }

    fn finish(&self, number: usize, logins: &mut Logins) -> Result<(), ImportError> {
        if self.key.is_empty() {
            return Ok(());
        }
        let place = format!("entry {number}");
        // The format has no value for another hash yet, and no code of ours counts from another time.
        let reason = match () {
            () if !matches!(self.config.as_str(), "" | "0") => "its hash is not SHA1",
            () if !is_start(&self.start) => "its codes count from another time than 1970",
            () => {
                let login = Login {
                    title: &self.title,
                    user: &self.user,
                    tags: one_tag(&self.group),
                    place,
                    params: Params {
                        digits: self.digits.clone(),
                        period: self.period.clone(),
                        ..Params::default()
                    },
                    ..Login::default()
                };
                return logins.add(&login, [self.key.as_str()]);
            }
        };
        logins.rows.push(Err(Skipped {
            place,
            name: self.title.chars().take(64).collect(),
            reason: reason.to_owned(),
        }));
        Ok(())
    }
}

/// Whether a time is the usual start, in any time zone.
fn is_start(time: &str) -> bool {
    ["1970-01-01T", "1969-12-31T"]
        .iter()
        .any(|day| time.starts_with(day))
        || matches!(time, "" | "0")
}
