//! A thread for each connection, and the faults on the way.

use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::calls::{self, Asked};
use super::faults::{Fault, Moment};
use super::http::{Request, Response};
use super::state::State;

pub struct Shared {
    state: Mutex<State>,
    pub stopping: AtomicBool,
    connections: Mutex<Vec<TcpStream>>,
}

impl Shared {
    pub fn new(state: State) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(state),
            stopping: AtomicBool::new(false),
            connections: Mutex::new(Vec::new()),
        })
    }

    /// Works after a panic too: the test then reports its own failure, not the lock's.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn hang_up(&self) {
        for connection in self.connections.lock().unwrap().iter() {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

pub fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for connection in listener.incoming() {
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        let Ok(connection) = connection else { continue };
        if let Ok(other) = connection.try_clone() {
            shared.connections.lock().unwrap().push(other);
        }
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            // A client that goes away early is no failure of ours.
            let _ = serve(&connection, &shared);
            let _ = connection.shutdown(Shutdown::Both);
        });
    }
}

/// Answers until the client or a fault closes the connection.
fn serve(mut connection: &TcpStream, shared: &Shared) -> io::Result<()> {
    let mut reader = BufReader::new(connection);
    while let Some(request) = Request::read(&mut reader)? {
        let leaves = request.header("connection") == Some("close");
        let asked = Asked::new(request);
        let (place, fault) = {
            let mut state = shared.state();
            let fault = state.faults.next(&asked.action);
            (state.log.begin(asked.entry()), fault)
        };
        let note = |what: &str| shared.state().log.end(place, what);
        match before(shared, &asked, fault.as_ref()) {
            Before::GoOn => {}
            Before::Answer(response) => {
                note(&format!("fault {}", response.status));
                connection.write_all(&response.bytes())?;
                continue;
            }
            Before::Cut => {
                note("cut before");
                return Ok(());
            }
            Before::Listen => {
                note("silent");
                let _ = reader.read_to_end(&mut Vec::new());
                return Ok(());
            }
        }
        let (mut response, said) = asked.answer(&mut shared.state());
        match fault {
            Some(Fault::Hold(Moment::After, gate)) => gate.stop(),
            Some(Fault::Date(wrong)) => {
                response.date = response.date.saturating_add_signed(wrong);
            }
            Some(Fault::Without(name)) => {
                let (before, rest) = response.body.split_once(&format!("<{name}>")).unwrap();
                let after = rest.split_once(&format!("</{name}>")).unwrap().1;
                response.body = [before, after].concat();
            }
            Some(Fault::Element(name, text)) => {
                let (start, end) = (format!("<{name}>"), format!("</{name}>"));
                let (before, rest) = response.body.split_once(&start).unwrap();
                let after = rest.split_once(&end).unwrap().1;
                response.body = [before, &start, text, &end, after].concat();
            }
            Some(Fault::DropAfter) => {
                note(&format!("{said}, cut after"));
                return Ok(());
            }
            Some(Fault::Cut) => {
                note(&format!("{said}, cut within"));
                let bytes = response.bytes();
                return connection.write_all(&bytes[..bytes.len() - response.body.len() / 2]);
            }
            _ => {}
        }
        note(&said);
        connection.write_all(&response.bytes())?;
        if leaves {
            break;
        }
    }
    Ok(())
}

enum Before {
    GoOn,
    Answer(Response),
    Cut,
    Listen,
}

/// The effect of a fault before the call is carried out.
fn before(shared: &Shared, asked: &Asked, fault: Option<&Fault>) -> Before {
    let Some(fault) = fault else {
        return Before::GoOn;
    };
    match fault {
        Fault::Delay(time) => thread::sleep(*time),
        Fault::Hold(Moment::Before, gate) => gate.stop(),
        Fault::DropBefore => return Before::Cut,
        Fault::Silent => return Before::Listen,
        fault => {
            let answer = calls::refused(&shared.state(), &asked.action, fault);
            return answer.map_or(Before::GoOn, Before::Answer);
        }
    }
    Before::GoOn
}
