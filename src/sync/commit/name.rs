//! Names of commits in a remote: `v1/<vault id>/<n>`, or `v1/<vault id>/<n>-<device>`.

use std::fmt;

use data_encoding::HEXLOWER;

use crate::vault::format::VaultId;

/// The number of digits of a commit's number, so that names sort by it.
const DIGITS: usize = 12;

/// The highest number that a name can hold.
pub(crate) const MAX_NUMBER: u64 = 999_999_999_999;

/// The folder of all vaults in a remote, with the version of its layout.
pub(crate) const ROOT: &str = "v1/";

/// The name of a commit, without the folder of its vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Name {
    /// Its number, from 1.
    pub(crate) n: u64,
    /// The first bytes of the id of the device that wrote it, if the name has them.
    pub(crate) device: Option<[u8; 4]>,
}

impl Name {
    /// Parses `<n>` or `<n>-<device>`; `None` for any other text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (digits, device) = match text.split_once('-') {
            Some((digits, device)) => (digits, Some(device)),
            None => (text, None),
        };
        let is_number = digits.len() == DIGITS && digits.bytes().all(|b| b.is_ascii_digit());
        let n = digits.parse().ok().filter(|n| is_number && *n > 0)?;
        let device = match device {
            Some(device) => {
                let bytes = HEXLOWER.decode(device.as_bytes()).ok()?;
                Some(bytes.try_into().ok()?)
            }
            None => None,
        };
        Some(Self { n, device })
    }

    /// The series of commits that it belongs to: empty if all devices share one, else the device.
    pub(crate) fn stream(self) -> String {
        self.device
            .map_or_else(String::new, |device| HEXLOWER.encode(&device))
    }

    /// Its full name in the remote.
    pub(crate) fn path(self, vault_id: &VaultId) -> String {
        format!("{}{self}", folder_of(vault_id))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0DIGITS$}", self.n)?;
        match self.device {
            Some(device) => write!(f, "-{}", HEXLOWER.encode(&device)),
            None => Ok(()),
        }
    }
}

/// What the names of a vault's commits start with.
pub(crate) fn folder_of(vault_id: &VaultId) -> String {
    format!("{ROOT}{}/", HEXLOWER.encode(vault_id))
}

/// The vault whose folder a full name is in; `None` for names of another form.
pub(crate) fn vault_of(path: &str) -> Option<(VaultId, Name)> {
    let (id, name) = path.strip_prefix(ROOT)?.split_once('/')?;
    let id = HEXLOWER.decode(id.as_bytes()).ok()?.try_into().ok()?;
    Some((id, Name::parse(name)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_and_nothing_else_is_one() {
        for text in ["000000000001", "999999999999", "000000000042-00ff10ab"] {
            assert_eq!(Name::parse(text).unwrap().to_string(), text);
            let path = Name::parse(text).unwrap().path(&[7; 16]);
            assert_eq!(vault_of(&path), Some(([7; 16], Name::parse(text).unwrap())));
        }
        for text in [
            "",
            "1",
            "000000000000",
            "0000000000001",
            "+00000000001",
            "00000000000a",
            "000000000001-",
            "000000000001-00FF10AB",
            "000000000001-00ff10",
            "000000000001-00ff10abcd",
            "000000000001-00ff10ab (1)",
            "000000000001.sync-conflict-20260101-000000-ABCDEFG",
        ] {
            assert_eq!(Name::parse(text), None, "{text}");
        }
        assert_eq!(
            vault_of("v2/07070707070707070707070707070707/000000000001"),
            None
        );
        assert_eq!(vault_of("v1/0707/000000000001"), None);
    }

    #[test]
    fn names_sort_by_number() {
        let names = [9, 10, 99_999].map(|n| Name { n, device: None }.to_string());
        assert!(names.is_sorted());
    }
}
