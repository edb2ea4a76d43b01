//! `mfa code`: prints the current code alone on stdout, so that another command can use it, or copies
//! it. `mfa cp` is `mfa code --copy`.

#[cfg(feature = "desktop")]
use clap::builder::Resettable;

use super::Run;
#[cfg(feature = "desktop")]
use crate::app::clipboard::{ClearAfter, check_clipboard};
use crate::app::clock::{Clock, When};
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::report::AccountReport;
#[cfg(feature = "desktop")]
use crate::app::select::as_argument;
use crate::otp::{Account, AccountId, Code, Kind};
use crate::ui::escape;
use crate::vault::Vault;

/// Print the current code of an account
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "In a pipe, it prints only the code.\n\nExamples:\n  mfa code my-iam-user\n  aws sts get-session-token --serial-number ARN \\\n    --token-code \"$(mfa code my-iam-user --fresh)\""
)]
pub(crate) struct Args {
    /// Account name, ISSUER:NAME, id, or a part [default: pick one]
    #[arg(add = clap_complete::ArgValueCompleter::new(crate::app::complete::account_names))]
    name: Vec<String>,
    /// Use the MFA device of this AWS profile
    #[cfg(feature = "aws")]
    #[arg(long, value_name = "NAME", conflicts_with = "name", add = clap_complete::ArgValueCompleter::new(crate::app::complete::aws_profiles))]
    profile: Option<String>,
    /// Print only the next code
    #[arg(long, conflicts_with_all = ["pair", "fresh"])]
    next: bool,
    /// Print the current and the next code on one line
    #[arg(long)]
    pair: bool,
    /// Never repeat a code; wait for the next one if needed
    #[arg(long)]
    fresh: bool,
    /// Wait for a code that is valid for at least N more seconds
    #[arg(long, value_name = "N", conflicts_with_all = ["next", "at"])]
    min_left: Option<u64>,
    /// Print a JSON object
    #[arg(long, conflicts_with_all = ["next", "pair"])]
    json: bool,
    /// Copy the code to the clipboard instead of printing it
    #[cfg(feature = "desktop")]
    #[arg(short, long, conflicts_with = "json")]
    copy: bool,
    /// Clear the clipboard after this time, 0 for never [default: 45s]
    #[cfg(feature = "desktop")]
    #[arg(long, value_name = "TIME", requires = "copy")]
    clear_after: Option<ClearAfter>,
    /// Compute the code for this time instead of now
    #[arg(
        long,
        value_name = "WHEN",
        allow_hyphen_values = true,
        conflicts_with = "fresh"
    )]
    at: Option<When>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        #[cfg(feature = "desktop")]
        if self.copy {
            // Before a passphrase is asked for, and before a counter moves.
            check_clipboard().map_err(|error| error.with_hint(self.without_copy()))?;
        }
        let (vault, name) = self.vault_and_name(context)?;
        let account = context.select(&vault, &name)?;
        let id = account.id;
        match account.credential.kind {
            Kind::Hotp { counter } if self.at.is_some() => {
                self.check_counted()?;
                context
                    .ui
                    .note("--at: the counter does not advance, so this code will be given again");
                let count = u64::from(self.pair);
                let codes = counter..=counter.saturating_add(count);
                let codes = codes.map(|counter| account.credential.code_at_counter(counter));
                self.print_counted(context, account, &codes.collect::<Vec<_>>())
            }
            Kind::Hotp { .. } => self.counted(context, account.id),
            Kind::Totp { .. } | Kind::Steam => self.timed(context, account),
        }?;
        // A script's accounts are not what a person picks next.
        if context.ui.stdout_is_terminal() {
            context.remember_used(id);
        }
        Ok(())
    }
}

impl Args {
    /// The accounts, and the words that select one of them.
    fn vault_and_name(&self, context: &mut Context) -> Result<(Vault, Vec<String>)> {
        #[cfg(feature = "aws")]
        if let Some(profile) = &self.profile {
            let (vault, serial) = crate::app::aws::serial_of_profile(context, profile)?;
            return Ok((vault, vec![serial]));
        }
        Ok((context.accounts_to_choose_from()?, self.name.clone()))
    }

