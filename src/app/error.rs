//! Errors of commands: what failed and why in one line, then the commands to try.
//!
#![doc = include_str!("exit-codes.md")]

use std::fmt;
use std::io;

use super::hint::Hint;
use crate::otp::UriError;
use crate::otp::migration::MigrationError;
use crate::qr::PictureError;
use crate::vault::ChangeError;
use crate::vault::format::RandomError;
use crate::vault::storage::plain;

/// The exit codes, on which scripts rely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Done = 0,
    /// Input, output, the network or another program failed.
    Failed = 1,
    /// The arguments are wrong.
    Usage = 2,
    /// No account matches the name.
    NotFound = 3,
    /// Several accounts match the name.
    Ambiguous = 4,
    /// The vault is locked, or the passphrase is wrong.
    Locked = 5,
    /// The vault or an imported file is damaged, or from a newer version.
    Damaged = 6,
    /// Input is not a usable account.
    Unusable = 7,
    /// Another account has that name.
    Exists = 8,
}

/// Why a command stopped. Its texts never contain a secret.
#[derive(Debug)]
pub(crate) struct CommandError {
    /// The exit code of the command.
    pub kind: Exit,
    /// What failed and why; `None` prints nothing, as for a closed pipe.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
    /// More lines, such as the accounts that match.
    pub details: Vec<String>,
    /// Commands to type next.
    pub hints: Vec<Hint>,
    /// The exit code of a program that ran in place of this one; it replaces that of `kind`. On Windows, it
    /// has 32 bits.
    pub program: Option<i32>,
}

impl CommandError {
    /// Creates an error from a text that says what failed and why, or from another error.
    pub(crate) fn new(
        kind: Exit,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self {
            source: Some(source.into()),
            ..Self::quiet(kind)
        }
    }

    /// Creates an error that prints nothing.
    pub(crate) const fn quiet(kind: Exit) -> Self {
        Self {
            kind,
            source: None,
            details: Vec::new(),
            hints: Vec::new(),
            program: None,
        }
    }

    /// Ends with the exit code of a program that ran in place of this one. As in a shell, a signal is
    /// 128 and its number.
    #[cfg(feature = "aws")]
    pub(crate) fn of_program(status: std::process::ExitStatus) -> Self {
        #[cfg(unix)]
        let signal = std::os::unix::process::ExitStatusExt::signal(&status);
        #[cfg(not(unix))]
        let signal = None::<i32>;
        let code = status.code().or(signal.map(|signal| 128 + signal));
        Self {
            program: code,
            ..Self::quiet(if status.success() {
                Exit::Done
            } else {
                Exit::Failed
            })
        }
    }

    /// Adds a command to type next.
    pub(crate) fn with_hint(mut self, hint: impl Into<Hint>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds an option to the commands to type next that take it, unless this run was given one.
    #[cfg(feature = "aws")]
    pub(crate) fn implying(mut self, option: &'static str, value: &str) -> Self {
        let hints = self.hints.into_iter();
        self.hints = hints.map(|hint| hint.implied(option, value)).collect();
        self
    }

    /// Sets the lines below the first.
    pub(crate) fn with_details(mut self, details: Vec<String>) -> Self {
        self.details = details;
        self
    }

    /// Converts an error that a host returned, which may be a `CommandError` inside a box.
    pub(crate) fn from_host(error: Box<dyn std::error::Error + Send + Sync>) -> Self {
        match error.downcast::<Self>() {
            Ok(own) => *own,
            Err(other) => Self::new(Exit::Failed, other),
        }
    }

    /// Puts `what`, which was being done, before the reason.
    pub(crate) fn while_doing(mut self, what: &str) -> Self {
        self.source = self.source.map(|why| format!("{what}: {why}").into());
        self
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.as_ref().map_or(Ok(()), |source| source.fmt(f))
    }
}

impl std::error::Error for CommandError {}

/// What a command returns: nothing, because it prints its own output.
pub(crate) type Result<T = (), E = CommandError> = std::result::Result<T, E>;

impl From<RandomError> for CommandError {
    fn from(error: RandomError) -> Self {
        Self::new(Exit::Failed, error)
    }
}

impl From<UriError> for CommandError {
    fn from(error: UriError) -> Self {
        Self::new(Exit::Unusable, error)
    }
}

impl From<MigrationError> for CommandError {
    fn from(error: MigrationError) -> Self {
        Self::new(Exit::Unusable, error)
    }
}

impl From<PictureError> for CommandError {
    fn from(error: PictureError) -> Self {
        let advice = error.advice();
        let details = advice.map(ToOwned::to_owned).into_iter().collect();
        Self::new(Exit::Unusable, error).with_details(details)
    }
}

impl From<ChangeError> for CommandError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NameTaken(name) => {
                let message = format!("cannot store {name}: an account of that name exists");
                Self::new(Exit::Exists, message)
            }
            ChangeError::Gone => Self::new(Exit::NotFound, error),
        }
    }
}

/// Converts errors of standard streams and prompts.
impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::quiet(Exit::Done),
            // ^C was read as a key. Elsewhere, the signal ends the program with this code.
            io::ErrorKind::Interrupted => Self {
                program: Some(130),
                ..Self::quiet(Exit::Failed)
            },
            io::ErrorKind::UnexpectedEof => Self::new(Exit::Failed, "no answer was given"),
            _ => Self::new(
                Exit::Failed,
                format!("cannot write the output: {}", plain(&error)),
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
    fn an_interrupt_has_the_code_of_the_contract() {
        let error = CommandError::from(io::Error::from(io::ErrorKind::Interrupted));
        assert!(error.program == Some(130) && error.source.is_none());
    }

    #[test]
    fn a_closed_pipe_is_quiet() {
        let error = CommandError::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert!(error.kind == Exit::Done && error.source.is_none());
    }
}
