//! Lets a person pick one of several names, on a few lines below the cursor.

use std::io::{self, ErrorKind};
use std::time::Duration;

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::Style;

use super::canvas::{Canvas, Input, put, write};
use super::list::{Handled, List};
use super::{Prompt, Ui, escape};

/// The most names that are shown at once.
const SHOWN: usize = 12;

/// What can be picked.
pub(crate) struct Choices<'a> {
    /// What is asked, such as `Account`.
    pub(crate) question: &'a str,
    /// The names, in the order in which they are shown without a filter.
    pub(crate) names: &'a [String],
    /// The filter to begin with.
    pub(crate) filter: &'a str,
    /// The indices of the names that a filter finds, in any order.
    pub(crate) find: &'a dyn Fn(&str) -> Vec<usize>,
}

impl Prompt<'_> {
    /// Lets the user pick a name with the arrow keys or by typing; `None` after Escape. Returns its index.
    ///
    /// # Errors
    /// `UnexpectedEof` after ^D, or if the terminal is gone.
    pub(crate) fn pick(&mut self, choices: &Choices<'_>) -> io::Result<Option<usize>> {
        if self.ui.can_draw() {
            pick(self.ui, choices)
        } else {
            self.pick_by_number(choices)
        }
    }

    /// For terminals on which nothing can be drawn.
    fn pick_by_number(&mut self, choices: &Choices<'_>) -> io::Result<Option<usize>> {
        let found = found(choices, choices.filter);
        for (number, index) in (1..).zip(&found) {
            let name = escape(&choices.names[*index]);
            self.ui.status(&format!("  {number}  {name}\n"));
        }
        loop {
            let question = format!("{} (number, or Enter to cancel)", choices.question);
            let answer = self.line(&question)?;
            if answer.trim().is_empty() {
                return Ok(None);
            }
            let number = answer.trim().parse::<usize>().ok();
            let index = number.and_then(|number| found.get(number.checked_sub(1)?));
            if let Some(index) = index {
                return Ok(Some(*index));
            }
            let last = found.len();
            self.ui
                .note(&format!("please type a number from 1 to {last}"));
        }
    }
}

/// The indices that a filter finds, in the order of the names.
fn found(choices: &Choices<'_>, filter: &str) -> Vec<usize> {
    if filter.trim().is_empty() {
        return (0..choices.names.len()).collect();
    }
    let mut found = (choices.find)(filter);
    found.sort_unstable();
    found
}

fn pick(ui: &Ui, choices: &Choices<'_>) -> io::Result<Option<usize>> {
    let lines = choices.names.len().min(SHOWN) + 2;
    let mut canvas = ui.lines_below(u16::try_from(lines).unwrap_or(u16::MAX))?;
    let mut list = List::default();
    list.set_filter(choices.filter);
    list.set_items(found(choices, choices.filter), |_| None::<()>);
    loop {
        draw(&mut canvas, choices, &mut list)?;
        let Some(Input::Key(key)) = canvas.input(Duration::from_mins(1))? else {
            continue;
        };
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Enter if list.selected().is_some() => return Ok(list.selected()),
            KeyCode::Esc => return Ok(None),
            // On Windows it is a key like any other.
            KeyCode::Char('c') if control => return Err(ErrorKind::Interrupted.into()),
            KeyCode::Char('d') if control => return Err(ErrorKind::UnexpectedEof.into()),
            _ => {}
        }
        if list.handle(key, true) == Handled::Filtered {
            let found = found(choices, list.filter());
            list.set_items(found, |_| None::<()>);
        }
    }
}

fn draw(canvas: &mut Canvas, choices: &Choices<'_>, list: &mut List) -> io::Result<()> {
    canvas.draw(|frame| {
        let area = frame.area();
        let buffer = frame.buffer_mut();
        let dim = Style::new().dim();
        let count = format!("{} of {}", list.len(), choices.names.len());
        let cursor = list.draw_filter(buffer, area.width, choices.question, &count);
        let foot = area.height.saturating_sub(1);
        if area.height > 1 {
            let rows = Rect::new(0, 1, area.width, area.height.saturating_sub(2).max(1));
            if list.len() == 0 {
                put(
                    buffer,
                    (2, 1),
                    "no match",
                    area.width.saturating_sub(2),
                    dim,
                );
            }
            list.draw(
                rows,
                buffer,
                |_, _, _| {},
                |buffer, line, index, selected| {
                    draw_name(buffer, line, &choices.names[index], selected);
                },
            );
        }
        if area.height > 2 {
            let keys = "type to filter, Enter to choose, Esc to cancel";
            put(buffer, (0, foot), keys, area.width, dim);
        }
        frame.set_cursor_position((cursor, 0));
    })
}

fn draw_name(buffer: &mut Buffer, line: Rect, name: &str, selected: bool) {
    let (mark, style) = if selected {
        ("> ", Style::new().bold())
    } else {
        ("  ", Style::new())
    };
    write(buffer, (line.x, line.y), mark, line.width, style);
    let width = line.width.saturating_sub(2);
    put(buffer, (line.x + 2, line.y), name, width, style);
}
