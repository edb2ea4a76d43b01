//! A list that is filtered by typing, for the picker and `mfa watch`. Rows may have headings.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::Style;

use super::canvas::{put, write};

/// What a key did to a [`List`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handled {
    /// Another item is selected, or the same.
    Moved,
    /// The filter has changed: the items must be set anew.
    Filtered,
    /// The key is not one of the list's.
    Ignored,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Row {
    /// The heading of the item after it.
    Heading,
    /// The position of an item in `List::items`.
    Item(usize),
}

/// The state of a list. Items are the caller's indices.
#[derive(Debug, Default)]
pub(crate) struct List {
    filter: String,
    items: Vec<usize>,
    rows: Vec<Row>,
    /// The position in `items`.
    selected: usize,
    /// The first row that is shown.
    top: usize,
    height: usize,
}

impl List {
    /// The text that was typed.
    pub(crate) fn filter(&self) -> &str {
        &self.filter
    }

    /// Sets the text, as if it was typed.
    pub(crate) fn set_filter(&mut self, filter: &str) {
        filter.clone_into(&mut self.filter);
    }

    /// Shows these items. An item with another `group` than the one before gets a heading. The selected
    /// item stays selected if it is still there.
    pub(crate) fn set_items<G: PartialEq>(
        &mut self,
        items: Vec<usize>,
        group: impl Fn(usize) -> Option<G>,
    ) {
        let selected = self.selected();
        self.rows.clear();
        let mut before = None;
        for (at, &item) in items.iter().enumerate() {
            let group = group(item);
            if group.is_some() && group != before {
                self.rows.push(Row::Heading);
            }
            before = group;
            self.rows.push(Row::Item(at));
        }
        let place = selected.and_then(|item| items.iter().position(|one| *one == item));
        self.selected = place.unwrap_or_default();
        self.items = items;
    }

    /// Selects the first item.
    pub(crate) const fn select_first(&mut self) {
        self.selected = 0;
        self.top = 0;
    }

    /// Selects an item, if it is shown.
    pub(crate) fn select(&mut self, item: usize) {
        if let Some(place) = self.items.iter().position(|one| *one == item) {
            self.selected = place;
        }
    }

    /// The selected item; `None` if none is shown.
    pub(crate) fn selected(&self) -> Option<usize> {
        self.items.get(self.selected).copied()
    }

    /// How many items are shown.
    pub(crate) const fn len(&self) -> usize {
        self.items.len()
    }

    /// Moves the selection, or edits the filter if `types` is set.
    pub(crate) fn handle(&mut self, key: KeyEvent, types: bool) -> Handled {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let plain = !key
            .modifiers
            .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        let page = self.height.saturating_sub(1).max(1);
        let last = self.items.len().saturating_sub(1);
        let to = match key.code {
            KeyCode::Up => self.selected.saturating_sub(1),
            KeyCode::Down => self.selected + 1,
            KeyCode::Char('p') if control => self.selected.saturating_sub(1),
            KeyCode::Char('n') if control => self.selected + 1,
            KeyCode::PageUp => self.selected.saturating_sub(page),
            KeyCode::PageDown => self.selected.saturating_add(page),
            KeyCode::Home => 0,
            KeyCode::End => last,
            _ => return self.edit(key.code, control, plain && types),
        };
        self.selected = to.min(last);
        Handled::Moved
    }

    fn edit(&mut self, code: KeyCode, control: bool, types: bool) -> Handled {
        match code {
            KeyCode::Char('u') if control => self.filter.clear(),
            KeyCode::Char('w') if control => {
                let kept = self.filter.trim_end();
                let kept = kept.rfind(char::is_whitespace).map_or(0, |at| at + 1);
                self.filter.truncate(kept);
            }
            KeyCode::Backspace => {
                self.filter.pop();
            }
            KeyCode::Char('h') if control => {
                self.filter.pop();
            }
            KeyCode::Char(letter) if types && !letter.is_control() => self.filter.push(letter),
            _ => return Handled::Ignored,
        }
        self.select_first();
        Handled::Filtered
    }

    /// Draws the filter after its `label`, and `count` at the right. Returns the column of the cursor.
    pub(crate) fn draw_filter(
        &self,
        buffer: &mut Buffer,
        width: u16,
        label: &str,
        count: &str,
    ) -> u16 {
        let mut end = put(buffer, (0, 0), label, width, Style::new().bold());
        end += write(buffer, (end, 0), ": ", width - end, Style::new().bold());
        // A space at its end is no part of a name, so it is shown as it is.
        let typed = self.filter.trim_end();
        end += put(buffer, (end, 0), typed, width - end, Style::new());
        let spaces = &self.filter[typed.len()..];
        end += write(buffer, (end, 0), spaces, width - end, Style::new());
        let counted = u16::try_from(count.len()).unwrap_or(u16::MAX);
        if end.saturating_add(counted).saturating_add(2) < width {
            let place = (width - counted, 0);
            write(buffer, place, count, counted, Style::new().dim());
        }
        end.min(width.saturating_sub(1))
    }

