//! The order of a round: looks at all streams, merges what is new, and pushes what is newer here.

use std::collections::{BTreeMap, BTreeSet};

use super::history::names;
use super::stream::{Tip, View};
use super::{Local, Options};
use crate::sync::commit::{
    Commit, Hash, MAX_NUMBER, MAX_PARENTS, Name, Parent, Place, folder_of, key_order, portable,
};
use crate::sync::error::SyncError;
use crate::sync::known::{Head, Known, MAX_STREAMS};
use crate::sync::merge::{merge, same};
use crate::sync::remote::{Naming, Put, Remote};
use crate::vault::format::VaultId;
use crate::vault::repository::Open;
use crate::vault::{Header, Vault};

/// Of many writers at once, one wins each time.
const TRIES: u32 = 40;
/// Commits that are older may be removed from a folder, except the last ones.
const KEPT_SECONDS: u64 = 90 * 24 * 60 * 60;

/// What a round did, and what a person should know.
pub(crate) struct Outcome {
    /// The vault before the round.
    pub(crate) before: Vault,
    /// The vault after the round.
    pub(crate) after: Vault,
    /// Whether the vault here changed.
    pub(crate) pulled: bool,
    /// The commit that this round wrote.
    pub(crate) pushed: Option<Head>,
    /// The commit that has the same state as the vault here.
    pub(crate) head: Option<Head>,
    /// Commits that this machine had seen are gone. The round wrote their content again.
    pub(crate) rolled_back: Vec<RolledBack>,
    /// New commits that were sealed with an old key. They were not read: a removed device may have
    /// written them. What a device of the vault wrote comes with its next round.
    pub(crate) old_keys: Vec<Name>,
    /// Commits that were skipped because they cannot be read or verified.
    pub(crate) skipped: Vec<Skipped>,
    /// How many seconds the remote's clock is ahead of this machine's, if the remote told it.
    pub(crate) clock_ahead: Option<i64>,
    /// Copies of commits that a program which moves files made. They were not read.
    pub(crate) conflict_copies: Vec<String>,
}

/// A remote that no longer has what it had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RolledBack {
    /// The newest commit that this machine had seen.
    pub(crate) seen: Name,
    /// The newest commit now; `None` if there is none.
    pub(crate) found: Option<Name>,
}

/// A commit that was skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Skipped {
    pub(crate) name: Name,
    pub(crate) why: SyncError,
}

/// A round that is under way.
pub(super) struct Round<'a, L: Local> {
    pub(super) local: &'a mut L,
    pub(super) remote: &'a mut dyn Remote,
    pub(super) known: &'a mut Known,
    pub(super) options: Options,
    pub(super) vault_id: VaultId,
    /// The vault of this machine, as merged so far.
    pub(super) open: Open,
    pub(super) outcome: Outcome,
}

/// Fetches, verifies and merges what is new, then writes a commit if the vault here has more. The caller
/// holds the lock of [`Known::lock`].
///
/// # Errors
/// [`SyncError`] if the remote fails or a commit cannot be trusted, and those of `local`. Nothing is
/// merged before everything new is verified.
pub(crate) fn round<L: Local>(
    local: &mut L,
    remote: &mut dyn Remote,
    known: &mut Known,
    options: Options,
) -> Result<Outcome, L::Error> {
    let open = local.open()?;
    if open.header.vault_id != known.vault_id {
        return Err(SyncError::Unrelated.into());
    }
    let outcome = Outcome {
        before: open.vault.clone(),
        after: open.vault.clone(),
        pulled: false,
        pushed: None,
        head: None,
        rolled_back: Vec::new(),
        old_keys: Vec::new(),
        skipped: Vec::new(),
        clock_ahead: None,
        conflict_copies: Vec::new(),
    };
    let mut round = Round {
        vault_id: known.vault_id,
        local,
        remote,
        known,
        options,
        open,
        outcome,
    };
    for attempt in 1..=TRIES {
        if round.attempt()? {
            return Ok(round.finish());
        }
        round.local.pause(attempt)?;
    }
    Err(SyncError::Crowded { tries: TRIES }.into())
}

