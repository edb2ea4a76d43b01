//! The accounts known while an import is planned, indexed by what makes their codes and by name. Maps,
//! because a file may have 100 000 accounts that share a key or a name.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::otp::{Account, AccountId, Credential, Draft, Kind, MAX_LABEL_BYTES, Period, full_name};

/// All accounts so far: those of the vault, and those added by sources.
pub(crate) struct Known<'a> {
    accounts: Vec<Own<'a>>,
    /// How many accounts are not from the current source.
    before: usize,
    /// The first account with each key.
    by_codes: HashMap<Codes<'a>, usize>,
    by_name: HashMap<(&'a str, Cow<'a, str>), usize>,
    /// For a taken name, the number to try next: lower numbers are taken too.
    numbers: HashMap<(&'a str, &'a str), u32>,
}

/// The bytes of the longest suffix: a space, and the highest number in parentheses.
const LONGEST_NUMBER: usize = " (4294967295)".len();

/// An account of the vault, or one that a source adds.
pub(crate) struct Own<'a> {
    pub(crate) id: AccountId,
    issuer: &'a str,
    name: Cow<'a, str>,
    codes: Codes<'a>,
    counter: Option<u64>,
}

/// What codes are computed from, except the counter: an account whose counter moved is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Codes<'a> {
    secret: &'a [u8],
    algorithm: &'static str,
    digits: u8,
    kind: &'static str,
    period: Option<u64>,
}

impl<'a> Codes<'a> {
    fn of(credential: &'a Credential) -> Self {
        Self {
            secret: credential.secret.expose_secret(),
            algorithm: credential.algorithm.as_str(),
            digits: credential.digits.get(),
            kind: credential.kind.as_str(),
            period: credential.kind.period().map(Period::get),
        }
    }
}

impl<'a> Known<'a> {
    pub(crate) fn of(accounts: &'a [Account]) -> Self {
        let mut known = Self {
            accounts: Vec::with_capacity(accounts.len()),
            before: 0,
            by_codes: HashMap::new(),
            by_name: HashMap::new(),
            numbers: HashMap::new(),
        };
        for account in accounts {
            let (issuer, name) = (account.issuer.as_str(), account.name.as_str());
            known.push(account.id, issuer, name.into(), &account.credential);
        }
        known
    }

    /// Starts another source: accounts added from here on belong to it.
    pub(crate) fn begin_source(&mut self) {
        self.before = self.accounts.len();
    }

    /// Finds the account with the key of `draft`: the one of the same name if it has that key, else one
    /// from another source under any name.
    pub(crate) fn find(&mut self, draft: &'a Draft) -> Option<&mut Own<'a>> {
        let codes = Codes::of(&draft.credential);
        let named = self.by_name.get(&name_of(draft)).copied();
        let named = named.filter(|index| {
            self.accounts
                .get(*index)
                .is_some_and(|own| own.codes == codes)
        });
        let index = named.or_else(|| {
            let first = self.by_codes.get(&codes).copied();
            first.filter(|index| *index < self.before)
        });
        self.accounts.get_mut(index?)
    }

    /// Whether an account has the name of `draft`.
    pub(crate) fn has_name(&self, draft: &'a Draft) -> bool {
        self.by_name.contains_key(&name_of(draft))
    }

    /// The name of `draft`, or `name (2)` and so on if it is taken. A long name is cut to make room for
    /// the number; names with the same start then share their numbers.
    pub(crate) fn free_name(&mut self, draft: &'a Draft) -> Cow<'a, str> {
        let (issuer, name) = name_of(draft);
        if !self.by_name.contains_key(&(issuer, name.clone())) {
            return name;
        }
        let base = draft.name.trim_start();
        let base = &base[..base.floor_char_boundary(MAX_LABEL_BYTES - LONGEST_NUMBER)];
        let next = self.numbers.entry((issuer, base)).or_insert(2);
        loop {
            let numbered = format!("{base} ({next})").trim_start().to_owned();
            let key = (issuer, Cow::Owned(numbered));
            *next = next.saturating_add(1);
            if !self.by_name.contains_key(&key) {
                return key.1;
            }
        }
    }

    /// Adds an account of the current source; `name` comes from [`Self::free_name`].
    pub(crate) fn add(&mut self, id: AccountId, draft: &'a Draft, name: Cow<'a, str>) {
        self.push(id, &draft.issuer, name, &draft.credential);
    }

    fn push(
        &mut self,
        id: AccountId,
        issuer: &'a str,
        name: Cow<'a, str>,
        credential: &'a Credential,
    ) {
        let (index, codes) = (self.accounts.len(), Codes::of(credential));
        self.by_codes.entry(codes).or_insert(index);
        let named = self.by_name.entry((issuer, name.clone()));
        named.or_insert(index);
        self.accounts.push(Own {
            id,
            issuer,
            name,
            codes,
            counter: credential.kind.counter(),
        });
    }
}

fn name_of(draft: &Draft) -> (&str, Cow<'_, str>) {
    (&draft.issuer, Cow::Borrowed(&draft.name))
}

impl Own<'_> {
    pub(crate) fn full_name(&self) -> String {
        full_name(self.issuer, &self.name)
    }

    /// Raises the counter to `other`'s and returns it; `None` if it is not higher.
    pub(crate) fn catch_up(&mut self, other: &Credential) -> Option<u64> {
        match (&mut self.counter, other.kind) {
            (Some(counter), Kind::Hotp { counter: later }) if *counter < later => {
                *counter = later;
                Some(later)
            }
            _ => None,
        }
    }
}
