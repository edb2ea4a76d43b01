//! `mfa vault passphrase`: a new passphrase, or none.

use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::commands::Run;
use crate::vault::envelope::{Header, SlotKind};

/// Set or change the passphrase; the vault gets a new key
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The passphrase takes the place of the key file. A recovery code, where \
    there was one, is replaced by a new one, which is printed.\n\nWhere the vault has no \
    passphrase yet, MFA_PASSPHRASE and its like give the new one; else the present one."
)]
pub struct Args {
    /// Read the new passphrase from the first line of a file
    #[arg(long, value_name = "PATH", conflicts_with = "remove")]
    new_passphrase_file: Option<PathBuf>,
    /// Go back to a key file
    #[arg(long)]
    remove: bool,
    /// With --remove: even when nothing else opens the vault on another machine
    #[arg(long, requires = "remove")]
    force: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let open = context.open_existing()?;
        let words = if self.remove {
            self.check_removal(&open.header)?;
            None
        } else {
            Some(self.new_words(context, &open.header)?)
        };
        let mut code = None;
        context.rekey(|context, header| {
            let mut ways = vec![match &words {
                Some(words) => context.passphrase_way(words)?,
                None => context.key_file_way()?,
            }];
            let takes_its_place =
                |kind: &SlotKind| matches!(kind, SlotKind::KeyFile | SlotKind::Passphrase(_));
            let carried = context.carry_over(header, takes_its_place)?;
            ways.extend(carried.ways);
            code = carried.code;
            Ok(ways)
        })?;
        let done = if self.remove {
            "a key file opens the vault now"
        } else {
            "the passphrase is set"
        };
        context.ui.print(&format!("{done}\n"))?;
        context.show_new_code(code.as_ref())
    }
}

impl Args {
    fn check_removal(&self, header: &Header) -> Result {
        let has = |kind: &str| header.slots.iter().any(|slot| slot.kind.as_str() == kind);
        if !has("passphrase") {
            return Err(CommandError::new(
                Exit::Failed,
                "the vault has no passphrase",
            ));
        }
        if !self.force && !has("recovery") && !has("age") {
            let message = "without its passphrase, the vault would open on this machine alone";
            return Err(CommandError::new(Exit::Failed, message)
                .with_hint("mfa vault recovery (or --force)"));
        }
        Ok(())
    }

    fn new_words(&self, context: &Context, header: &Header) -> Result<Zeroizing<String>> {
        if let Some(path) = &self.new_passphrase_file {
            return Context::passphrase_in(path);
        }
        let has_one = header
            .slots
            .iter()
            .any(|s| matches!(s.kind, SlotKind::Passphrase(_)));
        if !has_one && let Some(given) = context.given_passphrase()? {
            return Ok(given);
        }
        match context.ask_new_passphrase("New passphrase")? {
            Some(words) if !words.is_empty() => Ok(words),
            Some(_) => Err(CommandError::new(
                Exit::Failed,
                "an empty passphrase protects nothing",
            )),
            None => Err(CommandError::new(
                Exit::Usage,
                "no new passphrase: there is no terminal to ask on",
            )
            .with_hint("mfa vault passphrase --new-passphrase-file PATH")),
        }
    }
}
