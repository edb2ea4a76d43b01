//! Tells what takes long, on a line of its own that disappears.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Ui, escape, truncate};

/// What is done sooner needs no progress.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often the line moves.
const STEP: Duration = Duration::from_millis(120);

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
        let drawer = thread.spawn(move || draw(&received, first, columns)).ok();
        Progress {
            line: Some(Line { messages, drawer }),
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
fn draw(received: &Receiver<String>, mut what: String, columns: usize) {
    let mut wait = PATIENCE;
    let mut bar: Option<ProgressBar> = None;
    loop {
        match received.recv_timeout(wait) {
            // The first text waits until the work has taken long.
            Ok(text) => {
                what = text;
                while let Ok(later) = received.try_recv() {
                    what = later;
                }
                if bar.is_none() {
                    continue;
                }
            }
            Err(RecvTimeoutError::Timeout) => wait = STEP,
            Err(RecvTimeoutError::Disconnected) => break,
        }
        let bar = bar.get_or_insert_with(spinner);
        // The spinner and the seconds take 12 columns.
        bar.set_message(truncate(&escape(&what), columns.saturating_sub(12)));
        bar.tick();
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
}

fn spinner() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    match ProgressStyle::with_template("{spinner} {msg}, {elapsed}") {
        Ok(style) => bar.with_style(style).with_elapsed(PATIENCE),
        Err(_) => bar,
    }
}
