//! Looks at the remote outside of a round: lists its vaults and commits, and fetches one.

use std::collections::BTreeSet;

use crate::sync::commit::{Commit, Hash, Name, ROOT, folder_of, vault_of};
use crate::sync::error::SyncError;
use crate::sync::known::Head;
use crate::sync::remote::{Naming, Remote, RemoteError};
use crate::vault::format::{DataKey, VaultId};
use crate::vault::repository::Open;

/// A file whose number is this much higher than that of the last commit is not a commit.
const MAX_GAP: u64 = 1_000_000;

/// A commit that was fetched and parsed. It belongs to its name and its vault; its seal is not opened.
#[derive(Debug, Clone)]
pub(crate) struct Fetched {
    pub(crate) name: Name,
    pub(crate) hash: Hash,
    pub(crate) commit: Commit,
}

impl Fetched {
    /// Opens it with whichever of these keys sealed it.
    ///
    /// # Errors
    /// [`SyncError::OldKey`] if it is none of them; also if anything was changed.
    pub(crate) fn open_with(self, keys: &[DataKey]) -> Result<Open, SyncError> {
        let commitment = self.commit.envelope.header.key_commit;
        let key = keys.iter().find(|key| key.matches(&commitment));
        let key = key.ok_or(SyncError::OldKey { name: self.name })?.clone();
        self.open(key)
    }

    pub(super) const fn head(&self) -> Head {
        Head {
            name: self.name,
            hash: self.hash,
        }
    }

    /// Opens it, which verifies it.
    ///
    /// # Errors
    /// [`SyncError`] if the key is another one, or anything was changed.
    pub(crate) fn open(self, key: DataKey) -> Result<Open, SyncError> {
        let name = self.name;
        let opened = self.commit.open(key);
        opened.map_err(|error| SyncError::of(name, error))
    }
}

/// The vaults that have commits in the remote.
///
/// # Errors
/// [`RemoteError`] if it cannot be reached or refuses.
pub(crate) fn vaults_in(remote: &mut dyn Remote) -> Result<Vec<VaultId>, RemoteError> {
    let names = remote.list(ROOT, None)?;
    let is_ours = |name: &Name| is_named_so(*name, remote.naming());
    let found = names.iter().filter_map(|name| vault_of(name));
    let found: BTreeSet<_> = found
        .filter(|(_, name)| is_ours(name))
        .map(|(id, _)| id)
        .collect();
    Ok(found.into_iter().collect())
}

/// The newest commit of a vault, for a machine that joins. Of several it is the one with the newest key,
/// then the one with the highest number: a round merges the others.
///
/// # Errors
/// [`SyncError`] if there is none, or one cannot be read.
pub(crate) fn head_of(remote: &mut dyn Remote, vault_id: &VaultId) -> Result<Fetched, SyncError> {
    let mut newest: Vec<Name> = Vec::new();
    for name in names(remote, vault_id, None)?.into_iter().rev() {
        if newest.iter().all(|other| other.device != name.device) {
            newest.push(name);
        }
    }
    let mut best: Option<Fetched> = None;
    for name in newest {
        let fetched = fetch(remote, vault_id, name)?;
        let order = |fetched: &Fetched| (fetched.commit.key_order(), fetched.name);
        if best
            .as_ref()
            .is_none_or(|best| order(best) < order(&fetched))
        {
            best = Some(fetched);
        }
    }
    best.ok_or(SyncError::Empty)
}

/// The last commits of a vault, newest first, at most `limit`. One that cannot be read does not hide the
/// others.
///
/// # Errors
/// [`SyncError`] if the remote cannot be reached or refuses.
pub(crate) fn last(
    remote: &mut dyn Remote,
    vault_id: &VaultId,
    limit: usize,
) -> Result<Vec<Result<Fetched, SyncError>>, SyncError> {
    let names = names(remote, vault_id, None)?;
    let mut commits = Vec::new();
    for name in names.into_iter().rev().take(limit) {
        match fetch(remote, vault_id, name) {
            Err(error) if !error.is_of_a_commit() => return Err(error),
            read => commits.push(read),
        }
    }
    Ok(commits)
}

/// The commits with this number: none, one, or one of each device that wrote it.
///
/// # Errors
/// [`SyncError`] if one cannot be read.
pub(crate) fn numbered(
    remote: &mut dyn Remote,
    vault_id: &VaultId,
    n: u64,
) -> Result<Vec<Fetched>, SyncError> {
    let names = names(remote, vault_id, None)?;
    let found = names.into_iter().filter(|name| name.n == n);
    found.map(|name| fetch(remote, vault_id, name)).collect()
}

/// The names of a vault's commits, sorted. With `after`, only those that sort after it.
pub(super) fn names(
    remote: &mut dyn Remote,
    vault_id: &VaultId,
    after: Option<Name>,
) -> Result<Vec<Name>, SyncError> {
    let mut last = after.map_or(0, |name| name.n);
    let after = after.map(|name| name.path(vault_id));
    let listed = remote.list(&folder_of(vault_id), after.as_deref())?;
    let naming = remote.naming();
    let names = listed.iter().filter_map(|name| vault_of(name));
    let names = names.filter(|(id, name)| id == vault_id && is_named_so(*name, naming));
    // A hostile store may repeat names, or not sort them.
    let names: BTreeSet<_> = names.map(|(_, name)| name).collect();
    // Nor may a stray file use up the numbers.
    let follows = |name: &Name| {
        let is_near = name.n - last <= MAX_GAP;
        last = name.n;
        is_near
    };
    Ok(names.into_iter().take_while(follows).collect())
}

/// Fetches and parses one commit, and checks that it belongs to its name.
///
/// # Errors
/// [`SyncError`] if it is missing, damaged, or another commit.
pub(crate) fn fetch(
    remote: &mut dyn Remote,
    vault_id: &VaultId,
    name: Name,
) -> Result<Fetched, SyncError> {
    let bytes = remote.get(&name.path(vault_id))?;
    parse(vault_id, name, bytes.as_deref())
}

/// Parses what is stored under a name, and checks that it belongs to it.
pub(super) fn parse(
    vault_id: &VaultId,
    name: Name,
    bytes: Option<&[u8]>,
) -> Result<Fetched, SyncError> {
    let follower = name;
    let bytes = bytes.ok_or(SyncError::Missing { name, follower })?;
    let commit = Commit::parse(bytes).map_err(|error| SyncError::of(name, error))?;
    let place = &commit.place;
    let is_of_device = name
        .device
        .is_none_or(|start| place.device.starts_with(&start));
    if commit.envelope.header.vault_id != *vault_id {
        return Err(SyncError::forged(name, "it belongs to another vault"));
    }
    if place.n != name.n || !is_of_device {
        return Err(SyncError::forged(name, "it was written under another name"));
    }
    let hash = Hash::of(bytes);
    Ok(Fetched { name, hash, commit })
}

const fn is_named_so(name: Name, naming: Naming) -> bool {
    matches!(
        (naming, name.device),
        (Naming::Numbered, None) | (Naming::PerDevice, Some(_))
    )
}
