//! Argon2 (RFC 9106) with bounded cost, in memory that is wiped.

use argon2::{Algorithm, Block, Params, Version};
use zeroize::{Zeroize, Zeroizing};

use super::{DerivationError, Key32};

/// Bounds the memory of one derivation to 2 GiB.
const MAX_MEMORY_KIB: u32 = 2 << 20;
/// Bounds the time of one derivation: passes times memory in MiB.
const MAX_WORK: u64 = 64 << 10;
const MAX_LANES: u32 = 64;

/// Variant and cost, as a file states them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Argon2 {
    /// Argon2d, used only by KeePass, instead of Argon2id.
    pub(crate) is_d: bool,
    /// 0x10 or 0x13 (RFC 9106 section 3.1).
    pub(crate) version: u32,
    /// Passes over the memory; RFC 9106's t.
    pub(crate) passes: u32,
    /// Memory in KiB; RFC 9106's m.
    pub(crate) memory_kib: u32,
    /// Degree of parallelism; RFC 9106's p.
    pub(crate) lanes: u32,
}

impl Argon2 {
    /// Argon2id of version 0x13, the current one (RFC 9106 section 3.1).
    pub(crate) const fn id(passes: u32, memory_kib: u32, lanes: u32) -> Self {
        Self {
            is_d: false,
            version: 0x13,
            passes,
            memory_kib,
            lanes,
        }
    }

    /// Refuses a cost above 2 GiB, 64 lanes or 64 passes over a GiB.
    pub(crate) fn check_cost(self) -> Result<(), DerivationError> {
        let Self { passes, lanes, .. } = self;
        let mib = self.memory_kib >> 10;
        let work = u64::from(passes) * u64::from(mib).max(1);
        if self.memory_kib > MAX_MEMORY_KIB || lanes > MAX_LANES || work > MAX_WORK {
            let message = format!("Argon2 with {mib} MiB, {passes} passes and {lanes} lanes");
            return Err(DerivationError::TooCostly(message));
        }
        Ok(())
    }

    /// Fills `out`, after checking the cost.
    pub(crate) fn derive(
        self,
        password: &[u8],
        salt: &[u8],
        out: &mut [u8],
    ) -> Result<(), DerivationError> {
        self.check_cost()?;
        let algorithm = if self.is_d {
            Algorithm::Argon2d
        } else {
            Algorithm::Argon2id
        };
        let version = match self.version {
            0x10 => Version::V0x10,
            0x13 => Version::V0x13,
            _ => return Err(DerivationError::Invalid("unknown version of Argon2")),
        };
        let invalid = |_| DerivationError::Invalid("invalid parameters for Argon2");
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(out.len()));
        let params = params.map_err(invalid)?;
        let mut memory = WipedBlocks::new(params.block_count()).ok_or_else(|| {
            let mib = self.memory_kib >> 10;
            DerivationError::TooCostly(format!("{mib} MiB of memory, more than is available"))
        })?;
        argon2::Argon2::new(algorithm, version, params)
            .hash_password_into_with_memory(password, salt, out, &mut memory.0)
            .map_err(invalid)
    }

    pub(crate) fn key(self, password: &[u8], salt: &[u8]) -> Result<Key32, DerivationError> {
        let mut key = Zeroizing::new([0; 32]);
        self.derive(password, salt, key.as_mut_slice())?;
        Ok(key)
    }
}

/// Argon2's memory. The crate does not wipe it.
struct WipedBlocks(Vec<Block>);

impl WipedBlocks {
    /// `None` if there is not enough memory.
    fn new(count: usize) -> Option<Self> {
        let mut blocks = Vec::new();
        blocks.try_reserve_exact(count).ok()?;
        blocks.resize(count, Block::default());
        Some(Self(blocks))
    }
}

impl Drop for WipedBlocks {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(Zeroize::zeroize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_costs_are_refused_before_they_are_paid() {
        for numbers in [
            Argon2::id(1, u32::MAX, 1),
            Argon2::id(u32::MAX, 1 << 20, 1),
            Argon2::id(1, 1 << 20, 65),
        ] {
            let outcome = numbers.key(b"x", b"saltsalt");
            assert!(matches!(outcome, Err(DerivationError::TooCostly(_))));
        }
    }
}
