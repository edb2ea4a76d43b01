//! The screens of `mfa watch` besides the list: both codes, the QR code, help, and the lock.

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::{Color, Style};
use unicode_width::UnicodeWidthStr;

use super::big_digits::{self, DigitSize};
use super::draw::bar;
use crate::app::qr_output::uri;
use crate::app::select::as_argument;
use crate::otp::{Account, Code, UriForm};
use crate::qr::{Matrix, QuietZone, TerminalStyle};
use crate::ui::{escape, hanging, put, write};

/// The columns of a label beside digits.
const BESIDE: u16 = 13;

pub(super) const PAIR_KEYS: &[(&str, &str)] =
    &[("Enter", "copy 1"), ("n", "copy 2"), ("Esc", "back")];
pub(super) const QR_KEYS: &[(&str, &str)] =
    &[("This code contains", "the secret key."), ("Esc", "back")];

const HELP: &[&str] = &[
    "Type to filter, as in 'mfa code NAME'.",
    "",
    "Enter         copy the code",
    "Up, Down      move; also ^P and ^N, PageUp, PageDown, Home, End",
    "^U, ^W        clear the filter, or its last word",
    "Esc           letters become keys; again: quit",
    "^Z            suspend; 'fg' comes back",
    "^C            quit",
    "",
    "After Esc:",
    "n             copy the next code",
    "p             both codes in big digits, for AWS's two boxes",
    "q             the QR code, for another device (reveals the key)",
    "u, u          undo the last change; 'mfa redo' restores it",
    "j, k          move down, up",
    "/             filter again",
    "",
    "Codes are hidden after 2 minutes without a key.",
    "'mfa lock' in another terminal locks this one too.",
];

/// Draws the keys and what they do.
pub(super) fn help(buffer: &mut Buffer, area: Rect) {
    let lines = HELP.iter().zip(0..area.height.saturating_sub(1));
    for (line, y) in lines {
        write(buffer, (0, y), line, area.width, Style::new());
    }
    super::draw::foot(buffer, area, &[("Esc", "back")]);
}

/// Draws what is shown while the vault is locked.
pub(super) fn locked(buffer: &mut Buffer, area: Rect) {
    write(
        buffer,
        (0, 0),
        "The vault is locked.",
        area.width,
        Style::new().bold(),
    );
    super::draw::foot(buffer, area, &[("Enter", "unlock"), ("Esc", "quit")]);
}

/// What is shown of a hidden code.
pub(super) fn dots(code: &Code) -> String {
    "•".repeat(code.as_str().len())
}

/// Draws the current and the next code as large as they fit, in the order of AWS's form.
pub(super) fn pair(buffer: &mut Buffer, area: Rect, account: &Account, now: u64, hidden: bool) {
    let Some(window) = account.credential.window(now) else {
        return;
    };
    let shown = |code: &Code| if hidden { dots(code) } else { code.to_string() };
    let digits = u16::from(account.credential.digits.get());
    // Above the digits are a heading and labels, and below them is a bar. In a low terminal, the labels
    // are beside the digits.
    let above = |size: &DigitSize| {
        size.columns(digits) <= area.width && 2 * size.lines() + 5 <= area.height
    };
    let beside = |size: &DigitSize| {
        size.columns(digits) + BESIDE <= area.width && 2 * size.lines() + 2 <= area.height
    };
    let sizes = [DigitSize::Large, DigitSize::Small, DigitSize::Plain];
    let largest = sizes.iter().find(|size| above(size) || beside(size));
    let size = *largest.unwrap_or(&DigitSize::Plain);
    let (bold, dim) = (Style::new().bold(), Style::new().dim());
    let mut y = area.y;
    let mut line = |buffer: &mut Buffer, text: &str, label: &str| {
        if y < area.bottom() {
            let x = write(buffer, (area.x, y), text, area.width, bold);
            write(buffer, (area.x + x, y), label, area.width - x, dim);
        }
        y += 1;
    };
    line(buffer, &escape(&account.full_name()), "");
    for (label, code) in [
        ("MFA code 1", &window.current),
        ("MFA code 2", &window.next),
    ] {
        let mut beside = format!("   {label}");
        if above(&size) {
            line(buffer, "", label);
            beside.clear();
        }
        for row in big_digits::lines(&shown(code), size) {
            line(buffer, &row, &std::mem::take(&mut beside));
        }
    }
    if let Some(period) = account
        .credential
        .kind
        .period()
        .filter(|_| y < area.bottom())
    {
        // With room for it, one line between the digits and the bar.
        let y = if y + 1 < area.bottom() { y + 1 } else { y };
        bar(
            buffer,
            Rect::new(area.x, y, area.width, 1),
            period.get(),
            now,
        );
    }
}

/// Draws the account's QR code if it fits, or says what to do instead.
pub(super) fn qr(buffer: &mut Buffer, area: Rect, account: &Account) {
    let style = Style::new();
    let drawn = |form| Matrix::smallest(&uri(account, form)).ok();
    let (Some(short), Some(shortest)) = (drawn(UriForm::Short), drawn(UriForm::Shortest)) else {
        write(buffer, (0, 0), "too long for a QR code", area.width, style);
        return;
    };
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let zone = |matrix: &Matrix| {
        let fits =
            |zone: &QuietZone| matrix.columns(*zone) <= width && matrix.rows(*zone) <= height;
        [QuietZone::Full, QuietZone::Narrow].into_iter().find(fits)
    };
    let matrix = if zone(&short).is_some() {
        short
    } else {
        shortest
    };
    let zone = zone(&matrix);
    let Some(zone) = zone else {
        let zone = QuietZone::Narrow;
        let text = format!(
            "The QR code needs {} columns and {} lines; this terminal has {width} and {}. Enlarge it or \
             use a smaller font. Or leave, and save a picture:\nmfa qr {} --output FILE.png",
            matrix.columns(zone),
            matrix.rows(zone) + 2,
            height + 2,
            as_argument(account),
        );
        let lines: Vec<_> = text.lines().map(|line| hanging(line, 0, width)).collect();
        let lines = lines.iter().flat_map(|line| line.lines());
        for (line, y) in lines.zip(area.top()..area.bottom()) {
            write(buffer, (0, y), line, area.width, style);
        }
        return;
    };
    let text = matrix.to_terminal(TerminalStyle::Plain, zone);
    // Light blocks on a dark ground, whatever the theme.
    let style = Style::new().fg(Color::Indexed(231)).bg(Color::Indexed(16));
    for (line, y) in text.lines().zip(area.top()..area.bottom()) {
        write(buffer, (0, y), line, area.width, style);
    }
    let (x, name) = (
        u16::try_from(matrix.columns(zone) + 2).unwrap_or(u16::MAX),
        account.full_name(),
    );
    let room = area.width.saturating_sub(x);
    if usize::from(room) >= name.width().min(12) {
        put(buffer, (x, 0), &name, room, Style::new().bold());
    }
}
