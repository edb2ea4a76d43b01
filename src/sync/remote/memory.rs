//! A remote in memory, for tests. It fails when it is told to, and can be changed as a hostile store
//! would.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use super::{Naming, Put, Remote, RemoteError};

/// Objects by their names. Handles share them.
pub(crate) type Objects = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// It fails, and nothing is stored.
    Before,
    /// It is carried out, and its answer is lost.
    After,
}

/// The kinds of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Request {
    List,
    Get,
    Put,
}

/// One machine's access to shared objects.
pub(crate) struct Memory {
    pub(crate) objects: Objects,
    naming: Naming,
    /// What happens to the next requests; then nothing fails.
    pub(crate) faults: VecDeque<(Request, Fault)>,
    /// Every request so far.
    pub(crate) requests: Vec<(Request, String)>,
    /// Has the objects instead, and fails only as it is told here.
    pub(crate) behind: Option<Box<dyn Remote + Send>>,
}

impl Memory {
    pub(crate) fn new(naming: Naming) -> Self {
        Self::sharing(naming, &Objects::default())
    }

    /// Another machine's access to the same objects.
    pub(crate) fn sharing(naming: Naming, objects: &Objects) -> Self {
        Self {
            objects: Arc::clone(objects),
            naming,
            faults: VecDeque::new(),
            requests: Vec::new(),
            behind: None,
        }
    }

    /// The next request of this kind fails so.
    pub(crate) fn fail(&mut self, request: Request, fault: Fault) {
        self.faults.push_back((request, fault));
    }

    pub(crate) fn count(&self, request: Request) -> usize {
        let requests = self.requests.iter();
        requests.filter(|(own, _)| *own == request).count()
    }

    fn put_here(&self, name: &str, bytes: &[u8]) -> Put {
        let mut objects = self.objects.lock().unwrap();
        if objects.contains_key(name) {
            return Put::Exists;
        }
        objects.insert(name.to_owned(), bytes.to_vec());
        Put::Created
    }

    fn fault(&mut self, request: Request, name: &str) -> Fault {
        self.requests.push((request, name.to_owned()));
        let at = self.faults.iter().position(|(own, _)| *own == request);
        let fault = at.and_then(|at| self.faults.remove(at));
        fault.map_or(Fault::None, |(_, fault)| fault)
    }
}

fn broken() -> RemoteError {
    RemoteError::Unreached("the network is down".to_owned())
}

impl Remote for Memory {
    fn list(&mut self, prefix: &str, after: Option<&str>) -> Result<Vec<String>, RemoteError> {
        if self.fault(Request::List, prefix) != Fault::None {
            return Err(broken());
        }
        if let Some(behind) = &mut self.behind {
            return behind.list(prefix, after);
        }
        let objects = self.objects.lock().unwrap();
        let names = objects.keys().filter(|name| name.starts_with(prefix));
        let names = names.filter(|name| after.is_none_or(|after| name.as_str() > after));
        Ok(names.cloned().collect())
    }

    fn get(&mut self, name: &str) -> Result<Option<Vec<u8>>, RemoteError> {
        if self.fault(Request::Get, name) != Fault::None {
            return Err(broken());
        }
        if let Some(behind) = &mut self.behind {
            return behind.get(name);
        }
        Ok(self.objects.lock().unwrap().get(name).cloned())
    }

    fn put_new(&mut self, name: &str, bytes: &[u8]) -> Result<Put, RemoteError> {
        let fault = self.fault(Request::Put, name);
        if fault == Fault::Before {
            return Err(broken());
        }
        let put = match &mut self.behind {
            Some(behind) => behind.put_new(name, bytes)?,
            None => self.put_here(name, bytes),
        };
        match fault {
            Fault::After if put == Put::Created => {
                Err(RemoteError::Lost("the connection broke".to_owned()))
            }
            _ => Ok(put),
        }
    }

    fn naming(&self) -> Naming {
        self.naming
    }
}
