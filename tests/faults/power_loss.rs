//! Power losses: the file system is shut down without flushing anything, and mounted again. Every
//! acknowledged change is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use crate::support::mount::Mount;
use crate::support::{Home, can, must, tell, uri, works};

const TRIALS: usize = 20;

/// Shuts down a folder's file system at once. `EXT4_IOC_SHUTDOWN` and `XFS_IOC_GOINGDOWN` are the same
/// number; 2 means "flush nothing, not even the log".
const SHUT_DOWN: &str = "import fcntl, os, struct, sys; \
    fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))";

/// A file system in a file, with a vault on it. The state folder is on another one: its fsync would make
/// the vault durable too.
struct Disk {
    home: Home,
    image: PathBuf,
    what: String,
    mount: Option<Mount>,
    acknowledged: BTreeSet<String>,
}

impl Disk {
    fn new(kind: &str, megabytes: u64, mkfs: &[&str]) -> Option<Self> {
        let home = Home::empty().with_vault_at("disk/mfa/vault.json");
        fs::create_dir(home.path().join("disk")).unwrap();
        let image = home.path().with_file_name("image");
        let file = fs::File::create(&image).unwrap();
        file.set_len(megabytes << 20).unwrap();
        let made = works(mkfs[0], &[&mkfs[1..], &[image.to_str().unwrap()]].concat());
        let python = works("python3", &["-c", "import fcntl"]);
        let what = format!("{kind} to take the power from");
        if !can(made && python, &what) {
            return None;
        }
        let mut disk = Self {
            home,
            image,
            what,
            mount: None,
            acknowledged: BTreeSet::new(),
        };
        disk.power_on().then_some(disk)
    }

    fn place(&self) -> PathBuf {
        self.home.path().join("disk")
    }

    fn power_on(&mut self) -> bool {
        let options = ["-o", "loop", self.image.to_str().unwrap()];
        self.mount = Mount::new(&options, &self.place(), &self.what);
        self.mount.is_some()
    }

    fn power_off(&mut self) {
        let place = self.place();
        must("python3", &["-c", SHUT_DOWN, place.to_str().unwrap()]);
        must("umount", &[place.to_str().unwrap()]);
        self.mount = None;
        assert!(self.power_on(), "it does not come back");
    }

    /// Writes, loses power, and returns how many of all acknowledged changes are lost.
    fn lost_in(&mut self, trial: usize) -> usize {
        for number in 0..=trial % 3 {
            let name = format!("t{trial}-{number}");
            self.home.add_uris(&uri(&name, 6)).ends(0);
            self.acknowledged.insert(name);
        }
        self.power_off();
        let found = self.names();
        let lost = self.acknowledged.difference(&found).count();
        if found.is_empty() {
            // The next trial needs a vault again, or an empty place for one.
            let _ = fs::remove_dir_all(self.home.data());
            let _ = fs::remove_dir_all(self.home.path().join(".local"));
        }
        self.acknowledged = found;
        lost
    }

    /// Empty if the vault does not open.
    fn names(&self) -> BTreeSet<String> {
        let list = self.home.mfa(&["list", "--json"]);
        let all: Vec<serde_json::Value> = serde_json::from_str(&list.stdout).unwrap_or_default();
        let name = |account: &serde_json::Value| account["name"].as_str().unwrap().to_owned();
        all.iter().map(name).collect()
    }
}

fn loses_nothing(kind: &str, megabytes: u64, mkfs: &[&str]) {
    let Some(mut disk) = Disk::new(kind, megabytes, mkfs) else {
        return;
    };
    let lost: usize = (0..TRIALS).map(|trial| disk.lost_in(trial)).sum();
    tell(&format!(
        "power loss on {kind}: {lost} lost in {TRIALS} trials"
    ));
    assert_eq!(lost, 0);
    disk.home.goes_on();
    disk.home.mfa(&["vault", "check"]).ends(0);
}

#[test]
fn ext4_loses_nothing_acknowledged() {
    loses_nothing("ext4", 16, &["mkfs.ext4", "-q", "-F"]);
}

#[test]
fn xfs_loses_nothing_acknowledged() {
    loses_nothing("xfs", 320, &["mkfs.xfs", "-q", "-f"]);
}
