//! Draws on the terminal, full screen or below the cursor, and reads keys.
#![expect(
    clippy::disallowed_methods,
    reason = "this is part of the adapter for the terminal"
)]

#[cfg(unix)]
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::time::Duration;

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::terminal;
use ratatui_core::backend::{Backend, ClearType, WindowSize};
use ratatui_core::buffer::{Buffer, Cell};
use ratatui_core::layout::{Position, Size};
use ratatui_core::style::{Color, Style};
use ratatui_core::terminal::{Frame, Terminal, TerminalOptions, Viewport};

#[cfg(windows)]
use super::console::{Modes, Screen};
#[cfg(unix)]
use super::modes::{Modes, was_continued};
use super::{Ui, escape, isolate};

/// Hides the cursor on a screen of its own.
const ENTER_FULL: &str = "\x1b[?1049h\x1b[?25l\x1b[H";
const LEAVE_FULL: &str = "\x1b[?25h\x1b[?1049l";
const ENTER_INLINE: &str = "\x1b[?25l";
const LEAVE_INLINE: &str = "\x1b[?25h\r\x1b[J";

/// The text after this mark runs from left to right.
const LEFT_TO_RIGHT: char = '\u{200e}';

/// A program that continues draws again within this time: no event tells it that.
const REACTION: Duration = Duration::from_millis(500);

/// What happened on the terminal.
#[derive(Debug)]
pub(crate) enum Input {
    /// A key was pressed.
    Key(KeyEvent),
    /// The terminal may show something else now, such as after a new size.
    Redraw,
}

/// A part of the terminal to draw on, or all of it. The terminal is restored when this is dropped.
pub(crate) struct Canvas {
    terminal: Terminal<Region>,
    has_colors: bool,
    _modes: Modes,
}

impl Ui {
    /// Whether a terminal can show a [`Canvas`].
    pub(crate) fn can_draw(&self) -> bool {
        self.can_prompt() && !self.is_dumb
    }

    /// Takes the whole screen.
    ///
    /// # Errors
    /// If there is no terminal.
    pub(crate) fn full_screen(&self) -> io::Result<Canvas> {
        crate::harden::lock_memory();
        Canvas::new(self, None)
    }

    /// Takes `height` lines below the cursor, or as many as the terminal has.
    ///
    /// # Errors
    /// If there is no terminal.
    pub(crate) fn lines_below(&self, height: u16) -> io::Result<Canvas> {
        Canvas::new(self, Some(height))
    }
}

impl Canvas {
    fn new(ui: &Ui, height: Option<u16>) -> io::Result<Self> {
        #[cfg(unix)]
        let out = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
        #[cfg(windows)]
        let out = Screen::open()?;
        let (enter, leave) = match height {
            None => (ENTER_FULL, LEAVE_FULL),
            Some(_) => (ENTER_INLINE, LEAVE_INLINE),
        };
        let modes = Modes::drawing(enter, leave)?;
        let mut region = Region::new(out, height);
        region.make_room()?;
        let options = TerminalOptions {
            viewport: Viewport::Fullscreen,
        };
        Ok(Self {
            terminal: Terminal::with_options(region, options)?,
            has_colors: ui.colors_on_terminal(),
            _modes: modes,
        })
    }

    /// Draws what has changed.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub(crate) fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        let has_colors = self.has_colors;
        self.terminal.draw(|frame| {
            draw(frame);
            if !has_colors {
                remove_colors(frame.buffer_mut());
            }
        })?;
        Ok(())
    }

    /// Waits for a key, but not longer than `patience`. May return sooner without one.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub(crate) fn input(&mut self, patience: Duration) -> io::Result<Option<Input>> {
        let input = if event::poll(patience.min(REACTION))? {
            match event::read()? {
                Event::Key(key) if key.kind != KeyEventKind::Release => {
                    Some(Input::Key(typed(key, cfg!(windows))))
                }
                Event::Resize(..) => Some(Input::Redraw),
                _ => None,
            }
        } else {
            None
        };
        #[cfg(unix)]
        if was_continued() {
            self.draw_anew()?;
            return Ok(input.or(Some(Input::Redraw)));
        }
        Ok(input)
    }

    /// Lets the next [`Canvas::draw`] draw everything, because something else wrote on the terminal.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub(crate) fn draw_anew(&mut self) -> io::Result<()> {
        self.terminal.backend_mut().make_room()?;
        self.terminal.clear()
    }
}

/// Windows reports `AltGr` as Ctrl and Alt. A character that it types, such as `@` on a German keyboard, is
/// typed, and no command.
fn typed(mut key: KeyEvent, is_windows: bool) -> KeyEvent {
    let alt_gr = KeyModifiers::CONTROL | KeyModifiers::ALT;
    if is_windows && matches!(key.code, KeyCode::Char(_)) && key.modifiers.contains(alt_gr) {
        key.modifiers -= alt_gr;
    }
    key
}

fn remove_colors(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        (cell.fg, cell.bg) = (Color::Reset, Color::Reset);
    }
}

/// Writes outside text into at most `width` columns, escaped, and returns the columns that it took.
pub(crate) fn put(
    buffer: &mut Buffer,
    (x, y): (u16, u16),
    text: &str,
    width: u16,
    style: Style,
) -> u16 {
    write(buffer, (x, y), &escape(text), width, style)
}

