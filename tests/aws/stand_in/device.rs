//! An MFA device, and the codes that it has accepted.

use data_encoding::{BASE32_NOPAD, BASE64};

use crate::totp::{self, PERIOD};

/// Bytes of a seed: 64 characters of base32.
const SEED: usize = 40;
/// How many steps around now a pair of codes may be to enable a device. A pair more than one step off
/// leaves it out of sync.
pub const ENABLE: u64 = 10;
/// The same for resynchronising it.
pub const RESYNC: u64 = 100;

pub struct Device {
    pub serial: String,
    /// `None` for security keys and other hardware.
    seed: Option<Vec<u8>>,
    pub enabled: Option<Enabled>,
    /// The last step whose code was accepted; none up to it is accepted again.
    last_step: Option<u64>,
    /// How many steps the device seems to be ahead of us.
    pub drift: i64,
}

#[derive(Clone)]
pub struct Enabled {
    pub user: String,
    pub since: u64,
}

impl Device {
    pub fn virtual_one(serial: String) -> Self {
        let mut seed = vec![0; SEED];
        getrandom::fill(&mut seed).unwrap();
        Self {
            seed: Some(seed),
            ..Self::hardware(serial)
        }
    }

    pub fn hardware(serial: String) -> Self {
        Self {
            serial,
            seed: None,
            enabled: None,
            last_step: None,
            drift: 0,
        }
    }

    pub fn is_virtual(&self) -> bool {
        self.seed.is_some()
    }

    pub fn belongs_to(&self, user: &str) -> bool {
        self.enabled.as_ref().is_some_and(|by| by.user == user)
    }

    /// As shown to the person: 64 characters of base32.
    pub fn base32(&self) -> Option<String> {
        self.seed.as_ref().map(|seed| BASE32_NOPAD.encode(seed))
    }

    /// As sent to clients: base64 of the base32 text.
    pub fn on_the_wire(&self) -> String {
        BASE64.encode(self.base32().unwrap_or_default().as_bytes())
    }

    pub fn code(&self, step: u64) -> Option<String> {
        self.seed.as_ref().map(|seed| totp::code(seed, step))
    }

    /// Accepts two consecutive codes in order, at most `window` steps from now.
    pub fn takes_pair(&mut self, one: &str, two: &str, now: u64, window: u64) -> bool {
        let current = now / PERIOD;
        let steps = current.saturating_sub(window).max(1)..=current + window;
        let mut fresh = steps.filter(|step| self.is_unused(step - 1));
        let is = |step: u64, code: &str| self.code(step).as_deref() == Some(code);
        let Some(step) = fresh.find(|step| is(step - 1, one) && is(*step, two)) else {
            return false;
        };
        self.last_step = Some(step);
        self.drift = step.cast_signed() - current.cast_signed();
        if self.drift.abs() <= 1 {
            self.drift = 0;
        }
        true
    }

    /// Accepts one code of a step later than all before, at most one step from now.
    pub fn takes(&mut self, code: &str, now: u64) -> bool {
        let Some(middle) = (now / PERIOD).checked_add_signed(self.drift) else {
            return false;
        };
        let mut fresh = (middle - 1..=middle + 1).filter(|step| self.is_unused(*step));
        let found = fresh.find(|step| self.code(*step).as_deref() == Some(code));
        self.last_step = found.or(self.last_step);
        found.is_some()
    }

    fn is_unused(&self, step: u64) -> bool {
        self.last_step.is_none_or(|last| step > last)
    }
}
