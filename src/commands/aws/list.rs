//! `mfa aws list`: the profiles of AWS's files, and how each gets its keys. Asks nobody: neither AWS nor
//! a person.

use serde::Serialize;

use crate::app::context::Context;
use crate::app::error::Result;
use crate::app::local_time::local_time;
use crate::aws::config::{File, Files, Profile, ProfileError, Source};
use crate::aws::session::cache::{self, Cached};
use crate::aws::{Host, OpenVault, lookup};
use crate::commands::Run;
use crate::otp::Account;
use crate::ui::table;

/// List AWS profiles, their keys, devices and sessions
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Does not ask AWS. Devices and sessions are shown while the vault is unlocked.\n\nExample:\n  mfa aws list"
)]
pub(crate) struct Args {
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Row {
    /// `None` for keys in the environment.
    profile: Option<String>,
    /// How it gets its keys, in words.
    keys: String,
    /// ARN of the role that it assumes.
    role: Option<String>,
    /// ARN of its MFA device, if that is known.
    device: Option<String>,
    /// Name of the device's account in the vault.
    account: Option<String>,
    /// When its cached session expires, in Unix seconds.
    expires: Option<u64>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let mut files = context.aws_files()?;
        let exists = context.repository.load()?.is_some();
        let open = if exists && context.opens_without_prompt() {
            Some(context.open_vault()?)
        } else {
            None
        };
        if let Some(open) = &open {
            files.add_vault_keys(&open.vault);
        }
        let sessions = open.as_ref().map(|open| cache::all(&context.state, open));
        let sessions = sessions.unwrap_or_default();
        let now = context.unix_seconds();
        let mut rows: Vec<_> = names(&files)
            .into_iter()
            .map(|name| row(context, &files, name, open.as_ref(), (&sessions, now)))
            .collect();
        // Keys in the environment come first, as they do for AWS's tools.
        rows.sort_by(|a, b| a.profile.cmp(&b.profile));
        if exists && open.is_none() {
            let command = context.command("mfa unlock");
            context.ui.note(&format!(
                "the vault is locked, so devices and sessions are not shown: {command}"
            ));
        }
        if self.json {
            return Ok(context.ui.print_json(&rows)?);
        }
        if rows.is_empty() {
            let text = "no AWS profiles; to make one: aws configure --profile NAME";
            context.ui.note(text);
            return Ok(());
        }
        print(context, rows)
    }
}

fn print(context: &Context, rows: Vec<Row>) -> Result {
    let heading = ["PROFILE", "KEYS", "SESSION", "DEVICE"];
    let line = |row: Row| {
        vec![
            row.profile.unwrap_or_else(|| "(environment)".to_owned()),
            row.keys,
            row.expires.map(local_time).unwrap_or_default(),
            row.account.or(row.device).unwrap_or_default(),
        ]
    };
    let lines: Vec<_> = std::iter::once(heading.map(str::to_owned).to_vec())
        .chain(rows.into_iter().map(line))
        .collect();
    Ok(context.ui.print(&table(&lines, context.ui.width()))?)
}

/// The names of all profiles; `None` for keys in the environment.
fn names(files: &Files) -> Vec<Option<&str>> {
    let mut names: Vec<_> = files.names().into_iter().map(Some).collect();
    if files
        .profile(None)
        .is_ok_and(|profile| profile.name.is_none())
    {
        names.push(None);
    }
    names
}

fn row(
    context: &Context,
    files: &Files,
    name: Option<&str>,
    open: Option<&OpenVault>,
    (sessions, now): (&[Cached], u64),
) -> Row {
    let resolved = files.profile(name);
    let profile = resolved.as_ref().ok();
    let device = profile.and_then(|profile| match open {
        Some(open) => lookup::known_serial(profile, &open.vault, None).or_else(|| {
            let linked = lookup::linked(profile, open, &context.state);
            let first = linked.first();
            first.map(|account| lookup::serial_of(account).to_owned())
        }),
        None => profile.mfa_serial.clone(),
    });
    let accounts = open.map(|open| open.vault.accounts.as_slice());
    let account = device.as_ref().and_then(|device| {
        let mut accounts = accounts.unwrap_or_default().iter();
        accounts.find(|account| lookup::serial_of(account) == device)
    });
    Row {
        profile: name.map(ToOwned::to_owned),
        keys: keys(files, name, &resolved),
        role: profile.and_then(|profile| Some(profile.role.as_ref()?.arn.clone())),
        account: account.map(Account::full_name),
        expires: profile.and_then(|profile| expires(profile, sessions, now)),
        device,
    }
}

/// When the profile's cached session expires.
fn expires(profile: &Profile, sessions: &[Cached], now: u64) -> Option<u64> {
    let own = sessions.iter().filter(|cached| cached.is_of(profile));
    let ends = own.map(|cached| now + cached.left(now));
    ends.filter(|end| *end > now).max()
}

/// How a profile gets its keys, in a few words.
fn keys(files: &Files, name: Option<&str>, resolved: &Result<Profile, ProfileError>) -> String {
    let served = files.served();
    if let Some(served) = served
        .iter()
        .find(|served| Some(served.name.as_str()) == name)
    {
        return format!("mfa, for {}", served.source);
    }
    let profile = match resolved {
        Ok(profile) => profile,
        Err(ProfileError::NoKeys(_)) => return "none".to_owned(),
        Err(ProfileError::NoSource { source_profile, .. }) => {
            return format!("source_profile '{source_profile}' is missing");
        }
        Err(error) => return error.to_string(),
    };
    if let Some(role) = &profile.role {
        let role = role.arn.rsplit('/').next().unwrap_or_default();
        let source = profile.source_role.as_ref().or(profile.keys_of.as_ref());
        let source = source.map_or("the environment", String::as_str);
        return format!("role {role}, by {source}");
    }
    let is_in = |file: File| {
        let sections = match file {
            File::Config => &files.config,
            File::Credentials => &files.credentials,
        };
        let section = name.and_then(|name| sections.get(name));
        section.is_some_and(|section| section.contains_key("aws_access_key_id"))
    };
    let text = match &profile.source {
        Source::Credentials(_) if name.is_none() => "environment",
        Source::Credentials(_) if is_in(File::Credentials) => "credentials file",
        Source::Credentials(_) => "config file",
        Source::Vault { .. } => "vault",
        Source::Process(_) => "credential_process",
        Source::AwsProgram(name) => files.source_of_program(name),
    };
    text.to_owned()
}
