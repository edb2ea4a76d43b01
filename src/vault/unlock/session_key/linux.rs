//! Kernel keyrings (keyrings(7)), by the system calls of `linux-keyutils`.

use linux_keyutils::{
    Key, KeyError, KeyPermissionsBuilder, KeyRing, KeyRingIdentifier, Permission,
};
use zeroize::Zeroizing;

use super::{CacheError, Place};

/// The keyring for this process.
///
/// If a session has no keyring of its own, the kernel gives it the "user session keyring", which all
/// such sessions share. A revoked keyring is not usable either: that of a login that ended while its tmux
/// keeps running.
fn home() -> Result<(KeyRing, Place), KeyError> {
    let special = |id| KeyRing::from_special_id(id, false);
    let shared = special(KeyRingIdentifier::UserSession)?;
    match special(KeyRingIdentifier::Session) {
        Ok(own) if own != shared => Ok((own, Place::Session)),
        Ok(_) | Err(KeyError::KeyRevoked | KeyError::KeyExpired) => {
            let user = special(KeyRingIdentifier::User)?;
            // Only this process gets possession of the keys in it.
            KeyRing::from_special_id(KeyRingIdentifier::Process, true)?.link_keyring(user)?;
            Ok((user, Place::User))
        }
        Err(error) => Err(error),
    }
}

fn find(keyring: KeyRing, description: &str) -> Option<Key> {
    keyring.search(description).ok()
}

pub(crate) fn place() -> Result<Place, CacheError> {
    home().map(|(_, place)| place).map_err(why)
}

pub(crate) fn get(description: &str) -> Option<Zeroizing<[u8; 40]>> {
    let key = find(home().ok()?.0, description)?;
    let mut bytes = Zeroizing::new([0; 40]);
    let length = key.read(&mut *bytes).ok()?;
    (length == bytes.len()).then_some(bytes)
}

pub(crate) fn put(description: &str, bytes: &[u8; 40], seconds: u64) -> Result<Place, CacheError> {
    let (keyring, place) = home().map_err(why)?;
    // A key with new content would keep its old permissions.
    forget(description)?;
    let key = keyring.add_key(description, bytes).map_err(why)?;
    let possessor_alone = KeyPermissionsBuilder::builder()
        .posessor(Permission::ALL)
        .build();
    let seconds = usize::try_from(seconds).unwrap_or(usize::MAX);
    let closed = key
        .set_perms(possessor_alone)
        .and_then(|()| key.set_timeout(seconds));
    if let Err(error) = closed {
        let _ = key.invalidate();
        return Err(why(error));
    }
    Ok(place)
}

pub(crate) fn forget(description: &str) -> Result<bool, CacheError> {
    let Ok((keyring, _)) = home() else {
        return Ok(false);
    };
    let Some(key) = find(keyring, description) else {
        return Ok(false);
    };
    key.invalidate().map_err(why)?;
    Ok(true)
}

fn why(error: KeyError) -> CacheError {
    CacheError(match error {
        KeyError::OperationNotSupported => "this kernel has no keyrings".to_owned(),
        KeyError::PermissionDenied | KeyError::AccessDenied => {
            "the kernel denies access to its keyrings, as in many containers".to_owned()
        }
        KeyError::QuotaExceeded => "the user's quota of kernel keys is used up".to_owned(),
        error => error.to_string(),
    })
}
