//! Walks a tree and finds its entries: objects that hold a key.

use std::collections::HashSet;

use super::context::Context;
use super::entry::{self, Taken, address};
use super::members::{Member, members, pair};
use super::report::Report;
use super::tree::{Budget, MAX_DEPTH, Name, Node};
use super::{fields, json};
use crate::import::ingest::Contents;
use crate::import::support::{key_text, uris};
use crate::import::{ImportError, Row, Skipped};
use crate::otp::migration::MigrationError;

/// Where the walk is, and what it has found.
pub(super) struct Walk {
    pub(super) contents: Contents,
    pub(super) report: Report,
    path: Vec<Step>,
    budget: Budget,
}

/// A step on the way to a value. Its name is safe to show.
enum Step {
    Name(String),
    Item(usize),
}

impl Walk {
    pub(super) fn new(budget: Budget) -> Self {
        Self {
            contents: Contents::default(),
            report: Report::default(),
            path: Vec::new(),
            budget,
        }
    }

    /// Reads a value and all that is in it. `around` is what the objects around it say.
    pub(super) fn visit<'a>(
        &mut self,
        node: &'a Node,
        around: &Context<'a>,
    ) -> Result<(), ImportError> {
        match node {
            Node::Empty => Ok(()),
            Node::Text(text) => self.loose_text(text, around),
            Node::List(items) if items.iter().any(is_key_pair) => self.fields(items, around),
            Node::List(items) => self.items(items.iter(), around, Self::visit),
            Node::Map(own) => self.object(node, own, around),
        }
    }

    /// Reads one row of a table, which is at `place`.
    pub(super) fn table_row(&mut self, place: String, row: &Node) -> Result<(), ImportError> {
        self.report.place = Some(place);
        self.visit(row, &Context::of_a_row())
    }

    fn items<'a>(
        &mut self,
        items: impl Iterator<Item = &'a Node>,
        around: &Context<'a>,
        read: fn(&mut Self, &'a Node, &Context<'a>) -> Result<(), ImportError>,
    ) -> Result<(), ImportError> {
        let around = around.through_a_list();
        for (index, item) in items.enumerate() {
            self.path.push(Step::Item(index));
            read(self, item, &around)?;
            self.path.pop();
        }
        Ok(())
    }

    fn object<'a>(
        &mut self,
        node: &'a Node,
        own: &'a [(Name, Node)],
        around: &Context<'a>,
    ) -> Result<(), ImportError> {
        let members = members(node);
        let context = Context::of(&members, around, self.path.len());
        let are_names = entry::are_named_keys(own);
        let taken = if are_names {
            Taken::new()
        } else {
            entry::read(self, &members, &context)?
        };
        let repeated = repeated(own);
        for (name, value) in own {
            if key_text::looks_like_key(name) {
                let (_, place) = self.places();
                self.report.left_out(&format!("{place} (names)"), 1);
            }
            self.path
                .push(Step::Name(key_text::shown(name).to_string()));
            if are_names {
                entry::bare_key(self, value, &Context::named(name))?;
            } else {
                let is_repeated = repeated.contains(name.as_str());
                self.child(name, value, &taken, &context.within(name, is_repeated))?;
            }
            self.path.pop();
        }
        Ok(())
    }

    /// Reads a list of fields that stands alone, such as JSON in the cell of a table.
    fn fields<'a>(&mut self, items: &'a [Node], around: &Context<'a>) -> Result<(), ImportError> {
        let members: Vec<_> = items.iter().filter_map(pair).collect();
        let context = Context::of(&members, around, self.path.len());
        let taken = entry::read(self, &members, &context)?;
        let is_taken =
            |item: &&Node| pair(item).is_some_and(|pair| taken.contains(&address(pair.value)));
        let rest = items.iter().filter(|item| !is_taken(item));
        self.items(rest, &context, Self::visit)
    }

    /// Reads what an entry did not take of itself.
    fn child<'a>(
        &mut self,
        name: &str,
        value: &'a Node,
        taken: &Taken,
        context: &Context<'a>,
    ) -> Result<(), ImportError> {
        let is_taken = |node: &Node| taken.contains(&address(node));
        let is_field = |node: &Node| pair(node).is_some_and(|pair| is_taken(pair.value));
        match value {
            value if is_taken(value) || is_field(value) => Ok(()),
            Node::Text(text)
                if key_text::count_keys(text) == 0 && entry::is_doubtful(name, value) =>
            {
                let (_, general) = self.places();
                self.report.left_out(&general, 1);
                Ok(())
            }
            Node::List(items) if items.iter().any(is_field) => {
                let rest = items.iter().filter(|item| !is_field(item));
                self.items(rest, context, Self::visit)
            }
            Node::List(items) if fields::role(name).is_key() => {
                self.items(items.iter(), context, Self::bare_key)
            }
            value => self.visit(value, context),
        }
    }

    /// Reads an item of a list of keys.
    fn bare_key<'a>(&mut self, item: &'a Node, around: &Context<'a>) -> Result<(), ImportError> {
        match item {
            Node::Text(_) => entry::bare_key(self, item, around),
            item => self.visit(item, around),
        }
    }

    /// Looks at a text that is no field of an entry: URIs in it are taken, a document in it is read.
    fn loose_text(&mut self, text: &str, around: &Context<'_>) -> Result<(), ImportError> {
        let start = text.trim_start();
        if start.starts_with(['{', '['])
            && self.path.len() < MAX_DEPTH
            && let Ok(inner) = json::document(start, &mut self.budget)
        {
            return self.visit(&inner, around);
        }
        let mut found = false;
        for uri in uris::scattered(text) {
            found = true;
            let (place, general) = self.places();
            self.report.took("URI", &general);
            let row = entry::from_uri(uri, around, &place);
            self.add_uri(uri, &place, row)?;
        }
        let left = if found { 0 } else { key_text::count_keys(text) };
        if left > 0 {
            let (_, general) = self.places();
            self.report.left_out(&general, left);
        }
        self.contents.check_count()
    }

    /// Adds the account of a URI, or the accounts of a part of a Google Authenticator export.
    pub(super) fn add_uri(&mut self, uri: &str, place: &str, row: Row) -> Result<(), ImportError> {
        let added = self
            .contents
            .add_text(uri, place, |_| Ok::<_, MigrationError>(row));
        if let Err(error) = added {
            self.contents.rows.push(Err(Skipped {
                place: place.to_owned(),
                name: String::new(),
                reason: error.to_string(),
            }));
        }
        self.contents.check_count()
    }

    /// The place of the value in the file, and the same without the numbers of items.
    pub(super) fn places(&self) -> (String, String) {
        let mut place = String::new();
        for step in &self.path {
            match step {
                Step::Name(name) => add_name(&mut place, name),
                Step::Item(index) => place.push_str(&format!("[{}]", index + 1)),
            }
        }
        let place = match &self.report.place {
            Some(line) => line.clone(),
            None if place.is_empty() => "the file".to_owned(),
            None => place,
        };
        (place, self.general(self.path.len()))
    }

    /// As [`Self::places`], for a member of the value.
    pub(super) fn place_of(&self, member: &Member<'_>) -> (String, String) {
        let (place, _) = self.places();
        (place, self.general_at(self.path.len(), member.name))
    }

    /// The place of a member of the object at a depth, without the numbers of items.
    pub(super) fn general_at(&self, depth: usize, name: &str) -> String {
        let mut place = self.general(depth);
        add_name(&mut place, &key_text::shown(name));
        place
    }

    fn general(&self, depth: usize) -> String {
        let mut place = String::new();
        for step in self.path.iter().take(depth) {
            match step {
                Step::Name(name) => add_name(&mut place, name),
                Step::Item(_) => place.push_str("[]"),
            }
        }
        place
    }
}

fn is_key_pair(node: &Node) -> bool {
    pair(node).is_some_and(|pair| pair.role.is_key())
}

fn add_name(place: &mut String, name: &str) {
    if !place.is_empty() {
        place.push('.');
    }
    place.push_str(name);
}

/// The names that several members have.
fn repeated(own: &[(Name, Node)]) -> HashSet<&str> {
    let mut names = HashSet::new();
    let again = own.iter().filter(|(name, _)| !names.insert(name.as_str()));
    again.map(|(name, _)| name.as_str()).collect()
}
