//! Where a bucket is: its URL, and the region to sign for.

use percent_encoding::utf8_percent_encode;
use ureq::http::Uri;

use super::endpoint::{EndpointError, configured, is_plain_text, partition};
use super::signing::RESERVED;
use crate::aws::config::{Files, Profile};
use crate::aws::partition::{COMMERCIAL, Partition, Variant};

/// A bucket, and the server that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct S3Place {
    bucket: String,
    /// The URL of another server than AWS's, without a slash at the end.
    endpoint: Option<String>,
    region: String,
    partition: &'static Partition,
    variant: Variant,
}

impl S3Place {
    /// Finds the server of a bucket as AWS's tools do: what the caller names, then variables, then the
    /// profile. Without a region, another server is signed for as `us-east-1`, which most expect.
    pub(crate) fn resolve(
        files: &Files,
        profile: &Profile,
        bucket: &str,
        (endpoint, region): (Option<&str>, Option<&str>),
    ) -> Result<Self, EndpointError> {
        let [_, _, of_service] = &profile.endpoints;
        let endpoint = match endpoint {
            Some(named) => Some(named.to_owned()),
            None => configured(files, profile, "S3", of_service.as_ref()),
        };
        let variant = profile.endpoint_options.variant;
        let region = region.or(profile.region.as_deref());
        let mut place = Self {
            bucket: bucket.to_owned(),
            endpoint: None,
            region: region.unwrap_or(COMMERCIAL.home).to_owned(),
            partition: COMMERCIAL,
            variant,
        };
        if !is_region(&place.region) {
            return Err(EndpointError::UnknownRegion(place.region));
        }
        if let Some(url) = endpoint {
            let url = checked(&url)?;
            for (is_set, setting) in [
                (variant.fips, "use_fips_endpoint"),
                (variant.dual_stack, "use_dualstack_endpoint"),
            ] {
                if is_set {
                    return Err(EndpointError::WithUrl { setting, url });
                }
            }
            place.endpoint = Some(url);
            return Ok(place);
        }
        place.partition = match region {
            Some(name) => Partition::of_region(name)
                .ok_or_else(|| EndpointError::UnknownRegion(name.to_owned()))?,
            None => partition(profile)?,
        };
        if region.is_none_or(|name| name.ends_with("-global")) {
            place.partition.home.clone_into(&mut place.region);
        }
        Ok(place)
    }

    pub(crate) fn bucket(&self) -> &str {
        &self.bucket
    }

    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// The ARN of the bucket, as policies name it.
    pub(crate) fn arn(&self) -> String {
        format!("arn:{}:s3:::{}", self.partition.id, self.bucket)
    }

    /// The server, for messages.
    pub(crate) fn server(&self) -> String {
        match &self.endpoint {
            Some(url) => url.clone(),
            None => format!("AWS ({})", self.region),
        }
    }

    /// The URL of an object, or of the bucket for an empty key. On AWS, the bucket is a part of the host,
    /// unless it has dots: certificates do not cover those. Other servers often have no such hosts.
    pub(super) fn url(&self, key: &str) -> String {
        let key = key
            .split('/')
            .map(|part| utf8_percent_encode(part, RESERVED));
        let key: Vec<_> = key.map(|part| part.to_string()).collect();
        let (bucket, key) = (&self.bucket, key.join("/"));
        if let Some(url) = &self.endpoint {
            return format!("{url}/{bucket}/{key}");
        }
        let host = self.partition.s3(&self.region, self.variant);
        if bucket.contains('.') {
            format!("https://{host}/{bucket}/{key}")
        } else {
            format!("https://{bucket}.{host}/{key}")
        }
    }

    /// Whether requests cross the network unencrypted.
    pub(crate) fn is_plain_text(&self) -> bool {
        self.endpoint.as_deref().is_some_and(is_plain_text)
    }

    /// The server says that the bucket is in another region. `false` if that is no news, or AWS has no
    /// such region.
    pub(super) fn move_to(&mut self, region: &str) -> bool {
        if region == self.region || !is_region(region) {
            return false;
        }
        if self.endpoint.is_none() && Partition::of_region(region) != Some(self.partition) {
            return false;
        }
        region.clone_into(&mut self.region);
        true
    }
}

/// Whether a text can be a region. Other servers have names of their own, such as `garage` or `auto`.
fn is_region(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (1..=63).contains(&text.len()) && text.bytes().all(is_allowed)
}

