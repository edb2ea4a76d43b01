//! What keeps secrets inside of the process: no core dump, no debugger of the same user, and no
//! text of a panic on the terminal.

/// Closes the process off. Best effort: a system that refuses leaves it as open as others are.
pub fn process() {
    if !crate::planted::planted(crate::planted::Bug::OpenMemory) {
        close_memory();
    }
    hide_panics();
}

fn close_memory() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        let _ = setrlimit(Resource::Core, none);
    }
}

/// Keeps what is in memory now out of the swap: keys, and the places where the next ones will be.
/// Best effort, as the limit of locked memory is 64 KiB in places.
///
/// Called before something waits for a person or a clock, and not by the start-up: it costs 40 µs,
/// and nobody is swapped out within a millisecond. Memory that is had later is not locked: under a
/// limit of 8 MiB, Argon2 would not get its 64 MiB then.
pub fn lock_memory() {
    #[cfg(target_os = "linux")]
    {
        use rustix::mm::{MlockAllFlags, mlockall};
        let _ = mlockall(MlockAllFlags::CURRENT | MlockAllFlags::ONFAULT);
    }
}

fn hide_panics() {
    std::panic::set_hook(Box::new(|info| {
        if crate::qr::containing_panics() {
            return;
        }
        // The message itself may quote data; the place is all that is needed to report it.
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let ui = crate::ui::Ui::new(crate::ui::ColorChoice::Never, true);
        ui.note(&format!("a bug was met at {place}: please report it"));
    }));
}
