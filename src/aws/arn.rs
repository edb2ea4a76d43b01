//! Amazon Resource Names: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>.

/// An ARN of IAM or STS, in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub(crate) partition: &'a str,
    /// `iam` or `sts`.
    pub(crate) service: &'a str,
    /// 12 digits.
    pub(crate) account: &'a str,
    /// Kind of the resource: `mfa`, `user`, `role`, `assumed-role`, …
    pub(crate) kind: &'a str,
    /// The rest, with its path.
    pub(crate) path: &'a str,
}

impl<'a> Arn<'a> {
    /// Reads `arn:PARTITION:SERVICE::ACCOUNT:KIND/PATH`; `arn:aws:iam::123456789012:root` has the
    /// kind `root` and no path.
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

    /// The name at the end of the path.
    pub(crate) fn name(&self) -> &'a str {
        self.path
            .rsplit_once('/')
            .map_or(self.path, |(_, name)| name)
    }

    /// Whether it names a virtual MFA device, which gives codes; a security key (`u2f`) has none.
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
