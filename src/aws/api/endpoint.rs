//! Where IAM and STS are reached.

use crate::aws::arn::Arn;
use crate::aws::config::{Files, Profile};

/// The services that are called by signed requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// Users and their devices.
    Iam,
    /// Sessions.
    Sts,
}

impl Service {
    /// The name in a signature, and of the variable `AWS_ENDPOINT_URL_…`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::Sts => "sts",
        }
    }

    /// Version of its Query API.
    pub(super) const fn version(self) -> &'static str {
        match self {
            Self::Iam => "2010-05-08",
            Self::Sts => "2011-06-15",
        }
    }

    /// The service's URL in a region, and the region that a signature names there.
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

/// Where requests go.
#[derive(Debug, Clone, Default)]
pub(crate) struct Endpoints {
    /// `region` of the profile or of the environment.
    region: Option<String>,
    /// URL of IAM, where it is configured.
    iam: Option<String>,
    /// URL of STS, where it is configured.
    sts: Option<String>,
    /// URL of the console's sign-in, where it is configured.
    pub(super) signin: Option<String>,
}

impl Endpoints {
    /// What variables and profile say: a variable of the service, the general variable, the profile's
    /// `services` section, its `endpoint_url`.
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

    /// URL of a service, and the region that a signature names there.
    pub(super) fn of(&self, service: Service) -> (String, String) {
        let (endpoint, region) = service.endpoint(self.region.as_deref());
        let configured = match service {
            Service::Iam => &self.iam,
            Service::Sts => &self.sts,
        };
        (configured.clone().unwrap_or(endpoint), region)
    }
}

/// Without a region, the partition of the device says where to go.
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
