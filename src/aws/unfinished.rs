//! Unfinished registrations and rotations, so that the next run resumes them.
//!
//! One file for each account in the state folder, sealed with the vault's key. It is written before the
//! account is stored, and removed as the last step, so a run can be interrupted anywhere. Earlier
//! versions kept this in the account's tags; [`open_and_adopt`] moves it.

use serde::{Deserialize, Serialize};

use super::{Host, Notice, OpenVault};
use crate::otp::{Account, AccountId};
use crate::vault::ChangeError;
use crate::vault::storage::StateDir;

const FOLDER: &str = "aws-unfinished";
/// The start of earlier versions' tags; the user, or the ARN of the old device, follows.
const OLD_REGISTERING: &str = "aws-registering=";
const OLD_REPLACING: &str = "aws-replacing=";

/// What is unfinished about an account's new device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unfinished {
    /// The account with the new device's secret key.
    pub(super) account: AccountId,
    pub(super) left: Left,
}

/// What is left to do; JSON in the sealed file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Left {
    /// The IAM user to enable the device for; `None` once it is enabled.
    pub(super) enable_for: Option<String>,
    /// The device to replace, in a rotation.
    pub(super) replace: Option<Replaced>,
}

/// The old device of a rotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Replaced {
    pub(super) serial: String,
    /// The id of its account; earlier versions did not keep it.
    pub(super) account: Option<String>,
}

impl Unfinished {
    /// All records whose accounts are in the vault.
    pub(super) fn all(state: &StateDir, open: &OpenVault) -> Vec<Self> {
        let files = state.names(FOLDER);
        let accounts = open.vault.accounts.iter();
        accounts
            .filter_map(|account| {
                let id = account.id.to_string();
                let is_kept = files.contains(&id);
                let kept = is_kept.then(|| open.seal.read(state, &file_of(account.id)));
                let left = kept.flatten().or_else(|| left_in_tags(account))?;
                Some(Self {
                    account: account.id,
                    left,
                })
            })
            .collect()
    }

    /// Writes the record, or removes it if nothing is left to do.
    pub(super) fn save<H: Host>(&self, host: &mut H, open: &OpenVault) -> Result<(), H::Error> {
        if self.left == Left::default() {
            return remove(host, self.account);
        }
        open.seal.write(host, &file_of(self.account), &self.left)
    }
}

/// Removes an account's record.
pub(super) fn remove<H: Host>(host: &H, account: AccountId) -> Result<(), H::Error> {
    Ok(host.state().remove(&file_of(account))?)
}

/// Opens the vault. First moves what earlier versions kept in tags into files, and removes files that no
/// longer apply.
pub(super) fn open_and_adopt<H: Host>(host: &mut H) -> Result<OpenVault, H::Error> {
    let open = host.open_vault()?;
    remove_stale(host, &open)?;
    let tagged = open.vault.accounts.iter().filter_map(|account| {
        let left = left_in_tags(account)?;
        Some(Unfinished {
            account: account.id,
            left,
        })
    });
    let tagged: Vec<_> = tagged.collect();
    if tagged.is_empty() {
        return Ok(open);
    }
    for unfinished in &tagged {
        unfinished.save(host, &open)?;
    }
    let now = host.unix_seconds();
    host.change_vault(|vault| {
        for Unfinished { account, .. } in &tagged {
            let updated = vault.update(*account, now, |account| {
                account.tags.retain(|tag| !is_ours(tag));
            });
            match updated {
                Ok(_) | Err(ChangeError::Gone) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    })?;
    host.open_vault()
}

/// Removes files of accounts that are gone, and files sealed with an earlier key of this vault. Files of
/// other vaults stay, though they cannot be opened either.
fn remove_stale<H: Host>(host: &H, open: &OpenVault) -> Result<(), H::Error> {
    for name in host.state().names(FOLDER) {
        let Some(id) = AccountId::parse(&name) else {
            continue;
        };
        let left: Option<Left> = open.seal.read(host.state(), &file_of(id));
        match (open.vault.get(id), left) {
            (Some(_), Some(_)) | (None, None) => {}
            (Some(account), None) => {
                if let Some(link) = &account.aws {
                    host.notify(&Notice::Forgotten(link.serial.clone()));
                }
                remove(host, id)?;
            }
            (None, Some(_)) => remove(host, id)?,
        }
    }
    Ok(())
}

fn file_of(account: AccountId) -> String {
    format!("{FOLDER}/{account}")
}

/// What an earlier version kept in an account's tags.
fn left_in_tags(account: &Account) -> Option<Left> {
    account.aws.as_ref()?;
    let after = |start: &str| {
        let mut tags = account.tags.iter();
        tags.find_map(|tag| Some(tag.strip_prefix(start)?.to_owned()))
    };
    let left = Left {
        enable_for: after(OLD_REGISTERING),
        replace: after(OLD_REPLACING).map(|serial| Replaced {
            serial,
            account: None,
        }),
    };
    (left != Left::default()).then_some(left)
}

fn is_ours(tag: &str) -> bool {
    tag.starts_with(OLD_REGISTERING) || tag.starts_with(OLD_REPLACING)
}
