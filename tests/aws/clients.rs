//! The simulator moto, and AWS's own clients with the profile that `mfa aws setup` writes. They are
//! in the folder `MFA_AWS_TOOLS`; `.ci/run` installs them from `requirements.txt`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use mfa_test_support::can;
use serde_json::Value;

use crate::stand_in::Keys;
use crate::world::{World, text};

/// The folder of the tools.
fn tools() -> Option<PathBuf> {
    let folder = std::env::var_os("MFA_AWS_TOOLS").unwrap_or_default();
    can(!folder.is_empty(), "MFA_AWS_TOOLS").then(|| folder.into())
}

/// A moto that checks signatures and policies after its first three calls.
pub struct Moto {
    server: Child,
    address: String,
}

impl Moto {
    fn start(tools: &std::path::Path) -> Self {
        // moto chooses a free port and prints it. A port that the test chose could be taken by then.
        let mut log = tempfile::NamedTempFile::new().unwrap();
        let server = Command::new(tools.join("moto_server"))
            .args(["-H", "127.0.0.1", "-p", "0"])
            .env("INITIAL_NO_AUTH_ACTION_COUNT", "3")
            .stdout(Stdio::null())
            .stderr(log.reopen().unwrap())
            .spawn()
            .unwrap();
        let mut moto = Self {
            server,
            address: String::new(),
        };
        let mut said = String::new();
        for _ in 0..600 {
            log.read_to_string(&mut said).unwrap();
            let address = said.split_once("Running on http://").map(|(_, rest)| rest);
            if let Some((address, _)) = address.and_then(|rest| rest.split_once('\n')) {
                address.trim().clone_into(&mut moto.address);
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        assert!(!moto.address.is_empty(), "moto does not start: {said}");
        moto
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A moto, and clients that use it; `None` if AWS's own programs are not installed.
    pub fn with_clients(world: &World) -> Option<(Self, Clients<'_>)> {
        let tools = tools()?;
        let moto = Self::start(&tools);
        let url = moto.url();
        Some((moto, Clients { tools, world, url }))
    }

    /// A user with keys who may do everything.
    pub fn alice(clients: &Clients<'_>) -> Keys {
        clients.aws("iam create-user --user-name alice");
        let made = clients.aws("iam create-access-key --user-name alice");
        let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
        clients.aws(&format!(
            "iam put-user-policy --user-name alice --policy-name all --policy-document {policy}"
        ));
        let made: Value = serde_json::from_str(&made).unwrap();
        let key = |name: &str| made["AccessKey"][name].as_str().unwrap().to_owned();
        Keys {
            access_key: key("AccessKeyId"),
            secret_key: key("SecretAccessKey"),
            token: None,
        }
    }

    /// From here on, nothing is checked: moto does not know the sessions that it issues.
    pub fn trust_everybody(&self) {
        let mut connection = TcpStream::connect(&self.address).unwrap();
        let body = "1000000";
        let length = body.len();
        let request = format!(
            "POST /moto-api/reset-auth HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Content-Length: {length}\r\n\r\n{body}",
            self.address
        );
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// An AWS client in the world's home that uses `url`.
pub struct Clients<'a> {
    tools: PathBuf,
    world: &'a World,
    url: String,
}

impl<'a> Clients<'a> {
    /// Uses the world's stand-in; `None` if AWS's own programs are not installed.
    pub fn of(world: &'a World) -> Option<Self> {
        Some(Self {
            tools: tools()?,
            world,
            url: world.aws.url(),
        })
    }

    pub fn command(&self, name: &str) -> Command {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new(self.tools.join(name));
        command
            .env_clear()
            .env("HOME", self.world.home())
            .env("PATH", path)
            .env("AWS_ENDPOINT_URL", &self.url)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn aws(&self, line: &str) -> String {
        let mut command = self.command("aws");
        succeeded(line, &command.args(line.split(' ')).output().unwrap())
    }

    fn mfa(&self, line: &str) -> Output {
        let arguments: Vec<_> = line.split(' ').collect();
        self.world
            .run_with(&arguments, &[("AWS_ENDPOINT_URL", &self.url)])
    }

    pub fn mfa_succeeds(&self, line: &str) -> String {
        succeeded(line, &self.mfa(line))
    }
}

pub fn succeeded(line: &str, output: &Output) -> String {
    assert!(output.status.success(), "{line}: {}", text(&output.stderr));
    text(&output.stdout)
}

pub fn moto_and_real_clients() {
    let world = World::new();
    let Some((moto, clients)) = Moto::with_clients(&world) else {
        return;
    };
    let keys = Moto::alice(&clients);
    let wrong = Keys {
        secret_key: "not the right one".to_owned(),
        ..keys.clone()
    };
    world.write_credentials("default", &wrong);
    let refused = clients.mfa("aws register");
    assert_eq!(refused.status.code(), Some(1));
    let told = text(&refused.stderr);
    assert!(told.contains("does not match the access key"), "{told}");

    world.write_credentials("default", &keys);
    let answer = clients.mfa_succeeds("aws register");
    assert!(
        answer.starts_with("registered arn:aws:iam::123456789012:mfa/alice-mfa-"),
        "{answer}"
    );
    clients.mfa_succeeds("aws login");
    let devices = clients.aws("iam list-mfa-devices --user-name alice --output text");
    assert!(devices.contains("mfa/alice-mfa-"), "{devices}");

    moto.trust_everybody();
    clients.mfa_succeeds("aws setup");
    let identity = clients.aws("--profile default-mfa sts get-caller-identity --output text");
    assert!(identity.contains("123456789012"), "{identity}");
    clients.aws("s3 mb s3://from-mfa");
    let buckets = clients.aws("--profile default-mfa s3 ls");
    assert!(buckets.contains("from-mfa"), "{buckets}");
    let script = "import boto3; print(boto3.Session(profile_name='default-mfa').client('sts')\
                  .get_caller_identity()['Account'])";
    let mut python = clients.command("python3");
    let account = succeeded(script, &python.args(["-c", script]).output().unwrap());
    assert_eq!(account.trim(), "123456789012");
    let exec = format!("aws exec -- {} s3 ls", clients.tools.join("aws").display());
    assert!(clients.mfa_succeeds(&exec).contains("from-mfa"));

    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"*"}}]}"#;
    let role = format!("iam create-role --role-name Admin --assume-role-policy-document {trust}");
    clients.aws(&role);
    let mut config = std::fs::read_to_string(world.config()).unwrap();
    config.push_str(
        "\n[profile admin]\nrole_arn = arn:aws:iam::123456789012:role/Admin\n\
         source_profile = default\n",
    );
    world.write_config(&config);
    let aws = clients.tools.join("aws");
    let whoami = format!("{} sts get-caller-identity --output text", aws.display());
    let exec = format!("aws exec --profile admin -- {whoami}");
    let identity = clients.mfa_succeeds(&exec);
    assert!(identity.contains(":assumed-role/Admin/"), "{identity}");

    clients.mfa_succeeds("aws rotate");
    clients.mfa_succeeds("aws unregister --yes");
    let devices = clients.aws("iam list-virtual-mfa-devices --output text");
    assert_eq!(devices.trim(), "");
}

/// A label comes from a picture; AWS's tools see only the account's id.
pub fn a_label_is_no_line_of_a_file() {
    let (world, _) = World::registered();
    let Some(clients) = Clients::of(&world) else {
        return;
    };
    let pwned = world.home().join("PWNED");
    let hostile = format!(
        "aws\n[default]\ncredential_process = touch {}\n",
        pwned.display()
    );
    let renamed = world.run(&["rename", "alice", &hostile]);
    assert!(renamed.status.success(), "{}", text(&renamed.stderr));
    let before = std::fs::read_to_string(world.config()).unwrap();
    clients.mfa_succeeds("aws setup --account aws");
    let after = std::fs::read_to_string(world.config()).unwrap();
    let new = after.strip_prefix(&before).unwrap();
    assert_eq!(new.matches('[').count(), 1, "{new}");
    assert!(!new.contains("touch"), "{new}");
    let id = world.accounts()[0]["id"].as_str().map(str::to_owned);
    let shown: Value = serde_json::from_str(&world.succeeds(&["show", "aws", "--json"])).unwrap();
    let id = id
        .or_else(|| shown["id"].as_str().map(str::to_owned))
        .unwrap();
    assert!(new.contains(&format!(" --account {id}\n")), "{new}");
    for profile in ["default", "default-mfa"] {
        let line = format!("--profile {profile} sts get-caller-identity");
        assert!(clients.aws(&line).contains(":user/alice"));
    }
    assert!(!pwned.exists());
    // What the environment says is not the profile's.
    let region = [("AWS_REGION", "x\n[default]\ncredential_process = id")];
    let output = world.run_with(&["aws", "setup", "--as", "new"], &region);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let new = std::fs::read_to_string(world.config()).unwrap();
    let new = new.strip_prefix(&after).unwrap();
    assert_eq!(new.matches('[').count(), 1, "{new}");
    assert!(
        new.contains("region = eu-west-1\n") && !new.contains("= id"),
        "{new}"
    );
}

/// Twenty `aws` at once with an empty cache: each gets the session of a single call, and the stand-in
/// verifies each signature.
pub fn twenty_real_clients_at_once() {
    let (world, _) = World::registered();
    let Some(clients) = Clients::of(&world) else {
        return;
    };
    clients.mfa_succeeds("aws setup");
    let arguments = ["--profile", "default-mfa", "sts", "get-caller-identity"];
    let start = |_| clients.command("aws").args(arguments).spawn().unwrap();
    let children: Vec<_> = (0..20).map(start).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let answer = succeeded("aws", &output);
        assert!(answer.contains(":user/alice"), "{answer}");
    }
    assert_eq!(world.aws.calls("GetSessionToken"), 1);
    let log = world.aws.log();
    let signed = log
        .iter()
        .filter(|line| *line == "GetCallerIdentity by ASIA: 200");
    assert_eq!(signed.count(), 20, "{log:#?}");
}
