//! `mfa aws console`: opens AWS's console with a session.

use zeroize::Zeroizing;

use crate::app::aws::args::{DeviceArgs, RegionArgs, SessionArgs, console_duration, console_page};
use crate::app::aws::browser::{BrowserArgs, open_link};
use crate::app::aws::programs::remove_old_page;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::aws::api::console::{Destination, sign_in_link};
use crate::aws::api::{ApiError, sts};
use crate::aws::arn::Arn;
use crate::aws::session::session;
use crate::aws::{Credentials, ProfileClient, Selection};
use crate::commands::Run;

/// The longest session of a role that another role assumed, in seconds.
const CHAINED: u32 = 3600;
/// How long a user without a role stays signed in, in seconds.
const USUAL: u32 = 12 * 3600;

/// Open the AWS console in the browser
#[derive(Debug, Default, clap::Args)]
#[command(
    after_long_help = "A profile with a role signs in with the role. A user without a role signs in by GetFederationToken: with the user's rights, but without MFA. For a policy that needs MFA, use a role.\n\nThe browser fetches the link from mfa, once; it is not stored. Anyone with a printed link can use it for 15 minutes.\n\n--container needs Firefox's extension \"Open external links in a container\", or names a profile folder of Chrome.\n\nExamples:\n  mfa aws console --profile admin\n  mfa aws console --profile admin --service s3 --browser 'firefox -P work'"
)]
pub(crate) struct Args {
    #[command(flatten)]
    device: DeviceArgs,
    #[command(flatten)]
    region: RegionArgs,
    /// Service to open, such as s3, or the path of a page
    #[arg(long, value_name = "NAME", value_parser = console_page)]
    service: Option<String>,
    /// How long you stay signed in, such as 8h
    #[arg(long, value_name = "TIME", value_parser = console_duration)]
    duration: Option<u32>,
    #[command(flatten)]
    browser: BrowserArgs,
    /// Print the link instead of opening it
    #[arg(long, conflicts_with_all = ["browser", "container"])]
    print: bool,
}

impl Args {
    pub(super) fn of(session: SessionArgs) -> Self {
        Self {
            device: session.into(),
            ..Self::default()
        }
    }
}

/// Keys that the console accepts.
struct SignIn {
    keys: Credentials,
    client: ProfileClient,
    /// How long one stays signed in, if AWS takes that for these keys.
    seconds: Option<u32>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        remove_old_page(&context.state);
        let mut selection = self.device.into();
        context.choose_profile(&mut selection)?;
        let SignIn {
            keys,
            mut client,
            seconds,
        } = sign_in(context, &selection, self.duration)?;
        let partition = client.partition();
        let region = client.profile.region.clone();
        let destination = Destination {
            region: self.region.name().or(region.as_deref()),
            path: self.service.as_deref(),
            seconds,
        };
        let link = sign_in_link(&mut *client.api, &keys, &partition, &destination);
        if let Err(ApiError::NotAws {
            status: 400..=499, ..
        }) = link
        {
            return Err(refused(&client, seconds));
        }
        let link: Zeroizing<String> = client.checked(context, link)?;
        if self.print {
            return Ok(context.ui.print(&format!("{}\n", *link))?);
        }
        open_link(context, &self.browser, &link)
    }
}

/// Gets the keys: of a role; of a session that the profile has already, as by SSO; else of the user.
fn sign_in(context: &mut Context, selection: &Selection, duration: Option<u32>) -> Result<SignIn> {
    let mut client = ProfileClient::new(context, selection.profile.as_deref())?;
    if let Some(url) = client.api.endpoints().plain_text().first() {
        let refused = Err(ApiError::PlainText((*url).to_owned()));
        return client.checked(context, refused);
    }
    if client.profile.role.is_some() {
        if client.profile.source_role.is_some() && duration > Some(CHAINED) {
            let message = format!(
                "the role of {} is assumed by another role, so AWS allows at most 1h",
                client.display_name()
            );
            return Err(CommandError::new(Exit::Usage, message));
        }
        let session = session(context, selection, false)?;
        return Ok(SignIn {
            keys: session.keys,
            client: session.client,
            seconds: duration,
        });
    }
    let keys = client.keys(context)?;
    if keys.is_session() {
        return Ok(SignIn {
            keys,
            client,
            seconds: duration,
        });
    }
    let caller = sts::get_caller_identity(&mut *client.api, &keys);
    let caller = client.checked(context, caller)?;
    let name = Arn::parse(&caller.arn).map_or("mfa", |arn| arn.name());
    let seconds = duration.unwrap_or(USUAL);
    let federated = sts::get_federation_token(&mut *client.api, &keys, name, seconds);
    Ok(SignIn {
        keys: client.checked(context, federated)?,
        client,
        // AWS refuses it for these keys, which have it already.
        seconds: None,
    })
}

fn refused(client: &ProfileClient, seconds: Option<u32>) -> CommandError {
    let name = client.display_name();
    if seconds.is_some() {
        let message = format!("AWS's console refused the session of {name}, or its --duration");
        return CommandError::new(Exit::Failed, message).with_hint("mfa aws console");
    }
    let message = format!(
        "AWS's console refused the session of {name}: it accepts sessions of roles, of SSO and of \
         GetFederationToken"
    );
    CommandError::new(Exit::Failed, message)
        .with_hint("mfa aws console --profile A_PROFILE_WITH_KEYS_OR_A_ROLE")
}
