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
mod buttercup_csv;
mod cotp;
mod cxf;
mod dashlane_zip;
mod duo;
mod enpass;
mod enpass_csv;
mod enpass_txt;
mod ente;
mod extract_otp_secrets;
mod freeotp;
mod freeotp2;
mod gauth;
mod kdbx;
mod keepass_csv;
mod keepass_xml;
mod keepassxc_html;
mod keeper;
mod keeper_csv;
mod keysmith;
mod lastpass;
mod mfa;
mod myki_csv;
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
mod psono_csv;
mod pwsafe_xml;
mod raivo;
mod roboform_csv;
mod rsc_2fa;
mod safeincloud_xml;
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
mod winauth_xml;
mod zoho_csv;

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
    winauth_xml::FORMAT,
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
    zoho_csv::FORMAT,
    roboform_csv::FORMAT,
    buttercup_csv::FORMAT,
    myki_csv::FORMAT,
    psono_csv::FORMAT,
    keeper_csv::FORMAT,
    enpass_csv::FORMAT,
    bitwarden_csv::FORMAT,
    onepassword_csv::FORMAT,
    keepass_xml::FORMAT,
    keepassxc_html::FORMAT,
    safeincloud_xml::FORMAT,
    pwsafe_xml::FORMAT,
    enpass_txt::FORMAT,
    keepass_csv::FORMAT,
    keysmith::FORMAT,
    gauth::FORMAT,
    rsc_2fa::FORMAT,
    structure::JSON,
    structure::TABLE,
    structure::PLIST,
    structure::XML,
    structure::YAML,
    uris::FORMAT,
    steam_encrypted::FORMAT,
    andotp_encrypted::FORMAT,
    otpclient::FORMAT,
];
