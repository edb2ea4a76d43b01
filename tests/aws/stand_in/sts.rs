//! STS: sessions of users and roles.

use super::answer::{Outcome, Refusal, element, group};
use super::form::{Form, invalid};
use super::rights::is_name;
use super::state::{ACCOUNT, Caller, Key, Principal, State};

/// The longest session of a role assumed from another role's session, in seconds.
const CHAINED: u64 = 3600;

pub fn call(state: &mut State, caller: &Caller, action: &str, form: &Form) -> Outcome {
    match action {
        "GetCallerIdentity" => get_caller_identity(state, caller),
        "GetSessionToken" => get_session_token(state, caller, form),
        "AssumeRole" => assume_role(state, caller, form),
        "GetFederationToken" => get_federation_token(state, caller, form),
        _ => unreachable!("no such call: {action}"),
    }
}

fn get_caller_identity(state: &State, caller: &Caller) -> Outcome {
    let id = match &caller.principal {
        Principal::User(name) => state.user(name)?.id.clone(),
        Principal::Role { role, session } => format!("{}:{session}", state.roles[role].id),
        Principal::Federated(name) => format!("{ACCOUNT}:{name}"),
    };
    let parts = [
        element("Arn", &state.principal_arn(&caller.principal)),
        element("UserId", &id),
        element("Account", ACCOUNT),
    ];
    Ok(parts.concat())
}

fn get_session_token(state: &mut State, caller: &Caller, form: &Form) -> Outcome {
    if caller.session.is_some() {
        return Err(Refusal::denied(
            "Cannot call GetSessionToken with session credentials",
        ));
    }
    let duration = form.number("DurationSeconds", 900, 129_600)?;
    let mfa = verified(state, caller, form)?;
    let expires = state.clock.now() + duration.unwrap_or(43_200);
    let (id, key) = state.add_key(caller.principal.clone(), Some((expires, mfa)));
    Ok(credentials(state, &id, &key))
}

/// Without a policy, the session could do nothing.
fn get_federation_token(state: &mut State, caller: &Caller, form: &Form) -> Outcome {
    if caller.session.is_some() {
        return Err(Refusal::denied(
            "Cannot call GetFederationToken with session credentials",
        ));
    }
    let name = form.require("Name")?;
    form.require("Policy")?;
    if !is_name(name, 32) || name.len() < 2 {
        return Err(invalid("1 validation error detected at 'name'"));
    }
    let duration = form.number("DurationSeconds", 900, 129_600)?;
    let expires = state.clock.now() + duration.unwrap_or(43_200);
    let owner = Principal::Federated(name.to_owned());
    let (id, key) = state.add_key(owner, Some((expires, false)));
    Ok(credentials(state, &id, &key))
}

fn assume_role(state: &mut State, caller: &Caller, form: &Form) -> Outcome {
    let arn = form.require("RoleArn")?;
    let session = form.require("RoleSessionName")?;
    if !is_name(session, 64) || session.len() < 2 {
        return Err(invalid(&format!(
            r"Value '{session}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*"
        )));
    }
    let duration = form.number("DurationSeconds", 900, 43_200)?;
    let duration = duration.unwrap_or(3600);
    let denied = state.refused(caller, "sts:AssumeRole", arn, "");
    let name = state.role_name(arn).ok_or_else(|| denied.clone())?;
    let role = state.roles.get(name).ok_or_else(|| denied.clone())?;
    let who = match &caller.principal {
        Principal::User(name) => format!("user/{name}"),
        Principal::Role { role, .. } => format!("role/{role}"),
        Principal::Federated(name) => format!("federated-user/{name}"),
    };
    let trusted = role.trusts.contains(&who);
    let (needs_mfa, most) = (role.needs_mfa, role.max_duration);
    let shown = form.get("SerialNumber").is_some() || form.get("TokenCode").is_some();
    if !trusted || (needs_mfa && !shown && !caller.has_mfa()) {
        return Err(denied);
    }
    let limit = |message| Err(Refusal::new(400, "ValidationError", message));
    if caller.session.is_some() && duration > CHAINED {
        return limit(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by \
             role chaining.",
        );
    }
    if duration > most {
        return limit(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        );
    }
    verified(state, caller, form)?;
    let expires = state.clock.now() + duration;
    let owner = Principal::Role {
        role: name.to_owned(),
        session: session.to_owned(),
    };
    let id = format!("{}:{session}", state.roles[name].id);
    let user = element("AssumedRoleId", &id) + &element("Arn", &state.principal_arn(&owner));
    // A role's session does not carry the MFA on.
    let (key_id, key) = state.add_key(owner, Some((expires, false)));
    Ok(credentials(state, &key_id, &key) + &group("AssumedRoleUser", &user))
}

/// Whether a code was given; refuses a wrong one, and uses up a right one.
fn verified(state: &mut State, caller: &Caller, form: &Form) -> Result<bool, Refusal> {
    let code = form.code("TokenCode")?;
    let (serial, code) = match (form.get("SerialNumber"), code) {
        (None, None) => return Ok(false),
        (Some(serial), Some(code)) => (serial, code),
        _ => {
            return Err(Refusal::denied(
                "MultiFactorAuthentication failed, must provide both MFA serial number and one \
                 time pass code.",
            ));
        }
    };
    let now = state.clock.now();
    let settled = now.saturating_sub(state.settling);
    let name = caller.user().unwrap_or_default();
    // A security key has no codes.
    let device = state.device_mut(serial).filter(|device| {
        let since = device.enabled.as_ref().map(|by| by.since);
        device.belongs_to(name) && device.is_virtual() && since <= Some(settled)
    });
    let device = device.ok_or_else(|| {
        Refusal::denied(
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your \
             MFA serial number is valid and associated with this user.",
        )
    })?;
    if !device.takes(code, now) {
        return Err(Refusal::denied(
            "MultiFactorAuthentication failed with invalid MFA one time pass code.",
        ));
    }
    Ok(true)
}

fn credentials(state: &State, id: &str, key: &Key) -> String {
    let (token, expires) = match &key.session {
        Some(session) => (session.token.as_str(), session.expires),
        None => ("", 0),
    };
    let parts = [
        element("AccessKeyId", id),
        element("SecretAccessKey", &key.secret),
        element("SessionToken", token),
        element("Expiration", &state.style.write(expires)),
    ];
    group("Credentials", &parts.concat())
}
