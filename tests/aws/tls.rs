//! Trusted certificates: servers with certificates of our own authority.
//!
//! `tests/data/tls` was made with `openssl req -x509 -days 36500` (`ca.pem`; its key is deleted) and
//! `openssl x509 -req -CA ca.pem` with the alternative name `localhost`, or `elsewhere.example`.

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
