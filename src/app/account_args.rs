//! The options that set an account's details.

use super::error::{CommandError, Exit, Result};
use crate::otp::{
    Algorithm, Credential, Digits, Kind, MAX_LABEL_BYTES, MAX_TAG_BYTES, Note, Period, split_label,
};

/// Options that `add` and `edit` share.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct AccountArgs {
    /// Account name, or ISSUER:NAME (split at the first colon)
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
    /// Add a tag; may be repeated
    #[arg(long = "tag", value_name = "TAG", value_parser = tag, add = clap_complete::ArgValueCompleter::new(crate::app::complete::tags))]
    pub tags: Vec<String>,
}

/// The types of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum KindName {
    /// Time-based codes
    Totp,
    /// Counter-based codes
    Hotp,
    /// Steam Guard codes
    Steam,
}

/// Checks the length of an issuer, a name or `ISSUER:NAME`, and trims its start.
pub(crate) fn label(text: &str) -> Result<String, String> {
    if text.len() > MAX_LABEL_BYTES {
        return Err(format!("it is longer than {MAX_LABEL_BYTES} bytes"));
    }
    Ok(text.trim_start().to_owned())
}

fn tag(text: &str) -> Result<String, String> {
    let tag = text.trim();
    if tag.is_empty() {
        Err("a tag cannot be empty".to_owned())
    } else if tag.contains(',') {
        Err("a tag cannot contain a comma; repeat --tag to add several".to_owned())
    } else if tag.len() > MAX_TAG_BYTES {
        Err(format!("it is longer than {MAX_TAG_BYTES} bytes"))
    } else {
        Ok(tag.to_owned())
    }
}

impl AccountArgs {
    /// Whether no option was given.
    pub(crate) const fn is_empty(&self) -> bool {
        self.name.is_none()
            && self.issuer.is_none()
            && self.algorithm.is_none()
            && self.digits.is_none()
            && self.period.is_none()
            && self.counter.is_none()
            && self.kind.is_none()
            && self.tags.is_empty()
    }

    /// Changes issuer, name and credential as the options say. A name is split at its first colon, like
    /// the label of a URI. Hints contain `command`.
    ///
    /// # Errors
    /// [`Exit::Usage`] if options conflict, [`Exit::Unusable`] for HOTP without a counter.
    pub(crate) fn apply(
        &self,
        issuer: &mut String,
        name: &mut String,
        credential: &mut Credential,
        command: &str,
    ) -> Result {
        if let Some(label) = &self.name {
            let (prefix, new) = split_label(label);
            if new.trim().is_empty() {
                return Err(CommandError::new(Exit::Unusable, "the name is empty"));
            }
            // A colon with nothing before it removes the issuer.
            if label.contains(':') {
                *issuer = prefix;
            }
            *name = new;
        }
        // Overrides the part before the colon, like the parameter of a URI.
        if let Some(new) = &self.issuer {
            issuer.clone_from(new);
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
            // The digits of a Steam account apply to no other type.
            (_, None) if self.kind.is_some() && credential.digits == Digits::STEAM => Digits::SIX,
            (_, None) => credential.digits,
        };
        Ok(())
    }

    /// A note if `--name` and `--issuer` give different issuers.
    pub(crate) fn issuers_differ(&self) -> Option<Note> {
        let (prefix, _) = split_label(self.name.as_deref()?);
        let issuer = self.issuer.as_ref()?;
        (!prefix.is_empty() && prefix != *issuer).then(|| Note::IssuersDiffer {
            label: prefix,
            parameter: issuer.clone(),
        })
    }

    /// Refuses `--type hotp` without a counter, before a person is asked for the key.
    pub(crate) fn check_counter(&self, command: &str) -> Result {
        match (self.kind, self.counter) {
            (Some(KindName::Hotp), None) => Err(no_counter(command)),
            _ => Ok(()),
        }
    }

    fn kind(&self, read: Kind, command: &str) -> Result<Kind> {
        let kind = self.kind.unwrap_or(match read {
            Kind::Totp { .. } => KindName::Totp,
            Kind::Hotp { .. } => KindName::Hotp,
            Kind::Steam => KindName::Steam,
        });
        match kind {
            KindName::Hotp if self.period.is_some() => {
                Err(usage("--period does not apply to HOTP"))
            }
            KindName::Totp | KindName::Steam if self.counter.is_some() => {
                Err(usage("--counter applies only to HOTP"))
            }
            KindName::Steam if self.period.is_some_and(|p| p != Period::THIRTY) => {
                Err(usage("a Steam code is always valid for 30 seconds"))
            }
            KindName::Steam => Ok(Kind::Steam),
            KindName::Totp => {
                let period = self.period.or(read.period()).unwrap_or_default();
                Ok(Kind::Totp { period })
            }
            KindName::Hotp => {
                let counter = self.counter.or(read.counter());
                let counter = counter.ok_or_else(|| no_counter(&format!("{command} …")))?;
                Ok(Kind::Hotp { counter })
            }
        }
    }
}

fn no_counter(command: &str) -> CommandError {
    CommandError::new(Exit::Unusable, "an HOTP account needs a counter")
        .with_hint(format!("{command} --counter 0"))
}

fn usage(message: &str) -> CommandError {
    CommandError::new(Exit::Usage, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otp::parse;

    fn named(name: &str, issuer: Option<&str>) -> Result<(String, String)> {
        let args = AccountArgs {
            name: Some(label(name).unwrap()),
            issuer: issuer.map(ToOwned::to_owned),
            ..AccountArgs::default()
        };
        let mut draft = parse("otpauth://totp/Old:old?secret=AAAAAAAA")
            .unwrap()
            .draft;
        args.apply(
            &mut draft.issuer,
            &mut draft.name,
            &mut draft.credential,
            "mfa add",
        )?;
        Ok((draft.issuer, draft.name))
    }

    /// A typed name is read like the label of a URI.
    #[test]
    fn a_name_is_split_as_the_label_of_a_uri() {
        for (name, issuer) in [
            ("GitHub:work", None),
            ("ACME Co : john", None),
            ("a:b:443", None),
            (":alice", None),
            (":a:b", None),
            ("Shown:alice", Some("Example")),
            ("alice", Some("Example")),
        ] {
            let mut uri = format!("otpauth://totp/{name}?secret=AAAAAAAA");
            if let Some(issuer) = issuer {
                uri.push_str(&format!("&issuer={issuer}"));
            }
            let draft = parse(&uri).unwrap().draft;
            let expected = (draft.issuer, draft.name);
            assert_eq!(named(name, issuer).unwrap(), expected, "{name} {issuer:?}");
        }
    }

    #[test]
    fn a_name_alone_keeps_the_issuer_and_no_issuer_can_be_asked_for() {
        let pair = |issuer: &str, name: &str| (issuer.to_owned(), name.to_owned());
        assert_eq!(named("new", None).unwrap(), pair("Old", "new"));
        assert_eq!(named("A:new", Some("")).unwrap(), pair("", "new"));
        for empty in ["", "A:", " : "] {
            assert_eq!(
                named(empty, None).unwrap_err().kind,
                Exit::Unusable,
                "{empty}"
            );
        }
    }

    #[test]
    fn tags_are_checked() {
        assert_eq!(tag(" work "), Ok("work".to_owned()));
        assert!(tag(&"x".repeat(MAX_TAG_BYTES)).is_ok());
        for bad in ["", " ", "a,b", &"x".repeat(MAX_TAG_BYTES + 1)] {
            assert!(tag(bad).is_err(), "{bad}");
        }
    }
}
