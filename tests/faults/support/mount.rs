//! File systems for single tests, unmounted after their last use.

use std::path::{Path, PathBuf};

use super::{can, is_root, works};

pub struct Mount(PathBuf);

impl Mount {
    /// Runs `mount` with these arguments; prints why and returns `None` if that fails.
    pub fn new(arguments: &[&str], at: &Path, what_for: &str) -> Option<Self> {
        let place = at.to_str().unwrap();
        let mounted = is_root() && works("mount", &[arguments, &[place]].concat());
        can(mounted, what_for).then(|| Self(at.to_path_buf()))
    }

    /// Remounts the folder read-only.
    pub fn make_read_only(&self) {
        let place = self.0.to_str().unwrap();
        super::must("mount", &["-o", "remount,ro,bind", place]);
    }

    /// Waits until written data is counted as used blocks.
    pub fn settle(&self) {
        super::must("sync", &["-f", self.0.to_str().unwrap()]);
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        works("umount", &["-l", self.0.to_str().unwrap()]);
    }
}
