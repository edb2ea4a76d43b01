//! Which fault is on. Only in the copy that `tests/faults/fault_injection.rs` builds.

/// Whether this is the fault that `MFA_FAULT` names.
pub fn is(fault: &str) -> bool {
    std::env::var_os("MFA_FAULT").is_some_and(|on| on == fault)
}
