//! How a command ends when it does not end well: one line of what and why, one of what to try.

use std::io;

use crate::otp::UriError;
use crate::qr::PictureError;
use crate::transfer::google::ExportError;
use crate::vault::ChangeError;
use crate::vault::document::DocumentError;
use crate::vault::keys::RandomError;
use crate::vault::store::{StoreError, plain};

/// The exit codes of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Input, output or another system failed.
    Failed = 1,
    /// Wrong usage.
    Usage = 2,
    /// No such account.
    NotFound = 3,
    /// Several accounts match.
    Ambiguous = 4,
    /// The vault is locked, or the passphrase is wrong.
    Locked = 5,
    /// The vault or an imported file is damaged, or from a newer version.
    Damaged = 6,
    /// Input is not a usable account.
    Unusable = 7,
    /// An account of that name exists.
    Exists = 8,
}

/// Why a command stopped. No text in it holds a secret.
#[derive(Debug)]
pub struct Failure {
    /// Its exit code.
    pub exit: Exit,
    /// `what failed: why`; `None` when there is nobody to tell, as with a closed pipe.
    pub message: Option<String>,
    /// Further lines, such as the accounts that match.
    pub details: Vec<String>,
    /// A command to type next.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure with its line.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: Some(message.into()),
            details: Vec::new(),
            hint: None,
        }
    }

    /// An end that needs no words.
    #[must_use]
    pub const fn quiet(exit: Exit) -> Self {
        Self {
            exit,
            message: None,
            details: Vec::new(),
            hint: None,
        }
    }

    /// Adds the command to type next.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds lines below the first.
    #[must_use]
    pub fn with_details(mut self, details: Vec<String>) -> Self {
        self.details = details;
        self
    }

    /// Puts what was being done before the reason.
    #[must_use]
    pub fn while_doing(mut self, what: &str) -> Self {
        self.message = self.message.map(|why| format!("{what}: {why}"));
        self
    }
}

/// What a command gives back.
pub type Outcome<T = ()> = Result<T, Failure>;

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let message = error.to_string();
        match error {
            StoreError::Format { .. } => Self::new(Exit::Damaged, message),
            StoreError::Unsafe { fix: Some(fix), .. } => {
                Self::new(Exit::Failed, message).with_hint(fix)
            }
            StoreError::Unsafe { .. } | StoreError::Io { .. } | StoreError::ReadBack { .. } => {
                Self::new(Exit::Failed, message)
            }
        }
    }
}

impl From<RandomError> for Failure {
    fn from(error: RandomError) -> Self {
        Self::new(Exit::Failed, error.to_string())
    }
}

impl From<DocumentError> for Failure {
    fn from(error: DocumentError) -> Self {
        Self::new(Exit::Damaged, error.to_string())
    }
}

impl From<UriError> for Failure {
    fn from(error: UriError) -> Self {
        Self::new(Exit::Unusable, error.to_string())
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        Self::new(Exit::Unusable, error.to_string())
    }
}

impl From<PictureError> for Failure {
    fn from(error: PictureError) -> Self {
        let advice = error.advice();
        let details = advice.map(ToOwned::to_owned).into_iter().collect();
        Self::new(Exit::Unusable, error.to_string()).with_details(details)
    }
}

impl From<ChangeError> for Failure {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NameTaken(name) => {
                let message = format!("cannot store {name}: an account of that name exists");
                Self::new(Exit::Exists, message)
            }
            ChangeError::Gone => Self::new(Exit::NotFound, error.to_string()),
        }
    }
}

/// Errors of the standard streams and of prompts.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::quiet(Exit::Done),
            io::ErrorKind::Interrupted => Self::quiet(Exit::Failed),
            io::ErrorKind::UnexpectedEof => Self::new(Exit::Failed, "no answer was given"),
            _ => Self::new(
                Exit::Failed,
                format!("cannot write the answer: {}", plain(&error)),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exit_code_is_that_of_the_contract() {
        use Exit::*;
        let all = [
            Done, Failed, Usage, NotFound, Ambiguous, Locked, Damaged, Unusable, Exists,
        ];
        for (code, exit) in (0..).zip(all) {
            assert_eq!(exit as u8, code);
        }
    }

    #[test]
    fn a_closed_pipe_is_quiet() {
        let failure = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!((failure.exit, failure.message), (Exit::Done, None));
    }
}
