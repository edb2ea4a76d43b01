//! IAM and STS as `mfa aws` uses them: on loopback, with the real refusals. Tests can change state and
//! switches through [`StandIn::state`].
//!
//! The texts of refusals are AWS's own, as far as its documents or reports of users have them. Stricter
//! than AWS documents: an unknown parameter is refused, the codes of a pair are used up like single
//! ones, and a user with a device needs a session with MFA to enable another or to deactivate one.

mod access_keys;
mod answer;
mod calls;
mod device;
mod faults;
mod federation;
mod form;
mod http;
mod iam;
mod log;
pub mod moment;
mod rights;
mod server;
pub mod signature;
mod state;
mod sts;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard};
use std::thread::{self, JoinHandle};

pub use faults::{Fault, Gate, Moment};
pub use moment::Style;

use device::{Device, Enabled};
use server::Shared;
use state::{Policy, Principal, Role, State, User, identifier};

/// The keys of a user or a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    pub access_key: String,
    pub secret_key: String,
    pub token: Option<String>,
}

pub struct StandIn {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

impl StandIn {
    pub fn start() -> Self {
        Self::start_in("aws")
    }

    /// In another partition, such as `aws-cn`.
    pub fn start_in(partition: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Shared::new(State::new(partition));
        let its = Arc::clone(&shared);
        let acceptor = thread::spawn(move || server::accept(&listener, &its));
        Self {
            address,
            shared,
            acceptor: Some(acceptor),
        }
    }

    /// The value for `endpoint_url`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All state and switches. While a test holds it, nobody is answered.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }

    /// Adds a user with long-term keys, who may make all of these calls on itself.
    pub fn add_user(&self, name: &str) -> Keys {
        let mut state = self.state();
        let user = User {
            id: identifier("AIDA", 17),
            created: state.clock.now(),
            policy: Policy::default(),
        };
        state.users.insert(name.to_owned(), user);
        let (access_key, key) = state.add_key(Principal::User(name.to_owned()), None);
        Keys {
            access_key,
            secret_key: key.secret,
            token: None,
        }
    }

    /// Adds a second key of a user.
    pub fn add_key(&self, user: &str) -> Keys {
        let mut state = self.state();
        let (access_key, key) = state.add_key(Principal::User(user.to_owned()), None);
        Keys {
            access_key,
            secret_key: key.secret,
            token: None,
        }
    }

    /// The ids of a user's long-term keys, and whether each is active.
    pub fn access_keys(&self, user: &str) -> Vec<(String, bool)> {
        let state = self.state();
        let owner = Principal::User(user.to_owned());
        let own = state.keys.iter().filter(|(_, key)| key.owner == owner);
        let own = own.filter(|(_, key)| key.session.is_none());
        own.map(|(id, key)| (id.clone(), key.is_active)).collect()
    }

    /// Changes what a user may do.
    pub fn policy(&self, user: &str, change: impl FnOnce(&mut Policy)) {
        change(&mut self.state().users.get_mut(user).unwrap().policy);
    }

    /// Adds a role that needs MFA and lasts at most 12 hours. It trusts `user/alice` or `role/other`.
    pub fn add_role(&self, name: &str, trusts: &str) -> String {
        let mut state = self.state();
        let role = Role {
            id: identifier("AROA", 17),
            trusts: [trusts.to_owned()].into(),
            needs_mfa: true,
            max_duration: 43_200,
        };
        state.roles.insert(name.to_owned(), role);
        state.arn(&format!("role/{name}"))
    }

    pub fn role(&self, name: &str, change: impl FnOnce(&mut Role)) {
        change(self.state().roles.get_mut(name).unwrap());
    }

    /// Adds a device, enabled for `user` if one is named; returns its serial.
    pub fn add_device(&self, name: &str, user: Option<&str>) -> String {
        let mut state = self.state();
        let since = state.clock.now();
        let mut device = Device::virtual_one(state.arn(&format!("mfa/{name}")));
        device.enabled = user.map(|user| Enabled {
            user: user.to_owned(),
            since,
        });
        let serial = device.serial.clone();
        state.devices.push(device);
        serial
    }

    /// Adds a security key of a user: it has no codes.
    pub fn add_security_key(&self, user: &str) -> String {
        let mut state = self.state();
        let since = state.clock.now();
        let serial = state.arn(&format!("u2f/user/{user}/key-R1"));
        let mut device = Device::hardware(serial.clone());
        device.enabled = Some(Enabled {
            user: user.to_owned(),
            since,
        });
        state.devices.push(device);
        serial
    }

    /// The seed of a device in base32, as people get it.
    pub fn seed(&self, serial: &str) -> String {
        self.state().device(serial).unwrap().base32().unwrap()
    }

    /// Sets its clock this many seconds ahead of the machine's.
    pub fn offset(&self, seconds: i64) {
        self.state().clock.ahead = seconds;
    }

    /// Makes the next calls of this name meet a fault, `times` in all. Several faults queue up.
    pub fn fault(&self, action: &str, times: usize, fault: Fault) {
        self.state().faults.add(action, times, fault);
    }

    pub fn heal(&self) {
        self.state().faults.clear();
    }

    /// Stops the next call of this name until the gate is opened.
    pub fn hold(&self, action: &str, moment: Moment) -> Gate {
        let gate = Gate::default();
        self.fault(action, 1, Fault::Hold(moment, gate.clone()));
        gate
    }

    /// A line for each call in order, without codes and keys:
    /// `GetSessionToken DurationSeconds=900 by AKIA: 200`.
    pub fn log(&self) -> Vec<String> {
        let state = self.state();
        state.log.calls().iter().map(ToString::to_string).collect()
    }

    /// How often a call came.
    pub fn calls(&self, action: &str) -> usize {
        let state = self.state();
        let all = state.log.calls().iter();
        all.filter(|call| call.action == action).count()
    }

    /// All that nobody may see: keys of users and sessions, their tokens, seeds.
    pub fn secrets(&self) -> Vec<String> {
        let state = self.state();
        let mut all: Vec<String> = state.devices.iter().filter_map(Device::base32).collect();
        for key in state.keys.values() {
            all.push(key.secret.clone());
            all.extend(key.session.iter().map(|session| session.token.clone()));
        }
        all
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // Wakes the accepting thread.
        let _ = TcpStream::connect(self.address);
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
        self.shared.hang_up();
    }
}
