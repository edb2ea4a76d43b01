//! Keeps secrets inside the process: no core dump, no debugger of the same user, no swap.

/// The core limit that the process was started with; `None` means no limit.
#[cfg(unix)]
static OWN_CORE_LIMIT: std::sync::OnceLock<Option<u64>> = std::sync::OnceLock::new();

/// Disables core dumps and debuggers. Best effort: if the system refuses, the process goes on.
pub(crate) fn process() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
    #[cfg(unix)]
    {
        let own = rustix::process::getrlimit(rustix::process::Resource::Core);
        let _ = OWN_CORE_LIMIT.set(own.current);
        set_core_limit(Some(0));
    }
}

/// Sets the soft limit only: a lowered hard limit could not be raised again for child processes.
#[cfg(unix)]
fn set_core_limit(current: Option<u64>) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Core).maximum;
    let _ = setrlimit(Resource::Core, Rlimit { current, maximum });
}

/// Starts another program with the core limit it would have without us. Meanwhile Linux still dumps
/// no core of this process: it is not dumpable, whatever the limit.
pub(crate) fn with_own_core_limit<T>(start: impl FnOnce() -> T) -> T {
    #[cfg(unix)]
    if let Some(own) = OWN_CORE_LIMIT.get() {
        set_core_limit(*own);
        let started = start();
        set_core_limit(Some(0));
        return started;
    }
    start()
}

/// Locks the memory in use now, so that keys are not swapped out: those present, and the stack and
/// heap where the next ones will be. Best effort: some systems allow only 64 KiB of locked memory.
/// The program's own code is not locked: it alone exceeds the usual limit of 8 MiB.
///
/// Called before waiting for a person or a clock, not at start-up: it costs 0.1 ms, and no process is
/// swapped out within a millisecond. Memory allocated later is not locked: under a limit of 8 MiB,
/// Argon2 could not get its 64 MiB.
#[cfg_attr(
    target_os = "linux",
    expect(
        clippy::disallowed_methods,
        reason = "the kernel lists the memory map in a file"
    )
)]
pub(crate) fn lock_memory() {
    #[cfg(target_os = "linux")]
    for line in std::fs::read_to_string("/proc/self/maps")
        .unwrap_or_default()
        .lines()
    {
        let Some((start, length)) = writable(line) else {
            continue;
        };
        // If a locked stack grows beyond the limit, the process is killed.
        if line.ends_with("[stack]") && limit_of_locked() < ENOUGH_FOR_STACK {
            continue;
        }
        let start = std::ptr::without_provenance::<u8>(start);
        if let Ok(guard) = region::lock(start, length) {
            // Locked until the process ends.
            std::mem::forget(guard);
        }
    }
}

/// Bytes that a locked stack may need to grow.
#[cfg(target_os = "linux")]
const ENOUGH_FOR_STACK: u64 = 4 << 20;

#[cfg(target_os = "linux")]
fn limit_of_locked() -> u64 {
    use rustix::process::{Resource, getrlimit};
    getrlimit(Resource::Memlock).current.unwrap_or(u64::MAX)
}

/// Start and length of a private writable mapping, from a line of `/proc/self/maps`
/// (`proc_pid_maps(5)`).
#[cfg(target_os = "linux")]
fn writable(line: &str) -> Option<(usize, usize)> {
    let (range, rest) = line.split_once(' ')?;
    rest.starts_with("rw-p").then_some(())?;
    let (start, end) = range.split_once('-')?;
    let number = |text| usize::from_str_radix(text, 16).ok();
    let (start, end) = (number(start)?, number(end)?);
    Some((start, end.checked_sub(start)?))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn only_writable_memory_is_locked() {
        let heap = "55d0a0000000-55d0a0021000 rw-p 00000000 00:00 0    [heap]";
        assert_eq!(writable(heap), Some((0x55d0_a000_0000, 0x21000)));
        let code = "7f0000000000-7f0000001000 r-xp 00000000 08:01 12    /usr/bin/mfa";
        assert_eq!(writable(code), None);
        for bad in ["", "x rw-p", "2-1 rw-p 0"] {
            assert_eq!(writable(bad), None, "{bad}");
        }
    }
}
