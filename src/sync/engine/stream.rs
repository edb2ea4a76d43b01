//! Verifies the commits of one stream against what this machine has seen of it. A stream is the series of
//! one device, or of all devices if they share one.

use std::collections::{BTreeSet, BinaryHeap};

use super::Local;
use super::history::{Fetched, fetch, names, parse};
use super::round::{RolledBack, Round, Skipped};
use crate::sync::commit::{Hash, Name, Parent, key_order};
use crate::sync::error::SyncError;
use crate::sync::known::Head;
use crate::sync::remote::KEPT;
use crate::vault::repository::Open;

/// The most commits of one stream that a round fetches.
const MAX_FETCHES: usize = 256;

/// A commit that was opened, and that no other new one follows.
pub(super) struct Tip {
    pub(super) name: Name,
    pub(super) hash: Hash,
    pub(super) parents: Vec<Parent>,
    pub(super) open: Open,
    /// Whether an earlier round merged it.
    pub(super) is_known: bool,
}

/// What a look at one stream found.
#[derive(Default)]
pub(super) struct View {
    pub(super) stream: String,
    /// The opened commits, which are merged.
    pub(super) tips: Vec<Tip>,
    /// The commits that the next one follows, with those that were not opened.
    pub(super) heads: Vec<Head>,
    /// The newest commit, whether it was opened or not.
    pub(super) newest: Option<Head>,
    /// Whether the remote no longer has the commit that this machine has seen.
    pub(super) is_rolled_back: bool,
    /// Whether a commit must be written even if the vault here has nothing new.
    pub(super) must_heal: bool,
}

/// What became of reading one commit.
enum Read {
    Opened(Box<Tip>),
    /// It has an older key than the vault here, so it was not opened.
    OldKey(Head),
    /// It cannot be read, and is skipped.
    Skipped,
}

/// How the new commits are connected with the one seen last.
#[derive(Default)]
struct Chain {
    /// New commits that a verified one follows.
    covered: BTreeSet<Name>,
    visited: BTreeSet<Parent>,
    fetches: usize,
    /// Whether a new commit descends from the one seen last.
    reaches: bool,
    /// The first ancestor that is missing or changed, of a new commit that does not.
    broken: Option<SyncError>,
}

