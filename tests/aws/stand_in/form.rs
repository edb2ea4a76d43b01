//! The parameters of a call: `application/x-www-form-urlencoded`, each name once.

use std::collections::BTreeMap;

use super::answer::Refusal;

#[derive(Clone, Default)]
pub struct Form(BTreeMap<String, String>);

impl Form {
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let malformed = || Refusal::new(400, "MalformedQueryString", "The query is malformed");
        let mut form = BTreeMap::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decoded(name).ok_or_else(malformed)?;
            let value = decoded(value).ok_or_else(malformed)?;
            if form.insert(name, value).is_some() {
                return Err(malformed());
            }
        }
        Ok(Self(form))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub fn require(&self, name: &str) -> Result<&str, Refusal> {
        let member = member(name);
        self.get(name).ok_or_else(|| {
            invalid(&format!(
                "Value null at '{member}' failed to satisfy constraint: Member must not be null"
            ))
        })
    }

    /// A whole number from `least` to `most`.
    pub fn number(&self, name: &str, least: u64, most: u64) -> Result<Option<u64>, Refusal> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        let malformed = || Refusal::new(400, "MalformedInput", "Invalid Argument");
        let number: u64 = text.parse().map_err(|_| malformed())?;
        let bound = match number {
            n if n < least => format!("greater than or equal to {least}"),
            n if n > most => format!("less than or equal to {most}"),
            n => return Ok(Some(n)),
        };
        let member = member(name);
        Err(invalid(&format!(
            "Value '{number}' at '{member}' failed to satisfy constraint: \
             Member must have value {bound}"
        )))
    }

    /// Six digits; `None` if the parameter is missing.
    pub fn code(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let Some(code) = self.get(name) else {
            return Ok(None);
        };
        let member = member(name);
        let constraint = if !code.bytes().all(|byte| byte.is_ascii_digit()) {
            r"satisfy regular expression pattern: [\d]*".to_owned()
        } else if code.len() < 6 {
            "have length greater than or equal to 6".to_owned()
        } else if code.len() > 6 {
            "have length less than or equal to 6".to_owned()
        } else {
            return Ok(Some(code));
        };
        Err(invalid(&format!(
            "Value '{code}' at '{member}' failed to satisfy constraint: Member must {constraint}"
        )))
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Names and values, as tests may see them.
    pub fn without_secrets(&self) -> BTreeMap<String, String> {
        let visible = |(name, value): (&String, &String)| {
            let secret = name.contains("Code") || name == "Session";
            let value = if secret { "(secret)" } else { value };
            (name.clone(), value.to_owned())
        };
        let own = |name: &str| name == "Action" || name == "Version";
        self.0
            .iter()
            .filter(|(name, _)| !own(name))
            .map(visible)
            .collect()
    }
}

/// The messages write `SerialNumber` as `serialNumber`.
fn member(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    first.to_ascii_lowercase() + rest
}

pub fn invalid(what: &str) -> Refusal {
    let message = format!("1 validation error detected: {what}");
    Refusal::new(400, "ValidationError", &message)
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let hex = std::str::from_utf8(tail.get(..2)?).ok()?;
                bytes.push(u8::from_str_radix(hex, 16).ok()?);
                rest = &tail[2..];
            }
            other => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).ok()
}
