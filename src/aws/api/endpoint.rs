//! The URLs of IAM, STS and the console's sign-in.

use std::net::IpAddr;

use thiserror::Error;
use ureq::http::Uri;

use super::ApiError;
use crate::aws::arn::Arn;
use crate::aws::config::{Files, Profile};
use crate::aws::partition::{COMMERCIAL, Partition, Variant};

/// The services that get signed requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// IAM: users and their MFA devices.
    Iam,
    /// STS: sessions, and the identity of keys.
    Sts,
}

impl Service {
    /// The name in signatures and in the variable `AWS_ENDPOINT_URL_…`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::Sts => "sts",
        }
    }

    /// The version of its Query API.
    pub(super) const fn version(self) -> &'static str {
        match self {
            Self::Iam => "2010-05-08",
            Self::Sts => "2011-06-15",
        }
    }
}

/// Why it is unclear where to send requests.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum EndpointError {
    /// No partition has this region, so its hosts are unknown.
    #[error("no AWS partition that mfa knows has the region '{0}'")]
    UnknownRegion(String),
    /// The partition of this ARN is unknown, and so are its hosts.
    #[error("mfa does not know the AWS partition of {0}")]
    UnknownPartition(String),
    /// The region belongs to another partition than the role or device.
    #[error("{arn} is not in the partition of the region {region} ({partition})")]
    OtherPartition {
        arn: String,
        region: String,
        /// The name of the region's partition.
        partition: &'static str,
    },
    /// AWS's tools refuse this too: the URL may be no such endpoint.
    #[error("{setting} cannot be combined with the endpoint URL {url}")]
    WithUrl { setting: &'static str, url: String },
    /// It is no address of a server. It is not quoted, since it may contain a password.
    #[error("the endpoint must be an address such as https://s3.example.com, without a password")]
    NotAnAddress,
}

/// The URLs that are configured, and AWS's own.
#[derive(Debug, Clone)]
pub(crate) struct Endpoints {
    /// The configured URL of IAM, if any.
    iam: Option<String>,
    /// The configured URL of STS, if any.
    sts: Option<String>,
    /// The configured URL of the console's sign-in, if any.
    signin: Option<String>,
    /// AWS's own URLs of IAM and STS, and the regions to sign for.
    usual: [(String, String); 2],
}

impl Default for Endpoints {
    fn default() -> Self {
        let usual = Variant::default();
        Self {
            iam: None,
            sts: None,
            signin: None,
            usual: [COMMERCIAL.iam(usual), COMMERCIAL.sts(None, usual, false)],
        }
    }
}

impl Endpoints {
    /// Reads variables and the profile. In this order: the service's own variable, the general variable,
    /// the profile's `services` section, its `endpoint_url`. Fails if AWS's own endpoint is needed, but
    /// unknown or ambiguous.
    pub(crate) fn resolve(files: &Files, profile: &Profile) -> Result<Self, EndpointError> {
        let options = profile.endpoint_options;
        let configured = |service: &str, of_service: Option<&String>| {
            configured(files, profile, service, of_service)
        };
        let [iam, sts, _] = &profile.endpoints;
        let (iam, sts) = (
            configured("IAM", iam.as_ref()),
            configured("STS", sts.as_ref()),
        );
        let needs_aws = iam.is_none() || sts.is_none();
        for (is_set, setting) in [
            (options.variant.fips, "use_fips_endpoint"),
            (options.variant.dual_stack, "use_dualstack_endpoint"),
        ] {
            if let (true, Some(url)) = (is_set, sts.as_ref().or(iam.as_ref())) {
                let url = url.clone();
                return Err(EndpointError::WithUrl { setting, url });
            }
        }
        let region = profile.region.as_deref();
        let partition = match partition(profile) {
            Err(error) if needs_aws => return Err(error),
            partition => partition.unwrap_or(COMMERCIAL),
        };
        let mut usual = [
            partition.iam(options.variant),
            partition.sts(region, options.variant, options.is_legacy && sts.is_none()),
        ];
        if let Some(region) = region.filter(|region| Partition::of_region(region).is_none()) {
            // Of a simulator, which may have regions of its own.
            region.clone_into(&mut usual[1].1);
        }
        Ok(Self {
            iam,
            sts,
            signin: configured("SIGNIN", None),
            usual,
        })
    }

