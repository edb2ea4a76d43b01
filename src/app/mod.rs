//! What commands share: their context, their errors, and common arguments, prompts and output.

pub(crate) mod account_args;
pub(crate) mod account_notes;
#[cfg(feature = "aws")]
pub(crate) mod aws;
#[cfg(feature = "desktop")]
pub(crate) mod clipboard;
#[cfg(feature = "desktop")]
pub(crate) mod clipboard_helper;
pub(crate) mod clock;
pub(crate) mod complete;
pub(crate) mod context;
mod counted_codes;
pub(crate) mod differences;
pub(crate) mod doctor;
mod edit;
pub(crate) mod error;
mod first_codes;
pub(crate) mod folders;
pub(crate) mod hint;
pub(crate) mod host;
mod last_used;
pub(crate) mod local_time;
pub(crate) mod programs;
pub(crate) mod qr_output;
pub(crate) mod recovery_code;
pub(crate) mod report;
pub(crate) mod select;
pub(crate) mod shell_quote;
pub(crate) mod sources;
pub(crate) mod sync;
pub(crate) mod typed_secret;
pub(crate) mod unlock_duration;
mod used_codes;
pub(crate) mod user_files;
pub(crate) mod vault;
mod vault_error;
pub(crate) mod watch;
