//! From a request to its answer: which call it is, who calls, and whether the call is well formed.

use super::answer::{self, Outcome, Refusal, Service};
use super::faults::Fault;
use super::form::Form;
use super::http::{Request, Response};
use super::log::Call;
use super::signature::Signature;
use super::state::{Caller, Principal, State, identifier};
use super::{access_keys, federation, iam, sts};

const DEVICE: &[&str] = &["UserName", "SerialNumber"];
const PAIR: &[&str] = &[
    "UserName",
    "SerialNumber",
    "AuthenticationCode1",
    "AuthenticationCode2",
];
const PAGE: &[&str] = &["UserName", "Marker", "MaxItems"];

/// All calls and their parameters.
const CALLS: [(&str, Service, &[&str]); 16] = [
    ("GetUser", Service::Iam, &["UserName"]),
    (
        "CreateVirtualMFADevice",
        Service::Iam,
        &["VirtualMFADeviceName", "Path"],
    ),
    ("EnableMFADevice", Service::Iam, PAIR),
    ("ResyncMFADevice", Service::Iam, PAIR),
    ("DeactivateMFADevice", Service::Iam, DEVICE),
    ("DeleteVirtualMFADevice", Service::Iam, &["SerialNumber"]),
    ("ListMFADevices", Service::Iam, PAGE),
    (
        "ListVirtualMFADevices",
        Service::Iam,
        &["AssignmentStatus", "Marker", "MaxItems"],
    ),
    ("CreateAccessKey", Service::Iam, &["UserName"]),
    ("ListAccessKeys", Service::Iam, PAGE),
    (
        "UpdateAccessKey",
        Service::Iam,
        &["UserName", "AccessKeyId", "Status"],
    ),
    (
        "DeleteAccessKey",
        Service::Iam,
        &["UserName", "AccessKeyId"],
    ),
    ("GetCallerIdentity", Service::Sts, &[]),
    (
        "GetSessionToken",
        Service::Sts,
        &["DurationSeconds", "SerialNumber", "TokenCode"],
    ),
    (
        "GetFederationToken",
        Service::Sts,
        &["Name", "Policy", "DurationSeconds"],
    ),
    (
        "AssumeRole",
        Service::Sts,
        &[
            "RoleArn",
            "RoleSessionName",
            "DurationSeconds",
            "SerialNumber",
            "TokenCode",
            "ExternalId",
            "SourceIdentity",
            "Tags.member.1.Key",
            "Tags.member.1.Value",
            "Tags.member.2.Key",
            "Tags.member.2.Value",
            "TransitiveTagKeys.member.1",
        ],
    ),
];

/// A request, with what is known before rights are checked.
pub struct Asked {
    pub request: Request,
    form: Result<Form, Refusal>,
    /// For the federation endpoint it is `getSigninToken`; empty if there is none.
    pub action: String,
}

impl Asked {
    pub fn new(request: Request) -> Self {
        let text = match request.method.as_str() {
            "GET" => request.query.clone(),
            _ => String::from_utf8_lossy(&request.body).into_owned(),
        };
        let form = Form::parse(&text);
        let action = form.as_ref().ok().and_then(|form| form.get("Action"));
        let action = action.unwrap_or_default().to_owned();
        Self {
            request,
            form,
            action,
        }
    }

    pub fn entry(&self) -> Call {
        let parameters = self.form.as_ref().map(Form::without_secrets);
        let signature = Signature::of(&self.request).ok();
        let key = signature.and_then(|by| by.access_key.get(..4).map(str::to_owned));
        Call {
            action: self.action.clone(),
            parameters: parameters.unwrap_or_default(),
            key: key.unwrap_or_default(),
            outcome: "…".to_owned(),
        }
    }

    /// The answer, and its entry in the log.
    pub fn answer(&self, state: &mut State) -> (Response, String) {
        if self.request.path == "/federation" {
            return self.sign_in(state);
        }
        let (service, outcome) = match &self.form {
            Ok(form) => (Service::of(form), self.outcome(state, form)),
            Err(refusal) => (Service::Iam, Err(refusal.clone())),
        };
        let id = request_id();
        let (status, body, said) = match outcome {
            Ok(inner) => {
                let body = answer::success(service, &self.action, &inner, &id);
                (200, body, "200".to_owned())
            }
            Err(refusal) => {
                let body = answer::error(service, &refusal, &id);
                (refusal.status, body, refusal.code)
            }
        };
        (response(state, status, "text/xml", body), said)
    }

    fn outcome(&self, state: &mut State, form: &Form) -> Outcome {
        let known = CALLS.iter().find(|known| known.0 == self.action);
        let version = form.get("Version").unwrap_or_default();
        let Some((_, service, names)) = known.filter(|known| known.1.version() == version) else {
            let action = &self.action;
            let message = format!("Could not find operation {action} for version {version}");
            return Err(Refusal::new(400, "InvalidAction", &message));
        };
        self.well_formed()?;
        let caller = self.caller(state, *service)?;
        // AWS ignores unknown parameters; here they are a mistake of the client.
        let own = ["Action", "Version"];
        let mut stray = form.names().filter(|n| !own.contains(n));
        if let Some(stray) = stray.find(|name| !names.contains(name)) {
            let message = format!("The parameter {stray} is not one of this call");
            return Err(Refusal::new(400, "InvalidQueryParameter", &message));
        }
        match service {
            Service::Iam if self.action.contains("AccessKey") => {
                access_keys::call(state, &caller, &self.action, form)
            }
            Service::Iam => iam::call(state, &caller, &self.action, form),
            Service::Sts => sts::call(state, &caller, &self.action, form),
        }
    }

