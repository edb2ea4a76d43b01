//! File systems of the tests' own, which go away with their last use.

use std::path::{Path, PathBuf};

use super::{can, is_root, works};

/// A mounted file system.
pub struct Mount(PathBuf);

impl Mount {
    /// Mounts with these arguments of `mount`; `None`, said in one line, where that is not
    /// possible.
    pub fn new(arguments: &[&str], at: &Path, what_for: &str) -> Option<Self> {
        let place = at.to_str().unwrap();
        let mounted = is_root() && works("mount", &[arguments, &[place]].concat());
        can(mounted, what_for).then(|| Self(at.to_path_buf()))
    }

    /// Makes a mounted folder readable only.
    pub fn make_read_only(&self) {
        let place = self.0.to_str().unwrap();
        super::must("mount", &["-o", "remount,ro,bind", place]);
    }

    /// Makes what was written visible in the count of free blocks.
    pub fn settle(&self) {
        super::must("sync", &["-f", self.0.to_str().unwrap()]);
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        works("umount", &["-l", self.0.to_str().unwrap()]);
    }
}
