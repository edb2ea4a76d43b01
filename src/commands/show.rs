//! `mfa show`: prints the details of an account.

use serde::Serialize;

use super::Run;
use crate::app::clock::rfc3339_seconds;
use crate::app::context::Context;
use crate::app::error::Result;
use crate::app::local_time::local_time;
use crate::app::qr_output::print_account;
use crate::otp::{self, Account, Period};
use crate::ui::escape;

/// Show an account's details, without its secret key
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  mfa show my-iam-user")]
pub(crate) struct Args {
    /// Account name, ISSUER:NAME, id, or a part [default: pick one]
    #[arg(add = clap_complete::ArgValueCompleter::new(crate::app::complete::account_names))]
    name: Vec<String>,
    /// Print only the otpauth URI (reveals the secret key)
    #[arg(long, conflicts_with_all = ["qr", "json"])]
    uri: bool,
    /// Draw a QR code (reveals the secret key)
    #[arg(long, conflicts_with = "json")]
    qr: bool,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Shown<'a> {
    id: String,
    issuer: &'a str,
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    algorithm: &'static str,
    digits: u8,
    period: Option<u64>,
    counter: Option<u64>,
    key_bits: usize,
    tags: &'a [String],
    aws_serial: Option<&'a str>,
    created: String,
    updated: String,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result {
        let vault = context.accounts_to_choose_from()?;
        let account = context.select(&vault, &self.name)?;
        if self.qr {
            return print_account(context, account);
        }
        if self.uri {
            let uri = otp::format(&account.issuer, &account.name, &account.credential);
            context.ui.print(&uri)?;
            return Ok(context.ui.print("\n")?);
        }
        let shown = shown(account);
        if self.json {
            return Ok(context.ui.print_json(&shown)?);
        }
        Ok(context.ui.print(&lines(&shown, account))?)
    }
}

fn shown(account: &Account) -> Shown<'_> {
    let credential = &account.credential;
    Shown {
        id: account.id.to_string(),
        issuer: &account.issuer,
        name: &account.name,
        kind: credential.kind.as_str(),
        algorithm: credential.algorithm.as_str(),
        digits: credential.digits.get(),
        period: credential.kind.period().map(Period::get),
        counter: credential.kind.counter(),
        key_bits: credential.secret.len() * 8,
        tags: &account.tags,
        aws_serial: account.aws.as_ref().map(|aws| aws.serial.as_str()),
        created: rfc3339_seconds(account.created),
        updated: rfc3339_seconds(account.updated),
    }
}

fn lines(shown: &Shown<'_>, account: &Account) -> String {
    let some = |label: &'static str, value: String| Some((label, value));
    let fields = [
        some("issuer", shown.issuer.to_owned()),
        some("name", shown.name.to_owned()),
        some("type", shown.kind.to_owned()),
        some("algorithm", shown.algorithm.to_owned()),
        some("digits", shown.digits.to_string()),
        shown
            .period
            .and_then(|period| some("period", format!("{period} s"))),
        shown
            .counter
            .and_then(|counter| some("counter", counter.to_string())),
        some(
            "key",
            format!("{} bits, hidden; --uri and --qr reveal it", shown.key_bits),
        ),
        shown
            .aws_serial
            .and_then(|serial| some("aws serial", serial.to_owned())),
        some("tags", shown.tags.join(", ")).filter(|_| !shown.tags.is_empty()),
        some("created", local_time(account.created)),
        some("updated", local_time(account.updated)),
        some("id", shown.id.clone()),
    ];
    let line = |(label, value): (&str, String)| format!("{label:<11} {}\n", escape(&value));
    fields.into_iter().flatten().map(line).collect()
}
