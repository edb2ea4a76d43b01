//! Tells what takes long, on a line of its own that disappears.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use humantime::format_duration;

use super::{Ui, escape, truncate};

/// What is done sooner needs no progress.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often the line moves.
const STEP: Duration = Duration::from_millis(120);
const SPINNER: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/// Work that may take long. Its line disappears when this is dropped.
pub(crate) struct Progress {
    /// `None` if nobody sees the line.
    line: Option<Line>,
}

struct Line {
    messages: Sender<String>,
    drawer: Option<JoinHandle<()>>,
}

impl Ui {
    /// Shows `what` on stderr once it takes longer than half a second; on a terminal only.
    pub(crate) fn progress(&self, what: &str) -> Progress {
        if !self.can_redraw() {
            return Progress { line: None };
        }
        let (messages, received) = channel();
        let columns = super::stderr_columns().unwrap_or(80);
        let first = what.to_owned();
        let thread = std::thread::Builder::new().name("progress".to_owned());
        let ui = self.clone();
        let drawer = thread.spawn(move || draw(&ui, &received, first, columns));
        Progress {
            line: Some(Line {
                messages,
                drawer: drawer.ok(),
            }),
        }
    }
}

impl Progress {
    /// Changes the text, such as to a count.
    pub(crate) fn set(&self, what: impl FnOnce() -> String) {
        if let Some(line) = &self.line {
            // If the thread could not be started, nobody sees it.
            let _ = line.messages.send(what());
        }
    }

    /// Prints a note above the line.
    pub(crate) fn note(&self, ui: &Ui, text: &str) {
        if self.line.is_some() {
            ui.status("\r\x1b[K");
        }
        ui.note(text);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(Line { messages, drawer }) = self.line.take() {
            drop(messages);
            let _ = drawer.map(JoinHandle::join);
        }
    }
}

/// Draws until the sender is dropped.
fn draw(ui: &Ui, received: &Receiver<String>, mut what: String, columns: usize) {
    let begun = Instant::now();
    let mut next = begun + PATIENCE;
    let mut steps = SPINNER.iter().cycle();
    let mut is_shown = false;
    loop {
        match received.recv_timeout(next.saturating_duration_since(Instant::now())) {
            Ok(text) => {
                what = text;
                // Texts that come in quick succession must not keep it from being drawn.
                if Instant::now() < next {
                    continue;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        next = Instant::now() + STEP;
        is_shown = true;
        let seconds = format_duration(Duration::from_secs(begun.elapsed().as_secs()));
        // The spinner and the time take 12 columns.
        let text = truncate(&escape(&what), columns.saturating_sub(12));
        let step = steps.next().unwrap_or(&' ');
        ui.status(&format!("\r{step} {text}, {seconds}\x1b[K"));
    }
    if is_shown {
        ui.status("\r\x1b[K");
    }
}
