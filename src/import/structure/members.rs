//! The members of an object as an entry's fields: with the pairs of names and values that many
//! programs write in place of members, such as `{"label": "TOTP", "value": KEY}`.

use super::fields::{self, Role};
use super::tree::Node;
use super::xml::TEXT;

/// One field of an entry.
#[derive(Clone, Copy)]
pub(super) struct Member<'a> {
    pub(super) role: Role,
    /// The name of the field, as the file has it.
    pub(super) name: &'a str,
    pub(super) value: &'a Node,
}

/// Names of the member that holds a field's value.
const VALUES: &[&str] = &["value", "v", "val", "content", TEXT, "text", "data"];

/// Names of the members that say what a field is.
const LABELS: &[&str] = &[
    "label",
    "name",
    "title",
    "n",
    "t",
    "k",
    "key",
    "id",
    "designation",
    "type",
    "fieldtype",
    "caption",
];

/// The fields of an object, and those in its lists of pairs.
pub(super) fn members(node: &Node) -> Vec<Member<'_>> {
    let Node::Map(own) = node else {
        return Vec::new();
    };
    let mut members = Vec::with_capacity(own.len());
    for (name, value) in own {
        if let Some(pair) = pair(value) {
            members.push(pair);
            continue;
        }
        if let Node::List(items) = value {
            let pairs = items.iter().filter_map(pair);
            members.extend(pairs);
        }
        members.push(Member {
            role: fields::role(name),
            name,
            value,
        });
    }
    members
}

/// The field that a pair describes; `None` if the value is no pair, or its name is of no use.
pub(super) fn pair(node: &Node) -> Option<Member<'_>> {
    let Node::Map(own) = node else {
        return None;
    };
    let named = |names: &[&str]| {
        let mut own = own.iter();
        own.find(|(name, _)| names.iter().any(|known| name.eq_ignore_ascii_case(known)))
    };
    let (_, value) = named(VALUES)?;
    let labels = own
        .iter()
        .filter(|(name, _)| LABELS.iter().any(|known| name.eq_ignore_ascii_case(known)));
    let named = labels.filter_map(|(_, label)| {
        let name = label.as_text()?;
        let role = fields::role(name);
        (role != Role::Other).then_some(Member { role, name, value })
    });
    // A label of `TOTP` says more than a type of `secret`.
    named.min_by_key(|member| match member.role {
        Role::Key => 0,
        Role::MaybeKey => 2,
        _ => 1,
    })
}

/// The text of a field, which may be wrapped: `{"fieldType": "string", "value": "ann"}`.
pub(super) fn scalar(node: &Node) -> Option<&str> {
    match node {
        Node::Map(own) => {
            let wanted = ["value", TEXT, "name", "title", "label"];
            let find = |wanted: &&str| {
                own.iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            };
            wanted.iter().find_map(|name| find(name)?.1.as_text())
        }
        other => other.as_text(),
    }
}