/// As [`put`], for text that is our own or escaped already.
pub(crate) fn write(
    buffer: &mut Buffer,
    (x, y): (u16, u16),
    text: &str,
    width: u16,
    style: Style,
) -> u16 {
    if !buffer.area.contains(Position { x, y }) {
        // The terminal is smaller than the drawing.
        return 0;
    }
    let cut = super::truncate(text, usize::from(width));
    let (end, _) = buffer.set_stringn(x, y, &cut, usize::from(width), style);
    if end > x && isolate(&cut) != cut {
        // What follows right-to-left text must not be reordered with it. A mark without width belongs to
        // the cell before it.
        for cell in [x.checked_sub(1), Some(end - 1)].into_iter().flatten() {
            if let Some(cell) = buffer.cell_mut((cell, y)) {
                let marked = format!(
                    "{}{LEFT_TO_RIGHT}",
                    cell.symbol().trim_end_matches(LEFT_TO_RIGHT)
                );
                cell.set_symbol(&marked);
            }
        }
    }
    end - x
}

#[cfg(unix)]
type Out = File;
#[cfg(windows)]
type Out = Screen;

/// The lines that are drawn on. All moves are relative to where the drawing began, so the place of the
/// cursor need not be known.
struct Region {
    out: BufWriter<Out>,
    /// The lines that are wanted; `None` for all.
    wanted: Option<u16>,
    cursor: Position,
    shows_cursor: bool,
}

impl Region {
    fn new(out: Out, wanted: Option<u16>) -> Self {
        Self {
            out: BufWriter::with_capacity(1 << 16, out),
            wanted,
            cursor: Position::ORIGIN,
            shows_cursor: false,
        }
    }

    /// Scrolls the lines above out of the way. The cursor is where the drawing begins.
    fn make_room(&mut self) -> io::Result<()> {
        self.cursor = Position::ORIGIN;
        self.shows_cursor = false;
        if self.wanted.is_some() {
            let below = self.size()?.height.saturating_sub(1);
            for _ in 0..below {
                self.out.write_all(b"\n")?;
            }
            write!(self.out, "\r")?;
            if below > 0 {
                write!(self.out, "\x1b[{below}A")?;
            }
        } else {
            write!(self.out, "\x1b[H")?;
        }
        self.out.flush()
    }

    fn move_to(&mut self, to: Position) -> io::Result<()> {
        let Position { x, y } = self.cursor;
        if to.y < y {
            write!(self.out, "\x1b[{}A", y - to.y)?;
        } else if to.y > y {
            write!(self.out, "\x1b[{}B", to.y - y)?;
        }
        if to.x != x || to.y != y {
            write!(self.out, "\x1b[{}G", to.x + 1)?;
        }
        self.cursor = to;
        Ok(())
    }
}

impl Backend for Region {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut style = None;
        for (x, y, cell) in content {
            self.move_to(Position { x, y })?;
            let wanted = (cell.fg, cell.bg, cell.modifier);
            if style != Some(wanted) {
                write_style(&mut self.out, cell)?;
                style = Some(wanted);
            }
            self.out.write_all(cell.symbol().as_bytes())?;
            // Terminals differ in how wide some characters are, so the next place is set anew.
            self.cursor.x = if cell.symbol().is_ascii() {
                x + 1
            } else {
                u16::MAX - 1
            };
        }
        if style.is_some() {
            write!(self.out, "\x1b[0m")?;
        }
        Ok(())
    }

    /// The hidden cursor waits where the drawing begins, so that it can be erased from there.
    fn hide_cursor(&mut self) -> io::Result<()> {
        self.move_to(Position::ORIGIN)?;
        if std::mem::take(&mut self.shows_cursor) {
            write!(self.out, "\x1b[?25l")?;
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.shows_cursor, true) {
            write!(self.out, "\x1b[?25h")?;
        }
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.move_to(position.into())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, _: ClearType) -> io::Result<()> {
        self.move_to(Position::ORIGIN)?;
        write!(self.out, "\r\x1b[J")
    }

    fn size(&self) -> io::Result<Size> {
        let (width, height) = match terminal::size() {
            // It does not tell its size.
            Err(_) | Ok((0, _) | (_, 0)) => (80, 24),
            Ok(size) => size,
        };
        let height = self
            .wanted
            .map_or(height, |wanted| wanted.min(height.saturating_sub(1)));
        Ok(Size::new(width, height.max(1)))
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize {
            columns_rows: self.size()?,
            pixels: Size::ZERO,
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Sets the style of what follows.
fn write_style(out: &mut impl Write, cell: &Cell) -> io::Result<()> {
    let color = |color| (color != Color::Reset).then(|| anstyle::Color::from(color));
    let style = anstyle::Style::new()
        .fg_color(color(cell.fg))
        .bg_color(color(cell.bg))
        .effects(cell.modifier.into());
    write!(out, "\x1b[0m{style}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_alt_gr_types_is_typed() {
        let alt_gr = KeyModifiers::CONTROL | KeyModifiers::ALT;
        let at = KeyEvent::new(KeyCode::Char('@'), alt_gr);
        assert_eq!(typed(at, true).modifiers, KeyModifiers::NONE);
        assert_eq!(typed(at, false), at);
        for (code, modifiers) in [
            (KeyCode::Char('n'), KeyModifiers::CONTROL),
            (KeyCode::Up, alt_gr),
        ] {
            let key = KeyEvent::new(code, modifiers);
            assert_eq!(typed(key, true), key);
        }
    }
}