    /// Where sessions of STS are valid. All regions of a partition share theirs. Sessions of the global
    /// endpoint are not valid in regions that must be opted into.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html>
    pub(crate) fn audience(&self) -> String {
        let (url, region) = self.of(Service::Sts);
        match &self.sts {
            Some(configured) => configured.trim_end_matches('/').to_owned(),
            None => url.replace(&format!(".{region}."), ".*."),
        }
    }

    /// The configured URLs that are not encrypted, each once.
    pub(crate) fn plain_text(&self) -> Vec<&str> {
        let all = [&self.iam, &self.sts, &self.signin];
        let all = all.into_iter().filter_map(Option::as_deref);
        let mut urls: Vec<_> = all.filter(|url| is_plain_text(url)).collect();
        urls.dedup();
        urls
    }

    /// The URL of the console's sign-in; `usual` unless one is configured. Refuses plain text: the request
    /// contains a session's keys.
    pub(super) fn signin<'a>(&'a self, usual: &'a str) -> Result<&'a str, ApiError> {
        let url = self.signin.as_deref().unwrap_or(usual);
        if is_plain_text(url) {
            return Err(ApiError::PlainText(url.to_owned()));
        }
        Ok(url.trim_end_matches('/'))
    }

    /// The URL of a service, and the region to sign for.
    pub(crate) fn of(&self, service: Service) -> (String, String) {
        let (configured, usual) = match service {
            Service::Iam => (&self.iam, &self.usual[0]),
            Service::Sts => (&self.sts, &self.usual[1]),
        };
        let (url, region) = usual.clone();
        (configured.clone().unwrap_or(url), region)
    }
}

/// The configured URL of a service, if any.
pub(super) fn configured(
    files: &Files,
    profile: &Profile,
    service: &str,
    of_service: Option<&String>,
) -> Option<String> {
    let variable = files.variable(&format!("AWS_ENDPOINT_URL_{service}"));
    variable
        .or_else(|| files.variable("AWS_ENDPOINT_URL"))
        .or_else(|| of_service.map(String::as_str))
        .or(profile.endpoint.as_deref())
        .filter(|_| !profile.endpoint_options.ignores_configured)
        .map(ToOwned::to_owned)
}

/// The partition of the profile's region, role and device, which must be one.
pub(super) fn partition(profile: &Profile) -> Result<&'static Partition, EndpointError> {
    let role = profile.role.as_ref().map(|role| role.arn.as_str());
    let arns = [role, profile.mfa_serial.as_deref()];
    let arns = arns.into_iter().flatten();
    let mut found = None;
    if let Some(region) = profile.region.as_deref() {
        let of_region = Partition::of_region(region);
        found = Some(of_region.ok_or_else(|| EndpointError::UnknownRegion(region.to_owned()))?);
    }
    // A hardware token has a number instead of an ARN.
    for arn in arns.filter(|arn| Arn::parse(arn).is_some()) {
        let of_arn = Partition::of_arn(arn);
        let of_arn = of_arn.ok_or_else(|| EndpointError::UnknownPartition(arn.to_owned()))?;
        let partition = *found.get_or_insert(of_arn);
        if partition != of_arn {
            return Err(EndpointError::OtherPartition {
                arn: arn.to_owned(),
                region: profile.region.clone().unwrap_or_default(),
                partition: partition.id,
            });
        }
    }
    Ok(found.unwrap_or(COMMERCIAL))
}

