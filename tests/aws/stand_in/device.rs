//! An MFA device and what it has shown so far.

use data_encoding::{BASE32_NOPAD, BASE64};

use crate::totp::{self, PERIOD};

/// Bytes of a seed: 64 characters of base32.
const SEED: usize = 40;
/// Steps around now in which a pair of codes enables a device; a pair that is older or newer than
/// one step leaves it out of sync.
pub const ENABLE: u64 = 10;
/// The same for bringing it back in sync.
pub const RESYNC: u64 = 100;

pub struct Device {
    pub serial: String,
    /// None for security keys and other hardware.
    seed: Option<Vec<u8>>,
    pub enabled: Option<Enabled>,
    /// The last step whose code was taken: none before it is taken again.
    last_step: Option<u64>,
    /// Steps that the device is believed to be ahead of us.
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

    /// 64 characters of base32: what the person is shown.
    pub fn base32(&self) -> Option<String> {
        self.seed.as_ref().map(|seed| BASE32_NOPAD.encode(seed))
    }

    /// The same as it goes over the wire, in base64 once more.
    pub fn on_the_wire(&self) -> String {
        BASE64.encode(self.base32().unwrap_or_default().as_bytes())
    }

    pub fn code(&self, step: u64) -> Option<String> {
        self.seed.as_ref().map(|seed| totp::code(seed, step))
    }

    /// Takes two codes, consecutive and in order, within so many steps around now.
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

    /// Takes one code, of a step that is later than all before, one step around now at most.
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
