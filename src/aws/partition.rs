//! AWS's partitions: which regions they have, and where IAM, STS and the console are.
//!
//! All of this is AWS's own data, from botocore 1.44.5: `data/partitions.json` and the
//! `endpoint-rule-set-1.json` of `sts/2011-06-15`, `iam/2010-05-08` and `signin/2023-01-01`. A test compares
//! it with the botocore in `MFA_AWS_TOOLS`. The console's own hosts are from
//! <https://docs.aws.amazon.com/general/latest/gr/rande.html> and the same pages of other partitions.

use super::arn::Arn;

/// A partition. Accounts, keys and ARNs of one mean nothing in another.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Partition {
    /// The name that ARNs have, such as `aws-cn`.
    pub(crate) id: &'static str,
    /// A region is one of these, a word and a number, joined by dashes.
    regions: &'static [&'static str],
    suffix: &'static str,
    /// The suffix of hosts that have IPv6 addresses too.
    dual_stack_suffix: &'static str,
    /// The region to sign for IAM, and to use when none is set.
    pub(crate) home: &'static str,
    /// The hosts of IAM: the usual one, with FIPS, with dual stack, and with both.
    iam: [&'static str; 4],
    /// The URLs of the sign-in and of the console; `None` if AWS publishes none.
    pub(crate) console: Option<(&'static str, &'static str)>,
}

/// Which kind of endpoint is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Variant {
    /// One with cryptography that is certified by FIPS 140.
    pub(crate) fips: bool,
    /// One with IPv6 addresses too.
    pub(crate) dual_stack: bool,
}

pub(crate) const PARTITIONS: [Partition; 8] = [
    Partition {
        id: "aws",
        regions: &["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"],
        suffix: "amazonaws.com",
        dual_stack_suffix: "api.aws",
        home: "us-east-1",
        iam: [
            "iam.amazonaws.com",
            "iam-fips.amazonaws.com",
            "iam.global.api.aws",
            "iam-fips.global.api.aws",
        ],
        console: Some((
            "https://signin.aws.amazon.com",
            "https://console.aws.amazon.com/",
        )),
    },
    Partition {
        id: "aws-cn",
        regions: &["cn"],
        suffix: "amazonaws.com.cn",
        dual_stack_suffix: "api.amazonwebservices.com.cn",
        home: "cn-north-1",
        iam: [
            "iam.cn-north-1.amazonaws.com.cn",
            "iam-fips.amazonaws.com.cn",
            "iam.global.api.amazonwebservices.com.cn",
            "iam-fips.api.amazonwebservices.com.cn",
        ],
        console: Some((
            "https://signin.amazonaws.cn",
            "https://console.amazonaws.cn/",
        )),
    },
    Partition {
        id: "aws-us-gov",
        regions: &["us-gov"],
        suffix: "amazonaws.com",
        dual_stack_suffix: "api.aws",
        home: "us-gov-west-1",
        iam: [
            "iam.us-gov.amazonaws.com",
            "iam.us-gov.amazonaws.com",
            "iam.us-gov.api.aws",
            "iam.us-gov.api.aws",
        ],
        console: Some((
            "https://signin.amazonaws-us-gov.com",
            "https://console.amazonaws-us-gov.com/",
        )),
    },
    Partition {
        id: "aws-eusc",
        regions: &["eusc-de"],
        suffix: "amazonaws.eu",
        dual_stack_suffix: "api.amazonwebservices.eu",
        home: "eusc-de-east-1",
        iam: [
            "iam.eusc-de-east-1.amazonaws.eu",
            "iam-fips.amazonaws.eu",
            "iam.global.api.amazonwebservices.eu",
            "iam-fips.api.amazonwebservices.eu",
        ],
        console: Some((
            "https://eusc-de-east-1.signin.amazonaws-eusc.eu",
            "https://eusc-de-east-1.console.amazonaws-eusc.eu/",
        )),
    },
    Partition {
        id: "aws-iso",
        regions: &["us-iso"],
        suffix: "c2s.ic.gov",
        dual_stack_suffix: "api.aws.ic.gov",
        home: "us-iso-east-1",
        iam: [
            "iam.us-iso-east-1.c2s.ic.gov",
            "iam-fips.us-iso-east-1.c2s.ic.gov",
            "iam.api.aws.ic.gov",
            "iam-fips.api.aws.ic.gov",
        ],
        console: None,
    },
    Partition {
        id: "aws-iso-b",
        regions: &["us-isob"],
        suffix: "sc2s.sgov.gov",
        dual_stack_suffix: "api.aws.scloud",
        home: "us-isob-east-1",
        iam: [
            "iam.us-isob-east-1.sc2s.sgov.gov",
            "iam-fips.us-isob-east-1.sc2s.sgov.gov",
            "iam.api.aws.scloud",
            "iam-fips.api.aws.scloud",
        ],
        console: None,
    },
    Partition {
        id: "aws-iso-e",
        regions: &["eu-isoe"],
        suffix: "cloud.adc-e.uk",
        dual_stack_suffix: "api.cloud-aws.adc-e.uk",
        home: "eu-isoe-west-1",
        iam: [
            "iam.eu-isoe-west-1.cloud.adc-e.uk",
            "iam-fips.cloud.adc-e.uk",
            "iam.api.cloud-aws.adc-e.uk",
            "iam-fips.api.cloud-aws.adc-e.uk",
        ],
        console: None,
    },
    Partition {
        id: "aws-iso-f",
        regions: &["us-isof"],
        suffix: "csp.hci.ic.gov",
        dual_stack_suffix: "api.aws.hci.ic.gov",
        home: "us-isof-south-1",
        iam: [
            "iam.us-isof-south-1.csp.hci.ic.gov",
            "iam-fips.csp.hci.ic.gov",
            "iam.api.aws.hci.ic.gov",
            "iam-fips.api.aws.hci.ic.gov",
        ],
        console: None,
    },
];

