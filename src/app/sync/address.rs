//! The arguments that name a remote, and the remote itself.

use std::path::{Path, PathBuf};

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::user_files::exists;
use crate::sync::known::Address;
use crate::sync::remote::Remote;
use crate::sync::remote::folder::Folder;
use crate::sync::remote::probe::{Probe, probe};
use crate::sync::remote::s3_address::S3Address;
use crate::vault::format::random_array;
use crate::vault::storage::quoted;

/// Where the commits are stored.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct RemoteArgs {
    #[arg(help = "s3://BUCKET/PREFIX, or a folder")]
    #[arg(value_name = "REMOTE", value_hint = clap::ValueHint::DirPath)]
    remote: String,
    /// Use this server instead of AWS's
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// Region of the bucket [default: the profile's]
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Profile in ~/.aws with access to the bucket
    #[arg(long, value_name = "PROFILE")]
    #[cfg_attr(feature = "aws", arg(add = clap_complete::ArgValueCompleter::new(crate::app::complete::aws_profiles)))]
    profile: Option<String>,
}

impl RemoteArgs {
    /// The address that the arguments mean.
    ///
    /// # Errors
    /// [`Exit::Usage`] if it is of another kind, or an option does not belong to it.
    pub(crate) fn address(&self) -> Result<Address> {
        let shown = &self.remote;
        if shown.starts_with("s3://") {
            let address = S3Address::parse(shown).map_err(|why| {
                CommandError::new(Exit::Usage, format!("cannot sync with '{shown}': {why}"))
            })?;
            return Ok(Address::S3(S3Address {
                endpoint: self.endpoint.clone(),
                region: self.region.clone(),
                profile: self.profile.clone(),
                ..address
            }));
        }
        if let Some((scheme, _)) = shown.split_once("://") {
            let message =
                format!("cannot sync with {scheme}://: use s3://BUCKET/PREFIX or a folder");
            let mount = "mount other stores as a folder, for instance with rclone".to_owned();
            return Err(CommandError::new(Exit::Usage, message)
                .with_details(vec![mount])
                .with_hint("mfa help sync"));
        }
        if let Some((name, _)) = self.options().next() {
            let message = format!("--{name} is only for s3://, but '{shown}' is a folder");
            return Err(CommandError::new(Exit::Usage, message));
        }
        if shown.is_empty() {
            return Err(CommandError::new(Exit::Usage, "the remote has no name"));
        }
        let path = std::path::absolute(shown).unwrap_or_else(|_| PathBuf::from(shown));
        Ok(Address::Folder { path })
    }

    /// The options that were given.
    fn options(&self) -> impl Iterator<Item = (&'static str, &String)> {
        let all = [
            ("endpoint", &self.endpoint),
            ("region", &self.region),
            ("profile", &self.profile),
        ];
        all.into_iter()
            .filter_map(|(name, value)| Some((name, value.as_ref()?)))
    }

    /// The arguments as they are typed on another machine. A folder has its full path.
    pub(crate) fn words(&self, address: &Address) -> String {
        let mut text = quoted(Path::new(&address.to_string()));
        for (name, value) in self.options() {
            text.push_str(&format!(" --{name} {}", quoted(Path::new(value))));
        }
        text
    }
}

impl Context {
    /// Connects to a remote that was just named. `creates` makes a folder whose parent exists, and makes
    /// sure that a server never replaces a commit.
    ///
    /// # Errors
    /// If there is no such folder, or it cannot be created; if the server replaces objects.
    pub(crate) fn new_remote(
        &mut self,
        address: &Address,
        creates: bool,
    ) -> Result<Box<dyn Remote>> {
        let path = match address {
            Address::Folder { path } => path,
            Address::S3(address) => {
                let mut remote = self.bucket_of(address, true)?;
                if creates {
                    let name = random_array(&mut self.random)?;
                    probe(&mut *remote, &Probe { name })?;
                }
                return Ok(remote);
            }
        };
        let shown = path.display();
        if !exists(path) {
            if !creates {
                let message = format!("there is no folder {shown}");
                return Err(CommandError::new(Exit::Failed, message));
            }
            if let Some(parent) = path.parent().filter(|parent| !exists(parent)) {
                let parent = parent.display();
                let message = format!("cannot create {shown}: there is no folder {parent}");
                return Err(CommandError::new(Exit::Failed, message));
            }
        }
        Ok(Box::new(Folder::create(path.clone())?))
    }

    /// Connects to the remote with which the vault syncs.
    ///
    /// # Errors
    /// If its settings are wrong.
    pub(crate) fn remote(&mut self, address: &Address) -> Result<Box<dyn Remote>> {
        match address {
            Address::Folder { path } => Ok(Box::new(Folder::new(path.clone()))),
            Address::S3(address) => self.bucket_of(address, false),
        }
    }

    #[cfg(feature = "aws")]
    fn bucket_of(&mut self, address: &S3Address, tells: bool) -> Result<Box<dyn Remote>> {
        self.bucket(address, tells)
    }

    #[cfg(not(feature = "aws"))]
    #[expect(clippy::unused_self, reason = "it is called like the other one")]
    fn bucket_of(&mut self, _: &S3Address, _: bool) -> Result<Box<dyn Remote>> {
        let message = "this build of mfa does not support s3://: use a folder";
        let install = "cargo install --locked --path . --features aws";
        Err(CommandError::new(Exit::Failed, message).with_hint(install))
    }
}
