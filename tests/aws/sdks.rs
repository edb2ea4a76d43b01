//! AWS's command line and its SDKs for Python and JavaScript at once, with six roles over one device. The
//! modules of Node.js are in the folder `MFA_AWS_NODE`; `.ci/run` installs them.

use std::fmt::Write as _;
use std::path::PathBuf;

use mfa_test_support::can;

use crate::clients::{Clients, succeeded};
use crate::world::World;

const PROFILES: [&str; 6] = ["r0", "r1", "r2", "r3", "r4", "r5"];

const PYTHON: &str = "
import boto3, sys
from concurrent.futures import ThreadPoolExecutor
def arn(profile):
    return boto3.Session(profile_name=profile).client('sts').get_caller_identity()['Arn']
for arn in ThreadPoolExecutor(6).map(arn, sys.argv[1:]):
    print(arn)
";

const JAVASCRIPT: &str = "
const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts');
const { fromIni } = require('@aws-sdk/credential-providers');
const arn = async (profile) => {
    const client = new STSClient({ region: 'eu-west-1', credentials: fromIni({ profile }) });
    return (await client.send(new GetCallerIdentityCommand({}))).Arn;
};
Promise.all(process.argv.slice(1).map(arn)).then((arns) => console.log(arns.join('\\n')));
";

fn modules() -> Option<PathBuf> {
    let folder = std::env::var_os("MFA_AWS_NODE").unwrap_or_default();
    can(!folder.is_empty(), "MFA_AWS_NODE").then(|| PathBuf::from(folder).join("node_modules"))
}

/// Eighteen clients with an empty cache: one code, one session, and one `AssumeRole` for each role.
pub fn three_sdks_share_six_roles() {
    let (world, serial) = World::registered();
    let (Some(clients), Some(modules)) = (Clients::of(&world), modules()) else {
        return;
    };
    let mut config = format!("[default]\nregion = eu-west-1\nmfa_serial = {serial}\n");
    for name in PROFILES {
        let role = world.aws.add_role(name, "user/alice");
        let _ = write!(
            config,
            "[profile {name}]\nrole_arn = {role}\nsource_profile = default\n"
        );
    }
    world.write_config(&config);
    for name in PROFILES {
        world.succeeds(&["aws", "setup", "--profile", name]);
    }
    let profiles = PROFILES.map(|name| format!("{name}-mfa"));
    let mut python = clients.command("python3");
    python.args(["-c", PYTHON]).args(&profiles);
    let mut node = clients.command("/usr/bin/env");
    node.args(["node", "-e", JAVASCRIPT, "--"]).args(&profiles);
    node.env("NODE_PATH", modules);
    let mut commands = vec![python, node];
    for profile in &profiles {
        let mut aws = clients.command("aws");
        let words = ["sts", "get-caller-identity", "--query", "Arn", "--output"];
        aws.args(["--profile", profile]).args(words).arg("text");
        commands.push(aws);
    }
    let started: Vec<_> = commands
        .iter_mut()
        .map(|one| one.spawn().unwrap())
        .collect();
    let mut arns = String::new();
    for child in started {
        arns += &succeeded("an SDK", &child.wait_with_output().unwrap());
    }
    for name in PROFILES {
        let of_role = format!(":assumed-role/{name}/");
        assert_eq!(arns.matches(&of_role).count(), 3, "{arns}");
    }
    assert_eq!(world.aws.calls("GetSessionToken"), 1);
    assert_eq!(world.aws.calls("AssumeRole"), 6);
    let log = world.aws.log();
    let is_signed = |line: &&String| *line == "GetCallerIdentity by ASIA: 200";
    assert_eq!(log.iter().filter(is_signed).count(), 18, "{log:#?}");
}
