//! Apple's property lists as a tree, in XML or binary, and the objects that `NSKeyedArchiver` keeps in
//! them.

use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use super::tree::{Budget, Node};
use crate::import::support::{key_text, uris};

use crate::import::ImportError;
use crate::import::support::plist::{self, Value};

/// Reads a list. Its bounds are those of [`plist::read`].
pub(crate) fn parse(bytes: &[u8], budget: &mut Budget) -> Result<Node, ImportError> {
    let root = plist::read(bytes)?;
    let root = if root.is_archive() {
        root.unarchived()?
    } else {
        root
    };
    node(root, budget)
}

fn node(value: Value, budget: &mut Budget) -> Result<Node, ImportError> {
    budget.take()?;
    Ok(match value {
        Value::Null | Value::Date | Value::Uid(_) => Node::Empty,
        Value::Boolean(is) => Node::text(if is { "true" } else { "false" }),
        Value::Integer(number) => Node::text(&number.to_string()),
        Value::Real(number) => Node::text(&number.to_string()),
        Value::Text(text) => Node::Text(text),
        Value::Data(bytes) => data(&bytes),
        Value::List(items) => {
            let items = items.into_iter().map(|item| node(item, budget));
            Node::List(items.collect::<Result<_, _>>()?)
        }
        Value::Dictionary(members) => {
            let members = members
                .into_iter()
                .map(|(name, value)| Ok((Zeroizing::new(name), node(value, budget)?)));
            Node::Map(members.collect::<Result<_, ImportError>>()?)
        }
    })
}

/// The lengths of keys in bytes: data of such a length may be a key that happens to be text.
const KEYS: std::ops::RangeInclusive<usize> = 10..=64;

/// Data as text, if it is no raw key; else in hexadecimal.
fn data(bytes: &[u8]) -> Node {
    let is_key = |text: &str| {
        let is_encoded = key_text::is_base32(text) || uris::is_uri(text);
        KEYS.contains(&text.len()) && !is_encoded
    };
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(char::is_control) && !is_key(text) => Node::text(text),
        _ => Node::Text(Zeroizing::new(HEXLOWER.encode(bytes))),
    }
}
