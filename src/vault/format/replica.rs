//! The stamps of a vault that syncs, in the JSON inside the seal. Pure.
//!
//! A stamp that equals the one of `at` is left out.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::aws_keys::{self, KeyJson};
use super::bytes::Bytes;
use super::document::{self, AccountJson};
use super::keys::DataKey;
use crate::crypto::SecretBuffer;
use crate::otp::{AccountId, Credential};
use crate::vault::ProfileKey;
use crate::vault::replica::{
    AccountState, Device, DeviceId, Entry, FormerKey, History, KeyEntry, KeyState, Latest, Replica,
    ReplicaError, Stamp, Stamps, State,
};

/// The stamps as they are stored, before the accounts of the vault are added.
#[derive(Default)]
pub(crate) struct Known {
    /// For each account: when it was last removed, and its stamps.
    pub(crate) stamps: BTreeMap<AccountId, (Option<Stamp>, Stamps)>,
    pub(crate) removed: BTreeMap<AccountId, Entry>,
    pub(crate) key_stamps: BTreeMap<AccountId, (Option<Stamp>, History<ProfileKey>)>,
    pub(crate) removed_keys: BTreeMap<AccountId, KeyEntry>,
    pub(crate) devices: BTreeMap<DeviceId, Latest<Device>>,
    pub(crate) former_keys: BTreeMap<[u8; 32], FormerKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReplicaJson<'a> {
    #[serde(borrow)]
    accounts: Vec<StampsJson<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    removed: Vec<RemovedJson<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    keys: Vec<HistoryJson<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    removed_keys: Vec<RemovedKeyJson<'a>>,
    #[serde(borrow)]
    devices: Vec<DeviceJson<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    former_keys: Vec<Bytes<32>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StampsJson<'a> {
    id: Cow<'a, str>,
    at: StampJson,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    removed: Option<StampJson>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    issuer: Option<StampJson>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<StampJson>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tags: Option<StampJson>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    aws: Option<StampJson>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    credential: Option<StampJson>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    superseded: BTreeSet<StampJson>,
    /// Earlier forms of the account, of which only the credential counts.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    kept: Vec<KeptJson<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptJson<'a> {
    at: StampJson,
    #[serde(borrow)]
    account: AccountJson<'a>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RemovedJson<'a> {
    id: Cow<'a, str>,
    removed: StampJson,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    account: Option<AccountJson<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    stamps: Option<StampsJson<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HistoryJson<'a> {
    id: Cow<'a, str>,
    at: StampJson,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    removed: Option<StampJson>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    superseded: BTreeSet<StampJson>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    kept: Vec<KeptKeyJson<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptKeyJson<'a> {
    at: StampJson,
    #[serde(borrow)]
    key: KeyJson<'a>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RemovedKeyJson<'a> {
    id: Cow<'a, str>,
    removed: StampJson,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    key: Option<KeyJson<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    history: Option<HistoryJson<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceJson<'a> {
    id: Bytes<16>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    added: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    removed: bool,
    at: StampJson,
}

/// A stamp as text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct StampJson(Stamp);

impl Serialize for StampJson {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for StampJson {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stamp = Stamp::parse(<&str>::deserialize(deserializer)?);
        stamp
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("expected a stamp"))
    }
}

/// Keeps the text of a vault, which is parsed later.
pub(super) fn keep(raw: &RawValue) -> Replica {
    Replica(Zeroizing::new(raw.get().to_owned()))
}

/// The text as it is written into a vault.
pub(super) fn raw(replica: &Replica) -> serde_json::Result<&RawValue> {
    serde_json::from_str(&replica.0)
}

/// Reads the stamps of a vault.
pub(crate) fn parse(replica: &Replica) -> Result<Known, ReplicaError> {
    let json: ReplicaJson<'_> =
        serde_json::from_str(&replica.0).map_err(|error| ReplicaError(error.column()))?;
    read(json).ok_or(ReplicaError(0))
}

fn read(json: ReplicaJson<'_>) -> Option<Known> {
    let mut known = Known::default();
    for own in json.accounts {
        let (id, removed) = (AccountId::parse(&own.id)?, own.removed);
        known
            .stamps
            .insert(id, (removed.map(|own| own.0), stamps(own)?));
    }
    for gone in json.removed {
        let id = AccountId::parse(&gone.id)?;
        let mut entry = Entry {
            removed: Some(gone.removed.0),
            ..Entry::default()
        };
        if let (Some(account), Some(of_account)) = (gone.account, gone.stamps) {
            let account = document::account(account).ok()?;
            let (account, counter) = crate::vault::replica::without_counter(account);
            entry.counter = counter;
            let stamps = stamps(of_account)?;
            entry.account = Some(AccountState { account, stamps });
        }
        known.removed.insert(id, entry);
    }
    for own in json.keys {
        let (id, removed) = (AccountId::parse(&own.id)?, own.removed);
        known
            .key_stamps
            .insert(id, (removed.map(|own| own.0), history(own)?));
    }
    for gone in json.removed_keys {
        let mut entry = KeyEntry {
            removed: Some(gone.removed.0),
            key: None,
        };
        if let (Some(key), Some(of_key)) = (gone.key, gone.history) {
            let key = aws_keys::profile_key(key).ok()?;
            let history = history(of_key)?;
            entry.key = Some(KeyState { key, history });
        }
        known
            .removed_keys
            .insert(AccountId::parse(&gone.id)?, entry);
    }
    for own in json.devices {
        let value = Device {
            id: own.id.0,
            name: own.name.into_owned(),
            added: own.added,
            is_removed: own.removed,
        };
        let at = own.at.0;
        known.devices.insert(value.id, Latest { at, value });
    }
    for key in json.former_keys {
        let key = DataKey::from_bytes(key.0);
        known.former_keys.insert(key.commitment(), FormerKey(key));
    }
    Some(known)
}

fn stamps(json: StampsJson<'_>) -> Option<Stamps> {
    let at = json.at.0;
    let or_same = |own: Option<StampJson>| own.map_or(at, |own| own.0);
    let mut kept: BTreeMap<Stamp, Credential> = BTreeMap::new();
    for own in json.kept {
        let account = document::account(own.account).ok()?;
        kept.insert(own.at.0, account.credential);
    }
    Some(Stamps {
        added: at,
        issuer: or_same(json.issuer),
        name: or_same(json.name),
        tags: or_same(json.tags),
        aws: or_same(json.aws),
        credential: History {
            at: or_same(json.credential),
            kept,
            superseded: json.superseded.into_iter().map(|own| own.0).collect(),
        },
    })
}

fn history(json: HistoryJson<'_>) -> Option<History<ProfileKey>> {
    let mut kept = BTreeMap::new();
    for own in json.kept {
        kept.insert(own.at.0, aws_keys::profile_key(own.key).ok()?);
    }
    Some(History {
        at: json.at.0,
        kept,
        superseded: json.superseded.into_iter().map(|own| own.0).collect(),
    })
}

/// Writes the stamps of a state. The accounts themselves are in the vault, except removed ones.
pub(crate) fn write(state: &State) -> Result<Replica, ReplicaError> {
    let texts = KeyTexts::of(state);
    let mut json = ReplicaJson {
        accounts: Vec::new(),
        removed: Vec::new(),
        keys: Vec::new(),
        removed_keys: Vec::new(),
        devices: Vec::new(),
        former_keys: Vec::new(),
    };
    for (id, entry) in &state.entries {
        let stamps = entry.account.as_ref().map(|own| texts.stamps(own));
        match (stamps, entry.is_alive()) {
            (Some(stamps), true) => json.accounts.push(StampsJson {
                removed: entry.removed.map(StampJson),
                ..stamps
            }),
            (stamps, _) => json.removed.push(RemovedJson {
                id: id.to_string().into(),
                removed: StampJson(entry.removed.unwrap_or_default()),
                account: entry.account.as_ref().map(|own| {
                    let json = document::account_json(&own.account, texts.of_account(*id));
                    json.with_counter(entry.counter)
                }),
                stamps,
            }),
        }
    }
    for (id, entry) in &state.keys {
        let own = entry.key.as_ref();
        match (own.map(history_json), entry.is_alive()) {
            (Some(history), true) => json.keys.push(HistoryJson {
                removed: entry.removed.map(StampJson),
                ..history
            }),
            (history, _) => json.removed_keys.push(RemovedKeyJson {
                id: id.to_string().into(),
                removed: StampJson(entry.removed.unwrap_or_default()),
                key: own.map(|own| aws_keys::key_json(&own.key)),
                history,
            }),
        }
    }
    json.devices = state
        .devices
        .values()
        .map(|own| DeviceJson {
            id: Bytes(own.value.id),
            name: own.value.name.as_str().into(),
            added: own.value.added,
            removed: own.value.is_removed,
            at: StampJson(own.at),
        })
        .collect();
    let keys = state.former_keys.values();
    json.former_keys = keys.map(|key| Bytes(*key.0.expose_secret())).collect();
    let mut out = SecretBuffer::default();
    serde_json::to_writer(&mut out, &json).map_err(|error| ReplicaError(error.column()))?;
    let text = std::str::from_utf8(&out.into_bytes()).map(ToOwned::to_owned);
    let text = text.map_err(|_| ReplicaError(0))?;
    Ok(Replica(Zeroizing::new(text)))
}

/// The keys as base32, which the JSON borrows.
struct KeyTexts {
    removed: BTreeMap<AccountId, Zeroizing<String>>,
    kept: BTreeMap<(AccountId, Stamp), Zeroizing<String>>,
}

impl KeyTexts {
    fn of(state: &State) -> Self {
        let (mut removed, mut kept) = (BTreeMap::new(), BTreeMap::new());
        for (id, entry) in &state.entries {
            let Some(own) = &entry.account else { continue };
            if !entry.is_alive() {
                removed.insert(*id, own.account.credential.secret.to_base32());
            }
            for (at, credential) in &own.stamps.credential.kept {
                kept.insert((*id, *at), credential.secret.to_base32());
            }
        }
        Self { removed, kept }
    }

