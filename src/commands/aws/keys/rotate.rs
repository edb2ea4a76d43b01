//! `mfa aws keys rotate`: replaces an access key with a new one.

use crate::app::aws::args::ProfileArgs;
use crate::app::aws::keys::named_profile;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::app::local_time::local_time;
use crate::aws::Host;
use crate::aws::keys::{Fate, Rotated, rotate};
use crate::commands::Run;
use crate::ui::escape;

/// Replace an access key; the old one stops once the new one works
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "The old key becomes inactive. If interrupted, run it again to resume. With --delete-old after a rotation, only the old key is deleted.\n\nExample:\n  mfa aws keys rotate --profile work --after 7d"
)]
pub(crate) struct Args {
    #[command(flatten)]
    profile: ProfileArgs,
    /// Delete the old key at once
    #[arg(long)]
    delete_old: bool,
    /// Keep the old key inactive for this long, such as 7d; a later rotation deletes it
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration, conflicts_with = "delete_old")]
    after: Option<std::time::Duration>,
    /// Delete a key that an interrupted rotation may have created
    #[arg(long)]
    delete_lost: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let profile = named_profile(context, self.profile)?;
        let fate = if self.delete_old {
            Some(Fate::Deleted)
        } else {
            let now = context.unix_seconds();
            let until = self.after.map(|time| now.saturating_add(time.as_secs()));
            until.map(Fate::DeletedAfter)
        };
        let Rotated { new, old, fate } = rotate(context, &profile, fate, self.delete_lost)?;
        let done = match fate {
            Fate::Deleted => "is deleted".to_owned(),
            Fate::Stays => "is inactive".to_owned(),
            Fate::DeletedAfter(time) => format!("is inactive, kept until {}", local_time(time)),
        };
        let (profile, new, old) = (escape(&profile), escape(&new), escape(&old));
        let text = format!("{profile} now uses {new}; the old key {old} {done}\n");
        Ok(context.ui.print(&text)?)
    }
}
