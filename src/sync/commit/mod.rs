//! One commit: the whole vault, sealed and bound to its place in the history. Pure.
//!
//! The seal is that of a vault, for another purpose. So a commit cannot be used as a vault, nor a vault
//! as a commit. A commit names its parents by their hashes: who opens one knows what came before it.

mod error;
mod name;
#[cfg(test)]
mod tests;

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

pub(crate) use self::error::CommitError;
pub(crate) use self::name::{MAX_NUMBER, Name, ROOT, folder_of, vault_of};
use crate::vault::Vault;
use crate::vault::format::transcript::Transcript;
use crate::vault::format::{Bytes, DataKey, MAX_FILE_BYTES, Random, document, seal};
use crate::vault::repository::{self, Open};
use crate::vault::{Envelope, Header};

/// The largest commit that is read: a vault, and what a commit adds to it.
pub(crate) const MAX_COMMIT_BYTES: usize = MAX_FILE_BYTES + (1 << 20);
/// The most parents of one commit.
pub(crate) const MAX_PARENTS: usize = 64;
/// More than one parent takes in JSON, with white space.
const PARENT_BYTES: usize = 256;

const FORMAT: &str = "mfa-sync";
const VERSION: u64 = 1;
const PURPOSE: &[u8] = b"mfa-sync 1 commit";

/// SHA-256 of the bytes of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Hash(pub(crate) [u8; 32]);

/// A parsed commit. Its accounts are still sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Commit {
    pub(crate) place: Place,
    /// The vault. Its header has the portable slots only.
    pub(crate) envelope: Envelope,
}

/// What is known of a commit without a key. The seal authenticates it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Its number; greater than those of all its parents.
    pub(crate) n: u64,
    /// The machine that wrote it.
    pub(crate) device: [u8; 16],
    /// When it was written, by the clock of that machine, in Unix seconds.
    pub(crate) time: u64,
    /// The commits that are merged in it; none for the first.
    pub(crate) parents: Vec<Parent>,
}

/// A commit that another one follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Parent {
    pub(crate) name: Name,
    pub(crate) hash: Hash,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CommitIn<'a> {
    format: &'a str,
    version: u64,
    n: u64,
    device: Bytes<16>,
    time: u64,
    #[serde(borrow)]
    parents: &'a RawValue,
    #[serde(borrow)]
    vault: &'a RawValue,
}

#[derive(Serialize)]
struct CommitOut<'a> {
    format: &'a str,
    version: u64,
    n: u64,
    device: Bytes<16>,
    time: u64,
    parents: Vec<ParentOut>,
    vault: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ParentIn<'a> {
    name: &'a str,
    hash: Bytes<32>,
}

#[derive(Serialize)]
struct ParentOut {
    name: String,
    hash: Bytes<32>,
}

/// Enough of a commit to distinguish one of another version from other files.
#[derive(Deserialize)]
struct Probe {
    format: String,
    version: u64,
}

impl Hash {
    /// The hash of a commit's bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The first 80 bits, for people who compare two screens: `ABCD-EFGH-IJKL-MNOP`.
    pub(crate) fn fingerprint(self) -> String {
        let text = BASE32_NOPAD.encode(&self.0[..10]);
        let groups = text.as_bytes().chunks(4).map(String::from_utf8_lossy);
        groups.collect::<Vec<_>>().join("-")
    }
}

impl Commit {
    /// Seals `vault` with its data key. The slots that open it on one machine only stay at home.
    ///
    /// # Errors
    /// [`CommitError::NoPortableSlot`] if no other machine could open it; if there are no random bytes.
    pub(crate) fn seal(
        place: Place,
        (header, key, vault): (&Header, &DataKey, &Vault),
        random: &mut dyn Random,
    ) -> Result<Self, CommitError> {
        let mut header = portable(header);
        if header.slots.is_empty() {
            return Err(CommitError::NoPortableSlot);
        }
        (header.rev, header.device) = (place.n, place.device);
        let failed = |why: String| CommitError::NotSealed(why);
        let plaintext = document::write(vault).map_err(|error| failed(error.to_string()))?;
        let bound_to = place.bind(seal::bound_to(&header, PURPOSE));
        let envelope = seal::seal_bound(header, key, &plaintext, bound_to, random)
            .map_err(|error| failed(error.to_string()))?;
        Ok(Self { place, envelope })
    }

    /// Opens it. Its header has the portable slots only.
    ///
    /// # Errors
    /// [`CommitError`] for another key, or if anything was changed after it was sealed.
    pub(crate) fn open(self, key: DataKey) -> Result<Open, CommitError> {
        let header = self.envelope.header.clone();
        let bound_to = self.place.bind(seal::bound_to(&header, PURPOSE));
        let plaintext = seal::open_bound(self.envelope, &key, bound_to)?;
        let vault =
            document::parse(&plaintext).map_err(|error| CommitError::Damaged(error.to_string()))?;
        Ok(Open { header, key, vault })
    }