impl<L: Local> Round<'_, L> {
    /// Looks at one stream, of which `names` are the commits, sorted.
    pub(super) fn look_at(&mut self, stream: &str, names: &[Name]) -> Result<View, L::Error> {
        let mut view = View {
            stream: stream.to_owned(),
            ..View::default()
        };
        let Some(seen) = self.known.head(stream) else {
            self.read_new(&mut view, names, None)?;
            return Ok(view);
        };
        let new: Vec<_> = names
            .iter()
            .copied()
            .filter(|name| *name > seen.name)
            .collect();
        if new.is_empty() {
            self.look_again(&mut view, names, seen)?;
            return Ok(view);
        }
        let chain = self.read_new(&mut view, &new, Some(seen))?;
        if chain.reaches && chain.broken.is_none() {
            return Ok(view);
        }
        let is_missing = matches!(chain.broken, Some(SyncError::Missing { .. }));
        if is_missing && self.is_pruned(stream, seen)? {
            return Ok(view);
        }
        // What was seen must be there still, as no new commit vouches for it.
        let is_there = self.hash_of(seen.name)? == Some(seen.hash);
        match chain.broken {
            Some(_) if self.options.repair => view.must_heal = true,
            // A hole. If it begins before what was seen, the remote went back, and was healed since.
            Some(why) if is_there || !is_missing => return Err(why.into()),
            _ if is_there => view.heads.push(seen),
            _ => self.went_back(&mut view, seen, new.last().copied()),
        }
        Ok(view)
    }

    /// Nothing is newer than what was seen: it is the newest, or it is gone.
    fn look_again(&mut self, view: &mut View, names: &[Name], seen: Head) -> Result<(), L::Error> {
        let newest = names.last().copied();
        let Some(newest) = newest else {
            self.went_back(view, seen, None);
            return Ok(());
        };
        let bytes = self.bytes_of(newest)?;
        let hash = bytes.as_deref().map(Hash::of);
        let is_seen = newest == seen.name && hash == Some(seen.hash);
        if !is_seen {
            self.went_back(view, seen, Some(newest));
        }
        let (old_keys, skipped) = (self.outcome.old_keys.len(), self.outcome.skipped.len());
        let read = self.open_bytes(newest, bytes, self.options.repair || is_seen)?;
        if is_seen {
            // It was told when it was new.
            self.outcome.old_keys.truncate(old_keys);
            self.outcome.skipped.truncate(skipped);
        }
        let is_lost = !is_seen && matches!(read, Read::Skipped);
        self.take(view, newest, read, is_seen)?;
        if is_lost {
            self.look_below(view, newest)?;
        }
        Ok(())
    }

    /// Finds the newest commit that can be read below one that cannot, so that the next one follows it.
    fn look_below(&mut self, view: &mut View, junk: Name) -> Result<(), L::Error> {
        let mut below = names(self.remote, &self.vault_id, None)?;
        below.retain(|name| name.stream() == view.stream && *name < junk);
        for name in below.into_iter().rev().take(MAX_FETCHES) {
            let read = self.read(name, true)?;
            self.take(view, name, read, false)?;
            if !view.tips.is_empty() {
                break;
            }
        }
        Ok(())
    }

    fn went_back(&mut self, view: &mut View, seen: Head, found: Option<Name>) {
        let seen = seen.name;
        self.outcome.rolled_back.retain(|told| told.seen != seen);
        self.outcome.rolled_back.push(RolledBack { seen, found });
        (view.is_rolled_back, view.must_heal) = (true, true);
    }

    /// Reads the new commits, newest first, and leaves out those that another one follows. Without a
    /// commit seen before, the newest one is enough.
    fn read_new(
        &mut self,
        view: &mut View,
        new: &[Name],
        seen: Option<Head>,
    ) -> Result<Chain, L::Error> {
        let mut chain = Chain::default();
        for name in new.iter().rev().copied() {
            let is_enough = seen.is_none() && view.newest.is_some() && !self.options.repair;
            let is_enough = is_enough || (seen.is_none() && !view.tips.is_empty());
            if is_enough || chain.fetches >= MAX_FETCHES {
                break;
            }
            if chain.covered.contains(&name) {
                continue;
            }
            chain.fetches += 1;
            // Below a commit that was verified, nothing can hold up the others.
            let may_skip = self.options.repair || !view.tips.is_empty();
            let read = self.read(name, may_skip)?;
            if let (Read::Opened(tip), Some(seen)) = (&read, seen) {
                self.follow(&mut chain, tip, seen)?;
            }
            self.take(view, name, read, false)?;
        }
        Ok(chain)
    }

    fn take(
        &mut self,
        view: &mut View,
        name: Name,
        read: Read,
        is_known: bool,
    ) -> Result<(), L::Error> {
        let head = match read {
            Read::Opened(tip) => {
                let head = tip.head();
                view.tips.push(Tip { is_known, ..*tip });
                Some(head)
            }
            Read::OldKey(head) => Some(head),
            Read::Skipped => {
                view.must_heal |= self.options.repair && !is_known;
                let hash = self.hash_of(name)?;
                let newest = hash.map(|hash| Head { name, hash });
                view.newest = view.newest.or(newest);
                None
            }
        };
        view.newest = view.newest.or(head);
        view.heads.extend(head);
        Ok(())
    }

    /// Fetches and opens one commit.
    fn read(&mut self, name: Name, may_skip: bool) -> Result<Read, L::Error> {
        let bytes = self.bytes_of(name)?;
        self.open_bytes(name, bytes, may_skip)
    }

    /// Parses and opens a commit that was fetched.
    fn open_bytes(
        &mut self,
        name: Name,
        bytes: Option<Vec<u8>>,
        may_skip: bool,
    ) -> Result<Read, L::Error> {
        let fetched = match parse(&self.vault_id, name, bytes.as_deref()) {
            Ok(fetched) => fetched,
            Err(why) => return self.skip(name, why, may_skip),
        };
        let (head, hash) = (fetched.head(), fetched.hash);
        let (own, its) = (key_order(&self.open.header), fetched.commit.key_order());
        if its < own {
            // To a machine that joins, all commits from before the last new key are old.
            let is_seen = self.known.head(&name.stream()).is_some();
            if is_seen || self.known.last_done.is_some() {
                self.outcome.old_keys.push(name);
            }
            return Ok(Read::OldKey(head));
        }
        let key = if its == own {
            self.open.key.clone()
        } else {
            match self.local.unlock(&fetched.commit.envelope.header) {
                Ok(key) => key,
                Err(_) if may_skip => {
                    let why = SyncError::forged(name, "nothing here unlocks it");
                    return self.skip(name, why, may_skip);
                }
                Err(error) => return Err(error),
            }
        };
        let parents = fetched.commit.place.parents.clone();
        match fetched.open(key) {
            Ok(open) => Ok(Read::Opened(Box::new(Tip {
                name,
                hash,
                parents,
                open,
                is_known: false,
            }))),
            Err(why) => self.skip(name, why, may_skip),
        }
    }

    fn skip(&mut self, name: Name, why: SyncError, may_skip: bool) -> Result<Read, L::Error> {
        if !may_skip || !why.is_of_a_commit() {
            return Err(why.into());
        }
        let is_told = self.outcome.skipped.iter().any(|told| told.name == name);
        if !is_told {
            self.outcome.skipped.push(Skipped { name, why });
        }
        Ok(Read::Skipped)
    }

    /// Verifies the ancestors of an opened commit down to the one seen last, by their hashes.
    fn follow(&mut self, chain: &mut Chain, tip: &Tip, seen: Head) -> Result<(), SyncError> {
        let order = key_order(&tip.open.header);
        let (mut open, mut broken) = (BinaryHeap::new(), None);
        let mut reaches = note(&mut open, &tip.parents, tip.name, seen);
        while let Some((parent, follower)) = open.pop() {
            if !chain.visited.insert(parent) {
                continue;
            }
            if chain.fetches >= MAX_FETCHES {
                break;
            }
            chain.fetches += 1;
            let found = match fetch(self.remote, &self.vault_id, parent.name) {
                Err(error) if !error.is_of_a_commit() => return Err(error),
                Err(SyncError::Missing { name, .. }) => Err(SyncError::Missing { name, follower }),
                found => found.and_then(|found| is_followed(found, parent, follower)),
            };
            match found {
                Ok(found) => {
                    // A newer key is opened too, even if a commit with an older one hides it.
                    if found.commit.key_order() <= order {
                        chain.covered.insert(found.name);
                    }
                    reaches |= note(&mut open, &found.commit.place.parents, found.name, seen);
                }
                Err(why) => broken = broken.or(Some(why)),
            }
        }
        chain.reaches |= reaches;
        chain.broken = chain.broken.take().or(broken.filter(|_| !reaches));
        Ok(())
    }

    /// Whether the commits that are missing were removed because of their age.
    fn is_pruned(&mut self, stream: &str, seen: Head) -> Result<bool, SyncError> {
        let mut all = names(self.remote, &self.vault_id, None)?;
        all.retain(|name| name.stream() == stream);
        let is_after = all.first().is_some_and(|oldest| *oldest > seen.name);
        Ok(is_after && all.len() >= KEPT)
    }

    /// The hash of what is stored under a name, readable or not.
    fn hash_of(&mut self, name: Name) -> Result<Option<Hash>, SyncError> {
        let bytes = self.bytes_of(name)?;
        Ok(bytes.as_deref().map(Hash::of))
    }

    fn bytes_of(&mut self, name: Name) -> Result<Option<Vec<u8>>, SyncError> {
        Ok(self.remote.get(&name.path(&self.vault_id))?)
    }
}

/// Notes the parents of a verified commit that have to be verified too. Whether one is what was seen.
fn note(
    open: &mut BinaryHeap<(Parent, Name)>,
    parents: &[Parent],
    follower: Name,
    seen: Head,
) -> bool {
    let stream = seen.name.stream();
    let own = parents
        .iter()
        .filter(|parent| parent.name.stream() == stream);
    let new = own.filter(|parent| parent.name > seen.name);
    open.extend(new.map(|parent| (*parent, follower)));
    parents.contains(&Parent::from(seen))
}

/// Checks that a commit is the one that `follower` names.
fn is_followed(found: Fetched, parent: Parent, follower: Name) -> Result<Fetched, SyncError> {
    if found.hash == parent.hash {
        return Ok(found);
    }
    let why = format!("it is not the one that commit {follower} follows");
    Err(SyncError::forged(parent.name, &why))
}
