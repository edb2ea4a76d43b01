//! Connects `mfa sync` to a bucket, with the keys of a profile.

use super::{credentials, files};
use crate::app::context::Context;
use crate::app::error::Result;
use crate::aws::api::s3::S3;
use crate::aws::config::Source;
use crate::aws::s3::{keys_for_s3, needs_session, place_of_bucket};
use crate::aws::{Host as _, Notice};
use crate::sync::remote::s3::S3Remote;
use crate::sync::remote::s3_address::S3Address;
use crate::sync::remote::{Remote, RemoteError};

impl Context {
    /// Prepares the client of a bucket, and gets its keys: each round gets those of a living session.
    /// `tells` warns of a connection that is not encrypted.
    ///
    /// # Errors
    /// If the profile, its region or its endpoint is wrong, the vault cannot be opened, or AWS gives no
    /// session.
    pub(crate) fn bucket(&mut self, address: &S3Address, tells: bool) -> Result<Box<dyn Remote>> {
        // A joining machine has no vault yet; others may keep the keys in it.
        let open = self.open_vault_if_any()?;
        let vault = open.map(|open| open.vault).unwrap_or_default();
        let name = address.profile.as_deref();
        let named = (address.endpoint.as_deref(), address.region.as_deref());
        let (place, profile) = place_of_bucket(self, name, &vault, &address.bucket, named)?;
        if tells && place.is_plain_text() {
            self.notify(&Notice::PlainTextBucket(place.server()));
        }
        let keys = keys_for_s3(self, name, &vault)?;
        let s3 = S3::new(place, files::trust(Some(&profile)), files::now);
        let has_session = needs_session(&profile);
        let source = profile.source;
        let mut is_first = true;
        let get_keys = move || {
            let is_again = !std::mem::take(&mut is_first);
            match &source {
                // They are asked for again when they expire. A session lasts for a round.
                Source::Process(_) | Source::AwsProgram(_) if is_again && !has_session => {
                    let keys = credentials::resolve(&source);
                    keys.map_err(|error| RemoteError::Refused(error.to_string()))
                }
                _ => Ok(keys.clone()),
            }
        };
        let prefix = address.prefix.clone();
        Ok(Box::new(S3Remote::new(s3, prefix, Box::new(get_keys))))
    }
}
