//! `mfa aws keys add`: keeps a new access key in the vault.

use zeroize::Zeroizing;

use crate::app::aws::args::ProfileArgs;
use crate::app::aws::keys::{named_profile, process_line, report};
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::user_files::read_stdin;
use crate::aws::config::profile_name;
use crate::aws::keys;
use crate::commands::Run;
use crate::import::unmarked;
use crate::vault::AccessKey;

/// The most that is read from stdin, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// Add an access key; prompts for its secret
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "The secret access key comes from a prompt, or from stdin. The profile need not exist.\n\nExamples:\n  mfa aws keys add --profile work\n  pass show aws-secret | mfa aws keys add AKIAIOSFODNN7EXAMPLE --profile work"
)]
pub(crate) struct Args {
    /// The access key id [default: a prompt]
    #[arg(value_name = "ACCESS_KEY_ID")]
    id: Option<String>,
    #[command(flatten)]
    profile: ProfileArgs,
    /// Replace another key that the vault has for this profile
    #[arg(long)]
    replace: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let profile = named_profile(context, self.profile)?;
        let profile = profile_name(&profile)
            .map_err(|why| CommandError::new(Exit::Usage, why.to_string()))?;
        let (id, secret) = read(context, self.id)?;
        let id = id.trim();
        if id.starts_with("ASIA") {
            let message = format!("{id} is a session's key, which expires: add a long-term key");
            return Err(CommandError::new(Exit::Unusable, message));
        }
        let key = AccessKey::new(id, secret.trim()).ok_or_else(|| {
            let message = "this is not an access key: the id or the secret has another form";
            CommandError::new(Exit::Unusable, message)
        })?;
        let line = process_line(context);
        let done = keys::add(context, &profile, &key, self.replace, &line)?;
        report(context, &done)
    }
}

/// Asks for what is missing. Without a terminal, stdin has the secret.
fn read(context: &Context, id: Option<String>) -> Result<(String, Zeroizing<String>)> {
    if let Some(mut prompt) = context
        .ui
        .prompt()
        .filter(|_| context.ui.stdin_is_terminal())
    {
        let id = match id {
            Some(id) => id,
            None => prompt.line("Access key id")?,
        };
        return Ok((id, prompt.hidden("Secret access key")?));
    }
    let id = id.ok_or_else(|| {
        let message = "no access key id was given";
        CommandError::new(Exit::Usage, message).with_hint("mfa aws keys add ACCESS_KEY_ID")
    })?;
    let bytes = unmarked(read_stdin(&context.ui, "the secret access key", MAX_BYTES)?);
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| CommandError::new(Exit::Unusable, "stdin is not a secret access key"))?;
    Ok((id, Zeroizing::new(text.to_owned())))
}
