//! What a round did, in words.

use std::collections::{HashMap, HashSet};

use crate::app::clock::Clock;
use crate::app::context::Context;
use crate::app::differences::{lost_access_keys, lost_aws_devices, news};
use crate::app::error::Result;
use crate::app::local_time::local_time;
use crate::app::sync::devices::shown;
use crate::otp::{Account, AccountId, full_name};
use crate::sync::engine::{Outcome, RolledBack};
use crate::ui::escape;
use crate::vault::Vault;
use crate::vault::replica::{Conflict, Device, DeviceId, Kept};
use crate::vault::repository::Restored;

/// A clock that is ahead by more is named, in seconds.
const CLOCK_TOLERANCE: u64 = 10 * 60;

/// Names the machine of a change: ` (on laptop)`; nothing for this machine.
fn author(authors: &HashMap<AccountId, Device>, own: &DeviceId, id: AccountId) -> String {
    let other = authors.get(&id).filter(|device| device.id != *own);
    other.map_or_else(String::new, |device| format!(" (on {})", shown(device)))
}

/// The changes of the accounts, in words, with the machines that made them.
///
/// # Errors
/// If a newer version wrote the stamps.
pub(crate) fn changes(before: &Vault, after: &Vault, own: &DeviceId) -> Result<Vec<String>> {
    let authors = after.last_authors()?;
    Ok(news(before, after, &|id| author(&authors, own, id)))
}

/// The machines other than `own` that joined or were removed, in words.
///
/// # Errors
/// If a newer version wrote the stamps.
pub(crate) fn machines(before: &Vault, after: &Vault, own: &DeviceId) -> Result<Vec<String>> {
    let (earlier, now) = (before.devices()?, after.devices()?);
    let mut lines = Vec::new();
    for device in now.iter().filter(|device| device.id != *own) {
        let known = earlier.iter().find(|known| known.id == device.id);
        let name = shown(device);
        match known {
            None if !device.is_removed => lines.push(format!("{name} joined")),
            Some(known) if known.is_removed && !device.is_removed => {
                lines.push(format!("{name} joined again"));
            }
            Some(known) if !known.is_removed && device.is_removed => {
                lines.push(format!("{name} no longer syncs"));
            }
            Some(known) if known.name != device.name => {
                lines.push(format!("{} is now called {name}", shown(known)));
            }
            _ => {}
        }
    }
    Ok(lines)
}

/// The accounts that a merge renamed, because another one has their name.
fn renamed(before: &Vault, after: &Vault) -> Vec<(String, String)> {
    let (known, names) = (before.by_id(), after.accounts.iter());
    let names: HashSet<_> = names.map(Account::full_name).collect();
    let is_new = |account: &&Account| {
        let old = known.get(&account.id);
        old.is_none_or(|old| old.name != account.name)
    };
    let new = after.accounts.iter().filter(is_new);
    let pair = |account: &Account| {
        let (base, number) = account.name.strip_suffix(')')?.rsplit_once(" (")?;
        let base = full_name(&account.issuer, base);
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
        (is_number && names.contains(&base)).then(|| (base, account.full_name()))
    };
    new.filter_map(pair).collect()
}

impl Context {
    /// Prints what a round did; with `quiet`, only the risks.
    ///
    /// # Errors
    /// If stdout cannot be written.
    pub(crate) fn tell_round(&mut self, outcome: &Outcome, quiet: bool) -> Result {
        let own = super::devices::own_id(self)?;
        if !quiet {
            let mut lines = changes(&outcome.before, &outcome.after, &own)?;
            lines.extend(machines(&outcome.before, &outcome.after, &own)?);
            for line in &lines {
                self.ui.print(&format!("{line}\n"))?;
            }
            match outcome.pushed {
                Some(head) => {
                    let text = format!(
                        "uploaded this machine's changes as commit {}\n",
                        head.name.n
                    );
                    self.ui.print(&text)?;
                }
                None if lines.is_empty() && outcome.pulled => {
                    self.ui
                        .print("merged what other machines did; your accounts are the same\n")?;
                }
                None if lines.is_empty() => self.ui.print("already up to date\n")?,
                None => {}
            }
        }
        self.tell_risks(outcome, &own)
    }

