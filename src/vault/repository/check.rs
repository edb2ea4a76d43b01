//! Checks the vault and each of its backups.

use super::backups::read_backup;
use super::{Open, Repository, RepositoryError};
use crate::otp::Account;
use crate::vault::Vault;
use crate::vault::host::Host;
use crate::vault::storage::{LOCKING, StoreError};

/// The result of checking a vault and its backups.
pub(crate) struct CheckReport {
    /// Revision of the vault.
    pub(crate) rev: u64,
    /// Accounts of the vault, and its unusable entries.
    pub(crate) vault: Vault,
    /// Number of backups, usable or not.
    pub(crate) backups: usize,
    /// Unusable backups, each with its revision and the reason.
    pub(crate) bad_backups: Vec<(u64, String)>,
}

impl CheckReport {
    /// What is wrong, one finding a line.
    pub(crate) fn findings(&self) -> Vec<String> {
        let unusable = self.vault.unusable.iter().map(|entry| {
            let (position, reason) = (entry.position, &entry.reason);
            format!("entry {position} cannot be used: {reason}")
        });
        let backups = self.bad_backups.iter();
        let backups = backups.map(|(rev, why)| format!("backup {rev}: {why}"));
        let duplicates = duplicates(&self.vault.accounts);
        let keys = self.vault.aws_keys.unusable.iter().map(|entry| {
            let (position, reason) = (entry.position, &entry.reason);
            format!("AWS access key {position} cannot be used: {reason}")
        });
        let unusable = unusable.chain(keys);
        unusable.chain(duplicates).chain(backups).collect()
    }
}

fn duplicates(accounts: &[Account]) -> Vec<String> {
    let mut names: Vec<_> = accounts.iter().map(Account::full_name).collect();
    names.sort_unstable();
    let twice = names.windows(2).filter(|pair| pair[0] == pair[1]);
    twice
        .map(|pair| format!("two accounts are named {}", pair[0]))
        .collect()
}

impl Repository {
    /// Opens the vault and each of its backups. Holds the lock, so that nobody writes meanwhile. Fails
    /// like [`Repository::open_existing`].
    pub(crate) fn check(&mut self, host: &mut dyn Host) -> Result<CheckReport, RepositoryError> {
        self.check_existence()?;
        let report = self.under_lock(host, |own, host, file| {
            let current = own.current_trusted(host, file)?;
            Ok(own.report(host, current.open))
        });
        match report {
            // A read-only disk allows no lock, but no writer either.
            Err(RepositoryError::Store(StoreError::Io { doing: LOCKING, .. })) => {
                let open = self.open_existing(host)?;
                Ok(self.report(host, open))
            }
            report => report,
        }
    }

    fn report(&mut self, host: &dyn Host, open: Open) -> CheckReport {
        let backups = self.file.backups().list();
        let mut bad_backups = Vec::new();
        for backup in &backups {
            let why = match read_backup(backup) {
                Err(error) => Some(error.to_string()),
                Ok(envelope) if envelope.header.rev != backup.named_rev => {
                    Some(format!("its name says revision {}", backup.named_rev))
                }
                Ok(envelope) => match self.open_quietly(host, envelope) {
                    None => Some("it does not open with the vault's own key".to_owned()),
                    Some(state) if self.is_vouched_for(host, &state, Some(&open)) => None,
                    Some(_) => Some(
                        "it was made with an earlier key of this vault, or by somebody else"
                            .to_owned(),
                    ),
                },
            };
            bad_backups.extend(why.map(|why| (backup.named_rev, why)));
        }
        CheckReport {
            rev: open.header.rev,
            vault: open.vault,
            backups: backups.len(),
            bad_backups,
        }
    }
}
