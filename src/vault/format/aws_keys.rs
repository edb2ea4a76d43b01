//! The access keys of AWS profiles in the JSON inside the seal. Pure.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::otp::AccountId;
use crate::vault::Unusable;
use crate::vault::aws_keys::{
    AccessKey, AwsKeys, ProfileKey, RemovedKey, Rotation, is_profile_name,
};

/// The longest ARN, in bytes, as in AWS's API.
const MAX_ARN_BYTES: usize = 2048;

/// The keys of one profile.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyJson<'a> {
    id: Cow<'a, str>,
    #[serde(borrow)]
    profile: Cow<'a, str>,
    #[serde(borrow)]
    key: AccessKeyJson<'a>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    arn: Option<Cow<'a, str>>,
    created: u64,
    updated: u64,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    rotation: Option<RotationJson<'a>>,
}

/// Borrowed: an owned copy of the secret would not be wiped.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AccessKeyJson<'a> {
    id: &'a str,
    secret: &'a str,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, tag = "stage", rename_all = "lowercase")]
enum RotationJson<'a> {
    Creating {
        since: u64,
        known: Vec<String>,
    },
    Proving {
        since: u64,
        #[serde(borrow)]
        key: AccessKeyJson<'a>,
    },
    Old {
        #[serde(borrow)]
        id: Cow<'a, str>,
        active: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delete_after: Option<u64>,
    },
}

/// A removed entry; `kept` after an undo.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RemovedJson<'a> {
    id: Cow<'a, str>,
    deleted: u64,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    kept: Option<KeyJson<'a>>,
}

/// An entry as it is written.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Entry<'a> {
    Usable(Box<KeyJson<'a>>),
    Unusable(&'a RawValue),
}

/// Reads each entry on its own, so that an unusable one hides no other.
pub(super) fn read(entries: &[&RawValue], removed: &[&RawValue]) -> AwsKeys {
    let mut keys = AwsKeys::default();
    for (index, raw) in entries.iter().enumerate() {
        // serde's own message may quote a value, which may be the key.
        let json = serde_json::from_str(raw.get())
            .map_err(|_| "a field is missing, unknown or of the wrong type");
        match json.and_then(profile_key) {
            Ok(own) => keys.entries.push(own),
            Err(reason) => keys.unusable.push(Unusable {
                position: index + 1,
                reason: reason.to_owned(),
                raw: Zeroizing::new(raw.get().to_owned()),
            }),
        }
    }
    let removed = removed.iter().filter_map(|raw| {
        let json: RemovedJson<'_> = serde_json::from_str(raw.get()).ok()?;
        Some(RemovedKey {
            id: AccountId::parse(&json.id)?,
            deleted: json.deleted,
            kept: json
                .kept
                .and_then(|kept| profile_key(kept).ok())
                .map(Box::new),
        })
    });
    keys.removed = removed.collect();
    keys
}

pub(super) fn profile_key(json: KeyJson<'_>) -> Result<ProfileKey, &'static str> {
    let id = AccountId::parse(&json.id).ok_or("its id is not a UUID")?;
    if !is_profile_name(&json.profile) {
        return Err("its profile is not a name");
    }
    let is_arn =
        |arn: &str| arn.len() <= MAX_ARN_BYTES && arn.bytes().all(|b| b.is_ascii_graphic());
    if json.arn.as_deref().is_some_and(|arn| !is_arn(arn)) {
        return Err("its ARN is not one");
    }
    Ok(ProfileKey {
        id,
        profile: json.profile.into_owned(),
        key: access_key(&json.key)?,
        arn: json.arn.map(Cow::into_owned),
        created: json.created,
        updated: json.updated,
        rotation: json.rotation.map(rotation).transpose()?,
    })
}

fn access_key(json: &AccessKeyJson<'_>) -> Result<AccessKey, &'static str> {
    AccessKey::new(json.id, json.secret).ok_or("its access key has the wrong form")
}

fn rotation(json: RotationJson<'_>) -> Result<Rotation, &'static str> {
    Ok(match json {
        RotationJson::Creating { since, known } => Rotation::Creating { since, known },
        RotationJson::Proving { since, key } => Rotation::Proving {
            since,
            key: access_key(&key)?,
        },
        RotationJson::Old {
            id,
            active,
            delete_after,
        } => Rotation::Old {
            id: id.into_owned(),
            is_active: active,
            delete_after,
        },
    })
}

/// The entries as they are written, the unusable ones unchanged.
pub(super) fn entries(keys: &AwsKeys) -> serde_json::Result<Vec<Entry<'_>>> {
    let usable = keys.entries.iter().map(key_json);
    let mut entries: Vec<_> = usable.map(|json| Entry::Usable(Box::new(json))).collect();
    for entry in &keys.unusable {
        entries.push(Entry::Unusable(serde_json::from_str(&entry.raw)?));
    }
    Ok(entries)
}

/// The removed entries as they are written.
pub(super) fn removed(keys: &AwsKeys) -> Vec<RemovedJson<'_>> {
    let all = keys.removed.iter().map(|gone| RemovedJson {
        id: gone.id.to_string().into(),
        deleted: gone.deleted,
        kept: gone.kept.as_deref().map(key_json),
    });
    all.collect()
}

pub(super) fn key_json(own: &ProfileKey) -> KeyJson<'_> {
    KeyJson {
        id: own.id.to_string().into(),
        profile: own.profile.as_str().into(),
        key: access_key_json(&own.key),
        arn: own.arn.as_deref().map(Cow::from),
        created: own.created,
        updated: own.updated,
        rotation: own.rotation.as_ref().map(rotation_json),
    }
}

fn access_key_json(key: &AccessKey) -> AccessKeyJson<'_> {
    AccessKeyJson {
        id: key.id(),
        secret: key.expose_secret(),
    }
}

