//! HTTPS agents and the certificates that they trust.

use std::sync::Arc;
use std::time::Duration;

use ureq::http::Uri;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Proxy};

use super::endpoint::is_loopback;
use super::error::ApiError;

/// Time limit for opening a connection.
pub(super) const CONNECT: Duration = Duration::from_secs(5);

/// The certificates that are trusted.
pub(crate) enum Trust {
    /// The system's certificate store, or the files in `SSL_CERT_FILE` and `SSL_CERT_DIR`.
    System,
    /// Only the certificates of a bundle, in PEM.
    Bundle(Vec<u8>),
}

impl Trust {
    fn authorities(&self) -> Vec<Certificate<'static>> {
        match self {
            Self::System => {
                let found = rustls_native_certs::load_native_certs().certs;
                let found = found
                    .iter()
                    .map(|der| Certificate::from_der(der).to_owned());
                found.collect()
            }
            Self::Bundle(pem) => parse_pem(pem)
                .filter_map(|item| match item {
                    Ok(PemItem::Certificate(certificate)) => Some(certificate),
                    _ => None,
                })
                .collect(),
        }
    }
}

/// Reads the certificates to trust, or says why it cannot.
pub(crate) type ReadTrust = Box<dyn Fn() -> Result<Trust, String> + Send>;

/// One agent each for HTTP and HTTPS, through a proxy and to this machine. Each is made on first use:
/// most sessions come from the cache, and reading the system's certificates takes some milliseconds.
pub(super) struct Agents {
    trust: ReadTrust,
    /// From `HTTPS_PROXY` and similar variables.
    proxy: Option<Proxy>,
    /// From `NO_PROXY`: hosts that are reached directly.
    no_proxy: String,
    made: [Option<Agent>; 4],
}

impl Agents {
    /// Reads no certificates yet.
    pub(super) fn new(trust: ReadTrust) -> Self {
        Self::through(trust, Proxy::try_from_env(), no_proxy())
    }

    const fn through(trust: ReadTrust, proxy: Option<Proxy>, no_proxy: String) -> Self {
        Self {
            trust,
            proxy,
            no_proxy,
            made: [None, None, None, None],
        }
    }

    /// The agent for a URL. Fails if no trusted certificate can be read.
    pub(super) fn of(&mut self, endpoint: &str) -> Result<Agent, ApiError> {
        let is_tls = !endpoint.starts_with("http:");
        // To a proxy, a name such as `localhost` means the proxy's own machine.
        let is_direct = is_loopback(endpoint) || bypasses(&self.no_proxy, endpoint);
        let place = &mut self.made[usize::from(is_tls) + 2 * usize::from(is_direct)];
        if let Some(agent) = place {
            return Ok(agent.clone());
        }
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT))
            .max_redirects(0)
            .user_agent(concat!("mfa/", env!("CARGO_PKG_VERSION")))
            .proxy(self.proxy.clone().filter(|_| !is_direct));
        if is_tls {
            let unreached = |why| ApiError::Unreached {
                endpoint: endpoint.to_owned(),
                why,
            };
            let trust = (self.trust)().map_err(unreached)?;
            let authorities = trust.authorities();
            if authorities.is_empty() {
                let why = match trust {
                    Trust::System => {
                        "the system has no CA certificates; install a package such as \
                         ca-certificates, or set AWS_CA_BUNDLE to a file of them"
                    }
                    Trust::Bundle(_) => "the CA bundle has no certificate in it",
                };
                return Err(unreached(why.to_owned()));
            }
            let tls = TlsConfig::builder()
                .root_certs(RootCerts::Specific(Arc::new(authorities)))
                .unversioned_rustls_crypto_provider(Arc::new(
                    rustls::crypto::ring::default_provider(),
                ));
            config = config.tls_config(tls.build());
        }
        Ok(place.insert(config.build().into()).clone())
    }
}

/// The hosts that are reached without the proxy, as the person lists them.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the adapter for AWS's network, and ureq reads the variables of proxies too"
)]
fn no_proxy() -> String {
    let variable = |name| std::env::var(name).ok().filter(|list| !list.is_empty());
    let list = variable("no_proxy").or_else(|| variable("NO_PROXY"));
    list.unwrap_or_default()
}

/// Whether a list of hosts has that of a URL. As for curl and boto3, and unlike ureq, an entry means its
/// subdomains too, with a dot before it or without.
fn bypasses(list: &str, url: &str) -> bool {
    let Ok(url) = url.parse::<Uri>() else {
        return false;
    };
    let host = url.host().unwrap_or_default().trim_end_matches('.');
    let host = host.to_ascii_lowercase();
    let is_of = |entry: &str| {
        let entry = match entry.rsplit_once(':') {
            Some((name, port)) if !name.is_empty() && !name.ends_with(':') => {
                if port != url.port_u16().unwrap_or(443).to_string() {
                    return false;
                }
                name
            }
            _ => entry,
        };
        let entry = entry.trim_start_matches('*').trim_start_matches('.');
        let entry = entry.trim_end_matches('.').to_ascii_lowercase();
        let before = host.strip_suffix(&entry);
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    let entries = list
        .split([',', ' ', '\t'])
        .filter(|entry| !entry.is_empty());
    entries
        .into_iter()
        .any(|entry| entry == "*" || is_of(entry))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_proxy_stands_before_this_machine() {
        let proxy = Proxy::new("http://proxy.example:3128").unwrap();
        let mut agents =
            Agents::through(Box::new(|| Ok(Trust::System)), Some(proxy), String::new());
        let elsewhere = agents.of("http://sts.example").unwrap();
        assert!(elsewhere.config().proxy().is_some());
        for here in ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"] {
            let agent = agents.of(here).unwrap();
            assert!(agent.config().proxy().is_none(), "{here}");
        }
    }
    #[test]
    fn no_proxy_means_hosts_and_their_subdomains() {
        let url = "https://sts.eu-west-1.amazonaws.com";
        for list in [
            "amazonaws.com",
            ".amazonaws.com",
            "*.amazonaws.com",
            "STS.eu-west-1.AmazonAWS.com",
            "a.example, amazonaws.com",
            "a.example amazonaws.com.",
            "amazonaws.com:443",
            "*",
        ] {
            assert!(bypasses(list, url), "{list}");
        }
        for list in [
            "",
            ",",
            "aws.com",
            "amazonaws.com:8443",
            "x.amazonaws.com",
            "amazonaws",
            ".",
            ":443",
        ] {
            assert!(!bypasses(list, url), "{list}");
        }
        let proxy = Proxy::new("http://proxy.example:3128").unwrap();
        let mut agents = Agents::through(
            Box::new(|| Ok(Trust::System)),
            Some(proxy),
            "example".to_owned(),
        );
        let direct = agents.of("http://sts.example").unwrap();
        assert!(direct.config().proxy().is_none());
        let through = agents.of("http://sts.test").unwrap();
        assert!(through.config().proxy().is_some());
    }
}
