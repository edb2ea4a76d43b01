//! Answers in the XML of AWS's Query protocol.

use super::form::Form;

/// Why a call is refused, in AWS's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    pub code: String,
    pub message: String,
}

impl Refusal {
    pub fn new(status: u16, code: &str, message: &str) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: message.to_owned(),
        }
    }

    pub fn denied(message: &str) -> Self {
        Self::new(403, "AccessDenied", message)
    }
}

/// The content of `<…Result>`; empty for calls that return nothing.
pub type Outcome = Result<String, Refusal>;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Service {
    Iam,
    Sts,
}

impl Service {
    /// The name in credential scopes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::Sts => "sts",
        }
    }

    pub fn version(self) -> &'static str {
        match self {
            Self::Iam => "2010-05-08",
            Self::Sts => "2011-06-15",
        }
    }

    /// The service that a call names by its version; IAM if it names none.
    pub fn of(form: &Form) -> Self {
        match form.get("Version") {
            Some("2011-06-15") => Self::Sts,
            _ => Self::Iam,
        }
    }

    fn namespace(self) -> String {
        let (name, version) = (self.name(), self.version());
        format!("https://{name}.amazonaws.com/doc/{version}/")
    }
}

pub fn element(name: &str, value: &str) -> String {
    let value = value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;");
    format!("<{name}>{value}</{name}>")
}

/// Writes elements inside another.
pub fn group(name: &str, inner: &str) -> String {
    format!("<{name}>{inner}</{name}>")
}

pub fn success(service: Service, action: &str, inner: &str, request: &str) -> String {
    let namespace = service.namespace();
    let result = if inner.is_empty() {
        String::new()
    } else {
        group(&format!("{action}Result"), &format!("\n  {inner}\n  ")) + "\n  "
    };
    let id = element("RequestId", request);
    format!(
        "<{action}Response xmlns=\"{namespace}\">\n  {result}<ResponseMetadata>\n    {id}\n  \
         </ResponseMetadata>\n</{action}Response>\n"
    )
}

pub fn error(service: Service, refusal: &Refusal, request: &str) -> String {
    let namespace = service.namespace();
    let sender = refusal.status < 500;
    let kind = element("Type", if sender { "Sender" } else { "Receiver" });
    let code = element("Code", &refusal.code);
    let message = element("Message", &refusal.message);
    let id = element("RequestId", request);
    format!(
        "<ErrorResponse xmlns=\"{namespace}\">\n  <Error>\n    {kind}\n    {code}\n    {message}\n  \
         </Error>\n  {id}\n</ErrorResponse>\n"
    )
}
