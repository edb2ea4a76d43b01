//! `mfa export`: writes all accounts to a file for another authenticator, or as QR codes.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use clap_complete::CompletionCandidate;

use super::Run;
use crate::app::complete::one_of;
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::qr_output::{draw, picture_name, print, undrawable};
use crate::app::typed_secret::passphrase_in;
use crate::app::user_files::check_target;
use crate::export::{Content, Export, Options, TARGETS, Target};
use crate::qr::{DEFAULT_SCALE, Matrix};
use crate::vault::format::{DataKey, MAX_SLOTS, Random};
use crate::vault::host::Host;
use crate::vault::storage::quoted;
use crate::vault::unlock::Recipient;
use crate::vault::{Header, Vault};

/// Export accounts for another authenticator
#[derive(Debug, clap::Args)]
#[command(after_long_help = after_help())]
pub(crate) struct Args {
    /// The file to write; a folder for QR codes (- for stdout)
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What to write: a name from the list below
    #[arg(long, value_name = "NAME", default_value = TARGETS[0].name, value_parser = target, add = clap_complete::ArgValueCompleter::new(formats))]
    format: &'static Target,
    /// Read the export's password from the first line of PATH
    #[arg(long, value_name = "PATH")]
    password_file: Option<PathBuf>,
    /// Encrypt to a public key instead of a password (with --format mfa)
    #[arg(
        short,
        long = "recipient",
        value_name = "RECIPIENT",
        conflicts_with = "password_file"
    )]
    recipients: Vec<String>,
    /// Replace an existing file
    #[arg(long)]
    force: bool,
}

fn formats(typed: &OsStr) -> Vec<CompletionCandidate> {
    let values = TARGETS
        .iter()
        .map(|target| (target.name.to_owned(), Some(target.title.to_owned())));
    one_of(values, typed)
}

fn target(name: &str) -> Result<&'static Target, String> {
    Target::named(name).ok_or_else(|| "no such format".to_owned())
}

fn after_help() -> String {
    let width = TARGETS.iter().map(|target| target.name.len()).max();
    let width = width.unwrap_or_default();
    let lines = TARGETS.iter().map(|target| {
        let (name, title) = (target.name, target.title);
        format!("  {name:width$}  {title}\n")
    });
    format!(
        "Examples:\n  mfa export backup.json\n  mfa export page.html --format paper\n\nFormats:\n{}",
        lines.collect::<String>()
    )
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let recipients = self.recipients()?;
        let vault = context.accounts()?;
        context.note_unusable(&vault);
        if vault.accounts.is_empty() {
            return Err(CommandError::new(Exit::NotFound, "no accounts to export"));
        }
        context.spare_the_vault(&self.file)?;
        // Before a person is asked for a password.
        if self.file != Path::new("-") && !self.file.is_dir() {
            check_target(&self.file, self.force, &self.force())?;
        }
        let password = self.password(context)?;
        let export = self.export(context, &vault, &password, &recipients)?;
        for line in &export.omitted {
            context.ui.note(line);
        }
        if export.count == 0 {
            let message = format!(
                "the format {} supports none of these accounts",
                self.format.name
            );
            return Err(CommandError::new(Exit::Unusable, message));
        }
        self.write(context, &export)?;
        self.report(context, export.count, vault.accounts.len() - export.count);
        Ok(())
    }
}

impl Args {
    /// Returns the public keys without duplicates.
    fn recipients(&self) -> Result<Vec<Recipient>> {
        let name = self.format.name;
        if !self.recipients.is_empty() && name != "mfa" {
            let message = format!("--format {name} does not support recipients: use --format mfa");
            return Err(CommandError::new(Exit::Usage, message));
        }
        let mut recipients = Vec::new();
        for text in &self.recipients {
            let recipient = Recipient::parse(text)?;
            if !recipients.contains(&recipient) {
                recipients.push(recipient);
            }
        }
        if recipients.len() > MAX_SLOTS {
            let message = format!("a vault has at most {MAX_SLOTS} recipients");
            return Err(CommandError::new(Exit::Usage, message));
        }
        Ok(recipients)
    }

    fn password(&self, context: &Context) -> Result<Zeroizing<String>> {
        if !self.format.is_encrypted || !self.recipients.is_empty() {
            return Ok(Zeroizing::default());
        }
        let given = match &self.password_file {
            Some(path) => Some(passphrase_in(path)?),
            None => context.host.ask_new_passphrase("Password of the export")?,
        };
        given
            .filter(|password| !password.is_empty())
            .ok_or_else(|| {
                let message = "the export needs a password of its own";
                CommandError::new(Exit::Locked, message)
                    .with_hint("mfa export FILE --password-file PATH (or --format otpauth)")
            })
    }

