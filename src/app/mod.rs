//! What commands share: the world they run in, their errors, and what several of them take, ask or
//! show.

pub(crate) mod account_args;
#[cfg(feature = "aws")]
pub(crate) mod aws;
pub(crate) mod cache;
pub(crate) mod clock;
pub(crate) mod complete;
pub(crate) mod context;
pub(crate) mod error;
pub(crate) mod identities;
pub(crate) mod keyring;
pub(crate) mod progress;
pub(crate) mod report;
pub(crate) mod select;
pub(crate) mod session;
pub(crate) mod slots;
pub(crate) mod typed_secret;
pub(crate) mod unlock_duration;
pub(crate) mod unlocking;
pub(crate) mod used_codes;
pub(crate) mod user_files;
pub(crate) mod ways;
