//! Trusted certificates: servers with certificates of our own authority.
//!
//! `tests/data/tls` was made with `openssl req -x509 -days 36500` (`ca.pem`; its key is deleted) and
//! `openssl x509 -req -CA ca.pem` with the alternative name `localhost`, or `elsewhere.example`. The two
//! `self-signed` ones are of `openssl req -x509 -key server.key`, with `CA:FALSE` and with `CA:TRUE`.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

use crate::world::World;

const ANSWER: &str = "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code>\
    <Message>no</Message></Error></ErrorResponse>";

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/tls")
        .join(name)
}

/// Answers each request that the key is unknown.
fn serve(certificate: &str) -> u16 {
    let certificate = CertificateDer::from_pem_file(sample(certificate)).unwrap();
    let key = PrivateKeyDer::from_pem_file(sample("server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = Stream::new(&mut connection, &mut socket);
            let mut request = [0; 4096];
            // A client that does not trust the certificate hangs up here.
            if stream.read(&mut request).is_ok() {
                let head = "HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length:";
                let _ = write!(stream, "{head} {}\r\n\r\n{ANSWER}", ANSWER.len());
            }
        }
    });
    port
}

pub fn a_certificate_is_believed_when_its_authority_is() {
    let world = World::new();
    let port = serve("server.pem");
    let (authority, other) = (sample("ca.pem"), sample("server.key"));
    let (authority, other) = (authority.to_str().unwrap(), other.to_str().unwrap());
    let url = format!("https://localhost:{port}");
    let ask = |variables: &[(&str, &str)]| {
        let own = [("AWS_ENDPOINT_URL", url.as_str())];
        let (exit, told) = world.fails_with(&["aws", "devices"], &[&own, variables].concat());
        assert_eq!(exit, 1);
        told
    };
    let known = "AWS does not know the access key";
    let unknown = format!("the certificate of {url} is not trusted");
    for variable in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
        let told = ask(&[(variable, authority)]);
        assert!(told.contains(known), "{variable}: {told}");
    }
    let told = ask(&[]);
    assert!(told.contains(&unknown), "{told}");
    // The settings of AWS's tools override what the machine trusts.
    let told = ask(&[("AWS_CA_BUNDLE", other), ("SSL_CERT_FILE", authority)]);
    assert!(told.contains("no certificate in it"), "{told}");
    let told = ask(&[
        ("SSL_CERT_FILE", "/dev/null"),
        ("SSL_CERT_DIR", "/dev/null"),
    ]);
    assert!(told.contains("set AWS_CA_BUNDLE to a file"), "{told}");
    let told = ask(&[("AWS_CA_BUNDLE", "/nowhere.pem")]);
    assert!(told.contains("/nowhere.pem"), "{told}");
    world.write_config(&format!("[default]\nca_bundle = {authority}\n"));
    let told = ask(&[]);
    assert!(told.contains(known), "{told}");
    world.write_config("[default]\n");
    // The name must be the one in the certificate.
    let url = format!("https://localhost:{}", serve("elsewhere.pem"));
    let variables = [("AWS_CA_BUNDLE", authority), ("AWS_ENDPOINT_URL", &url)];
    let (exit, told) = world.fails_with(&["aws", "devices"], &variables);
    assert_eq!(exit, 1);
    assert!(told.contains("not valid for name"), "{told}");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            let _ = socket.read(&mut [0; 4096]);
            let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let (exit, told) = world.fails_with(&["aws", "devices"], &[("AWS_ENDPOINT_URL", &url)]);
    assert_eq!(exit, 1);
    assert!(told.contains("it does not speak TLS"), "{told}");
}

/// What helps against "not trusted" does not help here.
pub fn a_self_signed_certificate_is_explained() {
    let world = World::new();
    for (name, why) in [
        ("self-signed.pem", "AWS does not know the access key"),
        (
            "self-signed-authority.pem",
            "shows a self-signed certificate that is marked as an authority's (CA:TRUE)",
        ),
    ] {
        let url = format!("https://localhost:{}", serve(name));
        let bundle = sample(name);
        let variables = [
            ("AWS_CA_BUNDLE", bundle.to_str().unwrap()),
            ("AWS_ENDPOINT_URL", &url),
        ];
        let (exit, told) = world.fails_with(&["aws", "devices"], &variables);
        assert_eq!(exit, 1);
        assert!(told.contains(why), "{name}: {told}");
    }
}

/// Answers each request with this status, as a proxy does that does not let it pass.
fn refusing_proxy(status: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            let (mut request, mut byte) = (Vec::new(), [0]);
            while !request.ends_with(b"\r\n\r\n") && socket.read(&mut byte).is_ok_and(|n| n > 0) {
                request.push(byte[0]);
            }
            assert!(!request.windows(4).any(|four| four == b"AKIA"));
            let head = "Connection: close\r\nContent-Length: 6\r\n\r\n<html>";
            let _ = write!(socket, "HTTP/1.1 {status}\r\n{head}");
        }
    });
    format!("http://{address}")
}

pub fn a_proxy_that_refuses_is_told_from_aws() {
    let world = World::new();
    let url = "https://sts.example.invalid";
    for (status, why) in [
        ("403 Forbidden", "the proxy does not allow it (HTTP 403)"),
        (
            "407 Proxy Authentication Required",
            "the proxy wants a user name and a password",
        ),
        (
            "502 Bad Gateway",
            "the proxy failed: proxy server responded 502",
        ),
    ] {
        let proxy = refusing_proxy(status);
        let mut variables = vec![("AWS_ENDPOINT_URL", url), ("HTTPS_PROXY", proxy.as_str())];
        let (exit, told) = world.fails_with(&["aws", "devices"], &variables);
        assert_eq!(exit, 1);
        let wanted = format!("cannot reach {url}: {why}");
        assert!(told.contains(&wanted), "{told}");
        // Without a dot too, a domain means its hosts; this one does not exist.
        variables.push(("NO_PROXY", "localhost,example.invalid"));
        let (_, told) = world.fails_with(&["aws", "devices"], &variables);
        assert!(
            told.contains("cannot reach") && !told.contains("proxy"),
            "{told}"
        );
    }
}
