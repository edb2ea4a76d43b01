//! Against scripted answers: what servers say, and what is made of it.
#![expect(clippy::disallowed_methods, reason = "the tests need a clock")]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::SystemTime;

use super::*;
use crate::aws::api::Trust;
use crate::aws::api::s3::S3Place;
use crate::aws::config::{File, Files, Sections};

const NAME: &str = "v1/0123/000000000001";

/// Gives these answers, one a connection, then none. Returns its URL and the requests.
fn server(answers: &[&str]) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answers: Vec<_> = answers.iter().map(|&answer| answer.to_owned()).collect();
    let (sender, requests) = channel();
    thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            // The client may look at the requests as soon as it has the answer.
            let _ = sender.send(whole_request(&mut stream));
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (url, requests)
}

/// Reads a request with its body: a connection that is closed before may lose the answer.
fn whole_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head.split_once("content-length: ");
            let length = length.and_then(|(_, rest)| rest.lines().next()?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return text.into_owned();
            }
        }
        let mut bytes = [0; 1 << 12];
        let count = stream.read(&mut bytes).unwrap();
        assert!(count > 0, "the request ends early");
        request.extend_from_slice(&bytes[..count]);
    }
}

/// An answer with headers and a body.
fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}"
    )
}

fn refusal(status: &str, code: &str, more: &str) -> String {
    let body = format!("<Error><Code>{code}</Code><Message>why &amp; so</Message>{more}</Error>");
    answer(status, "", &body)
}

fn keys(token: Option<&str>) -> Credentials {
    Credentials {
        id: "A".to_owned(),
        secret: "SECRET".to_owned(),
        token: token.map(ToOwned::to_owned),
        expiration: None,
    }
}

