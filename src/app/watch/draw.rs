//! Draws the list of `mfa watch`: accounts by issuer with their codes, and a bar for each period.

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::Style;
use ratatui_core::terminal::Frame;
use unicode_width::UnicodeWidthStr;

use super::screens;
use super::state::{Screen, State};
use crate::otp::{Account, Code, Kind};
use crate::ui::{escape, hanging, put, write};

/// A code changes its colour for so many seconds before it ends.
const ENDS_SOON: u64 = 5;
/// The widest that names get: codes should be near them.
const WIDEST_NAME: u16 = 48;
/// A terminal with fewer lines has none to spare for messages.
const LOW: u16 = 16;
/// The columns of a bar.
const BAR: u16 = 30;

/// Draws the whole screen.
pub(crate) fn draw(frame: &mut Frame<'_>, state: &mut State, now: u64) {
    let area = frame.area();
    if state.is_locked() {
        screens::locked(frame.buffer_mut(), area);
        return;
    }
    match state.screen {
        Screen::List => list(frame, state, now),
        Screen::Help => screens::help(frame.buffer_mut(), area),
        Screen::Pair(id) | Screen::Qr(id) => {
            let rest = above_foot(area);
            if let Some(account) = state.account(id) {
                if matches!(state.screen, Screen::Qr(_)) {
                    screens::qr(frame.buffer_mut(), rest, account);
                } else {
                    screens::pair(frame.buffer_mut(), rest, account, now, state.hides_codes);
                }
            }
            message(frame.buffer_mut(), area, state);
            let keys = match state.screen {
                Screen::Pair(_) => screens::PAIR_KEYS,
                _ => screens::QR_KEYS,
            };
            foot(frame.buffer_mut(), area, keys);
        }
    }
}

/// The area without the message and the keys.
fn above_foot(area: Rect) -> Rect {
    Rect {
        height: area.height.saturating_sub(2),
        ..area
    }
}

fn list(frame: &mut Frame<'_>, state: &mut State, now: u64) {
    let area = frame.area();
    let buffer = frame.buffer_mut();
    let cursor = state
        .list
        .draw_filter(buffer, area.width, "Filter", &count(state));
    let periods = periods(state);
    let bars = u16::try_from(periods.len()).unwrap_or(0);
    // The bars and the line of the message give way to the accounts.
    let bars = bars.min(area.height / 8);
    let below = bars + if area.height < LOW { 1 } else { 2 };
    let rows = Rect {
        y: 1,
        height: area.height.saturating_sub(1 + below),
        ..area
    };
    accounts(buffer, rows, state, now);
    let first = area.height.saturating_sub(below);
    for (period, y) in periods.iter().zip(first..first + bars) {
        bar(buffer, Rect::new(0, y, area.width, 1), *period, now);
    }
    message(buffer, area, state);
    foot(buffer, area, keys(state));
    if state.types {
        frame.set_cursor_position((cursor, 0));
    }
}

const FILTER_KEYS: &[(&str, &str)] = &[
    ("type", "to filter"),
    ("Enter", "copy"),
    ("Esc", "more keys"),
    ("?", "help"),
    ("^C", "quit"),
];
/// With a filter, `?` is a part of it.
const FILTERED_KEYS: &[(&str, &str)] = &[
    ("Enter", "copy"),
    ("^U", "clear"),
    ("Esc", "more keys"),
    ("^C", "quit"),
];
const LETTER_KEYS: &[(&str, &str)] = &[
    ("Enter", "copy"),
    ("n", "next"),
    ("p", "both"),
    ("q", "QR"),
    ("u", "undo"),
    ("/", "filter"),
    ("?", "help"),
    ("Esc", "quit"),
];
const HIDDEN_KEYS: &[(&str, &str)] = &[("any key", "shows the codes"), ("^C", "quit")];

fn keys(state: &State) -> &'static [(&'static str, &'static str)] {
    if state.hides_codes {
        HIDDEN_KEYS
    } else if state.types && !state.list.filter().is_empty() {
        FILTERED_KEYS
    } else if state.types {
        FILTER_KEYS
    } else {
        LETTER_KEYS
    }
}

/// How many accounts are shown.
fn count(state: &State) -> String {
    match (state.list.len(), state.accounts().len()) {
        (1, 1) => "1 account".to_owned(),
        (shown, all) if shown == all => format!("{all} accounts"),
        (shown, all) => format!("{shown} of {all}"),
    }
}

/// The columns of a row.
struct Columns {
    name: u16,
    code: u16,
    with_next: bool,
}

impl Columns {
    fn of(accounts: &[Account], width: u16) -> Self {
        let longest = |of: &dyn Fn(&Account) -> usize| {
            let longest = accounts.iter().map(of).max().unwrap_or_default();
            u16::try_from(longest).unwrap_or(u16::MAX)
        };
        let code = longest(&|account| usize::from(account.credential.digits.get()));
        let name = longest(&|account| escape(shown_name(account)).width()).min(WIDEST_NAME);
        // Two columns before the name, three between columns, `next ` before the next code.
        let with_next = width > 2 * code + 12 + name.min(16);
        let codes = if with_next { 2 * code + 11 } else { code + 3 };
        let name = name.min(width.saturating_sub(codes + 2));
        Self {
            name,
            code,
            with_next,
        }
    }
}

fn shown_name(account: &Account) -> &str {
    if account.name.is_empty() {
        &account.issuer
    } else {
        &account.name
    }
}