fn rotation_json(rotation: &Rotation) -> RotationJson<'_> {
    match rotation {
        Rotation::Creating { since, known } => RotationJson::Creating {
            since: *since,
            known: known.clone(),
        },
        Rotation::Proving { since, key } => RotationJson::Proving {
            since: *since,
            key: access_key_json(key),
        },
        Rotation::Old {
            id,
            is_active,
            delete_after,
        } => RotationJson::Old {
            id: id.as_str().into(),
            active: *is_active,
            delete_after: *delete_after,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::Vault;
    use crate::vault::format::document::{parse, write};

    fn key(n: u8, rotation: Option<Rotation>) -> ProfileKey {
        ProfileKey {
            id: AccountId::new(u64::from(n), &[n; 10]),
            profile: format!("work \"{n}\""),
            key: AccessKey::new("AKIA1", "s/+='x").unwrap(),
            arn: Some("arn:aws:iam::123456789012:user/alice".to_owned()),
            created: 1,
            updated: 2,
            rotation,
        }
    }

    fn with(entries: Vec<ProfileKey>) -> Vault {
        let mut vault = Vault::default();
        vault.aws_keys.entries = entries;
        vault
    }

    fn text(vault: &Vault) -> String {
        let text = write(vault).unwrap();
        String::from_utf8(text.to_vec()).unwrap().trim().to_owned()
    }

    #[test]
    fn every_stage_reads_back_as_it_was() {
        let new = AccessKey::new("AKIA2", "t").unwrap();
        let known = vec!["AKIA1".to_owned()];
        let old = |is_active, delete_after| Rotation::Old {
            id: "AKIA0".to_owned(),
            is_active,
            delete_after,
        };
        let mut vault = with(vec![
            key(1, None),
            key(2, Some(Rotation::Creating { since: 5, known })),
            key(3, Some(Rotation::Proving { since: 5, key: new })),
            key(4, Some(old(true, None))),
            key(5, Some(old(false, Some(9)))),
        ]);
        let gone = |n, kept: Option<ProfileKey>| RemovedKey {
            id: AccountId::new(n, &[7; 10]),
            deleted: 3,
            kept: kept.map(Box::new),
        };
        vault.aws_keys.removed = vec![gone(6, None), gone(7, Some(key(7, None)))];
        assert_eq!(parse(&write(&vault).unwrap()), Ok(vault));
    }

    #[test]
    fn a_vault_without_keys_is_written_as_before() {
        assert_eq!(text(&Vault::default()), r#"{"accounts":[]}"#);
    }

    #[test]
    fn an_entry_that_cannot_be_used_hides_no_other_and_is_written_back() {
        let whole = text(&with(vec![key(1, None), key(2, None)]));
        let long = format!("\"id\":\"{}\"", "A".repeat(200));
        for (from, to) in [
            ("\"created\":1", "\"created\":\"s/+='x\""),
            ("\"created\":1", "\"created\":1,\"colour\":7"),
            ("\"id\":\"AKIA1\"", "\"id\":\"AK IA\""),
            ("\"id\":\"AKIA1\"", long.as_str()),
            ("\"secret\":\"s/+='x\"", "\"secret\":\"s\\u000a\""),
            ("\"profile\":\"work \\\"1\\\"\"", "\"profile\":\"a\\nb\""),
            ("\"arn\":\"arn", "\"arn\":\"a\\u001brn"),
            (
                "\"updated\":2",
                "\"updated\":2,\"rotation\":{\"stage\":\"new\"}",
            ),
        ] {
            assert!(whole.contains(from), "{from}");
            let vault = parse(whole.replacen(from, to, 1).as_bytes()).unwrap();
            assert_eq!(vault.aws_keys.entries, [key(2, None)], "{to}");
            let [unusable] = &vault.aws_keys.unusable[..] else {
                panic!("{to}");
            };
            assert_eq!(unusable.position, 1);
            assert!(!unusable.reason.contains("s/+="), "{}", unusable.reason);
            assert!(text(&vault).contains(to), "{to}");
        }
    }
}
