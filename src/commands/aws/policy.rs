//! `mfa aws policy`: prints the IAM policy that these commands need.

use clap::builder::PossibleValuesParser;

use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::aws::Host;
use crate::aws::partition::{COMMERCIAL, PARTITIONS};
use crate::commands::Run;

/// Print the IAM policy that these commands need
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  mfa aws policy > policy.json")]
pub(crate) struct Args {
    /// AWS profile whose partition it is for [default: AWS_PROFILE, else default]
    #[arg(long, short, value_name = "NAME", add = clap_complete::ArgValueCompleter::new(crate::app::complete::aws_profiles))]
    profile: Option<String>,
    /// Partition, such as aws-us-gov [default: the profile's]
    #[arg(long, value_name = "NAME", conflicts_with = "profile", hide_possible_values = true, value_parser = PossibleValuesParser::new(PARTITIONS.map(|partition| partition.id)))]
    partition: Option<String>,
}

/// A user's own devices and access keys, and nothing else. Creating, listing and deleting a device that is not
/// enabled needs no session with MFA. Otherwise, a first device could not be registered.
///
/// The names of devices are the user's, or what `register` makes of it. `${aws:username}*` would match
/// those of other users too, whose names begin alike. Each `?` is one character.
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
        "arn:PARTITION:iam::*:mfa/${aws:username}",
        "arn:PARTITION:iam::*:mfa/${aws:username}-mfa-??????",
        "arn:PARTITION:iam::*:user/${aws:username}"
      ]
    },
    {
      "Sid": "TakeAwayOwnDevicesWithMfa",
      "Effect": "Allow",
      "Action": "iam:DeactivateMFADevice",
      "Resource": [
        "arn:PARTITION:iam::*:mfa/${aws:username}",
        "arn:PARTITION:iam::*:mfa/${aws:username}-mfa-??????",
        "arn:PARTITION:iam::*:user/${aws:username}"
      ],
      "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "true" } }
    },
    {
      "Sid": "RotateOwnAccessKeysWithMfa",
      "Effect": "Allow",
      "Action": [
        "iam:CreateAccessKey",
        "iam:DeleteAccessKey",
        "iam:ListAccessKeys",
        "iam:UpdateAccessKey"
      ],
      "Resource": [
        "arn:PARTITION:iam::*:user/${aws:username}"
      ],
      "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "true" } }
    }
  ]
}
"#;

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let partition = match self.partition {
            Some(partition) => partition,
            None => partition_of(context, self.profile.as_deref())?,
        };
        context.ui.print(&POLICY.replace("PARTITION", &partition))?;
        context.ui.note(
            "sts:GetSessionToken and sts:GetCallerIdentity need no permission; \
             sts:AssumeRole is granted by the role's trust policy",
        );
        Ok(())
    }
}

fn partition_of(context: &Context, profile: Option<&str>) -> Result<String> {
    let files = match context.aws_files() {
        // Nobody asked for a profile, so the policy does not depend on readable files.
        Err(_) if profile.is_none() => return Ok(COMMERCIAL.id.to_owned()),
        files => files?,
    };
    files.partition(profile).map_err(|error| {
        let message = error.to_string();
        CommandError::new(Exit::Failed, message).with_details(files.names_like(&error))
    })
}