/// The address of a server, without a slash at the end.
fn checked(text: &str) -> Result<String, EndpointError> {
    let url: Uri = text.parse().map_err(|_| EndpointError::NotAnAddress)?;
    let is_http = matches!(url.scheme_str(), Some("http" | "https"));
    let has_host = url.host().is_some_and(|host| !host.is_empty());
    if !is_http || !has_host || url.query().is_some() || text.contains(['@', '#']) {
        return Err(EndpointError::NotAnAddress);
    }
    Ok(text.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::config::{File, Sections};

    fn place(
        settings: &str,
        variables: &[(&str, &str)],
        bucket: &str,
        options: (Option<&str>, Option<&str>),
    ) -> Result<S3Place, EndpointError> {
        let keys = "aws_access_key_id = A\naws_secret_access_key = s\n";
        let config = format!("[profile p]\n{keys}{settings}\n");
        let variables = variables.iter();
        let files = Files {
            config: Sections::parse(&config, File::Config),
            variables: variables
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            ..Files::default()
        };
        let profile = files.profile(Some("p")).unwrap();
        S3Place::resolve(&files, &profile, bucket, options)
    }

    fn url(settings: &str, variables: &[(&str, &str)], region: Option<&str>) -> String {
        let place = place(settings, variables, "buck", (None, region));
        place.unwrap().url("v1/a")
    }

    #[test]
    fn buckets_are_hosts_on_aws_and_paths_elsewhere() {
        let usual = "https://buck.s3.eu-west-1.amazonaws.com/v1/a";
        assert_eq!(url("region = eu-west-1", &[], None), usual);
        assert_eq!(url("region = eu-north-1", &[], Some("eu-west-1")), usual);
        let home = "https://buck.s3.us-east-1.amazonaws.com/v1/a";
        assert_eq!(url("", &[], None), home);
        assert_eq!(url("region = aws-global", &[], None), home);
        let china = url("region = cn-north-1", &[], None);
        assert_eq!(china, "https://buck.s3.cn-north-1.amazonaws.com.cn/v1/a");
        let fips = "use_fips_endpoint = true\nuse_dualstack_endpoint = true";
        let host = "https://buck.s3-fips.dualstack.us-east-2.amazonaws.com/v1/a";
        assert_eq!(url(fips, &[], Some("us-east-2")), host);
        let dots = place("", &[], "a.b", (None, None)).unwrap();
        assert_eq!(dots.url(""), "https://s3.us-east-1.amazonaws.com/a.b/");
        let own = (Some("http://127.0.0.1:1/s3/"), Some("garage"));
        let own = place("", &[], "buck", own).unwrap();
        assert_eq!(
            own.url("é b+c/%2F"),
            "http://127.0.0.1:1/s3/buck/%C3%A9%20b%2Bc/%252F"
        );
        assert_eq!(own.region(), "garage");
    }

    #[test]
    fn the_server_is_found_as_aws_tools_do() {
        let own = "endpoint_url = https://own.example";
        let section =
            format!("{own}\nservices = x\n[services x]\ns3 =\n  endpoint_url = https://s.example");
        for (settings, variables, url_of) in [
            (own, &[][..], "https://own.example/buck/v1/a"),
            (&section, &[], "https://s.example/buck/v1/a"),
            (
                own,
                &[("AWS_ENDPOINT_URL", "https://all.example")],
                "https://all.example/buck/v1/a",
            ),
            (
                own,
                &[
                    ("AWS_ENDPOINT_URL", "https://all.example"),
                    ("AWS_ENDPOINT_URL_S3", "https://v.example"),
                ],
                "https://v.example/buck/v1/a",
            ),
            (
                own,
                &[("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")],
                "https://buck.s3.us-east-1.amazonaws.com/v1/a",
            ),
        ] {
            assert_eq!(url(settings, variables, None), url_of, "{settings}");
        }
        let named = place(own, &[], "buck", (Some("https://n.example"), None)).unwrap();
        assert_eq!(named.server(), "https://n.example");
    }

    #[test]
    fn what_is_no_address_or_region_is_refused() {
        for bad in [
            "s3.example.com",
            "ftp://a.example",
            "https://user:secret@a.example",
            "https://a.example?x",
            "https://a.example/#x",
            "https://",
            "https://a b",
            "",
        ] {
            let error = place("", &[], "buck", (Some(bad), None)).unwrap_err();
            assert_eq!(error, EndpointError::NotAnAddress, "{bad}");
        }
        for bad in ["mars-1", "eu-west-1.evil.example/", ""] {
            let error = place("", &[], "buck", (None, Some(bad))).unwrap_err();
            assert_eq!(error, EndpointError::UnknownRegion(bad.to_owned()));
        }
        let fips = place(
            "use_fips_endpoint = true",
            &[],
            "buck",
            (Some("https://a.example"), None),
        );
        assert!(matches!(fips, Err(EndpointError::WithUrl { .. })));
    }

    #[test]
    fn a_bucket_moves_only_to_regions_of_its_partition() {
        let mut place = place("", &[], "buck", (None, None)).unwrap();
        for no in ["us-east-1", "cn-north-1", "evil.example", "garage", ""] {
            assert!(!place.move_to(no), "{no}");
        }
        assert!(place.move_to("eu-west-1"));
        assert_eq!(place.url(""), "https://buck.s3.eu-west-1.amazonaws.com/");
    }
}
