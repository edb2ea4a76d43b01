//! One process asks AWS; those that wait for the same answer share it, or its failure.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use super::cache::{Cached, failure_file};
use crate::aws::api::{ApiError, ClockSkew};
use crate::aws::{Error, Host, OpenVault, ProfileClient};

/// A failure, kept for the processes that waited while it happened.
#[derive(Serialize, Deserialize)]
struct Failure {
    /// Differs for each failure.
    id: String,
    error: ApiError,
    clock_skew: Option<ClockSkew>,
}

/// What is asked for.
pub(super) struct Topic<'a> {
    /// The file of the session.
    pub(super) file: &'a str,
    /// The file whose lock is held meanwhile. Sessions that use up codes of the same device share it.
    pub(super) lock: &'a str,
    /// Whether to ask even if a cached session is valid.
    pub(super) renew: bool,
}

/// Returns what `look` finds, or what `ask` gets from AWS. While another process asks for the same,
/// waits, and shares its session or its failure. The second value is whether the session is new.
pub(super) fn share<H: Host>(
    host: &mut H,
    client: &mut ProfileClient,
    open: &OpenVault,
    topic: &Topic<'_>,
    look: impl Fn(&H) -> Option<Cached>,
    ask: impl FnOnce(&mut H, &mut ProfileClient) -> Result<Cached, H::Error>,
) -> Result<(Cached, bool), H::Error> {
    let before = look(host);
    let known = match before {
        Some(found) if !topic.renew => return Ok((found, false)),
        before => before.map(|found| found.keys.id.clone()),
    };
    let file = failure_file(topic.file);
    let read = |host: &H| open.seal.read::<Failure>(host.state(), &file);
    let old_failure = read(host).map(|failure| failure.id);
    let _turn = host.state().lock(topic.lock)?;
    match look(host) {
        Some(found) if !topic.renew || known.as_ref() != Some(&found.keys.id) => {
            return Ok((found, false));
        }
        _ => {}
    }
    if let Some(failure) = read(host).filter(|failure| Some(&failure.id) != old_failure.as_ref()) {
        let Failure {
            error, clock_skew, ..
        } = failure;
        client.set_failure(Some((error.clone(), clock_skew)));
        return Err(client.of_profile(Error::Api { error, clock_skew }).into());
    }
    client.set_failure(None);
    let asked = ask(host, client);
    if let (Err(_), Some((error, clock_skew))) = (&asked, client.failure()) {
        let failure = Failure {
            id: HEXLOWER.encode(&host.random_bytes::<16>()?),
            error,
            clock_skew,
        };
        open.seal.write(host, &file, &failure)?;
    }
    Ok((asked?, true))
}
