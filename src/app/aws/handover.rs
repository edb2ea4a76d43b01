//! Hands a secret link to the browser, which other users must not see in a program's arguments, and which
//! must not stay on disk. The browser gets an address on this machine, with a path that nobody can guess.
//! It is answered once, with a redirect to the link, and only to this user's own programs.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the adapter for the connection from the browser"
)]

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

/// A browser may have to start first.
const PATIENCE: Duration = Duration::from_mins(2);
/// How long a connection may take to send its request.
const READING: Duration = Duration::from_secs(2);
/// How often the state is looked at.
const PAUSE: Duration = Duration::from_millis(20);
/// The most connections: browsers open some that they do not use.
const CONNECTIONS: usize = 64;
/// The largest request, in bytes.
const MAX_REQUEST: usize = 16 << 10;

/// Whether the browser got the link.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Handed {
    /// The browser has the link.
    Over,
    /// Nobody fetched the link in time.
    Unfetched,
    /// The check that the caller made says that nobody will.
    GivenUp,
}

/// A listener for one request.
pub(super) struct Handover {
    listener: TcpListener,
    address: SocketAddr,
    path: String,
}

/// The link, until it is fetched.
type Link = Arc<Mutex<Option<Zeroizing<String>>>>;

impl Handover {
    /// Listens on a free port of the loopback interface. `secret` becomes the path.
    pub(super) fn new(secret: [u8; 32]) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        Ok(Self {
            address: listener.local_addr()?,
            path: format!("/{}", HEXLOWER.encode(&secret)),
            listener,
        })
    }

    /// The address for the browser.
    pub(super) fn url(&self) -> String {
        format!("http://{}{}", self.address, self.path)
    }

    /// Waits until the link is fetched, or `is_hopeless` says that it never will be.
    pub(super) fn serve(
        &self,
        link: &Zeroizing<String>,
        mut is_hopeless: impl FnMut() -> bool,
    ) -> Handed {
        let begin = Instant::now();
        let link = Arc::new(Mutex::new(Some(link.clone())));
        let mut connections = 0;
        loop {
            while let Ok((stream, peer)) = self.listener.accept() {
                connections += 1;
                if connections > CONNECTIONS {
                    return Handed::Unfetched;
                }
                let (link, path) = (Arc::clone(&link), self.path.clone());
                let address = self.address;
                // Each has a thread, because a browser may open connections that it does not use.
                std::thread::spawn(move || answer(stream, peer, address, &path, &link));
            }
            if lock(&link).is_none() {
                return Handed::Over;
            }
            if is_hopeless() {
                return Handed::GivenUp;
            }
            if begin.elapsed() > PATIENCE {
                return Handed::Unfetched;
            }
            std::thread::sleep(PAUSE);
        }
    }
}

fn lock(link: &Link) -> std::sync::MutexGuard<'_, Option<Zeroizing<String>>> {
    link.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answer(mut stream: TcpStream, peer: SocketAddr, own: SocketAddr, path: &str, link: &Link) {
    let request = read(&mut stream).unwrap_or_default();
    let is_right = is_request(&request, &own.to_string(), path) && is_of_this_user(peer, own);
    let mut link = lock(link);
    let answer = match link.as_deref().filter(|_| is_right) {
        Some(link) => Zeroizing::new(format!(
            "HTTP/1.1 303 See Other\r\nLocation: {link}\r\nCache-Control: no-store\r\n\
             Referrer-Policy: no-referrer\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )),
        None => Zeroizing::new(
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(),
        ),
    };
    let is_sent = stream
        .write_all(answer.as_bytes())
        .and_then(|()| stream.flush());
    if is_right && is_sent.is_ok() {
        *link = None;
    }
}

fn read(stream: &mut TcpStream) -> io::Result<String> {
    // An accepted connection may inherit this from its listener.
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(READING))?;
    stream.set_write_timeout(Some(READING))?;
    let mut request = Vec::new();
    let mut bytes = [0; 2048];
    while !request.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut bytes)? {
            0 => break,
            count if request.len() + count > MAX_REQUEST => {
                return Err(ErrorKind::InvalidData.into());
            }
            count => request.extend_from_slice(&bytes[..count]),
        }
    }
    Ok(String::from_utf8_lossy(&request).into_owned())
}