/// The regions whose sessions `sts_regional_endpoints = legacy` gets from the global endpoint.
const LEGACY: [&str; 15] = [
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// The commercial partition, which is meant where nothing says otherwise.
pub(crate) const COMMERCIAL: &Partition = &PARTITIONS[0];

impl Partition {
    /// Finds a partition by its name in ARNs.
    pub(crate) fn named(id: &str) -> Option<&'static Self> {
        PARTITIONS.iter().find(|partition| partition.id == id)
    }

    /// Finds the partition of a region, such as `eu-west-1` or `aws-global`.
    pub(crate) fn of_region(region: &str) -> Option<&'static Self> {
        let has = |partition: &&Self| {
            let mut starts = partition.regions.iter();
            partition.is_global(region) || starts.any(|start| is_region(region, start))
        };
        PARTITIONS.iter().find(has)
    }

    /// Finds the partition of an ARN; `None` if it is no ARN, or its partition is unknown.
    pub(crate) fn of_arn(arn: &str) -> Option<&'static Self> {
        Self::named(Arn::parse(arn)?.partition)
    }

    /// Whether it is the name for a partition as a whole: `aws-global`, `aws-cn-global`, …
    fn is_global(&self, region: &str) -> bool {
        region.strip_suffix("-global") == Some(self.id)
    }

    /// The URL of IAM, which has one endpoint for a partition, and the region to sign for.
    pub(crate) fn iam(&self, variant: Variant) -> (String, String) {
        let place = usize::from(variant.fips) + 2 * usize::from(variant.dual_stack);
        (format!("https://{}", self.iam[place]), self.home.to_owned())
    }

    /// The URL of STS in a region of this partition, and the region to sign for.
    pub(crate) fn sts(
        &self,
        region: Option<&str>,
        variant: Variant,
        is_legacy: bool,
    ) -> (String, String) {
        let region = region.filter(|region| !self.is_global(region));
        let is_usual = variant == Variant::default();
        let is_of_globe = region.is_none_or(|region| is_legacy && LEGACY.contains(&region));
        if self == COMMERCIAL && is_of_globe && is_usual {
            return ("https://sts.amazonaws.com".to_owned(), self.home.to_owned());
        }
        let region = region.unwrap_or(self.home);
        let suffix = if variant.dual_stack {
            self.dual_stack_suffix
        } else {
            self.suffix
        };
        // GovCloud's usual hosts are certified.
        let is_certified = self.id == "aws-us-gov" && !variant.dual_stack;
        let host = if variant.fips && !is_certified {
            "sts-fips"
        } else {
            "sts"
        };
        (
            format!("https://{host}.{region}.{suffix}"),
            region.to_owned(),
        )
    }
}

impl Partition {
    /// The host of S3 in a region of this partition. Buckets are subdomains of it.
    pub(crate) fn s3(&self, region: &str, variant: Variant) -> String {
        let name = if variant.fips { "s3-fips" } else { "s3" };
        let dual_stack = if variant.dual_stack { ".dualstack" } else { "" };
        format!("{name}{dual_stack}.{region}.{}", self.suffix)
    }
}

