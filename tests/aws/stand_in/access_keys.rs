//! IAM: the calls about a user's long-term keys.

use super::answer::{Outcome, Refusal, element, group};
use super::form::{Form, invalid};
use super::iam::{exceeded, paged, subject};
use super::moment;
use super::state::{Caller, Key, Principal, State};

/// The most keys of a user.
const QUOTA: usize = 2;

pub fn call(state: &mut State, caller: &Caller, action: &str, form: &Form) -> Outcome {
    let user = subject(caller, form)?;
    let resource = state.arn(&format!("user/{user}"));
    let allowed = |state: &State, action: &'static str| {
        state.allow(caller, action, &resource, &user, None)?;
        state.user(&user).map(drop)
    };
    match action {
        "CreateAccessKey" => {
            allowed(state, "iam:CreateAccessKey")?;
            create(state, &user)
        }
        "ListAccessKeys" => {
            allowed(state, "iam:ListAccessKeys")?;
            let own = own(state, &user);
            let all = own.map(|(id, key)| group("member", &described(&user, id, key)));
            let all = all.collect();
            paged(state, form, "AccessKeyMetadata", all)
        }
        "UpdateAccessKey" => {
            allowed(state, "iam:UpdateAccessKey")?;
            let status = form.require("Status")?;
            if !["Active", "Inactive"].contains(&status) {
                return Err(invalid(&format!(
                    "Value '{status}' at 'status' failed to satisfy constraint: Member must satisfy \
                     enum value set: [Active, Inactive]"
                )));
            }
            named(state, &user, form)?.is_active = status == "Active";
            Ok(String::new())
        }
        "DeleteAccessKey" => {
            allowed(state, "iam:DeleteAccessKey")?;
            named(state, &user, form)?;
            let id = form.require("AccessKeyId")?;
            state.keys.remove(id);
            Ok(String::new())
        }
        _ => unreachable!("no such call: {action}"),
    }
}

fn create(state: &mut State, user: &str) -> Outcome {
    if own(state, user).count() >= QUOTA {
        return Err(exceeded("AccessKeysPerUser", QUOTA));
    }
    let (id, key) = state.add_key(Principal::User(user.to_owned()), None);
    let parts = described(user, &id, &key) + &element("SecretAccessKey", &key.secret);
    Ok(group("AccessKey", &parts))
}

/// The long-term keys of a user.
fn own<'a>(state: &'a State, user: &str) -> impl Iterator<Item = (&'a String, &'a Key)> {
    let owner = Principal::User(user.to_owned());
    let keys = state.keys.iter();
    keys.filter(move |(_, key)| key.owner == owner && key.session.is_none())
}

fn described(user: &str, id: &str, key: &Key) -> String {
    let status = if key.is_active { "Active" } else { "Inactive" };
    [
        element("UserName", user),
        element("AccessKeyId", id),
        element("Status", status),
        element("CreateDate", &moment::iso(key.created)),
    ]
    .concat()
}

fn named<'a>(state: &'a mut State, user: &str, form: &Form) -> Result<&'a mut Key, Refusal> {
    let id = form.require("AccessKeyId")?;
    let message = format!("The Access Key with id {id} cannot be found.");
    let missing = || Refusal::new(404, "NoSuchEntity", &message);
    let is_own = own(state, user).any(|(own, _)| own == id);
    let key = state.keys.get_mut(id).filter(|_| is_own);
    key.ok_or_else(missing)
}
