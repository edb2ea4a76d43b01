//! Remembers in the state folder which step of each account was given out last. No code is given
//! out twice, because AWS refuses a code the second time.

use std::time::Duration;

use super::clock::Clock;
use super::context::Context;
use super::error::{CommandError, Exit, Result};
use super::select::as_argument;
#[cfg(feature = "aws")]
use crate::aws::FreshCode;
#[cfg(feature = "aws")]
use crate::otp::Code;
use crate::otp::{Account, AccountId, Period};

/// The least time in seconds that a fresh code is still valid, so that there is time to use it.
const LEAST_LEFT: u64 = 3;

impl Context {
    /// Waits for a step of `account` that was never given out and does not end soon. Records it as
    /// given out. Returns a time in that step, in Unix seconds. Concurrent callers queue, and
    /// each gets its own step. If `steps` is more than 1, the steps that follow are given out with
    /// it. The code stays valid for at least `least_left` seconds, and at least 3.
    ///
    /// # Errors
    /// HOTP accounts have no steps. The state folder may not be readable or writable.
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
        Ok(self
            .take_steps(account.id, period.get(), choose, steps, 0)?
            .time)
    }

    /// Waits until the code of `account` is valid for `least_left` more seconds. Returns the time
    /// then, in Unix seconds.
    ///
    /// # Errors
    /// [`Exit::Usage`] if no code of the account is valid for that long.
    pub(crate) fn wait_for_time_left(&self, account: &Account, least_left: u64) -> Result<u64> {
        check_least_left(account, least_left)?;
        let now = Clock::seconds()?;
        let Some(period) = account.credential.kind.period().map(Period::get) else {
            return Ok(now);
        };
        let step = choose(now, period, None, least_left);
        self.wait_until(Duration::from_secs(step.saturating_mul(period)), Clock::now)?;
        Clock::seconds()
    }

    /// As [`Context::take_fresh_steps`], for the codes of two consecutive steps. Waits until the
    /// second step is the current one, so that neither code is from the future. `ahead` are seconds to
    /// add to this machine's clock.
    #[cfg(feature = "aws")]
    pub(crate) fn take_fresh_pair(&mut self, account: &Account, ahead: i64) -> Result<[Code; 2]> {
        let period = account.credential.kind.period();
        let not_timed =
            || CommandError::new(Exit::Usage, "an HOTP account has no time-based codes");
        let period = period.ok_or_else(not_timed)?.get();
        let now = self
            .take_steps(account.id, period, choose_pair, 1, ahead)?
            .time;
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
        ahead: i64,
    ) -> Result<Taken> {
        let clock = || Ok(corrected(Clock::now()?, ahead));
        let name = file_name(id, period);
        let _turn = self.state.lock(&name)?;
        let last = self.last_step(&name)?;
        let now = clock()?;
        let step = choose(now.as_secs(), period, last);
        if last.is_some_and(|last| last > now.as_secs() / period + 1) {
            self.ui
                .note("the last code given is in the future; check the clock of this machine");
        }
        let begin = Duration::from_secs(step.saturating_mul(period));
        self.wait_until(begin, clock)?;
        let until = step + steps.saturating_sub(1);
        self.state.write(&name, until.to_string().as_bytes())?;
        // The recorded step counts, even if it ended meanwhile.
        let end = begin.as_secs().saturating_add(period.saturating_sub(1));
        Ok(Taken {
            time: clock()?.as_secs().clamp(begin.as_secs(), end),
            before: last,
        })
    }

    /// Takes a code of `account` that was never given out, by a clock that is `ahead` seconds ahead of
    /// this machine's.
    ///
    /// # Errors
    /// [`Exit::Unusable`] for an HOTP account, whose codes do not depend on the time.
    #[cfg(feature = "aws")]
    pub(crate) fn take_fresh_code(&mut self, account: &Account, ahead: i64) -> Result<FreshCode> {
        let not_timed = || {
            let message = format!("{} has no time-based codes", account.full_name());
            CommandError::new(Exit::Unusable, message)
        };
        let period = account
            .credential
            .kind
            .period()
            .ok_or_else(not_timed)?
            .get();
        let choose = |now, period, last| choose(now, period, last, LEAST_LEFT);
        let Taken { time, before } = self.take_steps(account.id, period, choose, 1, ahead)?;
        let window = account.credential.window(time).ok_or_else(not_timed)?;
        Ok(FreshCode {
            code: window.current,
            step: time / period,
            before,
        })
    }

    /// Gives back a code that nobody can use, unless another one was taken meanwhile.
    #[cfg(feature = "aws")]
    pub(crate) fn give_back(&mut self, account: &Account, unused: &FreshCode) -> Result {
        let Some(period) = account.credential.kind.period() else {
            return Ok(());
        };
        let name = file_name(account.id, period.get());
        let _turn = self.state.lock(&name)?;
        if self.last_step(&name)? != Some(unused.step) {
            return Ok(());
        }
        match unused.before {
            Some(before) => self.state.write(&name, before.to_string().as_bytes())?,
            None => self.state.remove(&name)?,
        }
        Ok(())
    }

    /// Records that the code at `time` (Unix seconds, about now) was given out, unless a later one
    /// was. A failure to record it is ignored, because the code was already given out.
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

    fn wait_until(&self, begin: Duration, clock: impl Fn() -> Result<Duration>) -> Result {
        let on_terminal = self.ui.can_redraw();
        let mut told = false;
        loop {
            let left = begin.saturating_sub(clock()?);
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

/// The steps that [`Context::take_steps`] took, and what was recorded before.
struct Taken {
    /// A time in the step, in Unix seconds.
    time: u64,
    /// The last step that was given out before.
    #[cfg_attr(
        not(feature = "aws"),
        expect(dead_code, reason = "only AWS never sees a code")
    )]
    before: Option<u64>,
}

/// The time of a clock that is `ahead` seconds ahead.
fn corrected(now: Duration, ahead: i64) -> Duration {
    let by = Duration::from_secs(ahead.unsigned_abs());
    if ahead < 0 {
        now.saturating_sub(by)
    } else {
        now.saturating_add(by)
    }
}

/// Checks that codes of the account can be valid for `least_left` seconds.
fn check_least_left(account: &Account, least_left: u64) -> Result {
    let period = account.credential.kind.period().map(Period::get);
    let Some(period) = period.filter(|period| *period < least_left) else {
        return Ok(());
    };
    let message =
        format!("--min-left {least_left}: a code of this account is valid for only {period} s");
    let hint = format!(
        "mfa code {} --min-left {}",
        as_argument(account),
        (period / 2).max(1)
    );
    Err(CommandError::new(Exit::Usage, message).with_hint(hint))
}

/// The period is part of the name, because another period means other codes.
fn file_name(id: AccountId, period: u64) -> String {
    format!("steps/{id}-{period}")
}

/// Returns the first step that was not given out and has enough time left. If `last` is further
/// ahead than waiting explains, the clock was wrong then, and `last` is ignored.
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

/// Returns the second step of the first pair that was not given out.
#[cfg(feature = "aws")]
fn choose_pair(now: u64, period: u64, last: Option<u64>) -> u64 {
    let second = choose(now, period, last, LEAST_LEFT);
    match last {
        Some(last) if second.saturating_sub(1) == last => second + 1,
        _ => second,
    }
}

/// Returns the last step to record after the code of `step` was shown. It never goes back, unless
/// `last` is so far ahead that the clock was wrong then.
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