    /// Parses the bytes of a commit. Does not open it.
    ///
    /// # Errors
    /// [`CommitError`] if it is cut off, damaged, too large, no commit, or from a newer version.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, CommitError> {
        if bytes.len() > MAX_COMMIT_BYTES {
            return Err(CommitError::TooLarge);
        }
        let json: CommitIn<'_> =
            serde_json::from_slice(bytes).map_err(|error| why_not(bytes, &error))?;
        if json.format != FORMAT {
            return Err(CommitError::NotACommit);
        }
        if json.version != VERSION {
            return Err(other_version(json.version));
        }
        // Without its last byte a commit would have another hash, and still be read.
        if !bytes.ends_with(b"}\n") {
            return Err(CommitError::CutOff);
        }
        let place = Place {
            n: json.n,
            device: json.device.0,
            time: json.time,
            parents: parents(json.parents.get(), json.n)?,
        };
        let envelope = Envelope::parse(json.vault.get().as_bytes())?;
        let commit = Self { place, envelope };
        commit.check()?;
        Ok(commit)
    }

    /// Writes it, indented so that people can read all but the vault.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        let vault = String::from_utf8(self.envelope.to_json()).unwrap_or_default();
        let Ok(vault) = RawValue::from_string(vault) else {
            return Vec::new();
        };
        let parent = |parent: &Parent| ParentOut {
            name: parent.name.to_string(),
            hash: Bytes(parent.hash.0),
        };
        let json = CommitOut {
            format: FORMAT,
            version: VERSION,
            n: self.place.n,
            device: Bytes(self.place.device),
            time: self.place.time,
            parents: self.place.parents.iter().map(parent).collect(),
            vault,
        };
        // Plain structs of strings and numbers always serialise.
        let mut json = serde_json::to_vec_pretty(&json).unwrap_or_default();
        json.push(b'\n');
        json
    }

    /// The generation of its key and its commitment: of two, the greater one wins.
    pub(crate) fn key_order(&self) -> (u32, [u8; 32]) {
        key_order(&self.envelope.header)
    }

    fn check(&self) -> Result<(), CommitError> {
        let (place, header) = (&self.place, &self.envelope.header);
        let damaged = |what: &str| Err(CommitError::Damaged(what.to_owned()));
        if !(1..=MAX_NUMBER).contains(&place.n) {
            return damaged("its number is out of range");
        }
        if (header.rev, header.device) != (place.n, place.device) {
            return damaged("its vault belongs to another commit");
        }
        if header
            .slots
            .iter()
            .any(|slot| slot.kind.is_bound_to_device())
        {
            return damaged("it has a slot that opens it on one machine only");
        }
        Ok(())
    }
}

impl Place {
    fn bind(&self, transcript: Transcript) -> Transcript {
        let count = u32::try_from(self.parents.len()).unwrap_or(u32::MAX);
        let start = transcript
            .field(&self.n.to_le_bytes())
            .field(&self.device)
            .field(&self.time.to_le_bytes())
            .number(count);
        self.parents.iter().fold(start, |transcript, parent| {
            let name = parent.name.to_string();
            transcript.field(name.as_bytes()).field(&parent.hash.0)
        })
    }
}

/// The generation of a vault's key and its commitment: of two, the greater one wins.
pub(crate) fn key_order(header: &Header) -> (u32, [u8; 32]) {
    (header.epoch, header.key_commit)
}

/// The header without the slots that work on one machine only.
pub(crate) fn portable(header: &Header) -> Header {
    let slots = repository::portable(header).cloned().collect();
    Header {
        slots,
        ..header.clone()
    }
}

fn parents(json: &str, n: u64) -> Result<Vec<Parent>, CommitError> {
    let damaged = |what: &str| CommitError::Damaged(what.to_owned());
    if json.len() > MAX_PARENTS * PARENT_BYTES {
        return Err(damaged("it has too many parents"));
    }
    let read: Vec<ParentIn<'_>> =
        serde_json::from_str(json).map_err(|_| damaged("its parents cannot be read"))?;
    if read.len() > MAX_PARENTS {
        return Err(damaged("it has too many parents"));
    }
    let mut found: Vec<Parent> = Vec::with_capacity(read.len());
    for parent in read {
        let name = Name::parse(parent.name).filter(|name| name.n < n);
        let name = name.ok_or_else(|| damaged("a parent is not an earlier commit"))?;
        let hash = Hash(parent.hash.0);
        let parent = Parent { name, hash };
        if found.contains(&parent) {
            return Err(damaged("a parent occurs twice"));
        }
        found.push(parent);
    }
    Ok(found)
}

fn why_not(bytes: &[u8], error: &serde_json::Error) -> CommitError {
    if error.is_eof() {
        return CommitError::CutOff;
    }
    match serde_json::from_slice::<Probe>(bytes) {
        Ok(probe) if probe.format != FORMAT => CommitError::NotACommit,
        Ok(probe) if probe.version != VERSION => other_version(probe.version),
        Err(_) if !bytes.starts_with(b"{") => CommitError::NotACommit,
        _ => CommitError::Damaged(error.to_string()),
    }
}

fn other_version(version: u64) -> CommitError {
    if version > VERSION {
        CommitError::Newer(format!("commit {version}; this version reads {VERSION}"))
    } else {
        CommitError::Damaged(format!("unknown version {version}"))
    }
}
