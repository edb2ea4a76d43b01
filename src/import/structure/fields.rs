//! What a member is for, by its name in any spelling: `otpSecret`, `OTP_secret` and `otp-secret` are one.

use super::names::{BY_VALUE, ENDINGS, MAYBE_KEYS, OTHERS, PREFIXES, STEMS};
use crate::import::support::labels;

/// What a member is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// A key, by a name that says so: `totp`, `otpauth`, `twoFactorSecret`.
    Key,
    /// A key, if its value looks like one: `secret`, `seed`, `key`.
    MaybeKey,
    Issuer,
    /// The service, in programs where entries have titles.
    Title,
    /// The service or the account, depending on what is beside it.
    Name,
    /// Both in one text, as `Issuer:name`, or either of them.
    Label,
    User,
    /// A mail address, used when there is no other account name.
    Mail,
    Digits,
    Period,
    Algorithm,
    Counter,
    /// `totp`, `hotp` or `steam`, among other things.
    Kind,
    /// The encoding of the key: base32, hex or base64.
    Encoding,
    /// A number of digits, if its value is one: `length` may be that of a password.
    MaybeDigits,
    /// A period, if its value is one: `duration` may be another.
    MaybePeriod,
    /// A hash of codes, if its value is one.
    MaybeAlgorithm,
    /// Whether codes are made from a counter.
    IsHotp,
    /// Whether codes are made from the time.
    IsTotp,
    IsSteam,
    /// When the first step began, in seconds; only 0 is supported.
    Epoch,
    /// A word that may say that the entry is deleted or archived.
    Status,
    /// True or a date if the entry is deleted.
    Trashed,
    Archived,
    /// The folder, group or tags of the entry.
    Group,
    /// The address of a web site.
    Site,
    Other,
}

impl Role {
    pub(super) const fn is_key(self) -> bool {
        matches!(self, Self::Key)
    }
}

/// What a member of this name is for.
pub(super) fn role(name: &str) -> Role {
    if name.len() > 64 {
        return Role::Other;
    }
    let plain = labels::plain(name);
    let is_numbered = !plain.ends_with("base32");
    let plain = match plain.as_str() {
        "t0" => "t0",
        plain => plain.trim_end_matches(|c: char| c.is_ascii_digit() && is_numbered),
    };
    of_plain(plain)
}

fn of_plain(name: &str) -> Role {
    let mut known = OTHERS.iter().chain(BY_VALUE);
    let known = known.find(|(_, names)| names.contains(&name));
    if let Some((role, _)) = known {
        return *role;
    }
    if MAYBE_KEYS.contains(&name) {
        return Role::MaybeKey;
    }
    let with_prefix = |prefix: &&str| name.strip_prefix(*prefix).is_some_and(is_key);
    if is_key(name) || PREFIXES.iter().any(with_prefix) {
        return Role::Key;
    }
    let lists = [
        (Role::Title, labels::TITLES),
        (Role::User, labels::USERS),
        (Role::Group, labels::GROUPS),
        (Role::Site, labels::SITES),
    ];
    let listed = lists.iter().find(|(_, names)| names.contains(&name));
    listed.map_or(Role::Other, |(role, _)| *role)
}

fn is_key(name: &str) -> bool {
    let compound = || {
        let ends = ENDINGS.iter().filter_map(|end| name.strip_suffix(end));
        ends.into_iter().any(|stem| STEMS.contains(&stem))
    };
    labels::is_key(name) || compound()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_every_spelling() {
        for name in [
            "totp",
            "TOTP",
            "login_totp",
            "otpSecret",
            "otp_auth",
            "OTPAuth",
            "One-time password",
            "one_time_code",
            "TwoFactorSecret",
            "2FA",
            "two factor",
            "Authenticator key (TOTP)",
            "mfa-secret",
            "TOTP Seed",
            "otpauth_uri",
            "totp1",
            "2faKey",
            "tfa_secret",
            "googleAuthenticatorKey",
            "fields.otp",
            "totpSecret",
        ] {
            assert_eq!(role(name), Role::Key, "{name}");
        }
        for name in [
            "secret",
            "Secret Key",
            "sharedSecret",
            "seed",
            "key",
            "base32",
        ] {
            assert_eq!(role(name), Role::MaybeKey, "{name}");
        }
        for name in [
            "password",
            "totp_enabled",
            "otpType ID",
            "recovery",
            "note",
            "2fa_enabled",
            "backupcode",
            "id",
            "uuid",
            "totp backup codes",
            "otp_last_used",
            "mfaApp",
            "secretnote",
            "",
        ] {
            assert!(!matches!(role(name), Role::Key | Role::MaybeKey), "{name}");
        }
        assert_eq!(role("Account Name"), Role::User);
        assert_eq!(role("otp_type"), Role::Kind);
        assert_eq!(role("issuer"), Role::Issuer);
        assert_eq!(role("timeStep"), Role::Period);
        assert_eq!(role("deletedDate"), Role::Trashed);
    }
}
