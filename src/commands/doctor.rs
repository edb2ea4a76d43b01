//! `mfa doctor`: checks the clock, the vault and what surrounds it.

use super::Run;
use crate::app::context::Context;
#[cfg(feature = "aws")]
use crate::app::doctor::aws;
use crate::app::doctor::clock::{self, DEFAULT_SERVER};
#[cfg(feature = "desktop")]
use crate::app::doctor::desktop;
use crate::app::doctor::{Report, files, shell, vault};
use crate::app::error::Result;

/// Check the clock, the vault, its files and the set-up
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "It asks nobody without --online or --profile, and never prompts.\n\nExamples:\n  mfa doctor\n  mfa doctor --online"
)]
pub(crate) struct Args {
    /// Compare the clock with servers: NTP, and AWS over HTTPS
    #[arg(long)]
    online: bool,
    /// The time server, as HOST or HOST:PORT
    #[arg(long, value_name = "HOST", default_value = DEFAULT_SERVER, requires = "online")]
    server: String,
    /// Also check all that a session of this AWS profile needs
    #[cfg(feature = "aws")]
    #[arg(long, short, value_name = "NAME", add = clap_complete::ArgValueCompleter::new(crate::app::complete::aws_profiles))]
    profile: Option<String>,
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let mut report = Report::default();
        clock::check(&mut report, self.online);
        if self.online {
            clock::check_ntp(&mut report, &self.server);
            clock::check_https(&mut report, context);
        }
        files::check(&mut report, context);
        let vault = vault::check(&mut report, context);
        #[cfg(feature = "aws")]
        {
            aws::check_profiles(&mut report, context, vault.as_ref());
            if self.profile.is_some() {
                let selection = crate::aws::Selection {
                    profile: self.profile,
                    ..Default::default()
                };
                if let Err(error) = aws::check_session(&mut report, context, &selection) {
                    report.error("aws", error);
                }
            }
        }
        #[cfg(not(feature = "aws"))]
        drop(vault);
        #[cfg(feature = "desktop")]
        desktop::check(&mut report);
        shell::check(&mut report, context);
        report.print(context, self.json)
    }
}
