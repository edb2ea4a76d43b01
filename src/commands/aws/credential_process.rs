//! `mfa aws credential-process`: a session for the SDKs.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>

use serde::Serialize;

use super::Which;
use super::session::session;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::aws::keys::Keys;
use crate::commands::Run;

/// Print a session as AWS's tools ask for it: for credential_process
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
}

#[derive(Serialize)]
struct Answer<'a> {
    #[serde(rename = "Version")]
    version: u32,
    #[serde(flatten)]
    keys: &'a Keys,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let session = session(context, &self.which, false)?;
        let answer = Answer {
            version: 1,
            keys: &session.keys,
        };
        Ok(context.ui.print_json(&answer)?)
    }
}
