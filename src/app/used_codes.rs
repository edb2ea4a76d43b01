//! Which step of an account was given out last: remembered per account in the state folder, so
//! that no code is given out twice. (AWS refuses a code the second time.)

use std::time::Duration;

use super::clock::Clock;
use super::context::Context;
use super::error::{CommandError, Exit, Result};
use super::select::as_argument;
#[cfg(feature = "aws")]
use crate::otp::Code;
use crate::otp::{Account, AccountId, Period};

/// A fresh code has at least this many seconds left, so that there is time to use it.
const LEAST_LEFT: u64 = 3;

impl Context {
    /// Waits until there is a step of `account` that was never given out and is not about to
    /// end, remembers it as given out, and tells a moment in it (Unix seconds). Callers at the
    /// same time wait in line, and each gets a step of its own. With more `steps` than one, those
    /// that follow are given out with it. The code is valid for `least_left` more seconds, or 3.
    ///
    /// # Errors
    /// HOTP accounts have no steps; and those of the state folder.
    pub(crate) fn take_fresh_steps(
        &mut self,
        account: &Account,
        steps: u64,
        least_left: u64,
    ) -> Result<u64> {
        let Some(period) = account.credential.kind.period() else {
            return Err(CommandError::new(
                Exit::Usage,
                "HOTP codes never repeat; leave out --fresh",
            ));
        };
        check_least_left(account, least_left)?;
        let least_left = least_left.max(LEAST_LEFT);
        let choose = |now, period, last| choose(now, period, last, least_left);
        self.take_steps(account.id, period.get(), choose, steps)
    }

    /// Waits until the code of `account` is valid for `least_left` more seconds, and tells the time
    /// then (Unix seconds).
    ///
    /// # Errors
    /// [`Exit::Usage`] where no code of the account lives that long.
    pub(crate) fn wait_for_time_left(&self, account: &Account, least_left: u64) -> Result<u64> {
        check_least_left(account, least_left)?;
        let now = Clock::seconds()?;
        let Some(period) = account.credential.kind.period().map(Period::get) else {
            return Ok(now);
        };
        let step = choose(now, period, None, least_left);
        self.wait_until(Duration::from_secs(step.saturating_mul(period)))?;
        Clock::seconds()
    }

    /// The same for two codes of steps that follow each other: waits until the second of them is
    /// the current one, so that neither lies in the future and the next is soon there.
    ///
    /// # Errors
    /// As [`Context::take_fresh_steps`].
    #[cfg(feature = "aws")]
    pub(crate) fn take_fresh_pair(&mut self, account: &Account) -> Result<[Code; 2]> {
        let period = account.credential.kind.period();
        let not_timed =
            || CommandError::new(Exit::Usage, "an HOTP account has no time-based codes");
        let period = period.ok_or_else(not_timed)?.get();
        let now = self.take_steps(account.id, period, choose_pair, 1)?;
        let code = |time| account.credential.window(time).map(|window| window.current);
        let both = code(now.saturating_sub(period)).zip(code(now));
        both.map(|(first, second)| [first, second])
            .ok_or_else(not_timed)
    }

    fn take_steps(
        &mut self,
        id: AccountId,
        period: u64,
        choose: impl FnOnce(u64, u64, Option<u64>) -> u64,
        steps: u64,
    ) -> Result<u64> {
        let name = file_name(id, period);
        let _turn = self.state.lock(&name)?;
        let last = self.last_step(&name)?;
        let now = Clock::now()?;
        let step = choose(now.as_secs(), period, last);
        if last.is_some_and(|last| last > now.as_secs() / period + 1) {
            self.ui
                .note("the last code used is in the future: was the clock set back?");
        }
        let begin = Duration::from_secs(step.saturating_mul(period));
        self.wait_until(begin)?;
        let last = step + steps.saturating_sub(1);
        self.state.write(&name, last.to_string().as_bytes())?;
        // What is remembered is this step, however late it is by now.
        let end = begin.as_secs().saturating_add(period.saturating_sub(1));
        Ok(Clock::seconds()?.clamp(begin.as_secs(), end))
    }

    /// Remembers that the code of the step in which `time` (Unix seconds, about now) lies was given
    /// out, where no later one was. That it cannot be remembered is no failure of what was done.
    pub(crate) fn remember_given(&self, account: &Account, time: u64) {
        let Some(period) = account.credential.kind.period() else {
            return;
        };
        let name = file_name(account.id, period.get());
        let Ok(_turn) = self.state.lock(&name) else {
            return;
        };
        let step = later(time / period.get(), self.last_step(&name).ok().flatten());
        let _ = self.state.write(&name, step.to_string().as_bytes());
    }

    fn last_step(&self, name: &str) -> Result<Option<u64>> {
        let bytes = self.state.read(name)?;
        Ok(bytes.and_then(|bytes| std::str::from_utf8(&bytes).ok()?.trim().parse().ok()))
    }