    fn timed(&self, context: &mut Context, account: &Account) -> Result {
        let now = if self.fresh {
            let steps = if self.pair { 2 } else { 1 };
            context.take_fresh_steps(account, steps, self.min_left.unwrap_or_default())?
        } else if let Some(least) = self.min_left {
            context.wait_for_time_left(account, least)?
        } else {
            Clock::shown(self.at)?
        };
        let window = account.credential.window(now);
        let window = window.ok_or_else(|| {
            CommandError::new(Exit::Failed, "an HOTP account has no time-based codes")
        })?;
        if self.json {
            return Ok(context
                .ui
                .print_json(&AccountReport::at(account, Some(&window)))?);
        }
        #[cfg(feature = "desktop")]
        if self.copy {
            let text = match (self.pair, self.next) {
                (true, _) => format!("{} {}", window.current, window.next),
                (_, true) => window.next.to_string(),
                _ => window.current.to_string(),
            };
            let left = format!("   {} s left", window.remaining);
            self.copy(context, account, &text, if self.next { "" } else { &left })?;
            if self.at.is_none() {
                let is_later = self.pair || self.next;
                let time = if is_later { window.valid_until } else { now };
                context.remember_given(account, time);
            }
            return Ok(());
        }
        let text = if self.pair {
            format!("{} {}\n", window.current, window.next)
        } else if self.next {
            format!("{}\n", window.next)
        } else if context.ui.stdout_is_terminal() {
            let name = context.shown_name(account);
            let current = context.ui.bold(window.current.as_str());
            format!(
                "{name}\n{current}   next {}   {} s left\n",
                window.next, window.remaining
            )
        } else {
            format!("{}\n", window.current)
        };
        Ok(context.ui.print(&text)?)
    }

    fn counted(&self, context: &mut Context, id: AccountId) -> Result {
        self.check_counted()?;
        let count = if self.pair { 2 } else { 1 };
        let (account, codes) = context.take_counted_codes(id, count)?;
        self.print_counted(context, &account, &codes)
    }

    fn check_counted(&self) -> Result {
        if self.next {
            return Err(CommandError::new(
                Exit::Usage,
                "--next does not work with HOTP: its codes do not depend on time",
            ));
        }
        Ok(())
    }

    fn print_counted(&self, context: &Context, account: &Account, codes: &[Code]) -> Result {
        if self.json {
            return Ok(context
                .ui
                .print_json(&AccountReport::counted(account, &codes[0]))?);
        }
        let mut text = codes.iter().map(Code::as_str).collect::<Vec<_>>().join(" ");
        #[cfg(feature = "desktop")]
        if self.copy {
            return self.copy(context, account, &text, "");
        }
        if context.ui.stdout_is_terminal() && !self.pair {
            text = format!(
                "{}\n{}",
                escape(&account.full_name()),
                context.ui.bold(&text)
            );
        }
        Ok(context.ui.print(&format!("{text}\n"))?)
    }

    /// Copies `text`. On a terminal, names the account first, but shows no code.
    #[cfg(feature = "desktop")]
    fn copy(&self, context: &Context, account: &Account, text: &str, left: &str) -> Result {
        let told = context
            .copy_code(text, self.clear_after.unwrap_or_default().0)
            .map_err(|error| error.with_hint(format!("mfa code {}", as_argument(account))))?;
        if context.ui.stdout_is_terminal() {
            let name = context.shown_name(account);
            context.ui.print(&format!("{name}{left}\n"))?;
        }
        context.ui.note(&told);
        Ok(())
    }

    /// The command that prints the code.
    #[cfg(feature = "desktop")]
    fn without_copy(&self) -> String {
        let name = self.name.join(" ");
        let name = crate::vault::storage::quoted(std::path::Path::new(&name));
        format!("mfa code {}", if self.name.is_empty() { "" } else { &name })
            .trim_end()
            .to_owned()
    }
}

/// `mfa cp`: [`Args`] with `--copy`.
#[cfg(feature = "desktop")]
#[derive(Debug)]
pub(crate) struct Copy(Args);

#[cfg(feature = "desktop")]
impl clap::Args for Copy {
    fn augment_args(command: clap::Command) -> clap::Command {
        <Args as clap::Args>::augment_args(command)
            .about("Copy the current code of an account")
            .after_long_help("It is 'mfa code --copy'.\n\nExample:\n  mfa cp my-iam-user")
            .mut_arg("copy", |copy| copy.hide(true))
            .mut_arg("json", |json| json.hide(true))
            .mut_arg("clear_after", |time| time.requires(Resettable::Reset))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

#[cfg(feature = "desktop")]
impl clap::FromArgMatches for Copy {
    fn from_arg_matches(matches: &clap::ArgMatches) -> Result<Self, clap::Error> {
        Args::from_arg_matches(matches).map(|args| Self(Args { copy: true, ..args }))
    }

    fn update_from_arg_matches(&mut self, matches: &clap::ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(feature = "desktop")]
impl Run for Copy {
    fn run(self, context: &mut Context) -> Result {
        if self.0.json {
            let message = "--json prints the code, so it does not go with 'mfa cp'";
            return Err(CommandError::new(Exit::Usage, message).with_hint("mfa cp --help"));
        }
        self.0.run(context)
    }
}
