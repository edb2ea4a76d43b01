//! What this machine knows of the remote: its address, the commits seen last, and how the last rounds
//! went. A file in the state folder for each vault. It contains no key.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::commit::{Hash, Name, Parent};
use super::remote::s3_address::S3Address;
use crate::vault::format::{Bytes, VaultId};
use crate::vault::storage::{StateDir, StoreError, file_stem_of};

/// The folder of these files, inside the state folder.
const FOLDER: &str = "sync";
const VERSION: u64 = 1;
/// After this many failures in a row, a person is told.
const TOLD_AFTER: u32 = 3;
/// Longer texts of errors are cut.
const MAX_ERROR_CHARS: usize = 500;
/// The most streams that are remembered. More than a vault has devices.
pub(crate) const MAX_STREAMS: usize = 256;

/// Where the commits of a vault are stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum Address {
    /// A part of a bucket of S3, or of a server that speaks it.
    S3(S3Address),
    /// A folder that machines share, or that another program copies between them.
    Folder {
        /// The absolute path of the folder.
        path: PathBuf,
    },
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::S3(address) => address.fmt(f),
            Self::Folder { path } => write!(f, "{}", path.display()),
        }
    }
}

/// The newest commit that this machine has seen in one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) name: Name,
    pub(crate) hash: Hash,
}

impl From<Head> for Parent {
    fn from(head: Head) -> Self {
        Self {
            name: head.name,
            hash: head.hash,
        }
    }
}

/// The rounds that failed since the last one that worked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Failures {
    /// How many failed in a row.
    pub(crate) count: u32,
    /// When the last one failed, in Unix seconds.
    pub(crate) last: u64,
    /// Why the last one failed, for people.
    pub(crate) why: String,
}

/// What this machine knows of the remote of one vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) remote: Address,
    pub(crate) vault_id: VaultId,
    /// The name of this machine, as the person chose it.
    pub(crate) device_name: String,
    /// Whether a changing command starts a round in the background.
    pub(crate) auto: bool,
    /// The newest commit seen of each stream. A stream is a device, or empty if all share one.
    heads: BTreeMap<String, Head>,
    /// When a round last worked, in Unix seconds.
    pub(crate) last_done: Option<u64>,
    pub(crate) failures: Option<Failures>,
    /// When the newest commit was written, in Unix seconds.
    pub(crate) head_time: Option<u64>,
    /// The revision of the vault's file after the last round. A later one has changes that wait.
    pub(crate) revision: Option<u64>,
}