    fn well_formed(&self) -> Result<(), Refusal> {
        let request = &self.request;
        let kind = request.header("content-type").unwrap_or_default();
        let is_form = kind.starts_with("application/x-www-form-urlencoded");
        if request.method != "POST" || request.path != "/" || !is_form {
            let message = "The request is not a POST of a form to /";
            return Err(Refusal::new(400, "MalformedInput", message));
        }
        Ok(())
    }

    /// The owner of the signing key.
    fn caller(&self, state: &State, service: Service) -> Result<Caller, Refusal> {
        let request = &self.request;
        let signature = Signature::of(request)?;
        let unknown = || {
            let message = "The security token included in the request is invalid.";
            Refusal::new(403, "InvalidClientTokenId", message)
        };
        let key = state.keys.get(&signature.access_key);
        let key = key.ok_or_else(unknown)?;
        let now = state.clock.now();
        let is_new = key.session.is_none()
            && state.key_settling > 0
            && now < key.created + state.key_settling;
        if !key.is_active || is_new {
            return Err(unknown());
        }
        let token = request.header("x-amz-security-token");
        if token != key.session.as_ref().map(|s| s.token.as_str()) {
            return Err(unknown());
        }
        if key.session.as_ref().is_some_and(|s| s.expires <= now) {
            let message = "The security token included in the request is expired";
            return Err(Refusal::new(403, "ExpiredToken", message));
        }
        in_scope(state, &signature, service)?;
        signature.verify(request, &key.secret, now)?;
        let caller = Caller {
            principal: key.owner.clone(),
            session: key.session.clone(),
        };
        // To IAM, a session of GetSessionToken without MFA has no rights.
        let is_user = matches!(caller.principal, Principal::User(_));
        let plain = is_user && caller.session.is_some() && !caller.has_mfa();
        if service == Service::Iam && plain {
            return Err(unknown());
        }
        Ok(caller)
    }

    fn sign_in(&self, state: &State) -> (Response, String) {
        let form = self.form.as_ref().map_err(|_| "not a form");
        let right = self.request.method == "GET" && self.action == "getSigninToken";
        let form = form.and_then(|form| right.then_some(form).ok_or("another action"));
        match form.and_then(|form| federation::sign_in(state, form)) {
            Ok(json) => {
                let response = response(state, 200, "application/json", json);
                (response, "200".to_owned())
            }
            Err(why) => {
                let page = format!("<html><body>{why}</body></html>");
                (response(state, 400, "text/html", page), why.to_owned())
            }
        }
    }
}

/// The region and service that a request must be signed for.
fn in_scope(state: &State, signature: &Signature, service: Service) -> Result<(), Refusal> {
    let refused = |message: &str| Err(Refusal::new(403, "SignatureDoesNotMatch", message));
    let name = service.name();
    if signature.service != name {
        return refused(&format!(
            "Credential should be scoped to correct service: '{name}'. "
        ));
    }
    let (global, start) = match state.partition {
        "aws-cn" => ("cn-north-1", "cn-"),
        "aws-us-gov" => ("us-gov-west-1", "us-gov-"),
        "aws-eusc" => ("eusc-de-east-1", "eusc-"),
        "aws-iso" => ("us-iso-east-1", "us-iso-"),
        _ => ("us-east-1", ""),
    };
    let region = signature.region.as_str();
    let foreign = ["cn-", "us-gov-", "eusc-", "us-iso-"];
    let own = match start {
        "" => !foreign.iter().any(|start| region.starts_with(start)),
        start => region.starts_with(start),
    };
    if (service == Service::Iam && region != global) || !own {
        return refused("Credential should be scoped to a valid region. ");
    }
    Ok(())
}

pub fn refused(state: &State, action: &str, fault: &Fault) -> Option<Response> {
    match fault {
        Fault::Refuse {
            status,
            code,
            message,
        } => {
            let known = CALLS.iter().find(|known| known.0 == action);
            let service = known.map_or(Service::Iam, |known| known.1);
            let refusal = Refusal::new(*status, code, message);
            let body = answer::error(service, &refusal, &request_id());
            Some(response(state, *status, "text/xml", body))
        }
        Fault::Html => {
            let page = "<html><body><h1>500 Internal Server Error</h1></body></html>";
            Some(response(state, 500, "text/html", page.to_owned()))
        }
        Fault::Empty => Some(response(state, 200, "text/xml", String::new())),
        _ => None,
    }
}

fn response(state: &State, status: u16, kind: &'static str, body: String) -> Response {
    let date = state.clock.now().saturating_add_signed(state.date_skew);
    Response {
        status,
        kind,
        body,
        date,
    }
}

fn request_id() -> String {
    let id = identifier("", 32).to_ascii_lowercase();
    format!(
        "{}-{}-{}-{}-{}",
        &id[..8],
        &id[8..12],
        &id[12..16],
        &id[16..20],
        &id[20..]
    )
}
