//! The account: its users, keys and devices, and the switches of tests.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{SystemTime, UNIX_EPOCH};

use data_encoding::{BASE32_NOPAD, BASE64};

use super::answer::{Refusal, element};
use super::device::Device;
use super::faults::Faults;
use super::log::Log;
use super::moment::{self, Style};

pub const ACCOUNT: &str = "123456789012";

pub struct State {
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: &'static str,
    pub clock: Clock,
    /// Seconds by which the header `Date` is off.
    pub date_skew: i64,
    /// Seconds until all servers know an enabled device.
    pub settling: u64,
    /// Seconds until all servers know a new access key.
    pub key_settling: u64,
    /// Entries of a list in one answer.
    pub page: usize,
    /// The most virtual devices in the account.
    pub most_devices: usize,
    pub style: Style,
    pub users: BTreeMap<String, User>,
    pub roles: BTreeMap<String, Role>,
    pub devices: Vec<Device>,
    pub keys: BTreeMap<String, Key>,
    pub faults: Faults,
    pub log: Log,
}

/// The stand-in's own clock.
#[derive(Default)]
pub struct Clock {
    /// Seconds by which it is ahead of the machine's.
    pub ahead: i64,
    /// Stops the clock at these Unix seconds; `ahead` is then ignored.
    pub frozen: Option<u64>,
}

impl Clock {
    pub fn now(&self) -> u64 {
        let machine = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let now = machine.as_secs().saturating_add_signed(self.ahead);
        self.frozen.unwrap_or(now)
    }
}

pub struct User {
    pub id: String,
    pub created: u64,
    pub policy: Policy,
}

/// What a user may do, apart from the default: all calls here, on the own user.
#[derive(Default)]
pub struct Policy {
    /// Actions (`iam:ListVirtualMFADevices`) that no policy allows.
    pub denied: BTreeSet<&'static str>,
    /// Actions that a policy denies without MFA.
    pub denied_without_mfa: BTreeSet<&'static str>,
    /// `mfa/${aws:username}`: devices may only have the user's own name.
    pub own_device_name: bool,
    /// Whether it may act on other users.
    pub admin: bool,
}

pub struct Role {
    pub id: String,
    /// Who may assume it, such as `user/alice` or `role/other`.
    pub trusts: BTreeSet<String>,
    pub needs_mfa: bool,
    /// The longest session, in seconds.
    pub max_duration: u64,
}

#[derive(Clone)]
pub struct Key {
    pub secret: String,
    pub owner: Principal,
    /// `None` for long-term keys.
    pub session: Option<Session>,
    pub created: u64,
    pub is_active: bool,
}

#[derive(Clone)]
pub struct Session {
    pub token: String,
    pub expires: u64,
    pub mfa: bool,
}

#[derive(Clone, PartialEq, Eq)]
pub enum Principal {
    User(String),
    Role {
        role: String,
        session: String,
    },
    /// Of `GetFederationToken`.
    Federated(String),
}

/// The owner of a request's keys.
#[derive(Clone)]
pub struct Caller {
    pub principal: Principal,
    pub session: Option<Session>,
}

impl Caller {
    pub fn has_mfa(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.mfa)
    }

    /// The user, if it is one.
    pub fn user(&self) -> Option<&str> {
        match &self.principal {
            Principal::User(name) => Some(name),
            Principal::Role { .. } | Principal::Federated(_) => None,
        }
    }
}

impl State {
    pub fn new(partition: &'static str) -> Self {
        Self {
            partition,
            clock: Clock::default(),
            date_skew: 0,
            settling: 0,
            key_settling: 0,
            page: 100,
            most_devices: 100,
            style: Style::default(),
            users: BTreeMap::new(),
            roles: BTreeMap::new(),
            devices: Vec::new(),
            keys: BTreeMap::new(),
            faults: Faults::default(),
            log: Log::default(),
        }
    }

    /// The ARN of a resource in this account, such as `user/alice`.
    pub fn arn(&self, resource: &str) -> String {
        format!("arn:{}:iam::{ACCOUNT}:{resource}", self.partition)
    }

    pub fn principal_arn(&self, principal: &Principal) -> String {
        match principal {
            Principal::User(name) => self.arn(&format!("user/{name}")),
            Principal::Role { role, session } => {
                let partition = self.partition;
                format!("arn:{partition}:sts::{ACCOUNT}:assumed-role/{role}/{session}")
            }
            Principal::Federated(name) => {
                let partition = self.partition;
                format!("arn:{partition}:sts::{ACCOUNT}:federated-user/{name}")
            }
        }
    }

    pub fn user(&self, name: &str) -> Result<&User, Refusal> {
        let message = format!("The user with name {name} cannot be found.");
        let missing = || Refusal::new(404, "NoSuchEntity", &message);
        self.users.get(name).ok_or_else(missing)
    }

    /// A user as answers describe it.
    pub fn described(&self, name: &str) -> Result<String, Refusal> {
        let user = self.user(name)?;
        let principal = Principal::User(name.to_owned());
        Ok([
            element("Path", "/"),
            element("UserName", name),
            element("UserId", &user.id),
            element("Arn", &self.principal_arn(&principal)),
            element("CreateDate", &moment::iso(user.created)),
        ]
        .concat())
    }

    pub fn device(&self, serial: &str) -> Option<&Device> {
        self.devices.iter().find(|device| device.serial == serial)
    }

    pub fn device_mut(&mut self, serial: &str) -> Option<&mut Device> {
        let mut all = self.devices.iter_mut();
        all.find(|device| device.serial == serial)
    }

    /// Makes long-term keys, or those of a session.
    pub fn add_key(&mut self, owner: Principal, session: Option<(u64, bool)>) -> (String, Key) {
        let prefix = if session.is_some() { "ASIA" } else { "AKIA" };
        let id = identifier(prefix, 16);
        let session = session.map(|(expires, mfa)| Session {
            token: format!("FwoGZXIvYXdzE{}", BASE64.encode(&random(150))),
            expires,
            mfa,
        });
        let secret = BASE64.encode(&random(30));
        let key = Key {
            secret,
            owner,
            session,
            created: self.clock.now(),
            is_active: true,
        };
        self.keys.insert(id.clone(), key.clone());
        (id, key)
    }
}

/// Identifiers such as `AKIA…` and `AIDA…`: capitals and digits.
pub fn identifier(prefix: &str, length: usize) -> String {
    let text = BASE32_NOPAD.encode(&random(length));
    format!("{prefix}{}", &text[..length])
}

fn random(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}
