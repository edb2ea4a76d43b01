//! `mfa sync`: one round, or one after the other.

use std::time::Duration;

use crate::app::clock::Clock;
use crate::app::context::Context;
use crate::app::error::{Exit, Result};
use crate::app::sync::auto::detach;
use crate::app::sync::retry::Failed;
use crate::commands::Run;
use crate::sync::engine::{Options, Outcome};
use crate::ui::escape;

/// How often the vault's file is looked at.
const GLANCE: Duration = Duration::from_secs(1);

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    /// Print only errors and risks
    #[arg(long, short)]
    quiet: bool,
    /// Keep syncing: after each change of the vault, and at intervals
    #[arg(long)]
    watch: bool,
    /// With --watch: how often to look for changes of other machines
    #[arg(long, value_name = "TIME", requires = "watch", default_value = "60s")]
    every: Every,
    /// Skip commits that are damaged or cannot be trusted, and go on after them
    #[arg(long, conflicts_with = "watch")]
    repair: bool,
    /// Run without a terminal, as 'mfa sync auto on' does
    #[arg(long, hide = true)]
    detached: bool,
}

/// A time between two rounds, such as `60s`.
#[derive(Debug, Clone, Copy)]
struct Every(Duration);

impl std::str::FromStr for Every {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match humantime::parse_duration(text) {
            Ok(time) if time < GLANCE => Err("the shortest time is 1s".to_owned()),
            Ok(time) if time > Duration::from_hours(24) => {
                Err("the longest time is 24h".to_owned())
            }
            Ok(time) => Ok(Self(time)),
            Err(_) => Err("use a time such as 60s or 5m".to_owned()),
        }
    }
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        if self.detached {
            detach();
            if !context.waits_its_turn() {
                return Ok(());
            }
        }
        if self.watch {
            return self.watch(context);
        }
        let repair = self.repair;
        let outcome = context.sync(Options { repair })?;
        context.tell_round(&outcome, self.quiet)
    }
}

impl Args {
    /// Syncs until it is interrupted. A failure of the network is told once, and tried again.
    fn watch(&self, context: &mut Context) -> Result {
        let mut failed = Failed::default();
        let mut is_first = true;
        loop {
            let mut stamp = context.repository.stamp();
            match context.sync(Options::default()) {
                Ok(outcome) => {
                    if failed.end() && !self.quiet {
                        context.ui.note("syncing works again");
                    }
                    if outcome.pulled {
                        stamp = context.repository.stamp();
                    }
                    let is_news = is_first || has_news(&outcome);
                    context.tell_round(&outcome, self.quiet || !is_news)?;
                }
                Err(error) if error.kind == Exit::Failed && error.source.is_some() => {
                    let why = error.to_string();
                    if failed.is_new(&why) {
                        context.ui.error(&escape(&why));
                        context.ui.note("will try again");
                    }
                }
                Err(error) => return Err(error),
            }
            is_first = false;
            wait(context, stamp, failed.wait(self.every.0));
        }
    }
}

fn has_news(outcome: &Outcome) -> bool {
    outcome.pulled || outcome.pushed.is_some()
}

/// Waits for this long, or until the vault's file changes.
fn wait(context: &Context, stamp: Option<u128>, time: Duration) {
    let mut left = time;
    while !left.is_zero() && context.repository.stamp() == stamp {
        let glance = left.min(GLANCE);
        Clock::sleep(glance);
        left = left.saturating_sub(glance);
    }
}