fn remote_of(url: &str, get_keys: GetKeys<'static>) -> S3Remote<'static> {
    let config = "[profile p]\naws_access_key_id = A\naws_secret_access_key = s\n";
    let files = Files {
        config: Sections::parse(config, File::Config),
        ..Files::default()
    };
    let profile = files.profile(Some("p")).unwrap();
    let place = S3Place::resolve(&files, &profile, "buck", (Some(url), None)).unwrap();
    let s3 = S3::new(place, Box::new(|| Ok(Trust::System)), SystemTime::now);
    S3Remote::new(s3, "own".to_owned(), get_keys)
}

fn put(answers: &[String]) -> (Result<Put, RemoteError>, Vec<String>) {
    let answers: Vec<_> = answers.iter().map(String::as_str).collect();
    let (url, requests) = server(&answers);
    let mut remote = remote_of(&url, Box::new(|| Ok(keys(None))));
    let result = remote.put_new(NAME, b"mine");
    (result, requests.try_iter().collect())
}

fn put_told(status: &str, code: &str) -> RemoteError {
    put(&[refusal(status, code, "")]).0.unwrap_err()
}

#[test]
fn refusals_are_said_in_the_words_of_a_bucket() {
    let said = |status, code| match put_told(status, code) {
        RemoteError::Refused(told) => told,
        other => panic!("{code}: {other:?}"),
    };
    let told = said("403 Forbidden", "AccessDenied");
    assert!(
        told.ends_with("the keys need s3:PutObject on arn:aws:s3:::buck/own/*"),
        "{told}"
    );
    let told = said("404 Not Found", "NoSuchBucket");
    assert!(
        told.starts_with("there is no bucket 'buck' at http://127.0.0.1"),
        "{told}"
    );
    assert!(said("403 Forbidden", "InvalidAccessKeyId").contains("does not know the access key"));
    let told = said("403 Forbidden", "SignatureDoesNotMatch");
    assert!(told.contains("does not match the access key"), "{told}");
    let told = said("400 Bad Request", "Odd");
    assert!(
        told.ends_with("refused PutObject: why & so (Odd)"),
        "{told}"
    );
    let told = put_told("501 Not Implemented", "NotImplemented");
    assert!(matches!(told, RemoteError::NoConditions(_)), "{told:?}");
    let empty = put(&[answer("501 Not Implemented", "", "")]).0;
    assert!(
        matches!(empty, Err(RemoteError::NoConditions(_))),
        "{empty:?}"
    );
}

#[test]
fn a_page_that_is_not_of_s3_stores_nothing() {
    let (portal, _) = put(&[answer("200 OK", "", "<html>log in</html>")]);
    assert!(matches!(portal, Err(RemoteError::Refused(_))), "{portal:?}");
    for body in [
        "<html>log in</html>",
        "<ListBucketResult/>",
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>other</Key></Contents></ListBucketResult>",
    ] {
        let (url, _requests) = server(&[&answer("200 OK", "", body)]);
        let mut remote = remote_of(&url, Box::new(|| Ok(keys(None))));
        let listed = remote.list("v1/", None);
        assert!(
            matches!(listed, Err(RemoteError::Refused(_))),
            "{body}: {listed:?}"
        );
    }
}

#[test]
fn the_region_of_the_bucket_is_used_once() {
    let moved = "<Region>garage</Region>";
    let wrong = refusal("400 Bad Request", "AuthorizationHeaderMalformed", moved);
    let good = answer("200 OK", "ETag: \"x\"\r\n", "");
    let (stored, requests) = put(&[wrong.clone(), good]);
    assert_eq!(stored, Ok(Put::Created));
    assert!(
        requests[0].contains("/us-east-1/s3/aws4_request"),
        "{}",
        requests[0]
    );
    assert!(
        requests[1].contains("/garage/s3/aws4_request"),
        "{}",
        requests[1]
    );
    let header = "x-amz-bucket-region: eu-west-1\r\n";
    let redirect = answer("301 Moved Permanently", header, "");
    let (refused, requests) = put(&[redirect.clone(), redirect]);
    assert_eq!(requests.len(), 2);
    let told = refused.unwrap_err().to_string();
    assert!(
        told.contains("not in the region eu-west-1: name its own with --region"),
        "{told}"
    );
}

#[test]
fn a_conflict_and_a_failure_of_the_server_are_tried_again() {
    let good = answer("200 OK", "ETag: \"x\"\r\n", "");
    let conflict = refusal("409 Conflict", "ConditionalRequestConflict", "");
    assert_eq!(put(&[conflict.clone(), good.clone()]).0, Ok(Put::Created));
    let four = [
        conflict.clone(),
        conflict.clone(),
        conflict.clone(),
        conflict,
    ];
    let busy = put(&four).0;
    assert!(matches!(busy, Err(RemoteError::Unreached(_))), "{busy:?}");
    // It may have been stored before the server failed.
    let failed = answer("500 Internal Server Error", "", "");
    let exists = answer("412 Precondition Failed", "", "");
    let mine = answer("200 OK", "ETag: \"x\"\r\n", "mine");
    let theirs = answer("200 OK", "ETag: \"x\"\r\n", "theirs");
    let (healed, _) = put(&[failed.clone(), exists.clone(), mine]);
    assert_eq!(healed, Ok(Put::Created));
    assert_eq!(
        put(&[failed.clone(), exists.clone(), theirs]).0,
        Ok(Put::Exists)
    );
    assert_eq!(put(&[exists]).0, Ok(Put::Exists));
    let lost = put(&[failed.clone(), failed.clone(), failed.clone(), failed]).0;
    assert!(matches!(lost, Err(RemoteError::Lost(_))), "{lost:?}");
}

#[test]
fn requests_are_signed_with_the_condition_and_the_token() {
    let (url, requests) = server(&[&answer("200 OK", "ETag: \"x\"\r\n", "")]);
    let mut remote = remote_of(&url, Box::new(|| Ok(keys(Some("TOKEN")))));
    assert_eq!(remote.put_new(NAME, b"mine"), Ok(Put::Created));
    let request = requests.recv().unwrap().to_ascii_lowercase();
    assert!(
        request.starts_with("put /buck/own/v1/0123/000000000001 http/1.1"),
        "{request}"
    );
    for part in [
        "if-none-match: *",
        "x-amz-security-token: token",
        "x-amz-content-sha256: ",
        "signedheaders=host;if-none-match;x-amz-content-sha256;x-amz-date;x-amz-security-token",
    ] {
        assert!(request.contains(part), "{part}: {request}");
    }
    assert!(!request.contains("secret,"));
}

#[test]
fn keys_of_a_dead_session_are_renewed_once() {
    let dead = refusal("400 Bad Request", "ExpiredToken", "");
    let good = answer("200 OK", "ETag: \"x\"\r\n", "");
    for (answers, ends_well) in [([&dead, &good], true), ([&dead, &dead], false)] {
        let (url, _requests) = server(&answers.map(String::as_str));
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let get_keys = Box::new(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            Ok(keys(Some("TOKEN")))
        });
        let stored = remote_of(&url, get_keys).put_new(NAME, b"mine");
        assert_eq!(stored.is_ok(), ends_well, "{stored:?}");
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }
}

#[test]
fn a_session_is_not_sent_over_plain_text() {
    let mut remote = remote_of(
        "http://s3.example.invalid",
        Box::new(|| Ok(keys(Some("TOKEN")))),
    );
    let refused = remote.put_new(NAME, b"mine").unwrap_err();
    assert!(
        refused.to_string().contains("is not encrypted"),
        "{refused}"
    );
}

#[test]
fn an_object_that_is_too_long_is_not_read() {
    let long = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\nx",
        MAX_BYTES + 1
    );
    let (url, requests) = server(&[&long]);
    let mut remote = remote_of(&url, Box::new(|| Ok(keys(None))));
    let refused = remote.get(NAME).unwrap_err();
    assert!(matches!(refused, RemoteError::Refused(_)), "{refused:?}");
    assert_eq!(requests.try_iter().count(), 1);
}