    /// Draws the rows that fit. `heading` and `row` draw one line; `row` gets whether it is selected.
    pub(crate) fn draw(
        &mut self,
        area: Rect,
        buffer: &mut Buffer,
        heading: impl Fn(&mut Buffer, Rect, usize),
        mut row: impl FnMut(&mut Buffer, Rect, usize, bool),
    ) {
        self.height = usize::from(area.height);
        self.scroll();
        let shown = self.rows.iter().enumerate().skip(self.top);
        for ((at, kind), y) in shown.zip(area.top()..area.bottom()) {
            let line = Rect::new(area.x, y, area.width, 1);
            match *kind {
                Row::Item(place) => row(buffer, line, self.items[place], place == self.selected),
                // A heading alone at the end says nothing.
                Row::Heading if y + 1 == area.bottom() => {}
                Row::Heading => {
                    if let Some(Row::Item(place)) = self.rows.get(at + 1) {
                        heading(buffer, line, self.items[*place]);
                    }
                }
            }
        }
    }

    /// Scrolls the selected row into view, with its heading if it has one.
    fn scroll(&mut self) {
        let row = self
            .rows
            .iter()
            .position(|row| *row == Row::Item(self.selected));
        let Some(row) = row else {
            self.top = 0;
            return;
        };
        let has_heading = row > 0 && self.rows[row - 1] == Row::Heading && self.height > 1;
        let first = row - usize::from(has_heading);
        if first < self.top {
            self.top = first;
        } else if row >= self.top + self.height {
            self.top = row + 1 - self.height;
        }
        self.top = self.top.min(self.rows.len().saturating_sub(self.height));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(list: &mut List, code: KeyCode, modifiers: KeyModifiers) -> Handled {
        list.handle(KeyEvent::new(code, modifiers), true)
    }

    fn drawn(list: &mut List, height: u16) -> String {
        let area = Rect::new(0, 0, 8, height);
        let mut buffer = Buffer::empty(area);
        let line = |buffer: &mut Buffer, area: Rect, text: &str| {
            buffer.set_string(area.x, area.y, text, ratatui_core::style::Style::new());
        };
        list.draw(
            area,
            &mut buffer,
            |buffer, area, item| line(buffer, area, &format!("group {}", item / 3)),
            |buffer, area, item, selected| {
                let mark = if selected { '>' } else { ' ' };
                line(buffer, area, &format!("{mark} {item}"));
            },
        );
        let symbols: Vec<_> = buffer
            .content
            .iter()
            .map(ratatui_core::buffer::Cell::symbol)
            .collect();
        let lines = symbols
            .chunks(8)
            .map(|line| line.concat().trim_end().to_owned());
        lines.collect::<Vec<_>>().join("|")
    }

    #[test]
    fn moves_stay_within_the_items_and_show_the_selected_one() {
        let mut list = List::default();
        list.set_items((0..9).collect(), |item| Some(item / 3));
        assert_eq!(drawn(&mut list, 4), "group 0|> 0|  1|  2");
        assert_eq!(drawn(&mut list, 5), "group 0|> 0|  1|  2|");
        press(&mut list, KeyCode::Up, KeyModifiers::NONE);
        assert_eq!(list.selected(), Some(0));
        for _ in 0..3 {
            press(&mut list, KeyCode::Char('n'), KeyModifiers::CONTROL);
        }
        assert_eq!(drawn(&mut list, 4), "  1|  2|group 1|> 3");
        press(&mut list, KeyCode::PageDown, KeyModifiers::NONE);
        assert_eq!(list.selected(), Some(6));
        press(&mut list, KeyCode::End, KeyModifiers::NONE);
        press(&mut list, KeyCode::Down, KeyModifiers::NONE);
        assert_eq!(drawn(&mut list, 4), "group 2|  6|  7|> 8");
        press(&mut list, KeyCode::Home, KeyModifiers::NONE);
        assert_eq!(drawn(&mut list, 4), "group 0|> 0|  1|  2");
    }

    #[test]
    fn a_filter_is_edited_as_in_a_shell() {
        let mut list = List::default();
        list.set_items(vec![1, 2], |_| None::<()>);
        for letter in "my web x".chars() {
            assert_eq!(
                press(&mut list, KeyCode::Char(letter), KeyModifiers::NONE),
                Handled::Filtered
            );
        }
        press(&mut list, KeyCode::Backspace, KeyModifiers::NONE);
        press(&mut list, KeyCode::Char('w'), KeyModifiers::CONTROL);
        assert_eq!(list.filter(), "my ");
        press(&mut list, KeyCode::Char('u'), KeyModifiers::CONTROL);
        assert_eq!(list.filter(), "");
        assert_eq!(
            press(&mut list, KeyCode::Esc, KeyModifiers::NONE),
            Handled::Ignored
        );
        let key = KeyEvent::new(KeyCode::Char('n'), KeyModifiers::NONE);
        assert_eq!(list.handle(key, false), Handled::Ignored);
    }

    #[test]
    fn the_selected_item_stays_selected() {
        let mut list = List::default();
        list.set_items(vec![4, 5, 6], |_| None::<()>);
        list.select(6);
        list.set_items(vec![9, 6], |_| None::<()>);
        assert_eq!(list.selected(), Some(6));
        list.set_items(vec![1, 2], |_| None::<()>);
        assert_eq!(list.selected(), Some(1));
        list.set_items(Vec::new(), |_| None::<()>);
        assert_eq!(list.selected(), None);
        assert_eq!(drawn(&mut list, 2), "|");
    }
}
