//! What was read from files or a password store, and what is to say about it.

use super::left_out::{LeftOut, was_set_aside};
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::app::hint::Hint;
use crate::import::ingest::Incoming;
use crate::import::{Import, Parts, Skipped};
use crate::otp::Note;
use crate::ui::escape;

/// Everything that was read from files or a password store.
#[derive(Default)]
pub(crate) struct Batch {
    /// The accounts of each source.
    pub(crate) sources: Vec<Vec<Incoming>>,
    /// Skipped entries, each with the name of its source.
    pub(crate) skipped: Vec<(String, Skipped)>,
    /// Accounts in a recycle bin or archive that were left out, by source.
    left_out: Vec<(String, LeftOut)>,
    parts: Parts,
    include_trash: bool,
}

impl Batch {
    /// An empty batch. With `include_trash`, it takes accounts in a recycle bin or archive too.
    pub(super) fn new(include_trash: bool) -> Self {
        Self {
            include_trash,
            ..Self::default()
        }
    }

    /// Whether no account was read.
    pub(crate) fn is_empty(&self) -> bool {
        self.sources.iter().all(Vec::is_empty)
    }

    /// Adds the content of one source and prints what is unusual about it. An account without a name
    /// gets the name `fallback`.
    pub(super) fn add(
        &mut self,
        context: &mut Context,
        import: Import,
        source: &str,
        fallback: &str,
    ) -> Result {
        for note in &import.notes {
            context.ui.note(&format!("{source}: {note}"));
        }
        if import.rows.is_empty() && import.parts.is_empty() {
            context
                .ui
                .note(&format!("{source}: no one-time passwords found"));
        }
        self.parts.merge(import.parts);
        let (mut accounts, mut left_out) = (Vec::new(), LeftOut::default());
        for row in import.rows {
            match row {
                Ok(found) if !self.include_trash && left_out.takes(found.set_aside) => {}
                Ok(mut found) => {
                    found.remarks.extend(found.set_aside.map(was_set_aside));
                    if found.draft.full_name().is_empty() {
                        fallback.clone_into(&mut found.draft.name);
                    }
                    let name = found.draft.full_name();
                    for remark in &found.remarks {
                        context.ui.note(&format!("{name}: {remark}"));
                    }
                    // A program wrote the file, so its short keys are complete.
                    found
                        .notes
                        .retain(|note| !matches!(note, Note::ShortKey { .. }));
                    context.note_unusual(&found.draft, &found.notes);
                    let id = context.new_id()?;
                    accounts.push(Incoming { id, found });
                }
                Err(skipped) => self.skipped.push((source.to_owned(), skipped)),
            }
        }
        if !left_out.is_empty() {
            self.left_out.push((source.to_owned(), left_out));
        }
        self.sources.push(accounts);
        Ok(())
    }

    /// How many accounts and entries were not taken.
    pub(crate) fn count_skipped(&self) -> usize {
        let left_out = self.left_out.iter().map(|(_, left_out)| left_out.total());
        self.skipped.len() + left_out.sum::<usize>()
    }

    /// Prints what was skipped and left out, and which parts of an export are missing.
    ///
    /// # Errors
    /// If nothing usable is left.
    pub(crate) fn report_problems(&self, context: &Context) -> Result {
        for (source, skipped) in &self.skipped {
            context.ui.note(&format!("skipped {source}, {skipped}"));
        }
        context.note_missing_parts(&self.parts);
        let include = Hint::again().word("--include-trash");
        let shown = self.left_out.iter();
        let shown = shown.map(|(source, left_out)| format!("{source}: {left_out}"));
        match (self.is_empty(), self.left_out.is_empty()) {
            (true, true) if self.skipped.is_empty() => Ok(()),
            (true, true) => Err(unusable("no usable account found")),
            (true, false) => Err(unusable(
                "nothing was imported: all usable accounts are in a recycle bin or archive",
            )
            .with_details(shown.collect())
            .with_hint(include)),
            (false, true) => Ok(()),
            (false, false) => {
                for line in shown {
                    context.ui.note(&line);
                }
                let command = context.command(include);
                context.ui.status(&format!("  try: {}\n", escape(&command)));
                Ok(())
            }
        }
    }
}

fn unusable(message: &str) -> CommandError {
    CommandError::new(Exit::Unusable, message)
}
