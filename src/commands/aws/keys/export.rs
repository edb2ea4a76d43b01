//! `mfa aws keys export`: prints an access key with its secret.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::app::aws::args::ProfileArgs;
use crate::app::aws::keys::named_profile;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::user_files::check_target;
use crate::aws::Credentials;
use crate::aws::Error;
use crate::aws::config::{File, edit};
use crate::aws::keys::KeysError;
use crate::commands::Run;
use crate::vault::ProfileKey;
use crate::vault::storage::quoted;

/// Print an access key with its secret
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Without FILE, it is printed. The vault keeps the key.\n\nExamples:\n  mfa aws keys export --profile work\n  mfa aws keys export --profile work --format json key.json"
)]
pub(crate) struct Args {
    /// The file to write, readable only by you
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    profile: ProfileArgs,
    /// A section of ~/.aws/credentials, or JSON as a credential_process prints it
    #[arg(long, value_enum, default_value_t, hide_default_value = true)]
    format: Format,
    /// Replace an existing file
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    #[default]
    Credentials,
    Json,
}

/// As a `credential_process` prints it.
#[derive(Serialize)]
struct Json<'a> {
    #[serde(rename = "Version")]
    version: u32,
    #[serde(flatten)]
    keys: &'a Credentials,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let profile = named_profile(context, self.profile)?;
        let vault = context.accounts()?;
        let own = vault.aws_keys.of(&profile);
        let own = own.ok_or_else(|| Error::from(KeysError::NotInVault(profile.clone())))?;
        let text = self.format.text(own)?;
        let Some(file) = self.file.filter(|file| file != Path::new("-")) else {
            return Ok(context.ui.print_document(&text)?);
        };
        let hint = format!(
            "mfa aws keys export {} --profile {} --force",
            quoted(&file),
            quoted(Path::new(&profile))
        );
        check_target(&file, self.force, &hint)?;
        context.write_file(&file, text.as_bytes(), self.force, &hint)?;
        context.ui.warn(&format!(
            "exported the access key {} to {}; anyone who can read it can use the key",
            own.key.id(),
            file.display()
        ));
        Ok(())
    }
}

impl Format {
    fn text(self, own: &ProfileKey) -> Result<Zeroizing<String>> {
        let failed = |why: &dyn std::fmt::Display| CommandError::new(Exit::Failed, why.to_string());
        match self {
            Self::Credentials => {
                let settings = [
                    ("aws_access_key_id", Some(own.key.id())),
                    ("aws_secret_access_key", Some(own.key.expose_secret())),
                ];
                let text = edit("", File::Credentials, &own.profile, &settings);
                text.map(Zeroizing::new).map_err(|error| failed(&error))
            }
            Self::Json => {
                let keys: Credentials = (&own.key).into();
                let json = Json {
                    version: 1,
                    keys: &keys,
                };
                // Large enough for the longest key, so that no copy stays unwiped.
                let mut out = Zeroizing::new(Vec::with_capacity(4096));
                serde_json::to_writer_pretty(&mut *out, &json).map_err(|error| failed(&error))?;
                let text = std::str::from_utf8(&out).map_err(|error| failed(&error))?;
                Ok(Zeroizing::new(format!("{text}\n")))
            }
        }
    }
}
