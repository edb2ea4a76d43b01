//! What keeps secrets inside of the process: no core dump, no debugger of the same user, and no
//! text of a panic on the terminal.

/// Closes the process off. Best effort: a system that refuses leaves it as open as others are.
pub fn process() {
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
