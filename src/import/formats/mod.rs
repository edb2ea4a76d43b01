//! One file for each format: how to recognise it, and how to read its accounts.
//!
//! To add one, write its file here with a `FORMAT`, and add a line to [`FORMATS`].

mod aegis;
mod aliasvault;
mod andotp;
mod andotp_encrypted;
mod android_sqlite;
mod authenticator;
mod authenticator_plus;
mod authme;
mod authy;
mod battlenet;
mod bitwarden;
mod bitwarden_csv;
mod bitwarden_encrypted;
mod bitwarden_zip;
mod buttercup;
mod cotp;
mod cxf;
mod dashlane_zip;
mod duo;
mod enpass;
mod ente;
mod extract_otp_secrets;
mod freeotp;
mod freeotp2;
mod gauth;
mod kdbx;
mod keepass_csv;
mod keepass_xml;
mod keysmith;
mod keeper;
mod lastpass;
mod mfa;
mod onepassword_1pif;
mod onepassword_1pux;
mod onepassword_cli;
mod onepassword_csv;
mod otp_auth;
mod otp_manager;
mod otpclient;
mod passman;
mod proton;
mod proton_pass;
mod psono;
mod raivo;
mod rsc_2fa;
mod steam;
mod steam_encrypted;
mod stratum;
mod totp_authenticator;
mod totp_cli;
mod twofas;
mod twofast;
mod twofauth;
mod uris;
mod winauth;

use super::detect::Format;
use super::structure;

/// All formats, those with the surest marks first. Probes run in this order; help lists them so too.
pub static FORMATS: &[Format] = &[
    kdbx::FORMAT,
    android_sqlite::FORMAT,
    otp_auth::FORMAT,
    freeotp2::FORMAT,
    stratum::FORMAT,
    onepassword_1pux::FORMAT,
    onepassword_1pif::FORMAT,
    onepassword_cli::FORMAT,
    raivo::FORMAT,
    proton_pass::FORMAT,
    aliasvault::FORMAT,
    aliasvault::SEALED,
    bitwarden_zip::FORMAT,
    dashlane_zip::FORMAT,
    buttercup::FORMAT,
    authenticator_plus::FORMAT,
    winauth::FORMAT,
    totp_cli::FORMAT,
    authy::FORMAT,
    battlenet::FORMAT,
    totp_authenticator::FORMAT,
    freeotp::FORMAT,
    mfa::FORMAT,
    aegis::FORMAT,
    twofas::FORMAT,
    twofauth::FORMAT,
    twofast::FORMAT,
    authme::FORMAT,
    proton::FORMAT,
    ente::FORMAT,
    bitwarden_encrypted::FORMAT,
    bitwarden::FORMAT,
    cxf::FORMAT,
    enpass::FORMAT,
    keeper::FORMAT,
    passman::FORMAT,
    psono::FORMAT,
    cotp::FORMAT,
    otp_manager::FORMAT,
    lastpass::FORMAT,
    steam::FORMAT,
    extract_otp_secrets::FORMAT,
    duo::FORMAT,
    andotp::FORMAT,
    authenticator::FORMAT,
    bitwarden_csv::FORMAT,
    onepassword_csv::FORMAT,
    keepass_xml::FORMAT,
    keepass_csv::FORMAT,
    keysmith::FORMAT,
    gauth::FORMAT,
    rsc_2fa::FORMAT,
    structure::JSON,
    structure::TABLE,
    structure::XML,
    structure::YAML,
    uris::FORMAT,
    steam_encrypted::FORMAT,
    andotp_encrypted::FORMAT,
    otpclient::FORMAT,
];
