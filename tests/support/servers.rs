//! Servers that speak S3, on this machine, each with one empty bucket.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use crate::can;

/// The bucket that each server has.
pub const BUCKET: &str = "test-bucket";

/// A running server. It is stopped, and its files deleted, when this is dropped.
pub struct S3Server {
    /// Its URL.
    pub url: String,
    /// The id of an access key that it accepts.
    pub key_id: &'static str,
    /// The secret of that key.
    pub secret: &'static str,
    child: Child,
    folder: PathBuf,
}

impl Drop for S3Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The program in a variable, or in a folder that a variable names.
fn program(variable: &str, in_folder: &str) -> Option<PathBuf> {
    let value = env::var_os(variable).unwrap_or_default();
    can(!value.is_empty(), variable).then(|| Path::new(&value).join(in_folder))
}

/// `SeaweedFS`, if `MFA_SYNC_WEED` is the path of `weed`. It honours conditions and checks signatures.
#[must_use]
#[track_caller]
pub fn weed() -> Option<S3Server> {
    let value = env::var_os("MFA_SYNC_WEED").unwrap_or_default();
    if !can(!value.is_empty(), "MFA_SYNC_WEED") {
        return None;
    }
    let ports = free_ports(11);
    let url = format!("http://127.0.0.1:{}", ports[0]);
    // S3 forbids the bucket before it exists too, but the server of files behind it has no keys.
    let ready = (format!("http://127.0.0.1:{}", ports[6]), format!("/buckets/{BUCKET}/"));
    Some(start(url, ready, ("AKIATEST", "secret/test"), |folder| {
        let mut weed = Command::new(&value);
        weed.args(["mini", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]);
        weed.args(["-master.telemetry=false", "-webdav=false", "-admin.ui=false"]);
        weed.args(["-s3.port.iceberg=0", "-s3.port.lance=0"]);
        weed.arg(format!("-dir={}", folder.display()));
        weed.arg(format!("-bucket={BUCKET}"));
        let names = [
            "s3.port",
            "s3.port.grpc",
            "master.port",
            "master.port.grpc",
            "volume.port",
            "volume.port.grpc",
            "filer.port",
            "filer.port.grpc",
            "admin.port",
            "admin.port.grpc",
            "debug.port",
        ];
        for (name, port) in names.iter().zip(&ports) {
            weed.arg(format!("-{name}={port}"));
        }
        weed.env("AWS_ACCESS_KEY_ID", "AKIATEST");
        weed.env("AWS_SECRET_ACCESS_KEY", "secret/test");
        weed
    }))
}

/// AWS's simulator moto, if `MFA_AWS_TOOLS` is a folder with `moto_server`. It honours conditions.
///
/// # Panics
/// If it does not start.
#[must_use]
#[track_caller]
pub fn moto() -> Option<S3Server> {
    let moto = program("MFA_AWS_TOOLS", "moto_server")?;
    let port = free_ports(1)[0].to_string();
    let url = format!("http://127.0.0.1:{port}");
    let ready = (url.clone(), "/moto-api/".to_owned());
    let server = start(url, ready, ("AKIATEST", "secret/test"), |_| {
        let mut command = Command::new(moto);
        command.args(["-H", "127.0.0.1", "-p", &port]);
        command
    });
    let made = ask(&server.url, &format!("PUT /{BUCKET}"));
    assert!(made.is_some_and(|answer| answer.contains(" 200 ")));
    Some(server)
}

/// `s3rver`, if `MFA_SYNC_S3RVER` is a folder of npm with it. It ignores conditions.
#[must_use]
#[track_caller]
pub fn s3rver() -> Option<S3Server> {
    let s3rver = program("MFA_SYNC_S3RVER", "node_modules/.bin/s3rver")?;
    let port = free_ports(1)[0].to_string();
    let url = format!("http://127.0.0.1:{port}");
    let ready = (url.clone(), "/".to_owned());
    Some(start(url, ready, ("S3RVER", "S3RVER"), |folder| {
        let mut command = Command::new(s3rver);
        command.args(["-a", "127.0.0.1", "-p", &port, "--silent"]);
        command.args(["--configure-bucket", BUCKET, "-d"]).arg(folder);
        command
    }))
}

/// Starts a server, and waits until a page of it, or of its parts, is there.
fn start(
    url: String,
    (page_of, page): (String, String),
    (key_id, secret): (&'static str, &'static str),
    command: impl FnOnce(&Path) -> Command,
) -> S3Server {
    let port = url.rsplit(':').next().unwrap_or_default();
    let folder = env::temp_dir().join(format!("mfa-s3-{}-{port}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder for the server");
    let mut command = command(&folder);
    let command = command.current_dir(&folder).stdin(Stdio::null());
    let log = fs::File::create(folder.join("log")).expect("a log");
    let also = log.try_clone().expect("the log again");
    let child = command.stdout(log).stderr(also).spawn().expect("a server");
    let mut server = S3Server {
        url,
        key_id,
        secret,
        child,
        folder,
    };
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let answer = ask(&page_of, &format!("GET {page}"));
        if answer.is_some_and(|text| text.starts_with("HTTP/1.1 200")) {
            return server;
        }
        let ended = server.child.try_wait().ok().flatten();
        if ended.is_some() || Instant::now() > until {
            let log = fs::read_to_string(server.folder.join("log")).unwrap_or_default();
            panic!("the server did not start: {ended:?}\n{log}");
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Sends a request without keys; `None` if nothing answers.
fn ask(url: &str, line: &str) -> Option<String> {
    let host = url.strip_prefix("http://")?;
    let mut stream = TcpStream::connect(host).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let request = format!(
        "{line} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    Some(String::from_utf8_lossy(&answer).into_owned())
}

/// Ports that nothing used a moment ago.
fn free_ports(count: usize) -> Vec<u16> {
    let listeners = (0..count).map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    let listeners: Vec<_> = listeners.collect();
    let port = |listener: &TcpListener| listener.local_addr().expect("its address").port();
    listeners.iter().map(port).collect()
}