/// Whether requests to a URL cross the network unencrypted.
pub(super) fn is_plain_text(url: &str) -> bool {
    let is_http = |url: &Uri| url.scheme_str() == Some("http");
    url.parse().is_ok_and(|url: Uri| is_http(&url)) && !is_loopback(url)
}

/// Whether a URL points to this machine.
pub(super) fn is_loopback(url: &str) -> bool {
    let Ok(url) = url.parse::<Uri>() else {
        return false;
    };
    let host = url.host().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => address.to_canonical().is_loopback(),
        Ok(address) => address.is_loopback(),
        Err(_) => {
            let name = host.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::config::{File, Sections};

    #[test]
    fn plain_text_is_what_leaves_the_machine_unencrypted() {
        for safe in [
            "https://sts.amazonaws.com",
            "http://127.0.0.1:4566/",
            "http://127.9.9.9",
            "http://[::1]:5000",
            "http://[::ffff:127.0.0.1]:5000",
            "http://localhost:4566",
            "HTTP://LOCALHOST",
            "http://sts.localhost:1/",
            "not a url",
        ] {
            assert!(!is_plain_text(safe), "{safe}");
        }
        for plain in [
            "http://sts.amazonaws.com",
            "HTTP://10.0.0.1:4566",
            "http://127.0.0.1@evil.example/",
            "http://localhost.evil.example",
            "http://notlocalhost",
            "http://[2001:db8::1]:80/",
            "http://0.0.0.0:1",
        ] {
            assert!(is_plain_text(plain), "{plain}");
        }
        let endpoints = Endpoints {
            sts: Some("http://a.example".to_owned()),
            iam: Some("http://a.example".to_owned()),
            signin: Some("http://a.example".to_owned()),
            ..Endpoints::default()
        };
        assert_eq!(endpoints.plain_text(), ["http://a.example"]);
        assert!(endpoints.signin("https://b.example").is_err());
        let usual = Endpoints::default();
        assert_eq!(usual.signin("https://b.example/"), Ok("https://b.example"));
    }

    /// The URLs and regions of IAM and STS for a profile of the config file.
    fn of(
        settings: &str,
        variables: &[(&str, &str)],
    ) -> Result<[(String, String); 2], EndpointError> {
        let keys = "aws_access_key_id = A\naws_secret_access_key = s\n";
        let config = format!("[profile p]\n{keys}{settings}\n");
        let files = Files {
            config: Sections::parse(&config, File::Config),
            variables: variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            ..Files::default()
        };
        let profile = files.profile(Some("p")).unwrap();
        let endpoints = Endpoints::resolve(&files, &profile)?;
        Ok([endpoints.of(Service::Iam), endpoints.of(Service::Sts)])
    }

    fn sts(settings: &str, variables: &[(&str, &str)]) -> String {
        of(settings, variables).unwrap()[1].0.clone()
    }

    #[test]
    fn a_partition_without_a_region_has_its_own() {
        for (settings, url) in [
            ("", "https://sts.amazonaws.com"),
            ("region = aws-global", "https://sts.amazonaws.com"),
            (
                "role_arn = arn:aws-cn:iam::123456789012:role/a",
                "https://sts.cn-north-1.amazonaws.com.cn",
            ),
            (
                "mfa_serial = arn:aws-us-gov:iam::123456789012:mfa/a",
                "https://sts.us-gov-west-1.amazonaws.com",
            ),
            (
                "mfa_serial = arn:aws-eusc:iam::123456789012:mfa/a",
                "https://sts.eusc-de-east-1.amazonaws.eu",
            ),
            (
                "mfa_serial = arn:aws-iso:iam::123456789012:mfa/a",
                "https://sts.us-iso-east-1.c2s.ic.gov",
            ),
            ("mfa_serial = GAHT12345678", "https://sts.amazonaws.com"),
        ] {
            assert_eq!(sts(settings, &[]), url, "{settings}");
        }
        // The region that `mfa aws env` exported for another partition is not this profile's.
        let exported = [("AWS_REGION", "eu-west-1")];
        let china = "role_arn = arn:aws-cn:iam::123456789012:role/a";
        assert_eq!(
            sts(china, &exported),
            "https://sts.cn-north-1.amazonaws.com.cn"
        );
        assert_eq!(sts("", &exported), "https://sts.eu-west-1.amazonaws.com");
        let china = sts("", &[("AWS_REGION", "cn-north-1")]);
        assert_eq!(china, "https://sts.cn-north-1.amazonaws.com.cn");
    }

    #[test]
    fn what_is_unknown_or_contradicts_itself_is_refused() {
        let error = |settings: &str| of(settings, &[]).unwrap_err().to_string();
        let china = "role_arn = arn:aws-cn:iam::123456789012:role/a";
        for (settings, why) in [
            (
                "region = mars-1",
                "no AWS partition that mfa knows has the region 'mars-1'",
            ),
            (
                "region = eu-west-1.evil.example/",
                "has the region 'eu-west-1.evil.example/'",
            ),
            (
                "role_arn = arn:aws-new:iam::123456789012:role/a",
                "does not know the AWS partition of arn:aws-new:iam::123456789012:role/a",
            ),
            (
                &format!("{china}\nregion = eu-west-1"),
                "role/a is not in the partition of the region eu-west-1 (aws)",
            ),
            (
                &format!("{china}\nmfa_serial = arn:aws:iam::123456789012:mfa/a"),
                "arn:aws:iam::123456789012:mfa/a is not in the partition",
            ),
            (
                "endpoint_url = http://127.0.0.1:1\nuse_fips_endpoint = true",
                "use_fips_endpoint cannot be combined with the endpoint URL http://127.0.0.1:1",
            ),
        ] {
            assert!(
                error(settings).contains(why),
                "{settings}: {}",
                error(settings)
            );
        }
        // A simulator may have any region.
        let simulator = "region = mars-1\nendpoint_url = http://127.0.0.1:1";
        let [iam, sts] = of(simulator, &[]).unwrap();
        assert_eq!((iam.1.as_str(), sts.1.as_str()), ("us-east-1", "mars-1"));
    }

    #[test]
    fn settings_of_endpoints_are_honoured() {
        let own = "region = eu-west-1\n";
        for (settings, variables, url) in [
            (
                "use_fips_endpoint = true",
                &[][..],
                "https://sts-fips.eu-west-1.amazonaws.com",
            ),
            (
                "use_dualstack_endpoint = TRUE",
                &[],
                "https://sts.eu-west-1.api.aws",
            ),
            (
                "",
                &[("AWS_USE_FIPS_ENDPOINT", "true")],
                "https://sts-fips.eu-west-1.amazonaws.com",
            ),
            (
                "use_fips_endpoint = true",
                &[("AWS_USE_FIPS_ENDPOINT", "false")],
                "https://sts.eu-west-1.amazonaws.com",
            ),
            (
                "",
                &[("AWS_USE_DUALSTACK_ENDPOINT", "true")],
                "https://sts.eu-west-1.api.aws",
            ),
            (
                "sts_regional_endpoints = legacy",
                &[],
                "https://sts.amazonaws.com",
            ),
            (
                "",
                &[("AWS_STS_REGIONAL_ENDPOINTS", "legacy")],
                "https://sts.amazonaws.com",
            ),
            (
                "endpoint_url = http://127.0.0.1:1\nignore_configured_endpoint_urls = true",
                &[],
                "https://sts.eu-west-1.amazonaws.com",
            ),
            (
                "",
                &[
                    ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
                    ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
                ],
                "https://sts.eu-west-1.amazonaws.com",
            ),
        ] {
            let settings = format!("{own}{settings}");
            assert_eq!(sts(&settings, variables), url, "{settings}");
        }
    }
}