/// Why what this machine knows cannot be read. It is then never replaced.
#[derive(Debug, Error)]
pub(crate) enum KnownError {
    /// The file could not be read, locked or written.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The file is not what this program writes.
    #[error("{} is damaged", .0.display())]
    Damaged(PathBuf),
    /// A newer program wrote it.
    #[error("{} was written by a newer mfa: update mfa", .0.display())]
    Newer(PathBuf),
    /// Its paths or names cannot be written, as they are not Unicode.
    #[error("cannot write {}: {why}", .path.display())]
    Unwritable { path: PathBuf, why: String },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileJson {
    version: u64,
    remote: Address,
    vault_id: Bytes<16>,
    device_name: String,
    auto: bool,
    heads: Vec<HeadJson>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_done: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failures: Option<Failures>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    head_time: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadJson {
    name: String,
    hash: Bytes<32>,
}

/// Enough of the file to tell why it cannot be read.
#[derive(Deserialize)]
struct Probe {
    version: u64,
}

impl Known {
    /// What is known of a remote that was just chosen.
    pub(crate) fn new(remote: Address, vault_id: VaultId, device_name: String) -> Self {
        Self {
            remote,
            vault_id,
            device_name,
            auto: false,
            heads: BTreeMap::new(),
            last_done: None,
            failures: None,
            head_time: None,
            revision: None,
        }
    }

    /// Reads what is known about the remote of the vault at this path; `None` if it has none.
    ///
    /// # Errors
    /// [`KnownError`] if there is a file that cannot be read.
    pub(crate) fn load(state: &StateDir, vault: &Path) -> Result<Option<Self>, KnownError> {
        let name = file_name(vault);
        let bytes = state.read(&name)?;
        let read = bytes.map(|bytes| Self::parse(&bytes, state.path(&name)));
        read.transpose()
    }

    /// Replaces the file of the vault at this path. The caller holds the lock of [`Known::lock`].
    ///
    /// # Errors
    /// [`KnownError`] if it cannot be written.
    pub(crate) fn save(&self, state: &StateDir, vault: &Path) -> Result<(), KnownError> {
        let name = file_name(vault);
        let bytes = self.to_json().map_err(|why| KnownError::Unwritable {
            path: state.path(&name),
            why,
        })?;
        Ok(state.write(&name, &bytes)?)
    }

    /// Removes the file of the vault at this path; a missing file is no error.
    ///
    /// # Errors
    /// [`KnownError`] if it cannot be removed.
    pub(crate) fn remove(state: &StateDir, vault: &Path) -> Result<(), KnownError> {
        Ok(state.remove(&file_name(vault))?)
    }

    /// Waits for the lock of the vault's file. It is held for a whole round, until it is dropped.
    ///
    /// # Errors
    /// [`KnownError`] if another process does not release it.
    pub(crate) fn lock(state: &StateDir, vault: &Path) -> Result<File, KnownError> {
        Ok(state.lock(&file_name(vault))?)
    }

    /// The newest commit seen in a stream.
    pub(crate) fn head(&self, stream: &str) -> Option<Head> {
        self.heads.get(stream).copied()
    }

    /// The newest commit seen in each stream.
    pub(crate) fn heads(&self) -> impl Iterator<Item = Head> {
        self.heads.values().copied()
    }

    /// Remembers the newest commit of its stream.
    pub(crate) fn saw(&mut self, head: Head) {
        self.heads.insert(head.name.stream(), head);
    }

    /// Forgets a stream that is gone from the remote.
    pub(crate) fn forget(&mut self, stream: &str) {
        self.heads.remove(stream);
    }

    /// Notes that a round worked.
    pub(crate) fn succeeded(&mut self, now: u64) {
        self.last_done = Some(now);
        self.failures = None;
    }

    /// Notes that a round failed.
    pub(crate) fn failed(&mut self, now: u64, why: &str) {
        let before = self.failures.take();
        self.failures = Some(Failures {
            count: before.as_ref().map_or(1, |f| f.count.saturating_add(1)),
            last: now,
            why: why.chars().take(MAX_ERROR_CHARS).collect(),
        });
    }

    /// The failures that a person should be told now: at least three in a row.
    pub(crate) fn failures_to_tell(&self) -> Option<&Failures> {
        let failures = self.failures.as_ref();
        failures.filter(|failures| failures.count >= TOLD_AFTER)
    }

    fn parse(bytes: &[u8], path: PathBuf) -> Result<Self, KnownError> {
        let read = serde_json::from_slice::<FileJson>(bytes).ok();
        let read = read.filter(|file| file.version == VERSION);
        let Some(file) = read else {
            return Err(why_not(bytes, path));
        };
        let head = |head: &HeadJson| {
            let name = Name::parse(&head.name)?;
            let hash = Hash(head.hash.0);
            Some((name.stream(), Head { name, hash }))
        };
        let heads: Option<BTreeMap<_, _>> = file.heads.iter().map(head).collect();
        let heads = heads.filter(|heads| heads.len() == file.heads.len());
        Ok(Self {
            remote: file.remote,
            vault_id: file.vault_id.0,
            device_name: file.device_name,
            auto: file.auto,
            heads: heads.ok_or(KnownError::Damaged(path))?,
            last_done: file.last_done,
            failures: file.failures,
            head_time: file.head_time,
            revision: file.revision,
        })
    }

    fn to_json(&self) -> Result<Vec<u8>, String> {
        let head = |head: &Head| HeadJson {
            name: head.name.to_string(),
            hash: Bytes(head.hash.0),
        };
        let file = FileJson {
            version: VERSION,
            remote: self.remote.clone(),
            vault_id: Bytes(self.vault_id),
            device_name: self.device_name.clone(),
            auto: self.auto,
            heads: self.heads.values().map(head).collect(),
            last_done: self.last_done,
            failures: self.failures.clone(),
            head_time: self.head_time,
            revision: self.revision,
        };
        serde_json::to_vec_pretty(&file).map_err(|error| error.to_string())
    }
}

fn why_not(bytes: &[u8], path: PathBuf) -> KnownError {
    match serde_json::from_slice::<Probe>(bytes) {
        Ok(probe) if probe.version > VERSION => KnownError::Newer(path),
        _ => KnownError::Damaged(path),
    }
}

fn file_name(vault: &Path) -> String {
    format!("{FOLDER}/{}.json", file_stem_of(vault))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::commit::MAX_NUMBER;

    fn sample() -> Known {
        let path = PathBuf::from("/mnt/sync \"x\"");
        let mut known = Known::new(Address::Folder { path }, [7; 16], "laptop\u{1b}".to_owned());
        for (n, device) in [(41, None), (42, Some([1; 4])), (9, Some([2; 4]))] {
            let name = Name { n, device };
            let hash = Hash([3; 32]);
            known.saw(Head { name, hash });
        }
        known.auto = true;
        known
    }

    #[test]
    fn what_is_known_reads_back_and_is_kept_for_each_vault() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::new(folder.path().to_path_buf());
        let (one, other) = (
            Path::new("/home/a/vault.json"),
            Path::new("/home/b/vault.json"),
        );
        assert_eq!(Known::load(&state, one).unwrap(), None);
        let mut known = sample();
        known.succeeded(5);
        known.failed(7, &"é".repeat(9999));
        let _lock = Known::lock(&state, one).unwrap();
        known.save(&state, one).unwrap();
        assert_eq!(Known::load(&state, one).unwrap(), Some(known));
        assert_eq!(Known::load(&state, other).unwrap(), None);
        Known::remove(&state, one).unwrap();
        Known::remove(&state, one).unwrap();
        assert_eq!(Known::load(&state, one).unwrap(), None);
    }

    #[test]
    fn the_address_of_a_bucket_reads_back() {
        let mut address = S3Address::parse("s3://my-bucket/a/b").unwrap();
        for profile in [None, Some("work".to_owned())] {
            address.profile = profile;
            let remote = Address::S3(address.clone());
            assert_eq!(remote.to_string(), "s3://my-bucket/a/b");
            let known = Known::new(remote, [7; 16], String::new());
            let json = known.to_json().unwrap();
            assert_eq!(Known::parse(&json, PathBuf::new()).unwrap(), known);
            let text = String::from_utf8(json).unwrap();
            let odd = [
                ("my-bucket", "x"),
                ("\"s3\"", "\"s3\", \"more\": 1"),
                ("\"s3\"", "\"folder\""),
            ];
            for (from, to) in odd {
                let bad = text.replace(from, to);
                assert!(
                    Known::parse(bad.as_bytes(), PathBuf::new()).is_err(),
                    "{bad}"
                );
            }
        }
    }

    #[test]
    fn as_many_streams_as_are_allowed_fit_into_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::new(folder.path().to_path_buf());
        let mut known = sample();
        for stream in 0..u32::try_from(MAX_STREAMS).unwrap() {
            let device = Some(stream.to_le_bytes());
            let name = Name {
                n: MAX_NUMBER,
                device,
            };
            known.saw(Head {
                name,
                hash: Hash([9; 32]),
            });
        }
        known.failed(u64::MAX, &"\u{1b}".repeat(9999));
        known.save(&state, Path::new("x")).unwrap();
        assert_eq!(Known::load(&state, Path::new("x")).unwrap(), Some(known));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_an_error() {
        let text = String::from_utf8(sample().to_json().unwrap()).unwrap();
        let why = |text: &str| Known::parse(text.as_bytes(), PathBuf::new()).unwrap_err();
        for damaged in [
            "",
            "{}",
            &text[..text.len() / 2],
            &text.replace("\"auto\": true", "\"auto\": 1"),
            &text.replace("\"auto\": true", "\"auto\": true, \"auto\": true"),
            &text.replace("\"auto\": true", "\"auto\": true, \"more\": true"),
            &text.replace("000000000041\"", "41\""),
            &text.replace("-01010101\"", "-02020202\""),
            &text.replace("\"version\": 1", "\"version\": 0"),
            &text.replace("folder", "ftp"),
        ] {
            assert!(matches!(why(damaged), KnownError::Damaged(_)), "{damaged}");
        }
        let newer = text.replace("\"version\": 1", "\"version\": 2, \"more\": 1");
        assert!(matches!(why(&newer), KnownError::Newer(_)));
    }

    #[test]
    fn a_person_is_told_after_the_third_failure() {
        let mut known = sample();
        for (count, tells) in [(1, false), (2, false), (3, true), (4, true)] {
            known.failed(count, "no network");
            assert_eq!(known.failures_to_tell().is_some(), tells, "{count}");
        }
        known.succeeded(6);
        known.failed(7, "no network");
        assert_eq!(
            (known.last_done, known.failures.unwrap().count),
            (Some(6), 1)
        );
    }
}
