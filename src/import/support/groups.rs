//! Groups that accounts name by an id. A file may name a long one often, so the total is bounded.

use std::collections::HashMap;

use crate::import::support::crypto;
use crate::import::{ImportError, MAX_BYTES};

/// The names of groups, by id.
pub(crate) struct Groups {
    names: HashMap<String, String>,
    /// How many more bytes of names may be handed out; `None` once the bound was exceeded.
    left: Option<usize>,
}

impl Groups {
    /// If several groups have one id, the first counts.
    pub(crate) fn new(groups: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut names = HashMap::new();
        for (id, name) in groups {
            names.entry(id).or_insert(name);
        }
        Self {
            names,
            left: Some(MAX_BYTES),
        }
    }

    /// The names of one account's groups; unknown ids are ignored.
    pub(crate) fn names(&mut self, ids: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<String> {
        let mut names = Vec::new();
        for id in ids {
            if let Some(name) = self.names.get(id.as_ref()) {
                let size = name.len() + size_of::<String>();
                self.left = self.left.and_then(|left| left.checked_sub(size));
                if self.left.is_none() {
                    break;
                }
                names.push(name.clone());
            }
        }
        names
    }

    /// Fails if the bound was exceeded. Called once all accounts are read.
    pub(crate) fn check(&self) -> Result<(), ImportError> {
        match self.left {
            Some(_) => Ok(()),
            None => Err(ImportError::TooCostly("too many groups".to_owned())),
        }
    }
}

/// The groups of each account, for files that list them apart: Stratum's, by the account's key.
#[derive(Default)]
pub(crate) struct Members(HashMap<[u8; 32], Vec<String>>);

impl Members {
    /// From pairs of a key and a group's id.
    pub(crate) fn new<K: AsRef<str>>(pairs: impl IntoIterator<Item = (K, String)>) -> Self {
        let mut members = Self::default();
        for (key, group) in pairs {
            let groups = members.0.entry(hash(key.as_ref()));
            groups.or_default().push(group);
        }
        members
    }

    /// The ids of the groups of the account with this key. Handed out once: no two accounts share a key.
    pub(crate) fn take(&mut self, key: &str) -> Vec<String> {
        self.0.remove(&hash(key)).unwrap_or_default()
    }
}

fn hash(key: &str) -> [u8; 32] {
    *crypto::sha256(&[key.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_given_out_up_to_a_limit() {
        let group = |id: &str, name: &str| (id.to_owned(), name.to_owned());
        let mut groups = Groups::new([group("1", "work"), group("1", "x"), group("2", "home")]);
        assert_eq!(groups.names(["2", "3", "1"]), ["home", "work"]);
        groups.check().unwrap();
        let mut groups = Groups::new([group("1", &"long".repeat(1 << 18))]);
        let names: usize = (0..1000).map(|_| groups.names(["1"; 10]).len()).sum();
        assert_eq!(names, 63);
        assert!(matches!(groups.check(), Err(ImportError::TooCostly(_))));
    }

    #[test]
    fn each_membership_is_given_out_once() {
        let pairs = ["1", "2"].map(|id| ("key", id.to_owned()));
        let mut members = Members::new(pairs);
        assert_eq!(members.take("other"), [""; 0]);
        assert_eq!(members.take("key"), ["1", "2"]);
        assert_eq!(members.take("key"), [""; 0]);
    }
}
