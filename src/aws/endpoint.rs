//! Where IAM and STS are.

/// The two services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Users and their devices.
    Iam,
    /// Sessions.
    Sts,
}

impl Service {
    /// The name in a signature, and of the variable `AWS_ENDPOINT_URL_…`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::Sts => "sts",
        }
    }

    pub(super) const fn version(self) -> &'static str {
        match self {
            Self::Iam => "2010-05-08",
            Self::Sts => "2011-06-15",
        }
    }

    /// Where the service is in a region, and the region that a signature names there.
    /// <https://docs.aws.amazon.com/general/latest/gr/iam-service.html>, `sts.html`.
    #[must_use]
    pub fn endpoint(self, region: Option<&str>) -> (String, String) {
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
pub struct Endpoints {
    /// `region` of the profile or of the environment.
    pub region: Option<String>,
    /// What `AWS_ENDPOINT_URL_IAM` or a general one says.
    pub iam: Option<String>,
    /// The same of STS.
    pub sts: Option<String>,
    /// The same of the console's sign-in.
    pub signin: Option<String>,
}

impl Endpoints {
    pub(super) fn of(&self, service: Service) -> (String, String) {
        let (endpoint, region) = service.endpoint(self.region.as_deref());
        let named = match service {
            Service::Iam => &self.iam,
            Service::Sts => &self.sts,
        };
        (named.clone().unwrap_or(endpoint), region)
    }
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