impl<L: Local> Round<'_, L> {
    /// Fetches, merges and pushes once. False if another device was faster.
    fn attempt(&mut self) -> Result<bool, L::Error> {
        let (mut views, highest) = self.look()?;
        self.keep_newest_key(&mut views);
        self.merge(&views)?;
        self.see(&views)?;
        if !views.iter().any(|view| view.must_heal) {
            for tip in views.iter().flat_map(|view| &view.tips) {
                if is_same(&tip.open, &self.open)? {
                    self.outcome.head = Some(tip.head());
                    return Ok(true);
                }
            }
        }
        self.push(&views, highest)
    }

    /// Looks at each stream, and verifies what is new in it. Also returns the highest number so far.
    fn look(&mut self) -> Result<(Vec<View>, u64), L::Error> {
        let names = self.list()?;
        self.outcome.conflict_copies = self.remote.conflict_copies().to_vec();
        let known: Vec<_> = self.known.heads().map(|head| head.name).collect();
        let all = || names.iter().chain(&known);
        let highest = all().map(|name| name.n).max().unwrap_or(0);
        let mut streams: BTreeMap<String, Vec<Name>> = BTreeMap::new();
        for name in &known {
            streams.entry(name.stream()).or_default();
        }
        for name in &names {
            streams.entry(name.stream()).or_default().push(*name);
        }
        if streams.len() > MAX_STREAMS {
            return Err(SyncError::TooManyDevices.into());
        }
        let mut views = Vec::with_capacity(streams.len());
        for (stream, names) in &streams {
            views.push(self.look_at(stream, names)?);
        }
        Ok((views, highest))
    }

    /// The names of all commits that matter: from the last one seen on, if all devices share a stream.
    fn list(&mut self) -> Result<Vec<Name>, SyncError> {
        let seen = self
            .known
            .head("")
            .filter(|_| self.remote.naming() == Naming::Numbered);
        let before = seen.and_then(|head| {
            let n = head.name.n.checked_sub(1).filter(|n| *n > 0)?;
            Some(Name { n, device: None })
        });
        let found = names(self.remote, &self.vault_id, before)?;
        if found.is_empty() && before.is_some() {
            return names(self.remote, &self.vault_id, None);
        }
        Ok(found)
    }

    /// Leaves out commits with another key than the newest one. A device that no longer belongs to the
    /// vault may have written them.
    fn keep_newest_key(&mut self, views: &mut [View]) {
        let tips = views.iter().flat_map(|view| &view.tips);
        let orders = tips.map(|tip| key_order(&tip.open.header));
        let newest = orders.chain([key_order(&self.open.header)]).max();
        for view in &mut *views {
            let (tips, old): (Vec<_>, Vec<_>) = std::mem::take(&mut view.tips)
                .into_iter()
                .partition(|tip| Some(key_order(&tip.open.header)) == newest);
            let new = old.iter().filter(|tip| !tip.is_known);
            self.outcome.old_keys.extend(new.map(|tip| tip.name));
            view.tips = tips;
        }
        // What a commit with the newest key follows was read by the machine that wrote it.
        let tips = views.iter().flat_map(|view| &view.tips);
        let parents = tips.flat_map(|tip| &tip.parents);
        let followed: BTreeSet<_> = parents.map(|parent| parent.name).collect();
        self.outcome
            .old_keys
            .retain(|name| !followed.contains(name));
    }

    fn merge(&mut self, views: &[View]) -> Result<(), L::Error> {
        for tip in views.iter().flat_map(|view| &view.tips) {
            if !holds(&self.open, &tip.open)? {
                let incoming = Open {
                    header: tip.open.header.clone(),
                    key: tip.open.key.clone(),
                    vault: tip.open.vault.clone(),
                };
                let merged = self.local.merge_in(incoming)?;
                self.outcome.pulled |= !is_same(&merged, &self.open)?;
                self.open = merged;
            }
        }
        Ok(())
    }

    /// Remembers what was merged. Where the remote went back, only after it was healed.
    fn see(&mut self, views: &[View]) -> Result<(), L::Error> {
        let newest = views.iter().filter(|view| !view.is_rolled_back);
        let mut changed = false;
        for head in newest.filter_map(|view| view.newest) {
            changed |= self.known.head(&head.name.stream()) != Some(head);
            self.known.saw(head);
        }
        if changed {
            self.local.remember(self.known)?;
        }
        Ok(())
    }

    /// Writes a commit after all others. False if there is one with its name.
    fn push(&mut self, views: &[View], highest: u64) -> Result<bool, L::Error> {
        let device = self.local.device();
        let [a, b, c, d, ..] = device;
        let start = (self.remote.naming() == Naming::PerDevice).then_some([a, b, c, d]);
        let name = Name {
            n: highest + 1,
            device: start,
        };
        if name.n > MAX_NUMBER {
            let last = Name { n: highest, ..name };
            return Err(SyncError::forged(last, "its number is too high").into());
        }
        let place = Place {
            n: name.n,
            device,
            time: self.local.now(),
            parents: self.parents(views, &name.stream()),
        };
        let of = (&self.open.header, &self.open.key, &self.open.vault);
        let commit = Commit::seal(place, of, self.local.random());
        let bytes = commit
            .map_err(|error| SyncError::of(name, error))?
            .to_json();
        let put = self.remote.put_new(&name.path(&self.vault_id), &bytes);
        if put.map_err(SyncError::from)? == Put::Exists {
            return Ok(false);
        }
        for view in views.iter().filter(|view| view.is_rolled_back) {
            match view.newest {
                Some(head) => self.known.saw(head),
                None => self.known.forget(&view.stream),
            }
        }
        let hash = Hash::of(&bytes);
        let head = Head { name, hash };
        self.known.saw(head);
        self.outcome.pushed = Some(head);
        self.outcome.head = Some(head);
        self.local.remember(self.known)?;
        let before = self.local.now().saturating_sub(KEPT_SECONDS);
        // If it fails, the next round removes them.
        let _ = self.remote.prune(&folder_of(&self.vault_id), before);
        Ok(true)
    }

    /// The commits that the next one follows. Its own stream comes first, so that each device's commits
    /// are a chain.
    fn parents(&self, views: &[View], own: &str) -> Vec<Parent> {
        let mut all: BTreeSet<Parent> = BTreeSet::new();
        for view in views {
            all.extend(view.heads.iter().copied().map(Parent::from));
            let seen = self.known.head(&view.stream);
            let is_needed = view.is_rolled_back || view.stream == own || view.must_heal;
            all.extend(seen.filter(|_| is_needed).map(Parent::from));
        }
        let tips = views.iter().flat_map(|view| &view.tips);
        let followed: BTreeSet<_> = tips.flat_map(|tip| &tip.parents).copied().collect();
        let is_own = |parent: &Parent| parent.name.stream() == own;
        let mut parents: Vec<_> = all.into_iter().collect();
        parents.retain(|parent| is_own(parent) || !followed.contains(parent));
        parents.sort_by_key(|parent| (!is_own(parent), std::cmp::Reverse(*parent)));
        parents.truncate(MAX_PARENTS);
        parents
    }

    fn finish(self) -> Outcome {
        Outcome {
            clock_ahead: self.remote.clock_ahead(),
            after: self.open.vault,
            ..self.outcome
        }
    }
}

impl Tip {
    pub(super) const fn head(&self) -> Head {
        Head {
            name: self.name,
            hash: self.hash,
        }
    }
}

/// The ids of the slots that open a vault on other machines.
fn portable_slots(header: &Header) -> BTreeSet<[u8; 16]> {
    let slots = portable(header).slots;
    slots.iter().map(|slot| slot.id).collect()
}

/// Whether two have the same accounts, key and portable slots.
fn is_same(one: &Open, other: &Open) -> Result<bool, SyncError> {
    Ok(key_order(&one.header) == key_order(&other.header)
        && portable_slots(&one.header) == portable_slots(&other.header)
        && same(&one.vault, &other.vault)?)
}

/// Whether merging `incoming` changes nothing.
fn holds(own: &Open, incoming: &Open) -> Result<bool, SyncError> {
    let (slots, its) = (
        portable_slots(&own.header),
        portable_slots(&incoming.header),
    );
    Ok(key_order(&own.header) == key_order(&incoming.header)
        && its.is_subset(&slots)
        && same(&merge(&own.vault, &incoming.vault)?, &own.vault)?)
}
