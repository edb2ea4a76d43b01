//! AWS: the profiles that this program serves, and all that a session of one profile needs.

use std::path::Path;

use super::Report;
use crate::app::aws::files::backups;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::app::programs;
use crate::aws::config::{File, Files, Served};
use crate::aws::device::DeviceAdmin;
use crate::aws::{Host, Selection, lookup};
use crate::vault::storage::quoted;
use crate::vault::{Vault, by_serial};

/// Looks at AWS's files, without asking AWS. `vault` is `None` if it is locked or missing.
pub(crate) fn check_profiles(report: &mut Report, context: &Context, vault: Option<&Vault>) {
    let mut files = match context.aws_files() {
        Ok(files) => files,
        Err(error) => return report.error("aws", error),
    };
    let copies = [File::Config, File::Credentials]
        .into_iter()
        .flat_map(backups);
    for backup in copies {
        let message = format!("{} is a copy from before a change by mfa", backup.display());
        let delete = format!("rm {}", quoted(&backup));
        report.note("aws", message, &[&delete]);
    }
    let served = files.served();
    if let Some(vault) = vault {
        files.add_vault_keys(vault);
    } else {
        // A profile that runs mfa for itself has its keys in the locked vault.
        let own = served
            .iter()
            .filter(|profile| profile.name == profile.source);
        files
            .in_vault
            .extend(own.map(|profile| (profile.name.clone(), String::new())));
    }
    for profile in &served {
        check_served(report, &files, profile, vault);
    }
    let opens = context.repository.opens_by_itself(&context.host).is_some();
    if !served.is_empty() && !opens && matches!(context.repository.load(), Ok(Some(_))) {
        let message = "programs get sessions only while the vault is unlocked";
        report.note("aws", message, &["mfa unlock", "mfa vault keyring on"]);
    }
    let Some(vault) = vault else { return };
    for (name, serial) in files.serials() {
        if let Some(account) = by_serial(&vault.accounts, &serial) {
            let message = format!("profile {name} gets its codes from {}", account.full_name());
            report.ok("aws", message);
        }
    }
}

/// A profile that `mfa aws setup` wrote.
fn check_served(report: &mut Report, files: &Files, served: &Served, vault: Option<&Vault>) {
    let Served {
        name,
        program,
        source,
    } = served;
    let setup = format!(
        "mfa aws setup --profile {} --as {}",
        quoted(Path::new(source)),
        quoted(Path::new(name))
    );
    if !programs::is_there(program) {
        let message = format!(
            "profile {name} runs {}, which is missing",
            program.display()
        );
        return report.problem("aws", message, &[&setup]);
    }
    if files.has_own_session(name) && !files.has_others_keys(name) {
        let message = format!("profile {name} has an old session, which is used instead of mfa");
        return report.warning("aws", message, &[&setup]);
    }
    if files.has_static_keys(name) {
        let message = format!("profile {name} has access keys, which are used instead of mfa");
        let command = format!("aws configure list --profile {}", quoted(Path::new(name)));
        return report.warning("aws", message, &[&command]);
    }
    let profile = match files.profile(Some(source)) {
        Ok(profile) => profile,
        Err(error) => {
            let message = format!("profile {name}: {error}");
            return report.problem("aws", message, &["aws configure list-profiles"]);
        }
    };
    let Some(vault) = vault else { return };
    let serial = lookup::known_serial(&profile, vault, None);
    match serial {
        Some(serial) if by_serial(&vault.accounts, &serial).is_none() => {
            let message = format!("profile {name}: the vault has no account for {serial}");
            let command = format!("mfa aws devices --profile {}", quoted(Path::new(source)));
            report.warning("aws", message, &[&command]);
        }
        _ => report.ok("aws", format!("profile {name} gets sessions from mfa")),
    }
}

/// Asks AWS for everything that a session needs, and stops at the first failure.
///
/// # Errors
/// What AWS refuses, or the vault lacks.
pub(crate) fn check_session(
    report: &mut Report,
    context: &mut Context,
    selection: &Selection,
) -> Result {
    let open = context.open_vault()?;
    let mut admin = DeviceAdmin::new(context, selection.profile.as_deref(), None)?;
    report.ok("profile", admin.client.display_name());
    let caller = format!("{} of account {}", admin.caller.name, admin.caller.account);
    report.ok("keys", caller);
    let skew = admin.client.api.clock_skew();
    match skew.filter(|skew| skew.is_notable()) {
        None => report.ok("clock", "in sync with AWS"),
        Some(skew) if skew.is_beyond_codes() => {
            report.problem("clock", skew.to_string(), super::clock::KEEP_IN_STEP);
        }
        Some(skew) => report.warning("clock", skew.to_string(), super::clock::KEEP_IN_STEP),
    }
    let serial = lookup::device(context, &mut admin.client, &open, selection)?;
    let user = admin.user.name.clone();
    match admin.is_enabled(&serial)? {
        Some(true) => report.ok("device", format!("{serial}, enabled")),
        Some(false) => {
            let message = format!("{serial} is not enabled for {user}");
            report.problem("device", message, &["mfa aws devices"]);
        }
        None => {
            let message = format!("{serial}; AWS does not allow to list the devices of {user}");
            report.note("device", message, &["mfa aws policy"]);
        }
    }
    let account = lookup::account_for(context, &open.vault, selection, &serial)?;
    report.ok("account", account.full_name());
    Ok(())
}
