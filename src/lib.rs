//! `mfa`, a TOTP authenticator for the terminal, made first for AWS.

pub mod otp;
pub mod qr;
pub mod transfer;
pub mod vault;