fn accounts(buffer: &mut Buffer, area: Rect, state: &mut State, now: u64) {
    if state.list.len() == 0 {
        let text = if state.accounts().is_empty() {
            format!("no accounts yet; to add one: {}", state.add_command)
        } else {
            "no match".to_owned()
        };
        let width = area.width.saturating_sub(2);
        write(buffer, (2, area.y), &text, width, Style::new().dim());
        return;
    }
    let mut list = std::mem::take(&mut state.list);
    let columns = Columns::of(state.accounts(), area.width);
    list.draw(
        area,
        buffer,
        |buffer, line, at| {
            let issuer = &state.accounts()[at].issuer;
            put(
                buffer,
                (line.x, line.y),
                issuer,
                line.width,
                Style::new().underlined(),
            );
        },
        |buffer, line, at, selected| {
            row(
                buffer,
                line,
                &columns,
                &state.accounts()[at],
                selected,
                state,
                now,
            );
        },
    );
    state.list = list;
}

fn row(
    buffer: &mut Buffer,
    line: Rect,
    columns: &Columns,
    account: &Account,
    selected: bool,
    state: &State,
    now: u64,
) {
    let style = if selected {
        Style::new().bold()
    } else {
        Style::new()
    };
    let y = line.y;
    write(
        buffer,
        (line.x, y),
        if selected { "> " } else { "  " },
        line.width,
        style,
    );
    put(
        buffer,
        (line.x + 2, y),
        shown_name(account),
        columns.name,
        style,
    );
    let x = line.x + 2 + columns.name + 3;
    let width = |x: u16| line.right().saturating_sub(x);
    let shown = |code: &Code| {
        if state.hides_codes {
            screens::dots(code)
        } else {
            code.to_string()
        }
    };
    let Some(window) = account.credential.window(now) else {
        let given = state.given.as_ref().filter(|(id, _)| *id == account.id);
        let text = given.map_or_else(|| "Enter takes a code".to_owned(), |(_, code)| shown(code));
        write(buffer, (x, y), &text, width(x), style.dim());
        return;
    };
    let ends_soon = window.remaining <= ENDS_SOON;
    let color = if ends_soon {
        Style::new().bold().red()
    } else {
        Style::new().bold().green()
    };
    write(buffer, (x, y), &shown(&window.current), width(x), color);
    if columns.with_next {
        let x = x + columns.code + 3;
        let next = format!("next {}", shown(&window.next));
        write(buffer, (x, y), &next, width(x), Style::new().dim());
    }
}

/// The periods of the accounts that are shown, shortest first.
fn periods(state: &State) -> Vec<u64> {
    let accounts = state.accounts();
    let mut periods: Vec<_> = accounts
        .iter()
        .filter(|account| !matches!(account.credential.kind, Kind::Hotp { .. }))
        .filter_map(|account| account.credential.kind.period())
        .map(crate::otp::Period::get)
        .collect();
    periods.sort_unstable();
    periods.dedup();
    periods
}

/// Draws the time that is left of a period, as a bar and in seconds.
pub(super) fn bar(buffer: &mut Buffer, line: Rect, period: u64, now: u64) {
    let left = period - now % period;
    let width = BAR.min(line.width.saturating_sub(16));
    let filled = left * u64::from(width) / period;
    let filled = u16::try_from(filled).unwrap_or(width).max(1);
    let color = if left <= ENDS_SOON {
        Style::new().red()
    } else {
        Style::new().green()
    };
    let full = "━".repeat(usize::from(filled.min(width)));
    let rest = "─".repeat(usize::from(width.saturating_sub(filled)));
    let x = line.x + write(buffer, (line.x, line.y), &full, width, color);
    write(buffer, (x, line.y), &rest, width, Style::new().dim());
    let text = format!(" {left:>2} s of {period}");
    let x = line.x + width;
    write(
        buffer,
        (x, line.y),
        &text,
        line.right().saturating_sub(x),
        Style::new(),
    );
}

/// Draws the message above the last line.
fn message(buffer: &mut Buffer, area: Rect, state: &State) {
    let Some(message) = state.message.as_ref().filter(|_| area.height > 2) else {
        return;
    };
    let style = if message.is_error {
        Style::new().red()
    } else {
        Style::new().bold()
    };
    let text = hanging(&escape(&message.text), 0, usize::from(area.width));
    let lines: Vec<_> = text
        .lines()
        .take(usize::from(area.height / 3).max(1))
        .collect();
    // A long message covers what is above it.
    let first = area.height - 1 - u16::try_from(lines.len()).unwrap_or(1);
    for (line, y) in lines.iter().zip(first..) {
        let blank = " ".repeat(usize::from(area.width));
        write(buffer, (0, y), &blank, area.width, Style::new());
        write(buffer, (0, y), line, area.width, style);
    }
}

/// Draws the keys that fit on the last line.
pub(super) fn foot(buffer: &mut Buffer, area: Rect, keys: &[(&str, &str)]) {
    let y = area.bottom().saturating_sub(1);
    let mut x = 0;
    // The last one says how to leave, so the ones before it give way.
    let width = |(key, what): &(&str, &str)| {
        u16::try_from(key.width() + 1 + what.width() + 2).unwrap_or(u16::MAX)
    };
    let Some((last, others)) = keys.split_last() else {
        return;
    };
    let mut room = area.width.saturating_sub(width(last));
    let fits = |key: &&(&str, &str)| {
        let fits = width(key) <= room;
        room = room.saturating_sub(width(key));
        fits
    };
    let others: Vec<_> = others
        .iter()
        .take_while({
            let mut fits = fits;
            move |key| fits(key)
        })
        .collect();
    for (key, what) in others.into_iter().chain([last]) {
        x += write(buffer, (x, y), key, area.width - x, Style::new().bold());
        x += write(
            buffer,
            (x, y),
            &format!(" {what}  "),
            area.width - x,
            Style::new().dim(),
        );
    }
}
