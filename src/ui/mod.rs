//! The terminal: output and prompts. stdout gets answers, stderr everything else.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the adapter for the terminal"
)]

mod canvas;
#[cfg(unix)]
mod checked;
#[cfg(windows)]
mod console;
mod escape;
#[cfg(unix)]
mod hidden;
#[cfg(unix)]
mod line;
mod list;
#[cfg(unix)]
mod modes;
mod pick;
mod progress;
mod prompt;
mod redact;
mod table;
mod typed_line;
mod wrap;

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

pub(crate) use canvas::{Canvas, Input, put, write};
use escape::isolate;
pub(crate) use escape::{escape, escape_json, escape_lines};
pub(crate) use list::{Handled, List};
pub(crate) use pick::Choices;
#[cfg(all(unix, feature = "aws"))]
pub(crate) use prompt::is_in_foreground;
pub(crate) use prompt::{Look, Prompt, needs_winpty};
pub(crate) use redact::redact;
pub(crate) use table::{table, truncate};
pub(crate) use wrap::hanging;
use zeroize::Zeroizing;

/// When to print colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum ColorChoice {
    /// Use colours on a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always use colours
    Always,
    /// Never use colours
    Never,
}

/// The three standard streams.
#[derive(Debug, Clone)]
pub(crate) struct Ui {
    stdin_is_terminal: bool,
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
    color: ColorChoice,
    no_color: bool,
    is_dumb: bool,
    /// Whether to ask on the terminal even if no stream is connected to it.
    may_ask_beside: bool,
}

impl Ui {
    /// Examines the streams of this process. `no_color` is whether `NO_COLOR` is set and not empty
    /// (no-color.org).
    pub(crate) fn new(color: ColorChoice, no_color: bool) -> Self {
        let stdin_is_terminal = io::stdin().is_terminal();
        let stdout_is_terminal = io::stdout().is_terminal();
        let stderr_is_terminal = io::stderr().is_terminal();
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        #[cfg(windows)]
        let is_dumb = is_dumb
            || (stdin_is_terminal || stdout_is_terminal || stderr_is_terminal)
                && !console::understands_escapes();
        Self {
            is_dumb,
            stdin_is_terminal,
            stdout_is_terminal,
            stderr_is_terminal,
            color,
            no_color: no_color || is_dumb,
            may_ask_beside: false,
        }
    }

    /// Whether stdout is a terminal, which people read, not a program.
    pub(crate) const fn stdout_is_terminal(&self) -> bool {
        self.stdout_is_terminal
    }

    /// Whether stdout is the null device, so that nobody sees the output.
    #[cfg(unix)]
    #[expect(clippy::unused_self, reason = "a property of the streams")]
    pub(crate) fn stdout_is_null(&self) -> bool {
        let stdout = rustix::fs::fstat(io::stdout()).map(|stat| stat.st_rdev);
        let null = rustix::fs::stat("/dev/null").map(|stat| stat.st_rdev);
        matches!((stdout, null), (Ok(stdout), Ok(null)) if stdout == null)
    }

    /// Whether stdout is the null device: of what is no console, only `NUL` is a character device.
    #[cfg(windows)]
    pub(crate) fn stdout_is_null(&self) -> bool {
        let kind = winapi_util::file::typ(winapi_util::HandleRef::stdout());
        !self.stdout_is_terminal && kind.is_ok_and(|kind| kind.is_char())
    }

    pub(crate) const fn stdin_is_terminal(&self) -> bool {
        self.stdin_is_terminal
    }

    pub(crate) const fn stderr_is_terminal(&self) -> bool {
        self.stderr_is_terminal
    }

    /// Whether a person can be prompted. If none of the streams is a terminal, another program runs this
    /// one, and a prompt on its terminal would hang it.
    pub(crate) fn can_prompt(&self) -> bool {
        if self.has_terminal_stream() {
            prompt::has_terminal()
        } else {
            self.asks_beside()
        }
    }

    const fn has_terminal_stream(&self) -> bool {
        self.stdin_is_terminal || self.stdout_is_terminal || self.stderr_is_terminal
    }

    /// From now on, asks on the terminal of a program that took the streams, as AWS's SDKs do, if that
    /// program does not use the terminal itself.
    #[cfg(feature = "aws")]
    pub(crate) const fn ask_beside(&mut self) {
        self.may_ask_beside = true;
    }

    /// Whether a prompt appears on the terminal of another program.
    pub(crate) fn asks_beside(&self) -> bool {
        self.may_ask_beside && !self.has_terminal_stream() && prompt::is_free()
    }