/// Whether a region is `start-WORD-NUMBER`. Nothing else becomes a part of a host's name.
fn is_region(region: &str, start: &str) -> bool {
    let rest = region
        .strip_prefix(start)
        .and_then(|rest| rest.strip_prefix('-'));
    let Some((word, number)) = rest.and_then(|rest| rest.split_once('-')) else {
        return false;
    };
    let is_word = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    !word.is_empty() && !number.is_empty() && is_word(word) && is_number(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_those_of_one_partition() {
        for (region, id) in [
            ("eu-west-1", "aws"),
            ("us-east-1", "aws"),
            ("aws-global", "aws"),
            ("mx-new-99", "aws"),
            ("us-gov-east-1", "aws-us-gov"),
            ("cn-northwest-1", "aws-cn"),
            ("aws-cn-global", "aws-cn"),
            ("eusc-de-east-1", "aws-eusc"),
            ("us-iso-west-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"),
        ] {
            assert_eq!(Partition::of_region(region).unwrap().id, id, "{region}");
        }
        for none in [
            "",
            "eu",
            "eu-west",
            "eu-west-",
            "eu--1",
            "eu-west-1a",
            "xx-west-1",
            "EU-WEST-1",
            "eu-west-1.evil.example",
            "eu-west-1/",
            "eu-é-1",
            "aws-x-global",
            "us-gov-west-1-x",
        ] {
            assert_eq!(Partition::of_region(none), None, "{none}");
        }
        for (arn, id) in [
            ("arn:aws-eusc:iam::123456789012:role/a", Some("aws-eusc")),
            ("arn:aws-new:iam::123456789012:role/a", None),
            ("GAHT12345678", None),
        ] {
            assert_eq!(Partition::of_arn(arn).map(|found| found.id), id, "{arn}");
        }
    }

    #[test]
    fn without_a_region_the_partition_has_one() {
        let sts = |id| {
            Partition::named(id)
                .unwrap()
                .sts(None, Variant::default(), false)
                .0
        };
        assert_eq!(sts("aws"), "https://sts.amazonaws.com");
        assert_eq!(sts("aws-cn"), "https://sts.cn-north-1.amazonaws.com.cn");
        assert_eq!(sts("aws-eusc"), "https://sts.eusc-de-east-1.amazonaws.eu");
        let fips = Variant {
            fips: true,
            dual_stack: false,
        };
        let (url, region) = COMMERCIAL.sts(Some("aws-global"), fips, false);
        assert_eq!(
            (url.as_str(), region.as_str()),
            ("https://sts-fips.us-east-1.amazonaws.com", "us-east-1")
        );
    }

    /// Resolves each region of each partition with AWS's own rules, if botocore is installed here.
    const SCRIPT: &str = "
import botocore.loaders, json
from botocore.endpoint_provider import EndpointProvider
loader = botocore.loaders.Loader()
partitions = loader.load_data('partitions')
def provider(service):
    return EndpointProvider(loader.load_service_model(service, 'endpoint-rule-set-1'), partitions)
for service in ['iam', 'sts', 'signin']:
    rules = provider(service)
    for partition in partitions['partitions']:
        for region in partition['regions']:
            if service != 'iam' and region.endswith('-global') and region != 'aws-global':
                continue
            for fips in [False, True]:
                for dual in [False, True]:
                    for legacy in [False, True] if service == 'sts' else [False]:
                        if service == 'sts' and region == 'aws-global' and (fips or dual):
                            continue
                        if service == 'signin' and (fips or dual):
                            continue
                        wanted = {'Region': region, 'UseFIPS': fips, 'UseDualStack': dual}
                        if service == 'sts':
                            wanted['UseGlobalEndpoint'] = legacy
                        end = rules.resolve_endpoint(**wanted)
                        schemes = end.properties.get('authSchemes') or [{}]
                        signed = schemes[0].get('signingRegion', region)
                        print(json.dumps([service, partition['id'], region, fips, dual, legacy, end.url, signed]))
";

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test runs AWS's own code")]
    fn botocore_resolves_alike() {
        let Some(tools) = std::env::var_os("MFA_AWS_TOOLS") else {
            return;
        };
        let python = std::path::Path::new(&tools).join("python3");
        let output = std::process::Command::new(python)
            .args(["-c", SCRIPT])
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        let answer = String::from_utf8(output.stdout).unwrap();
        let mut compared = 0;
        for line in answer.lines() {
            let (service, id, region, fips, dual_stack, legacy, url, signed): (
                String,
                String,
                String,
                bool,
                bool,
                bool,
                String,
                String,
            ) = serde_json::from_str(line).unwrap();
            let partition = Partition::of_region(&region).unwrap();
            assert_eq!(partition.id, id, "{line}");
            let variant = Variant { fips, dual_stack };
            let own = match service.as_str() {
                "iam" => partition.iam(variant),
                "sts" => partition.sts(Some(&region), variant, legacy),
                _ => {
                    // The console's sign-in without a region is that of all regions.
                    let Some((sign_in, _)) = partition.console else {
                        continue;
                    };
                    let host = sign_in.trim_start_matches("https://");
                    assert!(url.ends_with(host), "{line}");
                    continue;
                }
            };
            assert_eq!(own, (url, signed), "{line}");
            compared += 1;
        }
        assert!(compared > 400, "{compared}");
    }
}
