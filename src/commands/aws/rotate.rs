//! `mfa aws rotate`: a new device in the place of an old one. The new one has given a session
//! before the old one goes.

use std::path::Path;

use super::admin::Admin;
use super::connect::{account_of, device};
use super::registration::{Plan, device_name, register, serial_of};
use super::tags::Tag;
use super::unregister::remove_device;
use super::{Which, WhichDevice, cache, files};
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::aws::arn::Arn;
use crate::aws::ini::{File, Sections, edit};
use crate::commands::Run;
use crate::otp::Account;
use crate::ui::escape;
use crate::vault::repository::Open;
use crate::vault::storage::quoted;

/// Replace a device by a new one, which is proven before the old one goes
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: WhichDevice,
    /// The new device's name [default: one that nobody has]
    #[arg(long, value_name = "NAME", value_parser = device_name)]
    device_name: Option<String>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let which: Which = self.which.into();
        let _turn = context.state.lock("aws-registering")?;
        let open = context.open_existing()?;
        let mut admin = Admin::new(context, &which, None)?;
        let (old, begun) = match under_way(&open, &admin) {
            Some((old, new)) => (old, Some(new)),
            None => (
                device(context, &mut admin.connection, &open.vault, &which)?,
                None,
            ),
        };
        let new = match begun {
            Some(new) if !is_registering(&new) => new,
            _ => {
                account_of(&open.vault, &old)?;
                admin.use_session(context, &open, Some(&old))?;
                let plan = Plan {
                    device_name: self.device_name.as_deref(),
                    tag: Some(Tag::Replacing(old.clone())),
                };
                register(context, &mut admin, &plan)?
            }
        };
        let serial = serial_of(&new).to_owned();
        context
            .ui
            .note(&format!("{serial} is enabled; now it has to prove itself"));
        prove(context, &mut admin, &serial)?;
        remove_device(context, &mut admin, &old)?;
        rename_in_config(context, &old, &serial)?;
        let name = take_place(context, &old, &new)?;
        cache::forget(context, &open, &old);
        let text = format!(
            "{} is now {}; {} is gone\n",
            escape(&name),
            escape(&serial),
            escape(&old)
        );
        context.ui.print(&text)?;
        context.ui.note(&format!(
            "copies of the old key are of no use any more; a new one: mfa qr {}",
            quoted(Path::new(&name))
        ));
        Ok(())
    }
}

/// A rotation of this user that was broken off: the old serial, and the new account.
fn under_way(open: &Open, admin: &Admin) -> Option<(String, Account)> {
    open.vault.accounts.iter().find_map(|account| {
        let old = account.tags.iter().find_map(|tag| match Tag::parse(tag) {
            Some(Tag::Replacing(old)) => Some(old),
            _ => None,
        })?;
        let profile = account.aws.as_ref()?.profile.as_ref();
        let own = profile == admin.connection.profile.keys_of.as_ref()
            && Arn::parse(&old)?.account == admin.user.account;
        own.then(|| (old, account.clone()))
    })
}

fn is_registering(account: &Account) -> bool {
    let mut tags = account.tags.iter();
    tags.any(|tag| matches!(Tag::parse(tag), Some(Tag::Registering(_))))
}

/// A session by the new device alone.
fn prove(context: &mut Context, admin: &mut Admin, serial: &str) -> Result {
    admin.leave_session();
    let open = context.open_existing()?;
    if admin.use_session(context, &open, Some(serial))? {
        return Ok(());
    }
    let message = format!("{serial} could not be proven: the old device stays");
    Err(CommandError::new(Exit::Failed, message).with_hint("mfa aws rotate"))
}

/// Every profile that named the old device names the new one.
fn rename_in_config(context: &Context, old: &str, new: &str) -> Result {
    let written = files::change(context, File::Config, |text| {
        let sections = Sections::parse(text, File::Config);
        let is_old = |name: &&str| {
            let setting = sections
                .get(name)
                .and_then(|section| section.get("mfa_serial"));
            setting.is_some_and(|serial| serial == old)
        };
        let names = sections.names().into_iter().filter(is_old);
        names.fold(text.to_owned(), |text, name| {
            edit(&text, File::Config, name, &[("mfa_serial", Some(new))])
        })
    })?;
    if let Some(path) = written {
        context
            .ui
            .note(&format!("wrote the new mfa_serial to {}", path.display()));
    }
    Ok(())
}

/// The old account goes, and the new one gets its name and labels.
fn take_place(context: &mut Context, old: &str, new: &Account) -> Result<String> {
    let now = context.clock.seconds()?;
    context.change(|vault| {
        let found = vault.accounts.iter().find(|a| {
            a.id != new.id && crate::vault::by_serial(std::slice::from_ref(a), old).is_some()
        });
        let before = match found.map(|account| account.id) {
            Some(id) => Some(vault.remove(id, now)?),
            None => None,
        };
        let account = vault.update(new.id, now, |account| {
            account.tags.retain(|tag| Tag::parse(tag).is_none());
            if let Some(before) = before {
                account.issuer = before.issuer;
                account.name = before.name;
                account.tags.extend(before.tags);
            }
        })?;
        Ok(account.full_name())
    })
}