    fn of_account(&self, id: AccountId) -> &str {
        self.removed.get(&id).map_or("", |text| text.as_str())
    }

    fn stamps<'a>(&'a self, own: &'a AccountState) -> StampsJson<'a> {
        let (id, stamps) = (own.account.id, &own.stamps);
        let at = stamps.added;
        let if_other = |own: Stamp| (own != at).then_some(StampJson(own));
        let kept = stamps.credential.kept.iter().map(|(at, credential)| {
            let text = self.kept.get(&(id, *at)).map_or("", |text| text.as_str());
            let account = document::account_json(&own.account, text).with_credential(credential);
            let at = StampJson(*at);
            KeptJson { at, account }
        });
        let superseded = stamps.credential.superseded.iter();
        StampsJson {
            id: id.to_string().into(),
            at: StampJson(at),
            removed: None,
            issuer: if_other(stamps.issuer),
            name: if_other(stamps.name),
            tags: if_other(stamps.tags),
            aws: if_other(stamps.aws),
            credential: if_other(stamps.credential.at),
            superseded: superseded.copied().map(StampJson).collect(),
            kept: kept.collect(),
        }
    }
}

fn history_json(own: &KeyState) -> HistoryJson<'_> {
    let kept = own.history.kept.iter().map(|(at, key)| KeptKeyJson {
        at: StampJson(*at),
        key: aws_keys::key_json(key),
    });
    let superseded = own.history.superseded.iter();
    HistoryJson {
        id: own.key.id.to_string().into(),
        at: StampJson(own.history.at),
        removed: None,
        superseded: superseded.copied().map(StampJson).collect(),
        kept: kept.collect(),
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64;

    use super::*;
    use crate::vault::format::{SlotKey, seal};
    use crate::vault::replica::Kept;
    use crate::vault::{Envelope, Vault};

    /// A vault that two machines share: `tests/data/golden-1-synced.json`.
    fn golden() -> Vault {
        let file = include_bytes!("../../../tests/data/golden-1-synced.json");
        let key = include_str!("../../../tests/data/golden-1-synced.key");
        let key = BASE64.decode(key.lines().last().unwrap().as_bytes());
        let key = SlotKey::from_bytes(key.unwrap().try_into().unwrap());
        let envelope = Envelope::parse(file).unwrap();
        let slot = &envelope.header.slots[0];
        let key = seal::unwrap(&envelope.header, slot, &key).unwrap();
        document::parse(&seal::open(envelope, &key).unwrap()).unwrap()
    }

    #[test]
    fn what_a_vault_remembers_is_read_and_written_in_one_form() {
        let vault = golden();
        let state = State::of(&vault).unwrap();
        assert_eq!(state.to_replica().ok(), vault.replica);
        let mut names = vault.devices().unwrap();
        names.sort_by(|one, other| other.name.cmp(&one.name));
        assert_eq!(names[0].name, "laptop");
        assert_eq!(names[1].name, "desktop");
        let conflicts = vault.conflicts().unwrap();
        let [conflict] = &conflicts[..] else {
            panic!("{conflicts:?}")
        };
        let Kept::Account(lost) = &conflict.kept else {
            panic!("{conflict:?}")
        };
        assert_eq!(*lost.secret.to_base32(), "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP");
        assert_eq!(conflict.device.as_ref().unwrap().name, "laptop");
        let removed = vault.removed_accounts().unwrap();
        assert_eq!(removed[0].account.full_name(), "Old:gone");
    }

    #[test]
    fn what_a_newer_version_wrote_is_refused() {
        let vault = golden();
        let text = &vault.replica.as_ref().unwrap().0;
        for (from, to) in [
            ("{\"accounts\":", "{\"colour\":1,\"accounts\":"),
            ("\"at\":\"1", "\"at\":\"x1"),
            ("\"kept\":", "\"kept_too\":"),
        ] {
            let text = text.replacen(from, to, 1);
            let other = Vault {
                replica: Some(Replica(Zeroizing::new(text))),
                ..vault.clone()
            };
            let error = State::of(&other).unwrap_err().to_string();
            assert!(error.contains("newer version"), "{error}");
            assert!(!error.contains("JBSWY3DP"), "{error}");
        }
    }
}
