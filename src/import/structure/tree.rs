//! A document of any kind as a tree: what JSON, tables, XML, property lists and YAML have in common.

use std::fmt;

use zeroize::Zeroizing;

use crate::import::ImportError;

/// A value of a document. Its texts may be keys or passwords, so they are wiped on drop.
#[derive(Default)]
pub(crate) enum Node {
    /// Null, or nothing at all.
    #[default]
    Empty,
    /// Text, a number, true or false.
    Text(Zeroizing<String>),
    List(Vec<Self>),
    /// Named values in their order. A name may repeat, as in XML.
    Map(Vec<(Name, Self)>),
}

/// The name of a member. It may be a key, in files that map keys to accounts.
pub(crate) type Name = Zeroizing<String>;

/// How deep a document may be nested. Real ones have a dozen levels.
pub(crate) const MAX_DEPTH: usize = 64;

/// The most values of a document: 100 000 accounts of 40 members each.
const MAX_VALUES: usize = 4_000_000;

/// How many more values a document may have.
pub(crate) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(MAX_VALUES)
    }
}

impl Budget {
    /// Takes one value. Fails once the document has too many.
    pub(crate) fn take(&mut self) -> Result<(), ImportError> {
        let left = self.0.checked_sub(1);
        self.0 = left.ok_or_else(|| ImportError::TooCostly("too many values".to_owned()))?;
        Ok(())
    }
}

/// The error for a document that is nested too deeply.
pub(crate) fn too_deep() -> ImportError {
    ImportError::TooCostly("it is nested too deeply".to_owned())
}

impl Node {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(Zeroizing::new(text.to_owned()))
    }

    /// The text of a value, without white space around it; `None` if it has no text or an empty one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Text(_) => f.write_str("Text(..)"),
            Self::List(items) => f.debug_list().entries(items).finish(),
            Self::Map(members) => {
                let values = members.iter().map(|(_, value)| value);
                f.debug_set().entries(values).finish()
            }
        }
    }
}
