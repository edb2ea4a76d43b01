//! Shows the codes that a service asks for when MFA is turned on: AWS asks for two.

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui_core::style::Style;
use ratatui_core::terminal::Frame;

use super::clock::{Clock, When};
use super::context::Context;
use super::error::Result;
use crate::otp::{Account, Code, Period, Window};
use crate::ui::{Input, write};

impl Context {
    /// Prints the two codes that AWS's form asks for, or the one that other services ask for.
    ///
    /// # Errors
    /// If stdout is closed or the clock cannot be read.
    pub(crate) fn print_first_codes(&self, accounts: &[Account], at: Option<When>) -> Result {
        for account in accounts {
            let Some(window) = account.credential.window(Clock::shown(at)?) else {
                continue;
            };
            let (current, next) = (&window.current, &window.next);
            let shows_one = self.ui.stdout_is_terminal() && !is_aws(account);
            let text = if self.ui.stdout_is_terminal() {
                let heading = match accounts {
                    [_] => String::new(),
                    _ => format!("{}\n", self.shown_name(account)),
                };
                let (current, left) = (self.ui.bold(current.as_str()), window.remaining);
                if shows_one {
                    format!("{heading}  code {current}, {left} s left\n")
                } else {
                    let next = self.ui.bold(next.as_str());
                    format!(
                        "{heading}  MFA code 1   {current}   {left} s left\n  MFA code 2   {next}   next\n"
                    )
                }
            } else {
                format!("{current} {next}\n")
            };
            self.ui.print(&text)?;
            // A code that was shown counts as used, so `--fresh` does not repeat it. Codes for `--at` do not
            // count.
            if at.is_none() {
                let last = if shows_one {
                    window.valid_from
                } else {
                    window.valid_until
                };
                self.remember_given(account, last);
            }
        }
        Ok(())
    }

    /// Whether [`Context::show_pair`] makes sense: AWS asks for two codes, and a person sees them.
    pub(crate) fn can_show_pair(&self, account: &Account) -> bool {
        let is_timed = account.credential.kind.period().is_some();
        is_aws(account) && is_timed && self.ui.stdout_is_terminal() && self.ui.can_draw()
    }

    /// Shows two consecutive codes until a person presses Enter, with the time that is left for them. `n`
    /// shows the next pair.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub(crate) fn show_pair(&self, account: &Account) -> Result {
        let Some(period) = account.credential.kind.period().map(Period::get) else {
            return Ok(());
        };
        let mut canvas = self.ui.lines_below(5)?;
        let mut first = None;
        loop {
            let now = Clock::now()?;
            let pair = Pair::at(now.as_secs(), period, first);
            let Some(window) = account.credential.window(pair.first * period) else {
                return Ok(());
            };
            if first != Some(pair.first) {
                // A code that was shown counts as used.
                self.remember_given(account, window.valid_until);
                first = Some(pair.first);
            }
            canvas.draw(|frame| pair.draw(frame, &window))?;
            let patience = Clock::until_next_second(now);
            let Some(Input::Key(key)) = canvas.input(patience)? else {
                continue;
            };
            let control = key.modifiers.contains(KeyModifiers::CONTROL);
            match key.code {
                KeyCode::Enter | KeyCode::Esc => return Ok(()),
                KeyCode::Char('c' | 'd') if control => return Ok(()),
                KeyCode::Char('n') => {
                    let current = now.as_secs() / period;
                    first = Some((pair.first + 1).clamp(current, current + 1));
                }
                _ => {}
            }
        }
    }
}

/// Two consecutive steps, and the time in which both codes can be entered.
#[derive(Debug, PartialEq, Eq)]
struct Pair {
    /// The step of the first code.
    first: u64,
    /// Seconds until the second code ends.
    left: u64,
}

impl Pair {
    /// The pair to show: `shown` until its second code ends, then the one that begins now.
    const fn at(now: u64, period: u64, shown: Option<u64>) -> Self {
        let current = now / period;
        let first = match shown {
            Some(shown) if shown + 1 >= current && shown <= current + 1 => shown,
            _ => current,
        };
        let end = (first + 2) * period;
        Self {
            first,
            left: end - now,
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, window: &Window) {
        let width = frame.area().width;
        let buffer = frame.buffer_mut();
        let (plain, bold, dim) = (Style::new(), Style::new().bold(), Style::new().dim());
        write(buffer, (0, 0), "Enter these two in AWS now:", width, plain);
        let mut line = |y: u16, label: &str, code: &Code| {
            let x = write(buffer, (0, y), label, width, dim);
            write(buffer, (x, y), code.as_str(), width - x, bold);
        };
        line(1, "  MFA code 1   ", &window.current);
        line(2, "  MFA code 2   ", &window.next);
        let left = format!("  {} s left", self.left);
        let style = if self.left <= 10 { plain.red() } else { plain };
        write(buffer, (0, 3), &left, width, style);
        write(buffer, (0, 4), "n: next pair, Enter: done", width, dim);
    }
}

fn is_aws(account: &Account) -> bool {
    let issuer = account.issuer.to_ascii_lowercase();
    account.aws.is_some() || issuer == "aws" || issuer.starts_with("amazon")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_stays_until_its_second_code_ends() {
        let pair = |now, shown| {
            let Pair { first, left } = Pair::at(now, 30, shown);
            (first, left)
        };
        assert_eq!(pair(60, None), (2, 60));
        assert_eq!(pair(89, Some(2)), (2, 31));
        assert_eq!(pair(119, Some(2)), (2, 1));
        assert_eq!(pair(120, Some(2)), (4, 60));
        // The next pair was asked for before it begins.
        assert_eq!(pair(61, Some(3)), (3, 89));
        // The clock was set back.
        assert_eq!(pair(0, Some(3)), (0, 60));
    }
}