/// Whether this is a request for the path, and not one that a page of another host made.
fn is_request(request: &str, host: &str, path: &str) -> bool {
    let mut lines = request.split("\r\n");
    let is_path = lines.next() == Some(&format!("GET {path} HTTP/1.1"));
    let mut headers = lines.filter_map(|line| line.split_once(':'));
    is_path
        && headers.any(|(name, value)| name.eq_ignore_ascii_case("host") && value.trim() == host)
}

/// Whether the other end belongs to this user. Other users can see the address among the arguments of the
/// browser.
#[cfg(target_os = "linux")]
fn is_of_this_user(peer: SocketAddr, own: SocketAddr) -> bool {
    let owner = rustix::process::getuid().as_raw();
    let tables = ["/proc/self/net/tcp", "/proc/self/net/tcp6"];
    tables.iter().any(|table| {
        let text = std::fs::read_to_string(table).unwrap_or_default();
        owner_in(&text, peer, own) == Some(owner)
    })
}

/// Elsewhere the address is not among the arguments, but in a private file.
#[cfg(not(target_os = "linux"))]
const fn is_of_this_user(_: SocketAddr, _: SocketAddr) -> bool {
    true
}

/// The user who owns a connection from `peer` to `own`, from a table of the kernel (`proc_net_tcp(5)`).
#[cfg(any(target_os = "linux", test))]
fn owner_in(table: &str, peer: SocketAddr, own: SocketAddr) -> Option<u32> {
    let written = |address: SocketAddr| match address {
        SocketAddr::V4(address) => {
            let number = u32::from_ne_bytes(address.ip().octets());
            Some(format!("{number:08X}:{:04X}", address.port()))
        }
        SocketAddr::V6(_) => None,
    };
    let (peer, own) = (written(peer)?, written(own)?);
    table.lines().skip(1).find_map(|line| {
        let columns: Vec<_> = line.split_whitespace().collect();
        let is_it = columns.get(1)?.ends_with(&peer) && columns.get(2)?.ends_with(&own);
        is_it.then(|| columns.get(7)?.parse().ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_request_is_answered() {
        let is_it = |request: &str| is_request(request, "127.0.0.1:80", "/abc");
        assert!(is_it("GET /abc HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n"));
        assert!(is_it(
            "GET /abc HTTP/1.1\r\nA: b\r\nhost:127.0.0.1:80\r\n\r\n"
        ));
        for wrong in [
            "",
            "GET /abc HTTP/1.1\r\n\r\n",
            "GET /abc HTTP/1.1\r\nHost: evil.example\r\n\r\n",
            "GET /abc HTTP/1.1\r\nHost: evil.example:80\r\n\r\n",
            "GET /abd HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n",
            "GET /abc/ HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n",
            "HEAD /abc HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n",
            "POST /abc HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n",
        ] {
            assert!(!is_it(wrong), "{wrong}");
        }
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn the_owner_of_a_connection_is_in_the_kernels_table() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1\n\
             1: 0200007F:A001 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1002        0 2 1\n\
             2: 0100007F:A001 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 2 1\n\
             3: 0000000000000000FFFF00000100007F:A002 0000000000000000FFFF00000100007F:1F90 01 0:0 00:0 0  1003 0 2 1\n";
        let own = "127.0.0.1:8080".parse().unwrap();
        let of = |peer: &str| owner_in(table, peer.parse().unwrap(), own);
        assert_eq!(of("127.0.0.1:40961"), Some(1000));
        assert_eq!(of("127.0.0.2:40961"), Some(1002));
        assert_eq!(of("127.0.0.1:40962"), Some(1003));
        assert_eq!(of("127.0.0.1:40963"), None);
    }
}