    fn wait_until(&self, begin: Duration) -> Result {
        let on_terminal = self.ui.can_redraw();
        let mut told = false;
        loop {
            let left = begin.saturating_sub(Clock::now()?);
            if left.is_zero() {
                break;
            }
            let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
            if on_terminal {
                self.ui
                    .status(&format!("\rwaiting {seconds} s for a new code \u{1b}[K"));
            } else if !told {
                self.ui.note(&format!("waiting {seconds} s for a new code"));
            }
            told = true;
            let until_next_second = Duration::from_nanos(u64::from(left.subsec_nanos()));
            let pause = if until_next_second.is_zero() {
                Duration::from_secs(1)
            } else {
                until_next_second
            };
            Clock::sleep(pause);
        }
        if told && on_terminal {
            self.ui.status("\r\u{1b}[K");
        }
        Ok(())
    }
}

/// Checks that a code of the account can be valid for `least_left` seconds.
fn check_least_left(account: &Account, least_left: u64) -> Result {
    let period = account.credential.kind.period().map(Period::get);
    let Some(period) = period.filter(|period| *period < least_left) else {
        return Ok(());
    };
    let message = format!("--min-left {least_left}: a code of this account lives only {period} s");
    let hint = format!("mfa code {} --min-left {LEAST_LEFT}", as_argument(account));
    Err(CommandError::new(Exit::Usage, message).with_hint(hint))
}

/// Steps of another length are other codes.
fn file_name(id: AccountId, period: u64) -> String {
    format!("steps/{id}-{period}")
}

/// The first step that was not given out and has time left. A last step further ahead than
/// waiting can explain is from a clock that was wrong, and does not count.
fn choose(now: u64, period: u64, last: Option<u64>, least_left: u64) -> u64 {
    let current = now / period;
    let left = period - now % period;
    let earliest = if left < least_left.min(period) {
        current + 1
    } else {
        current
    };
    match last {
        Some(last) if last <= current + 1 => earliest.max(last + 1),
        _ => earliest,
    }
}

/// The second step of the first pair of which neither was given out.
#[cfg(feature = "aws")]
fn choose_pair(now: u64, period: u64, last: Option<u64>) -> u64 {
    let second = choose(now, period, last, LEAST_LEFT);
    match last {
        Some(last) if second.saturating_sub(1) == last => second + 1,
        _ => second,
    }
}

/// What is remembered once the code of `step` was shown: a step that was given out stays so. One
/// further ahead than waiting can explain is from a clock that was wrong, and does not count.
fn later(step: u64, last: Option<u64>) -> u64 {
    let plausible = last.filter(|last| *last <= step.saturating_add(1));
    plausible.map_or(step, |last| last.max(step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_goes_forward_alone() {
        assert_eq!(later(5, None), 5);
        assert_eq!(later(5, Some(4)), 5);
        assert_eq!(later(5, Some(6)), 6);
        assert_eq!(later(5, Some(1_000_000)), 5);
    }

    #[cfg(feature = "aws")]
    #[test]
    fn no_code_of_a_pair_was_given_before() {
        assert_eq!(choose_pair(60, 30, None), 2);
        assert_eq!(choose_pair(60, 30, Some(0)), 2);
        assert_eq!(choose_pair(60, 30, Some(1)), 3);
        assert_eq!(choose_pair(60, 30, Some(2)), 4);
        assert_eq!(choose_pair(60, 30, Some(3)), 5);
        assert_eq!(choose_pair(88, 30, Some(1)), 3);
    }

    #[test]
    fn a_step_is_given_once_and_never_at_its_end() {
        assert_eq!(choose(60, 30, None, LEAST_LEFT), 2);
        assert_eq!(choose(87, 30, None, LEAST_LEFT), 2);
        assert_eq!(choose(88, 30, None, LEAST_LEFT), 3);
        assert_eq!(choose(60, 30, Some(2), LEAST_LEFT), 3);
        assert_eq!(choose(88, 30, Some(3), LEAST_LEFT), 4);
        assert_eq!(choose(60, 30, Some(1), LEAST_LEFT), 2);
    }

    #[test]
    fn a_code_lives_as_long_as_is_asked() {
        assert_eq!(choose(70, 30, None, 20), 2);
        assert_eq!(choose(71, 30, None, 20), 3);
        assert_eq!(choose(61, 30, None, 30), 3);
        assert_eq!(choose(60, 30, None, 30), 2);
        assert_eq!(choose(89, 30, None, 1), 2);
    }

    #[test]
    fn short_periods_and_wrong_clocks_do_not_wait_for_ever() {
        assert_eq!(choose(7, 1, None, LEAST_LEFT), 7);
        assert_eq!(choose(7, 2, None, LEAST_LEFT), 4);
        assert_eq!(choose(6, 2, None, LEAST_LEFT), 3);
        assert_eq!(choose(60, 30, Some(1_000_000), LEAST_LEFT), 2);
    }
}
