//! The URLs of IAM, STS and the console's sign-in.

use std::net::IpAddr;

use ureq::http::Uri;

use super::ApiError;
use crate::aws::arn::Arn;
use crate::aws::config::{Files, Profile};

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

    /// The service's URL for a region, and the region to sign for.
    /// <https://docs.aws.amazon.com/general/latest/gr/iam-service.html>, `sts.html`.
    fn endpoint(self, region: Option<&str>) -> (String, String) {
        let region = region.unwrap_or_default();
        match self {
            Self::Iam if region.starts_with("cn-") => (
                "https://iam.cn-north-1.amazonaws.com.cn".to_owned(),
                "cn-north-1".to_owned(),
            ),
            Self::Iam if region.starts_with("us-gov-") => (
                "https://iam.us-gov.amazonaws.com".to_owned(),
                "us-gov-west-1".to_owned(),
            ),
            Self::Iam => (
                "https://iam.amazonaws.com".to_owned(),
                "us-east-1".to_owned(),
            ),
            Self::Sts if region.is_empty() => (
                "https://sts.amazonaws.com".to_owned(),
                "us-east-1".to_owned(),
            ),
            Self::Sts => {
                let end = if region.starts_with("cn-") { ".cn" } else { "" };
                (
                    format!("https://sts.{region}.amazonaws.com{end}"),
                    region.to_owned(),
                )
            }
        }
    }
}

/// The URLs that are configured, and the region for the others.
#[derive(Debug, Clone, Default)]
pub(crate) struct Endpoints {
    /// The `region` of the profile or the environment.
    region: Option<String>,
    /// The configured URL of IAM, if any.
    iam: Option<String>,
    /// The configured URL of STS, if any.
    sts: Option<String>,
    /// The configured URL of the console's sign-in, if any.
    signin: Option<String>,
}

impl Endpoints {
    /// Reads variables and the profile. In this order: the service's own variable, the general variable,
    /// the profile's `services` section, its `endpoint_url`.
    pub(crate) fn resolve(files: &Files, profile: &Profile) -> Self {
        let ignored = files.variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
        let ignored = ignored.is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let configured = |service: &str, of_service: Option<&String>| {
            let variable = files.variable(&format!("AWS_ENDPOINT_URL_{service}"));
            variable
                .or_else(|| files.variable("AWS_ENDPOINT_URL"))
                .or_else(|| of_service.map(String::as_str))
                .or(profile.endpoint.as_deref())
                .filter(|_| !ignored)
                .map(ToOwned::to_owned)
        };
        let [iam, sts] = &profile.endpoints;
        Self {
            region: profile.region.clone().or_else(|| region_of_serial(profile)),
            iam: configured("IAM", iam.as_ref()),
            sts: configured("STS", sts.as_ref()),
            signin: configured("SIGNIN", None),
        }
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
        let (endpoint, region) = service.endpoint(self.region.as_deref());
        let configured = match service {
            Service::Iam => &self.iam,
            Service::Sts => &self.sts,
        };
        (configured.clone().unwrap_or(endpoint), region)
    }
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

/// Without a region, the device's partition tells which one to use.
fn region_of_serial(profile: &Profile) -> Option<String> {
    let region = match Arn::parse(profile.mfa_serial.as_deref()?)?.partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => return None,
    };
    Some(region.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

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
            region: None,
        };
        assert_eq!(endpoints.plain_text(), ["http://a.example"]);
        assert!(endpoints.signin("https://b.example").is_err());
        let usual = Endpoints::default();
        assert_eq!(usual.signin("https://b.example/"), Ok("https://b.example"));
    }

    #[test]
    fn endpoints_follow_the_partition() {
        let of = |service: Service, region| service.endpoint(region).0;
        assert_eq!(
            of(Service::Iam, Some("eu-west-1")),
            "https://iam.amazonaws.com"
        );
        assert_eq!(
            of(Service::Iam, Some("cn-northwest-1")),
            "https://iam.cn-north-1.amazonaws.com.cn"
        );
        assert_eq!(
            of(Service::Iam, Some("us-gov-east-1")),
            "https://iam.us-gov.amazonaws.com"
        );
        assert_eq!(of(Service::Sts, None), "https://sts.amazonaws.com");
        assert_eq!(
            of(Service::Sts, Some("eu-west-1")),
            "https://sts.eu-west-1.amazonaws.com"
        );
        assert_eq!(
            of(Service::Sts, Some("cn-north-1")),
            "https://sts.cn-north-1.amazonaws.com.cn"
        );
    }
}
