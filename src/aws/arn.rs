//! Amazon Resource Names: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>.

/// The parts of an ARN of IAM or STS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arn<'a> {
    /// Such as `aws`; see [`crate::aws::partition`].
    pub(crate) partition: &'a str,
    /// Either `iam` or `sts`.
    pub(crate) service: &'a str,
    /// The AWS account's id: 12 digits.
    pub(crate) account: &'a str,
    /// The kind of resource: `mfa`, `user`, `role`, `assumed-role`, …
    pub(crate) kind: &'a str,
    /// The name of the resource, after its path.
    pub(crate) path: &'a str,
}

impl<'a> Arn<'a> {
    /// Parses `arn:PARTITION:SERVICE::ACCOUNT:KIND/PATH`. `arn:aws:iam::123456789012:root` has the kind
    /// `root` and no path.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let (scheme, partition) = (parts.next()?, parts.next()?);
        let (service, _region, account) = (parts.next()?, parts.next()?, parts.next()?);
        let resource = parts.next()?;
        let (kind, path) = resource.split_once('/').unwrap_or((resource, ""));
        let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        (scheme == "arn" && !partition.is_empty() && is_account && !kind.is_empty()).then_some(
            Self {
                partition,
                service,
                account,
                kind,
                path,
            },
        )
    }

    /// The name, without the path before it.
    pub(crate) fn name(&self) -> &'a str {
        self.path
            .rsplit_once('/')
            .map_or(self.path, |(_, name)| name)
    }

    /// Whether it names a virtual MFA device. A security key (`u2f`) has no codes.
    pub(crate) fn is_virtual_mfa(&self) -> bool {
        self.service == "iam" && self.kind == "mfa" && !self.path.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_are_read() {
        let arn = Arn::parse("arn:aws-cn:iam::123456789012:mfa/team/alice").unwrap();
        assert_eq!(
            (arn.partition, arn.account, arn.kind, arn.path, arn.name()),
            ("aws-cn", "123456789012", "mfa", "team/alice", "alice")
        );
        assert!(arn.is_virtual_mfa());
        let key = Arn::parse("arn:aws:iam::123456789012:u2f/user/alice/KEY").unwrap();
        assert!(!key.is_virtual_mfa());
        let root = Arn::parse("arn:aws:iam::123456789012:root").unwrap();
        assert_eq!((root.kind, root.name()), ("root", ""));
        for bad in [
            "",
            "alice",
            "arn:aws:iam::12345:mfa/alice",
            "arn:aws:iam::123456789012:",
            "GAHT12345678",
        ] {
            assert!(Arn::parse(bad).is_none(), "{bad}");
        }
    }
}
