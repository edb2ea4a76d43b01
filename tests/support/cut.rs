//! A network that breaks: a proxy in front of a server, which cuts connections.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// What is cut, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// After so many bytes of requests, and from then on at once.
    Requests(usize),
    /// After so many bytes of answers, and from then on at once.
    Answers(usize),
    /// After so many bytes of answers, once.
    AnswersOnce(usize),
}

/// Starts a proxy for a server, and returns its URL. It ends with the test.
///
/// # Panics
/// If there is no free port.
#[must_use]
pub fn cutting(url: &str, cut: Cut) -> String {
    let server = url.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let own = listener.local_addr().expect("its address");
    let state = Arc::new(State {
        cut,
        requests: AtomicUsize::new(0),
        answers: AtomicUsize::new(0),
        is_cut: AtomicBool::new(false),
    });
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let is_dead = state.is_cut.load(Ordering::SeqCst);
            let once = matches!(state.cut, Cut::AnswersOnce(_));
            if is_dead && !once {
                continue;
            }
            let Ok(server) = TcpStream::connect(&server) else {
                continue;
            };
            let (from, to) = (client.try_clone(), server.try_clone());
            let (Ok(from), Ok(to)) = (from, to) else {
                continue;
            };
            let (one, other) = (Arc::clone(&state), Arc::clone(&state));
            thread::spawn(move || one.pass(client, to, true));
            thread::spawn(move || other.pass(server, from, false));
        }
    });
    format!("http://{own}")
}

struct State {
    cut: Cut,
    requests: AtomicUsize,
    answers: AtomicUsize,
    is_cut: AtomicBool,
}

impl State {
    fn pass(&self, mut from: TcpStream, mut to: TcpStream, is_request: bool) {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            let left = self.left(is_request, count);
            if to.write_all(&bytes[..left]).is_err() {
                break;
            }
            if left < count {
                self.is_cut.store(true, Ordering::SeqCst);
                let _ = to.shutdown(Shutdown::Both);
                break;
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    }

    /// How many of `count` bytes may pass.
    fn left(&self, is_request: bool, count: usize) -> usize {
        let (limit, passed) = match (self.cut, is_request) {
            (Cut::Requests(limit), true) => (limit, &self.requests),
            (Cut::Answers(limit) | Cut::AnswersOnce(limit), false) => (limit, &self.answers),
            _ => return count,
        };
        if matches!(self.cut, Cut::AnswersOnce(_)) && self.is_cut.load(Ordering::SeqCst) {
            return count;
        }
        let before = passed.fetch_add(count, Ordering::SeqCst);
        count.min(limit.saturating_sub(before))
    }
}