    fn tell_risks(&self, outcome: &Outcome, own: &DeviceId) -> Result {
        let mut devices = outcome.after.devices()?.into_iter();
        if devices.any(|device| device.id == *own && device.is_removed) {
            let leave = self.command("mfa sync leave");
            self.ui.warn(&format!(
                "another machine removed this one; to stop syncing: {leave}"
            ));
        }
        for gone in &outcome.rolled_back {
            self.ui.warn(&rolled_back(gone));
        }
        for name in &outcome.old_keys {
            self.ui.warn(&format!(
                "commit {} was encrypted with an old key, so it was not read: a machine that was removed \
                 may have written it",
                name.n
            ));
        }
        for skipped in &outcome.skipped {
            let why = escape(&skipped.why.to_string()).into_owned();
            self.ui.warn(&format!("skipped: {why}"));
        }
        for copy in &outcome.conflict_copies {
            self.ui.warn(&format!(
                "ignored a conflict copy in the folder: {}",
                escape(copy)
            ));
        }
        for (device, ahead) in outcome
            .after
            .clocks_ahead(Clock::machine_seconds(), CLOCK_TOLERANCE)?
        {
            self.ui.warn(&format!(
                "changes of {} are from {}: check the clocks of both machines; until then its changes win",
                shown(&device),
                local_time(Clock::machine_seconds() + ahead)
            ));
        }
        if let Some(ahead) = outcome.clock_ahead
            && ahead.unsigned_abs() > CLOCK_TOLERANCE
        {
            let minutes = ahead.unsigned_abs() / 60;
            let is = if ahead > 0 { "behind" } else { "ahead of" };
            self.ui.warn(&format!(
                "this machine's clock is {minutes} min {is} the remote's: correct it"
            ));
        }
        for (old, new) in renamed(&outcome.before, &outcome.after) {
            self.ui.warn(&format!(
                "two machines have an account called {}: one of them is now {}",
                escape(&old),
                escape(&new)
            ));
        }
        let known = outcome.before.conflicts()?;
        let new = outcome.after.conflicts()?.into_iter();
        let new: Vec<_> = new.filter(|conflict| !known.contains(conflict)).collect();
        for conflict in &new {
            let name = subject(&outcome.after, conflict);
            self.ui.warn(&format!(
                "two machines changed the key of {name} at once: the later one is used"
            ));
        }
        if !new.is_empty() {
            let list = self.command("mfa sync conflicts");
            self.ui.note(&format!("the other keys are kept: {list}"));
        }
        self.warn_of_lost(outcome);
        Ok(())
    }

    /// Warns of devices and access keys of AWS that a removal on another machine took away.
    fn warn_of_lost(&self, outcome: &Outcome) {
        let moved = Restored {
            before: Some(outcome.before.clone()),
            after: outcome.after.clone(),
        };
        self.warn_of_lost_keys(&moved);
    }

    /// Warns of devices and access keys of AWS that are gone after it.
    pub(crate) fn warn_of_lost_keys(&self, moved: &Restored) {
        // A key that was replaced elsewhere is no loss: AWS knows the new one.
        let is_gone = |name: &String| {
            let mut now = moved.after.accounts.iter();
            now.all(|account| account.full_name() != *name)
        };
        for name in lost_aws_devices(moved).iter().filter(|name| is_gone(name)) {
            self.ui
                .warn(&format!("AWS still asks for codes of {}", escape(name)));
        }
        for (key, profile) in lost_access_keys(moved) {
            let has_other = moved.after.aws_keys.entries.iter();
            if has_other.filter(|own| own.profile == profile).count() == 0 {
                self.ui.warn(&format!(
                    "the vault no longer has the access key {key} of the AWS profile '{}'",
                    escape(&profile)
                ));
            }
        }
    }
}

fn rolled_back(gone: &RolledBack) -> String {
    let now = match gone.found {
        Some(name) => format!("the newest there was {}", name.n),
        None => "none was there".to_owned(),
    };
    format!(
        "the remote went back: it had commit {}, but {now}; this machine's state was uploaded again",
        gone.seen.n
    )
}

/// What a conflict is about: the account, or the profile.
pub(crate) fn subject(vault: &Vault, conflict: &Conflict) -> String {
    match &conflict.kept {
        Kept::Key(key) => format!("the AWS profile {}", escape(&key.profile)),
        Kept::Account(_) => {
            let account = vault.by_id().get(&conflict.id).map(|own| own.full_name());
            escape(&account.unwrap_or_default()).into_owned()
        }
    }
}