    fn export<'a>(
        &self,
        context: &mut Context,
        vault: &'a Vault,
        password: &str,
        recipients: &[Recipient],
    ) -> Result<Export<'a>> {
        let mut random = [0; 256];
        context.random.fill(&mut random)?;
        let host: RefCell<&mut dyn Host> = RefCell::new(&mut context.host);
        let slots = |header: &Header, key: &DataKey| {
            let slot = |one: &Recipient| one.wrap(header, key, &mut **host.borrow_mut());
            let slots = recipients.iter().map(slot).collect::<Result<_, _>>();
            slots.map_err(|error| error.to_string())
        };
        let options = Options {
            draw_qr: |text| Some(Matrix::new(text).ok()?.to_svg()),
            recipient_slots: (!recipients.is_empty()).then_some(&slots),
            ..Options::new(password, &random)
        };
        // A plugin of a recipient may ask something.
        let asks = !recipients.is_empty();
        let progress = (!asks).then(|| context.ui.progress("encrypting the export"));
        let export = self.format.write(&vault.accounts, &options);
        drop(progress);
        export.map_err(|error| CommandError::new(Exit::Failed, error.to_string()))
    }

    fn write(&self, context: &Context, export: &Export) -> Result {
        let to_stdout = self.file == Path::new("-");
        match &export.content {
            Content::File(bytes) if to_stdout => {
                // All formats are text or encrypted JSON, except Stratum, which needs a file.
                let text = std::str::from_utf8(bytes).map_err(|_| {
                    CommandError::new(Exit::Usage, "this format is binary: write it to a file")
                })?;
                Ok(context.ui.print_document(text)?)
            }
            Content::File(bytes) => {
                let _progress = context.ui.progress("writing the export");
                context.write_file(&self.file, bytes, self.force, &self.force())
            }
            Content::Stream(stream) if to_stdout => Ok(context.ui.print_by(stream)?),
            Content::Stream(stream) => {
                let _progress = context.ui.progress("writing the export");
                context.write_by(&self.file, stream, self.force, &self.force())
            }
            Content::Codes(codes) if to_stdout => show(context, codes),
            Content::Codes(codes) => self.write_pictures(context, codes),
        }
    }

    /// The command that replaces an existing file.
    fn force(&self) -> String {
        let file = quoted(&self.file);
        format!("mfa export {file} --format {} --force", self.format.name)
    }

    fn report(&self, context: &Context, count: usize, omitted: usize) {
        let to = match self.file.to_str() {
            Some("-") => String::new(),
            _ => format!(" to {}", self.file.display()),
        };
        let left_out = if omitted > 0 {
            format!(", {omitted} left out")
        } else {
            String::new()
        };
        let warning = if !self.recipients.is_empty() {
            "only the private keys of its recipients open it"
        } else if self.format.is_encrypted {
            "only its password opens it"
        } else {
            "anyone who can read it can read the secret keys"
        };
        let accounts = if count == 1 { "account" } else { "accounts" };
        let text = format!("exported {count} {accounts}{to}{left_out}; {warning}");
        if self.recipients.is_empty() && !self.format.is_encrypted {
            context.ui.warn(&text);
        } else {
            context.ui.note(&text);
        }
    }

    fn write_pictures(&self, context: &Context, codes: &[(String, Zeroizing<String>)]) -> Result {
        let progress = context.ui.progress("drawing the QR codes");
        let pictures = (1..).zip(codes).map(|(number, (name, text))| {
            progress.set(|| format!("drawing QR code {number} of {}", codes.len()));
            let png = draw(text)?.to_png(DEFAULT_SCALE).map_err(undrawable)?;
            Ok((picture_name(number, name), png))
        });
        context.write_files(&self.file, pictures, self.force, &self.force())
    }
}

/// Prints one code after another; on a terminal, the next one waits for Enter.
fn show(context: &Context, codes: &[(String, Zeroizing<String>)]) -> Result {
    for (number, (name, text)) in (1..).zip(codes) {
        context
            .ui
            .note(&format!("{number} of {}: {name}", codes.len()));
        print(context, &draw(text)?, "mfa export FOLDER --format qr")?;
        if number < codes.len()
            && context.ui.stdout_is_terminal()
            && let Some(mut prompt) = context.ui.prompt()
        {
            prompt.hidden("Enter shows the next one")?;
        }
    }
    Ok(())
}
