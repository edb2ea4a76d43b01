//! Whether others can read or change the vault's files.

use super::Report;
use crate::app::context::Context;

const CHECK: &str = "files";
/// The most files that are listed.
const LISTED: usize = 6;

pub(crate) fn check(report: &mut Report, context: &Context) {
    let state = context.state.members();
    let found = context.repository.exposed_files(&state);
    if found.is_empty() {
        report.ok(CHECK, "only you can read and change them");
    }
    let more = found.len().saturating_sub(LISTED);
    for exposed in found.into_iter().take(LISTED) {
        let message = format!("{} {}", exposed.path.display(), exposed.problem);
        let fix: Vec<_> = exposed.fix.iter().map(String::as_str).collect();
        if exposed.is_refused {
            report.problem(CHECK, message, &fix);
        } else {
            report.warning(CHECK, message, &fix);
        }
    }
    if more > 0 {
        report.warning(CHECK, format!("{more} more files like these"), &[]);
    }
}
