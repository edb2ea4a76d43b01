//! The options that say what an account is to be, whatever was read.

use super::error::{CommandError, Exit, Result};
use crate::otp::{Algorithm, Credential, Digits, Kind, MAX_LABEL_BYTES, Period};

/// Options of `add` and `edit`.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct AccountArgs {
    /// Account name at the service
    #[arg(long, value_name = "NAME", value_parser = label)]
    pub name: Option<String>,
    /// Service, such as AWS or GitHub (may be empty)
    #[arg(long, value_name = "ISSUER", value_parser = label)]
    pub issuer: Option<String>,
    /// SHA1, SHA256 or SHA512
    #[arg(long, value_name = "HASH", value_parser = |text: &str| text.parse::<Algorithm>())]
    pub algorithm: Option<Algorithm>,
    /// Number of digits, 1 to 10
    #[arg(long, value_name = "N", value_parser = |text: &str| text.parse::<Digits>())]
    pub digits: Option<Digits>,
    /// Seconds for which a code is valid
    #[arg(long, value_name = "SECONDS", value_parser = |text: &str| text.parse::<Period>())]
    pub period: Option<Period>,
    /// Counter of the next HOTP code
    #[arg(long, value_name = "N")]
    pub counter: Option<u64>,
    /// totp, hotp or steam
    #[arg(
        long = "type",
        value_name = "TYPE",
        value_enum,
        hide_possible_values = true
    )]
    pub kind: Option<KindName>,
}

/// The three types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum KindName {
    /// The clock (RFC 6238)
    Totp,
    /// A counter (RFC 4226)
    Hotp,
    /// Steam Guard
    Steam,
}

fn label(text: &str) -> Result<String, String> {
    if text.len() > MAX_LABEL_BYTES {
        return Err(format!("it is longer than {MAX_LABEL_BYTES} bytes"));
    }
    Ok(text.trim_start().to_owned())
}

impl AccountArgs {
    /// Whether nothing is asked for.
    pub(crate) const fn is_empty(&self) -> bool {
        self.name.is_none()
            && self.issuer.is_none()
            && self.algorithm.is_none()
            && self.digits.is_none()
            && self.period.is_none()
            && self.counter.is_none()
            && self.kind.is_none()
    }

    /// Changes issuer, name and credential to what was asked for. `command` is named in hints.
    ///
    /// # Errors
    /// [`Exit::Usage`] when options do not go together, [`Exit::Unusable`] for HOTP without a
    /// counter.
    pub(crate) fn apply(
        &self,
        issuer: &mut String,
        name: &mut String,
        credential: &mut Credential,
        command: &str,
    ) -> Result {
        if let Some(new) = &self.issuer {
            issuer.clone_from(new);
        }
        if let Some(new) = &self.name {
            if new.trim().is_empty() {
                return Err(CommandError::new(Exit::Unusable, "the new name is empty"));
            }
            name.clone_from(new);
        }
        if issuer.is_empty() && name.is_empty() {
            return Err(
                CommandError::new(Exit::Unusable, "the account needs a name or an issuer")
                    .with_hint(format!("{command} … --name NAME")),
            );
        }
        credential.kind = self.kind(credential.kind, command)?;
        credential.algorithm = self.algorithm.unwrap_or(credential.algorithm);
        credential.digits = match (credential.kind, self.digits) {
            (Kind::Steam, Some(digits)) if digits != Digits::STEAM => {
                return Err(usage("a Steam code always has 5 characters"));
            }
            (Kind::Steam, _) => Digits::STEAM,
            (_, Some(digits)) => digits,
            // What a Steam account had makes no sense elsewhere.
            (_, None) if self.kind.is_some() && credential.digits == Digits::STEAM => Digits::SIX,
            (_, None) => credential.digits,
        };
        Ok(())
    }

    fn kind(&self, read: Kind, command: &str) -> Result<Kind> {
        let kind = self.kind.unwrap_or(match read {
            Kind::Totp { .. } => KindName::Totp,
            Kind::Hotp { .. } => KindName::Hotp,
            Kind::Steam => KindName::Steam,
        });
        match kind {
            KindName::Hotp if self.period.is_some() => Err(usage("HOTP has no --period")),
            KindName::Totp | KindName::Steam if self.counter.is_some() => {
                Err(usage("only HOTP has a --counter"))
            }
            KindName::Steam if self.period.is_some_and(|p| p != Period::THIRTY) => {
                Err(usage("a Steam code always lives 30 seconds"))
            }
            KindName::Steam => Ok(Kind::Steam),
            KindName::Totp => {
                let period = self.period.or(read.period()).unwrap_or_default();
                Ok(Kind::Totp { period })
            }
            KindName::Hotp => {
                let counter = self.counter.or(read.counter()).ok_or_else(|| {
                    CommandError::new(Exit::Unusable, "an HOTP account needs a counter")
                        .with_hint(format!("{command} … --counter 0"))
                })?;
                Ok(Kind::Hotp { counter })
            }
        }
    }
}

fn usage(message: &str) -> CommandError {
    CommandError::new(Exit::Usage, message)
}
