//! IAM's rules: who may do what.

use super::answer::Refusal;
use super::state::{ACCOUNT, Caller, State};

/// Whether IAM accepts a name: `[\w+=,.@-]+`.
pub fn is_name(text: &str, most: usize) -> bool {
    let one = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    (1..=most).contains(&text.len()) && text.chars().all(one)
}

impl State {
    /// Refuses what the caller's policies do not allow. `action` is `iam:…`, `of` the user that is
    /// affected, `device` the name of a device that is created or deleted.
    pub fn allow(
        &self,
        caller: &Caller,
        action: &'static str,
        resource: &str,
        of: &str,
        device: Option<&str>,
    ) -> Result<(), Refusal> {
        let Some(name) = caller.user() else {
            return Err(self.refused(caller, action, resource, NOBODY_ALLOWS));
        };
        let policy = &self.user(name)?.policy;
        let foreign = of != name && !policy.admin;
        let misnamed = policy.own_device_name && device.is_some_and(|device| device != name);
        if foreign || misnamed || policy.denied.contains(action) {
            return Err(self.refused(caller, action, resource, NOBODY_ALLOWS));
        }
        if policy.denied_without_mfa.contains(action) && !caller.has_mfa() {
            return Err(self.refused(caller, action, resource, A_POLICY_DENIES));
        }
        Ok(())
    }

    /// A user with a device must have used it to change devices.
    pub fn need_mfa(
        &self,
        caller: &Caller,
        action: &'static str,
        user: &str,
    ) -> Result<(), Refusal> {
        let has_one = self.devices.iter().any(|device| device.belongs_to(user));
        if has_one && caller.user() == Some(user) && !caller.has_mfa() {
            let resource = self.arn(&format!("user/{user}"));
            return Err(self.refused(caller, action, &resource, A_POLICY_DENIES));
        }
        Ok(())
    }

    pub fn refused(&self, caller: &Caller, action: &str, resource: &str, why: &str) -> Refusal {
        let who = self.principal_arn(&caller.principal);
        let why = why.replace("{action}", action);
        Refusal::denied(&format!(
            "User: {who} is not authorized to perform: {action} on resource: {resource}{why}"
        ))
    }

    /// The name of a role in this account, from its ARN.
    pub fn role_name<'a>(&self, arn: &'a str) -> Option<&'a str> {
        let partition = self.partition;
        arn.strip_prefix(&format!("arn:{partition}:iam::{ACCOUNT}:role/"))
    }
}

pub const NOBODY_ALLOWS: &str = " because no identity-based policy allows the {action} action";
pub const A_POLICY_DENIES: &str = " with an explicit deny in an identity-based policy";
