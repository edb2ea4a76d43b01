//! Several machines, one vault: merges the vault with commits in a remote that knows no key.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`merge`] | merges two states of a vault. Pure |
//! | [`commit`] | one commit: the whole vault, sealed and bound to its place in the history. Pure |
//! | [`remote`] | where commits are stored: S3, or a folder |
//! | [`known`] | what this machine has seen of the remote, and how the last rounds went |
//! | [`engine`] | one round: fetch, verify, merge, push |

pub(crate) mod commit;
pub(crate) mod engine;
pub(crate) mod error;
pub(crate) mod known;
pub(crate) mod merge;
pub(crate) mod remote;
