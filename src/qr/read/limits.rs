//! The largest pictures that are read.

/// The largest file that is read, in bytes (64 MiB).
pub const MAX_BYTES: usize = 64 << 20;
/// The largest width and the largest height, in pixels.
pub const MAX_SIDE: u32 = 8192;
/// The most memory for decoded pixels, in bytes (512 MiB).
pub(crate) const MAX_MEMORY: u64 = 512 << 20;
