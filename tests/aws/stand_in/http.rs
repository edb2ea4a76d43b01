//! The part of HTTP/1.1 that AWS clients use: requests with a length, on persistent connections.

use std::io::{self, BufRead, Read};

use super::moment;

/// Bounds the size of a request; a longer one is a mistake of the client.
const MOST: usize = 100_000;

pub struct Request {
    pub method: String,
    pub path: String,
    pub query: String,
    /// Names in lower case, in their order.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    /// The next request of a connection; `None` once the client has closed it.
    pub fn read(reader: &mut impl BufRead) -> io::Result<Option<Self>> {
        let Some(first) = line(reader)? else {
            return Ok(None);
        };
        let bad = || io::Error::new(io::ErrorKind::InvalidData, "not a request");
        let mut words = first.split(' ');
        let method = words.next().ok_or_else(bad)?.to_owned();
        let target = words.next().ok_or_else(bad)?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (path, query) = (path.to_owned(), query.to_owned());
        let mut headers = Vec::new();
        loop {
            let line = line(reader)?.ok_or_else(bad)?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(bad)?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut request = Self {
            method,
            path,
            query,
            headers,
            body: Vec::new(),
        };
        let length = request.header("content-length").map_or(Ok(0), str::parse);
        let length: usize = length.ok().filter(|l| *l <= MOST).ok_or_else(bad)?;
        request.body = vec![0; length];
        reader.read_exact(&mut request.body)?;
        Ok(Some(request))
    }

    /// The header of this name, of which there must be only one.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.iter().filter(|header| header.0 == name);
        let (_, value) = all.next()?;
        all.next().is_none().then_some(value)
    }
}

fn line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    let most = MOST.try_into().unwrap_or(u64::MAX);
    if reader.by_ref().take(most).read_line(&mut line)? == 0 {
        return Ok(None);
    }
    Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()))
}

pub struct Response {
    pub status: u16,
    pub kind: &'static str,
    pub body: String,
    /// The header `Date`, in Unix seconds.
    pub date: u64,
}

impl Response {
    pub fn bytes(&self) -> Vec<u8> {
        let reason = match self.status {
            200 => "OK",
            400 => "Bad Request",
            403 => "Forbidden",
            404 => "Not Found",
            409 => "Conflict",
            429 => "Too Many Requests",
            500 => "Internal Server Error",
            503 => "Service Unavailable",
            _ => "Other",
        };
        let (status, kind, body) = (self.status, self.kind, &self.body);
        let (length, date) = (body.len(), moment::http(self.date));
        format!(
            "HTTP/1.1 {status} {reason}\r\nDate: {date}\r\nContent-Type: {kind}\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    }
}
