//! Verifies Signature Version 4: AWS's documentation, "Create a signed AWS API request".

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::answer::Refusal;
use super::http::Request;
use super::moment;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// How many seconds a signature's time may be off.
const WINDOW: u64 = 5 * 60;

/// The parts of the header `Authorization`.
#[derive(Debug)]
pub struct Signature {
    pub access_key: String,
    date: String,
    pub region: String,
    pub service: String,
    headers: Vec<String>,
    value: String,
}

impl Signature {
    pub fn of(request: &Request) -> Result<Self, Refusal> {
        let missing = "Request is missing Authentication Token";
        let header = request
            .header("authorization")
            .ok_or_else(|| Refusal::new(403, "MissingAuthenticationToken", missing))?;
        Self::parse(header).ok_or_else(|| {
            let message = format!("'{ALGORITHM}' header is not as it should be");
            Refusal::new(400, "IncompleteSignature", &message)
        })
    }

    fn parse(header: &str) -> Option<Self> {
        let rest = header.strip_prefix(ALGORITHM)?.strip_prefix(' ')?;
        let mut parts = [None; 3];
        for part in rest.split(',') {
            let (name, value) = part.trim().split_once('=')?;
            let names = ["Credential", "SignedHeaders", "Signature"];
            let place = names.iter().position(|known| *known == name)?;
            if parts[place].replace(value).is_some() {
                return None;
            }
        }
        let [credential, headers, value] = parts;
        let scope: Vec<&str> = credential?.split('/').collect();
        let [access_key, date, region, service, "aws4_request"] = scope[..] else {
            return None;
        };
        Some(Self {
            access_key: access_key.to_owned(),
            date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            headers: headers?.split(';').map(str::to_owned).collect(),
            value: value?.to_owned(),
        })
    }

    /// Whether the request was signed with this secret, around now.
    pub fn verify(&self, request: &Request, secret: &str, now: u64) -> Result<(), Refusal> {
        let refused = |message: &str| Refusal::new(403, "SignatureDoesNotMatch", message);
        let stamp = request.header("x-amz-date").unwrap_or_default();
        let at = moment::from_basic(stamp).ok_or_else(|| {
            let message = "Authorization header requires existence of either a 'X-Amz-Date' or a \
                           'Date' header.";
            Refusal::new(400, "IncompleteSignature", message)
        })?;
        if stamp[..8] != self.date {
            let (date, stamp) = (&self.date, &stamp[..8]);
            return Err(refused(&format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date \
                 from HTTP: '{date}' != '{stamp}', from '{stamp}'."
            )));
        }
        within_window(at, now).map_err(|message| refused(&message))?;
        self.covers(request).map_err(|message| refused(&message))?;
        if self.computed(request, secret, stamp) != self.value {
            return Err(refused(
                "The request signature we calculated does not match the signature you provided. \
                 Check your AWS Secret Access Key and signing method. Consult the service \
                 documentation for details.",
            ));
        }
        Ok(())
    }

    /// The host and all of AWS's headers must be signed, in order.
    fn covers(&self, request: &Request) -> Result<(), String> {
        if !self.headers.is_sorted() {
            return Err("SignedHeaders are not in order.".to_owned());
        }
        let names = request.headers.iter().map(|(name, _)| name);
        let needed = |name: &&String| *name == "host" || name.starts_with("x-amz-");
        for name in names.filter(needed) {
            if !self.headers.contains(name) {
                return Err(match name.as_str() {
                    "host" => "'Host' or ':authority' must be a 'SignedHeader' in the AWS \
                               Authorization."
                        .to_owned(),
                    name => format!("'{name}' must be a 'SignedHeader' in the AWS Authorization."),
                });
            }
        }
        let claimed = request.header("x-amz-content-sha256");
        match claimed {
            Some(claimed) if claimed != hash(&request.body) => {
                Err("The body is not the one that was signed.".to_owned())
            }
            _ => Ok(()),
        }
    }

    fn computed(&self, request: &Request, secret: &str, stamp: &str) -> String {
        let canonical = self.canonical(request);
        let (date, region, service) = (&self.date, &self.region, &self.service);
        let scope = format!("{date}/{region}/{service}/aws4_request");
        let digest = hash(canonical.as_bytes());
        let text = format!("{ALGORITHM}\n{stamp}\n{scope}\n{digest}");
        let mut key = format!("AWS4{secret}").into_bytes();
        for part in [date, region, service, "aws4_request", &text] {
            key = mac(&key, part);
        }
        hex(&key)
    }

    fn canonical(&self, request: &Request) -> String {
        let mut text = format!("{}\n{}\n", request.method, request.path);
        let mut query: Vec<&str> = request.query.split('&').collect();
        query.sort_unstable();
        let _ = writeln!(text, "{}", query.join("&"));
        for name in &self.headers {
            let values: Vec<String> = request
                .headers
                .iter()
                .filter(|header| header.0 == *name)
                .map(|header| header.1.split_whitespace().collect::<Vec<_>>().join(" "))
                .collect();
            let _ = writeln!(text, "{name}:{}", values.join(","));
        }
        let (headers, body) = (self.headers.join(";"), hash(&request.body));
        text + &format!("\n{headers}\n{body}")
    }
}

fn within_window(at: u64, now: u64) -> Result<(), String> {
    let stamp = moment::basic;
    let (early, late) = (now - WINDOW, now + WINDOW);
    if at < early {
        let (at, early, now) = (stamp(at), stamp(early), stamp(now));
        return Err(format!(
            "Signature expired: {at} is now earlier than {early} ({now} - 5 min.)"
        ));
    }
    if at > late {
        let (at, late, now) = (stamp(at), stamp(late), stamp(now));
        return Err(format!(
            "Signature not yet current: {at} is still later than {late} ({now} + 5 min.)"
        ));
    }
    Ok(())
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}
