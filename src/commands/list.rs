//! `mfa list`: lists the accounts.

use super::Run;
use crate::app::clock::{Clock, When};
use crate::app::context::Context;
use crate::app::error::Result;
use crate::app::report::AccountReport;
use crate::otp::{Account, Kind};
use crate::ui::table;
use crate::vault::search;

/// List the accounts
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  mfa list aws\n  mfa list --codes")]
pub(crate) struct Args {
    /// Show only the accounts that these words name, as in 'mfa code'
    #[arg(value_name = "WORD")]
    query: Vec<String>,
    /// Show only accounts with this tag; may be repeated
    #[arg(long = "tag", value_name = "TAG", add = clap_complete::ArgValueCompleter::new(crate::app::complete::tags))]
    tags: Vec<String>,
    /// Show the codes and the seconds left
    #[arg(long)]
    codes: bool,
    /// Print a JSON array
    #[arg(long)]
    json: bool,
    /// Compute the code for this time instead of now
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    at: Option<When>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let vault = context.accounts()?;
        context.note_unusable(&vault);
        let all: Vec<_> = vault.accounts.iter().collect();
        let found = search(&all, &self.query.join(" ")).into_iter();
        let mut accounts: Vec<_> = found.map(|index| all[index]).collect();
        accounts.retain(|account| self.tags.iter().all(|tag| account.has_tag(tag.trim())));
        accounts.sort_by_cached_key(|a| (a.issuer.to_lowercase(), a.name.to_lowercase()));
        let now = if self.codes {
            Some(Clock::shown(self.at)?)
        } else {
            None
        };
        if self.json {
            return print_json(context, &accounts, now);
        }
        if accounts.is_empty() {
            context.ui.note(&if !self.query.is_empty() {
                format!("no account matches '{}'", self.query.join(" "))
            } else if !self.tags.is_empty() {
                "no account has these tags".to_owned()
            } else {
                let add = context.command("mfa add --qr PICTURE");
                format!("no accounts yet; to add one: {add}")
            });
            return Ok(());
        }
        Ok(context
            .ui
            .print(&table(&rows(&accounts, now), context.ui.width()))?)
    }
}

fn print_json<'a>(context: &Context, accounts: &[&'a Account], now: Option<u64>) -> Result {
    let report = |account: &'a Account| match now {
        Some(now) => AccountReport::at(account, account.credential.window(now).as_ref()),
        None => AccountReport::plain(account),
    };
    let report = |account| report(account).with_tags(account);
    let reports: Vec<_> = accounts.iter().copied().map(report).collect();
    Ok(context.ui.print_json(&reports)?)
}

fn rows(accounts: &[&Account], now: Option<u64>) -> Vec<Vec<String>> {
    let unusual = |account: &&Account| !matches!(account.credential.kind, Kind::Totp { .. });
    let with_type = accounts.iter().any(unusual);
    let mut heading = vec!["ISSUER", "NAME"];
    if with_type {
        heading.push("TYPE");
    }
    let with_tags = accounts.iter().any(|account| !account.tags.is_empty());
    if with_tags {
        heading.push("TAGS");
    }
    if now.is_some() {
        heading.extend(["CODE", "NEXT", "LEFT"]);
    }
    let row = |account: &&Account| {
        let mut row = vec![account.issuer.clone(), account.name.clone()];
        if with_type {
            let kind = account.credential.kind.as_str();
            row.push(if unusual(account) {
                kind.to_owned()
            } else {
                String::new()
            });
        }
        if with_tags {
            row.push(account.tags.join(", "));
        }
        if let Some(window) = now.and_then(|now| account.credential.window(now)) {
            row.push(window.current.to_string());
            row.push(window.next.to_string());
            row.push(format!("{} s", window.remaining));
        }
        row
    };
    let heading = heading.into_iter().map(str::to_owned).collect();
    std::iter::once(heading)
        .chain(accounts.iter().map(row))
        .collect()
}
