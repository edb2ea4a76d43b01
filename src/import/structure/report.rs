//! What was taken for what, and what looks like a key and was not taken.

use std::collections::BTreeMap;

/// The most places that a note names.
const MAX_PLACES: usize = 6;

/// Counts what was taken and what was not, by place.
#[derive(Default)]
pub(crate) struct Report {
    /// The place of the entry, in tables.
    pub(super) place: Option<String>,
    /// What was taken, as `secret key`, by place; in the order in which it came up.
    taken: Vec<(&'static str, String, usize)>,
    left: BTreeMap<String, usize>,
    /// The places of URIs that differ from the fields beside them, with what differs.
    differing: BTreeMap<(String, String), usize>,
}

impl Report {
    pub(super) fn took(&mut self, what: &'static str, place: &str) {
        let is_known = |(own, at, _): &(&str, String, usize)| *own == what && at == place;
        // Files with a name of its own for each entry have any number of places.
        if let Some(at) = self.taken.iter().position(is_known) {
            self.taken[at].2 += 1;
        } else if self.taken.len() < 1000 {
            self.taken.push((what, place.to_owned(), 1));
        }
    }

    /// Counts texts that look like keys and were not taken.
    pub(crate) fn left_out(&mut self, place: &str, count: usize) {
        if count == 0 {
            return;
        }
        let place = if place.is_empty() { "the file" } else { place };
        // However many places there are, each key is counted.
        let is_room = self.left.len() < 1000 || self.left.contains_key(place);
        let place = if is_room { place } else { "other places" };
        *self.left.entry(place.to_owned()).or_default() += count;
    }

    pub(super) fn differs(&mut self, place: &str, what: String) {
        if self.differing.len() < 1000 {
            *self.differing.entry((place.to_owned(), what)).or_default() += 1;
        }
    }

    /// What looks like keys and was not taken, for people; `None` if there is none.
    pub(crate) fn left(&self) -> Option<String> {
        let count: usize = self.left.values().sum();
        let places = self
            .left
            .iter()
            .map(|(place, count)| counted(place, *count));
        match count {
            0 => None,
            1 => Some(format!(
                "1 text looks like a secret key and was not imported: {}",
                listed(places)
            )),
            _ => Some(format!(
                "{count} texts look like secret keys and were not imported: {}",
                listed(places)
            )),
        }
    }

    /// All of it as notes. `kind` is what the file is, such as `unknown JSON`.
    pub(super) fn notes(&self, kind: &str) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.taken.is_empty() {
            let whats: Vec<_> = [
                "secret key",
                "URI",
                "issuer",
                "name",
                "digits",
                "period",
                "algorithm",
                "counter",
                "type",
            ]
            .into();
            let parts = whats.into_iter().filter_map(|what| {
                let places = self.taken.iter().filter(|(own, ..)| *own == what);
                let mut places = places
                    .map(|(_, place, _)| {
                        if place.is_empty() { "the text" } else { place }.to_owned()
                    })
                    .peekable();
                places.peek()?;
                Some(format!("{what} from {}", listed(places)))
            });
            let parts: Vec<_> = parts.collect();
            notes.push(format!(
                "{kind}, read by its field names: {}",
                parts.join("; ")
            ));
        }
        for ((place, what), count) in self.differing.iter().take(MAX_PLACES) {
            notes.push(format!(
                "{}: {what} differ from the fields beside it, which were used",
                counted(place, *count)
            ));
        }
        notes.extend(self.left());
        notes
    }
}

fn counted(place: &str, count: usize) -> String {
    match count {
        1 => place.to_owned(),
        _ => format!("{place} ({count})"),
    }
}

fn listed(places: impl Iterator<Item = String>) -> String {
    let mut places: Vec<_> = places.collect();
    let more = places.len().saturating_sub(MAX_PLACES);
    places.truncate(MAX_PLACES);
    let mut text = places.join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}
