//! `mfa aws policy`: prints the IAM policy that these commands need.

use crate::app::context::Context;
use crate::app::error::Result;
use crate::commands::Run;

/// Print the IAM policy that these commands need
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  mfa aws policy > policy.json")]
pub(crate) struct Args {}

/// A user's own devices and nothing else. Creating, listing and deleting a device that is not
/// enabled needs no session with MFA. Otherwise, a first device could not be registered.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only.html>
const POLICY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "RegisterAndListOwnDevices",
      "Effect": "Allow",
      "Action": [
        "iam:CreateVirtualMFADevice",
        "iam:DeleteVirtualMFADevice",
        "iam:EnableMFADevice",
        "iam:ListMFADevices",
        "iam:ResyncMFADevice"
      ],
      "Resource": [
        "arn:aws:iam::*:mfa/${aws:username}*",
        "arn:aws:iam::*:user/${aws:username}"
      ]
    },
    {
      "Sid": "TakeAwayOwnDevicesWithMfa",
      "Effect": "Allow",
      "Action": "iam:DeactivateMFADevice",
      "Resource": [
        "arn:aws:iam::*:mfa/${aws:username}*",
        "arn:aws:iam::*:user/${aws:username}"
      ],
      "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "true" } }
    }
  ]
}
"#;

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        context.ui.print(POLICY)?;
        context.ui.note(
            "sts:GetSessionToken and sts:GetCallerIdentity need no permission; \
             sts:AssumeRole is granted by the role's trust policy",
        );
        Ok(())
    }
}
