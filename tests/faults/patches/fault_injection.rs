//! Which fault is switched on. Only in the copy that `tests/faults/fault_injection.rs` builds.

/// Whether `MFA_FAULT` names this fault.
pub fn is(fault: &str) -> bool {
    std::env::var_os("MFA_FAULT").is_some_and(|on| on == fault)
}
