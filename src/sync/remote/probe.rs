//! Checks, before a remote is used, that it never replaces an object.

use super::{Put, Remote, RemoteError};

/// What a remote is probed with, random.
pub(crate) struct Probe {
    /// A part of the object's name that no other probe has.
    pub(crate) name: [u8; 16],
}

/// Creates an object twice, with other bytes. The second must fail, and the first stay as it is. The
/// object stays: a remote has no way to delete. Its name is that of no commit.
///
/// # Errors
/// [`RemoteError::NoConditions`] if the remote would replace commits; else as [`Remote`] does.
pub(crate) fn probe(remote: &mut dyn Remote, probe: &Probe) -> Result<(), RemoteError> {
    let id = data_encoding::HEXLOWER.encode(&probe.name);
    let name = format!("v1/probe/{id}");
    // Some servers create a missing bucket when they are sent an object: a list shows that first.
    remote.list("v1/probe/", Some(&name))?;
    let (first, second) = (format!("first {id}"), format!("second {id}"));
    if remote.put_new(&name, first.as_bytes())? == Put::Exists {
        return Err(broken("says that an object exists which nobody stored"));
    }
    if remote.put_new(&name, second.as_bytes())? == Put::Created {
        return Err(broken("replaces objects that exist"));
    }
    match remote.get(&name)? {
        Some(bytes) if bytes == first.as_bytes() => {}
        Some(_) => return Err(broken("replaces objects although it says that they exist")),
        None => return Err(broken("does not return what was just stored")),
    }
    if !remote.list("v1/probe/", None)?.contains(&name) {
        return Err(broken("does not list what was just stored"));
    }
    Ok(())
}

fn broken(what: &str) -> RemoteError {
    RemoteError::NoConditions(format!(
        "the remote {what}, so two machines could overwrite each other's changes; Amazon S3, \
         Cloudflare R2, MinIO, Ceph and SeaweedFS do not"
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::sync::remote::Naming;

    /// A remote with one fault.
    #[derive(Default)]
    struct Faulty {
        objects: BTreeMap<String, Vec<u8>>,
        replaces: bool,
        lies: bool,
        forgets: bool,
        always_exists: bool,
        hides: bool,
    }

    impl Remote for Faulty {
        fn list(&mut self, prefix: &str, _: Option<&str>) -> Result<Vec<String>, RemoteError> {
            let names = self.objects.keys();
            let names = names.filter(|name| name.starts_with(prefix) && !self.hides);
            Ok(names.cloned().collect())
        }

        fn get(&mut self, name: &str) -> Result<Option<Vec<u8>>, RemoteError> {
            Ok(self.objects.get(name).cloned().filter(|_| !self.forgets))
        }

        fn put_new(&mut self, name: &str, bytes: &[u8]) -> Result<Put, RemoteError> {
            let exists = self.objects.contains_key(name) || self.always_exists;
            if !exists || self.replaces || self.lies {
                self.objects.insert(name.to_owned(), bytes.to_vec());
            }
            Ok(if exists && !self.replaces {
                Put::Exists
            } else {
                Put::Created
            })
        }

        fn naming(&self) -> Naming {
            Naming::Numbered
        }
    }

    /// Breaks a remote, and what is said of it.
    type Fault = (fn(&mut Faulty), &'static str);

    #[test]
    fn a_remote_that_replaces_objects_is_refused() {
        let name = Probe { name: [7; 16] };
        let mut honest = Faulty::default();
        assert_eq!(probe(&mut honest, &name), Ok(()));
        assert_eq!(honest.objects.len(), 1);
        assert!(honest.list("v1/0", None).unwrap().is_empty());
        let faults: [Fault; 5] = [
            (
                |remote| remote.replaces = true,
                "replaces objects that exist",
            ),
            (
                |remote| remote.lies = true,
                "although it says that they exist",
            ),
            (|remote| remote.forgets = true, "does not return"),
            (|remote| remote.always_exists = true, "nobody stored"),
            (|remote| remote.hides = true, "does not list"),
        ];
        for (fault, why) in faults {
            let mut remote = Faulty::default();
            fault(&mut remote);
            match probe(&mut remote, &name) {
                Err(RemoteError::NoConditions(told)) => assert!(told.contains(why), "{told}"),
                other => panic!("{why}: {other:?}"),
            }
        }
    }
}