    /// Whether to print colours on stdout.
    pub(crate) const fn colors(&self) -> bool {
        match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => self.stdout_is_terminal && !self.no_color,
        }
    }

    /// Whether to use colours on the terminal itself, whatever stdout is.
    const fn colors_on_terminal(&self) -> bool {
        match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => !self.no_color,
        }
    }

    /// `text` in bold, if colours are on.
    pub(crate) fn bold(&self, text: &str) -> String {
        if self.colors() {
            format!("\u{1b}[1m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// `text` in a colour (SGR parameters), if colours are on.
    pub(crate) fn colored(&self, color: &str, text: &str) -> String {
        if self.colors() {
            format!("\u{1b}[{color}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// The columns of the terminal on stdout; `None` if it is not a terminal.
    pub(crate) fn width(&self) -> Option<usize> {
        self.size().map(|(columns, _)| columns)
    }

    /// Columns and rows of the terminal on stdout.
    pub(crate) fn size(&self) -> Option<(usize, usize)> {
        self.stdout_is_terminal.then_some(())?;
        terminal_size()
    }

    /// Prints an answer to stdout unchanged, except for isolates around right-to-left text on a terminal.
    /// Fails if stdout is closed.
    pub(crate) fn print(&self, text: &str) -> io::Result<()> {
        if self.stdout_is_terminal {
            write_out(&isolate(text))
        } else {
            write_out(text)
        }
    }

    /// Prints a document in another program's format to stdout. On a terminal, controls in it are escaped.
    pub(crate) fn print_document(&self, text: &str) -> io::Result<()> {
        if !self.stdout_is_terminal {
            write_out(text)
        } else if text.starts_with(['{', '[']) {
            write_out(&Zeroizing::new(escape_json(text)))
        } else {
            write_out(&Zeroizing::new(escape_lines(text)))
        }
    }

    /// Lets `write` print a long answer to stdout in pieces, unchanged.
    #[expect(clippy::unused_self, reason = "`new` looks at these streams")]
    pub(crate) fn print_by(
        &self,
        write: &dyn Fn(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        write(&mut stdout)?;
        stdout.flush()
    }

    /// Prints a JSON document to stdout, with harmful characters escaped.
    #[expect(clippy::unused_self, reason = "`new` looks at these streams")]
    pub(crate) fn print_json(&self, value: &impl serde::Serialize) -> io::Result<()> {
        let mut json = escape_json(&serde_json::to_string_pretty(value)?);
        json.push('\n');
        write_out(&json)
    }

    /// Prints a note on stderr: escaped, and dim if colours are on. Failing to print it is ignored.
    pub(crate) fn note(&self, text: &str) {
        self.line("", "", "2", text);
    }

    /// Warns of a risk that was taken: `mfa: warning: …`.
    pub(crate) fn warn(&self, text: &str) {
        self.line("mfa: warning: ", "33", "", text);
    }

    /// Prints why a command failed: `mfa: …`.
    pub(crate) fn error(&self, text: &str) {
        self.line("mfa: ", "31", "", text);
    }

    /// Prints a line to stderr, `prefix` and `text` each in a colour (SGR parameters; "" for none).
    fn line(&self, prefix: &str, prefix_color: &str, color: &str, text: &str) {
        let mut line = format!("{prefix}{}", escape(text));
        if let Some(columns) = self.stderr_is_terminal.then(stderr_columns).flatten() {
            line = wrap::wrap(&line, columns);
        }
        let text = line.split_off(prefix.len());
        let paint = |color: &str, text: &str| {
            if color.is_empty() || text.is_empty() || !self.stderr_colors() {
                text.to_owned()
            } else {
                format!("\u{1b}[{color}m{text}\u{1b}[0m")
            }
        };
        self.status(&format!(
            "{}{}\n",
            paint(prefix_color, prefix),
            paint(color, &text)
        ));
    }

    /// Whether to print colours on stderr.
    const fn stderr_colors(&self) -> bool {
        match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => self.stderr_is_terminal && !self.no_color,
        }
    }

    /// Whether a line on stderr can be overwritten: stderr is a terminal that supports escapes.
    pub(crate) const fn can_redraw(&self) -> bool {
        self.stderr_is_terminal && !self.is_dumb
    }

    /// Prints to stderr without a line end or escaping, for countdowns. Redacts the key of a URI typed in
    /// the wrong place.
    pub(crate) fn status(&self, text: &str) {
        let mut stderr = io::stderr().lock();
        let text = redact(text);
        let text = if self.stderr_is_terminal {
            isolate(&text)
        } else {
            Cow::Borrowed(&*text)
        };
        let _ = stderr.write_all(text.as_bytes());
        let _ = stderr.flush();
    }
}

fn write_out(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Restores the terminal, so that the message of a panic can be read.
pub(crate) fn restore_for_panic() {
    #[cfg(unix)]
    modes::restore_for_panic();
    #[cfg(windows)]
    console::leave();
}

/// From now on, ^C ends the program as on other systems.
#[cfg(windows)]
pub(crate) fn end_on_interrupt() {
    console::end_on_interrupt();
}

/// From now on, no signal ends the program: it waits for a child that gets them.
#[cfg(feature = "aws")]
pub(crate) fn pass_signals_on() {
    #[cfg(unix)]
    modes::pass_signals_on();
    #[cfg(windows)]
    console::pass_signals_on();
}

/// Outside text inside a prompt, escaped.
fn shown(text: &str) -> String {
    isolate(&escape(text)).into_owned()
}

#[cfg(unix)]
fn stderr_columns() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stderr()).ok()?;
    (size.ws_col > 0).then_some(usize::from(size.ws_col))
}

#[cfg(windows)]
fn stderr_columns() -> Option<usize> {
    crossterm::terminal::size()
        .ok()
        .map(|(columns, _)| usize::from(columns))
}

#[cfg(unix)]
fn terminal_size() -> Option<(usize, usize)> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    (size.ws_col > 0).then_some((usize::from(size.ws_col), usize::from(size.ws_row)))
}

#[cfg(windows)]
fn terminal_size() -> Option<(usize, usize)> {
    let (columns, rows) = crossterm::terminal::size().ok()?;
    Some((usize::from(columns), usize::from(rows)))
}
