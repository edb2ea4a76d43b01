//! The checks of `mfa doctor`, and their report. `mfa aws doctor` runs one of them.

#[cfg(feature = "aws")]
pub(crate) mod aws;
pub(crate) mod clock;
#[cfg(feature = "desktop")]
pub(crate) mod desktop;
pub(crate) mod files;
pub(crate) mod shell;
pub(crate) mod vault;

use serde::Serialize;

use super::context::Context;
use super::error::{CommandError, Exit, Result};
use super::hint::Hint;
use crate::ui::{escape, hanging};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    /// Something could be better, or could not be checked.
    Note,
    /// Something may fail, or be lost.
    Warning,
    /// Something does not work.
    Problem,
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }

    /// The colour of its name, as parameters of SGR.
    const fn color(self) -> &'static str {
        match self {
            Self::Ok => "32",
            Self::Note => "36",
            Self::Warning => "33",
            Self::Problem => "31",
        }
    }
}

/// What one check found.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    state: State,
    message: String,
    #[serde(skip)]
    hints: Vec<Hint>,
    /// Commands that mend it: the hints in full.
    #[serde(rename = "try")]
    commands: Vec<String>,
}

/// What was found so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    findings: Vec<Finding>,
}

impl Report {
    pub(crate) fn ok(&mut self, check: &'static str, message: impl Into<String>) {
        self.add(check, State::Ok, message.into(), &[]);
    }

    pub(crate) fn note(&mut self, check: &'static str, message: impl Into<String>, try_: &[&str]) {
        self.add(check, State::Note, message.into(), try_);
    }

    pub(crate) fn warning(
        &mut self,
        check: &'static str,
        message: impl Into<String>,
        try_: &[&str],
    ) {
        self.add(check, State::Warning, message.into(), try_);
    }

    pub(crate) fn problem(
        &mut self,
        check: &'static str,
        message: impl Into<String>,
        try_: &[&str],
    ) {
        self.add(check, State::Problem, message.into(), try_);
    }

    /// Adds an error of a command, with its details and hints.
    pub(crate) fn error(&mut self, check: &'static str, error: impl Into<CommandError>) {
        let error = error.into();
        let mut message = error.to_string();
        for detail in &error.details {
            message.push_str("; ");
            message.push_str(detail);
        }
        self.push(check, State::Problem, message, error.hints);
    }

    fn add(&mut self, check: &'static str, state: State, message: String, try_: &[&str]) {
        let hints = try_.iter().map(|&command| command.into()).collect();
        self.push(check, state, message, hints);
    }

    fn push(&mut self, check: &'static str, state: State, message: String, hints: Vec<Hint>) {
        self.findings.push(Finding {
            check,
            state,
            message,
            hints,
            commands: Vec::new(),
        });
    }

    fn count(&self, state: State) -> usize {
        let found = self.findings.iter();
        found.filter(|finding| finding.state == state).count()
    }

    /// Prints all findings, and the verdict.
    ///
    /// # Errors
    /// [`Exit::Failed`], quietly, if something is a problem.
    pub(crate) fn print(mut self, context: &Context, as_json: bool) -> Result {
        let verdict = self.verdict();
        self.print_found(context, as_json, Some(&verdict))?;
        match self.count(State::Problem) {
            0 => Ok(()),
            _ => Err(CommandError::quiet(Exit::Failed)),
        }
    }

    /// Prints the findings before an error, which is the verdict.
    ///
    /// # Errors
    /// If stdout is closed.
    #[cfg(feature = "aws")]
    pub(crate) fn print_so_far(mut self, context: &Context, as_json: bool) -> Result {
        self.print_found(context, as_json, None)
    }

    fn print_found(&mut self, context: &Context, as_json: bool, verdict: Option<&str>) -> Result {
        for finding in &mut self.findings {
            let hints = std::mem::take(&mut finding.hints).into_iter();
            finding
                .commands
                .extend(hints.map(|hint| context.command(hint)));
        }
        if as_json {
            return Ok(context.ui.print_json(&self.findings)?);
        }
        let mut text = self.text(context);
        if let Some(verdict) = verdict {
            text.push_str(&format!("\n{verdict}\n"));
        }
        Ok(context.ui.print(&text)?)
    }

    fn text(&self, context: &Context) -> String {
        let longest = self.findings.iter().map(|finding| finding.check.len());
        let names = longest.max().unwrap_or_default();
        let states = State::Problem.name().len();
        let indent = states + names + 4;
        let width = context.ui.width().unwrap_or(usize::MAX);
        // On a narrow terminal, the message starts on a line of its own.
        let (indent, gap) = if width < indent + 24 {
            (2, "\n  ".to_owned())
        } else {
            (indent, "  ".to_owned())
        };
        let mut text = String::new();
        for finding in &self.findings {
            let state = finding.state.name();
            let padding = " ".repeat(states - state.len() + 2);
            let state = context.ui.colored(finding.state.color(), state);
            let message = hanging(&escape(&finding.message), indent, width);
            let check = format!("{:names$}", finding.check);
            let check = if gap.starts_with('\n') {
                finding.check
            } else {
                &check
            };
            text.push_str(&format!("{state}{padding}{check}{gap}{message}\n"));
            for command in &finding.commands {
                let margin = " ".repeat(indent);
                text.push_str(&format!("{margin}try: {}\n", escape(command)));
            }
        }
        text
    }

    fn verdict(&self) -> String {
        let counted = |state: State| {
            let count = self.count(state);
            let plural = if count == 1 { "" } else { "s" };
            (count > 0).then(|| format!("{count} {}{plural}", state.name()))
        };
        let found = [counted(State::Problem), counted(State::Warning)];
        let found: Vec<_> = found.into_iter().flatten().collect();
        if found.is_empty() {
            "no problems found".to_owned()
        } else {
            format!("found {}", found.join(" and "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_counts_what_is_wrong() {
        let mut report = Report::default();
        report.ok("clock", "fine");
        report.note("shell", "none", &["mfa init"]);
        assert_eq!(report.verdict(), "no problems found");
        report.warning("vault", "old", &[]);
        assert_eq!(report.verdict(), "found 1 warning");
        report.problem("vault", "gone", &[]);
        report.problem("files", "open", &[]);
        assert_eq!(report.verdict(), "found 2 problems and 1 warning");
    }
}
