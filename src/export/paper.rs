//! A page for the safe, to print on A4: the QR code and key of each account.

use zeroize::Zeroizing;

use super::{Content, DrawQr, Export, Options, Target, name, push_escaped};
use crate::crypto::SecretBuffer;
use crate::otp::{Account, Period, escape, format};

pub(super) const TARGET: Target = Target {
    name: "paper",
    title: "an HTML page to print: QR code and key of each account",
    is_encrypted: false,
    write: |accounts, options| Ok(write(accounts, options)),
};

const HEAD: &str = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
<title>Keys of one-time passwords</title>\n<style>\n\
@page { size: A4; margin: 15mm; }\n\
body { font: 11pt/1.4 sans-serif; margin: 0 auto; max-width: 180mm; }\n\
header { border: 2pt solid #000; padding: 4mm; margin-bottom: 3mm; }\n\
article { display: flex; gap: 6mm; align-items: center; padding: 3mm 0;\n\
  border-bottom: 0.5pt solid #999; break-inside: avoid; }\n\
svg { width: 40mm; height: 40mm; flex: none; }\n\
h2 { font-size: 12pt; margin: 0; overflow-wrap: anywhere; }\n\
code { font: 10pt monospace; overflow-wrap: anywhere; }\n\
</style>\n</head>\n<body>\n\
<header><strong>Whoever sees this page has the keys.</strong> Print it on a printer of your own, \
keep it where you keep passports, and delete the file. Each code can be scanned by any \
authenticator; the key beside it can be typed.</header>\n";

fn write<'a>(accounts: &'a [Account], options: &Options<'_>) -> Export<'a> {
    let draw = options.draw_qr;
    // Most are surely short enough: those are drawn only once, when the file is written.
    let has_no_code = |account: &&Account| {
        let uri = uri(account);
        uri.len() > SURELY_DRAWN && draw(&uri).is_none()
    };
    let without = accounts.iter().filter(has_no_code);
    let omitted = without.map(|account| format!("{}: too long for a QR code", name(account)));
    Export {
        omitted: omitted.collect(),
        count: accounts.len(),
        // A code takes some 10 KB: 100 000 of them do not fit into memory.
        content: Content::Stream(Box::new(move |out| {
            out.write_all(HEAD.as_bytes())?;
            for account in accounts {
                let mut text = SecretBuffer::with_capacity(16 * 1024);
                article(&mut text, account, draw);
                out.write_all(&text.into_bytes())?;
            }
            out.write_all(b"</body>\n</html>\n")
        })),
    }
}

/// Bytes that surely fit into a code; ISO/IEC 18004 allows up to 2953.
const SURELY_DRAWN: usize = 2000;

fn uri(account: &Account) -> Zeroizing<String> {
    format(&account.issuer, &account.name, &account.credential)
}

/// One account, with a line above and below.
fn article(text: &mut SecretBuffer, account: &Account, draw: DrawQr) {
    text.extend_from_slice(b"<article>");
    let uri = uri(account);
    if let Some(svg) = draw(&uri) {
        let inner = svg.split_once("?>\n").map_or(svg.as_str(), |(_, svg)| svg);
        // If the page is kept as a file after all, it can be imported.
        text.extend_from_slice(b"<a href=\"");
        push_escaped(text, &uri);
        text.extend_from_slice(b"\">");
        text.extend_from_slice(inner.as_bytes());
        text.extend_from_slice(b"</a>");
    }
    text.extend_from_slice(b"<div><h2><bdi>");
    push_escaped(text, &escape(&name(account)));
    text.extend_from_slice(b"</bdi></h2><p>");
    push_escaped(text, &escape(&about(account)));
    text.extend_from_slice(b"</p><code>");
    let key = account.credential.secret.to_base32();
    for group in key.as_bytes().chunks(4) {
        text.extend_from_slice(group);
        text.push(b' ');
    }
    text.extend_from_slice(b"</code></div></article>\n");
}

/// Everything but the key, for people to read.
fn about(account: &Account) -> String {
    let credential = &account.credential;
    let numbers = match (credential.kind.period(), credential.kind.counter()) {
        (Some(period), _) => format!("every {} s", Period::get(period)),
        (None, counter) => format!("next counter {}", counter.unwrap_or_default()),
    };
    let mut about = format!(
        "{}, {}, {} digits, {numbers}",
        credential.kind.as_str(),
        credential.algorithm,
        credential.digits.get()
    );
    let link = account.aws.as_ref().map(|link| &link.serial);
    for extra in link.into_iter().chain(&account.tags) {
        about.push_str(", ");
        about.push_str(extra);
    }
    about
}
