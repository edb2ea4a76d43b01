//! `mfa add`: from pictures, URIs and typed keys.

use crate::sandbox::{AWS, Sandbox, snapshot};

#[test]
fn a_picture_from_aws() {
    let sandbox = Sandbox::new();
    snapshot!(sandbox.transcript(&[
        AWS,
        "mfa code my-iam-user --at 59",
        "mfa list",
        AWS,
        "mfa add --qr tests/data/aws.png --replace",
        "mfa add --qr tests/data/aws.png --name second --issuer AWS --codes --at 59",
        "mfa list",
    ]));
}

#[test]
fn pictures_of_all_sorts() {
    let sandbox = Sandbox::new();
    snapshot!(sandbox.transcript(&[
        "mfa add --qr tests/data/two-accounts.png tests/data/inverted.png tests/data/transparent.png",
        "mfa add --qr tests/data/url.png",
        "mfa add --qr tests/data/no-code.png",
        "mfa add --qr tests/data/truncated.png",
        "mfa add --qr Cargo.toml",
        "mfa add --qr tests",
        "mfa add --qr no/such.png",
        "mfa add --qr tests/data/aws.png tests/data/no-code.png",
        "mfa list",
    ]));
}

#[cfg(unix)]
#[test]
fn a_fifo_that_nobody_writes_to_is_not_waited_for() {
    let sandbox = Sandbox::with_aws();
    let fifo = sandbox.home().join("fifo");
    let made = std::process::Command::new("mkfifo")
        .arg(&fifo)
        .status()
        .unwrap();
    assert!(made.success());
    snapshot!(sandbox.transcript(&[
        &format!("mfa add --qr {}", fifo.display()),
        &format!("mfa --vault {} list", fifo.display()),
    ]));
}

#[test]
fn a_picture_on_stdin() {
    let sandbox = Sandbox::new();
    let picture = std::fs::read("tests/data/aws.png").unwrap();
    let mut text = sandbox.fed("mfa add --qr -", &picture);
    text += &sandbox.fed("mfa add --qr -", b"");
    text += &sandbox.fed("mfa add --qr -", b"no picture");
    snapshot!(text);
}

#[test]
fn uris_from_stdin_are_stored_all_or_none() {
    let sandbox = Sandbox::with_aws();
    let good = "otpauth://totp/GitHub:alice?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\r\n\n\
        # a comment\nOTPAUTH://HOTP/bob?secret=jbswy3dpehpk3pxp jbswy3dpehpk3pxp&counter=7";
    let bad = "otpauth://totp/x?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\notpauth://totp/y?secret=JBSWY3DP1";
    let taken = "otpauth://totp/new?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\n\
        otpauth://totp/GitHub:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    let mut text = sandbox.fed("mfa add -", good.as_bytes());
    text += &sandbox.fed("mfa add -", bad.as_bytes());
    text += &sandbox.fed("mfa add -", taken.as_bytes());
    text += &sandbox.fed("mfa add -", b"\n\n");
    text += &sandbox.fed("mfa add -", b"\xfe\xfe");
    text += &sandbox.transcript(&["mfa list"]);
    snapshot!(text);
}

#[test]
fn a_megabyte_that_is_no_uri() {
    let sandbox = Sandbox::with_aws();
    let mut text = sandbox.fed("mfa add -", &vec![b'x'; 1 << 20]);
    text += &sandbox.fed("mfa add --secret x", &vec![b'A'; 1 << 20]);
    text += &sandbox.fed("mfa add -", &vec![b'\n'; 17 << 20]);
    text += &sandbox.transcript(&["mfa list"]);
    snapshot!(text);
}

#[test]
fn a_uri_as_an_argument_is_warned_of() {
    let sandbox = Sandbox::with_aws();
    snapshot!(sandbox.transcript(&[
        "mfa add 'otpauth://totp/Example:alice@example.com?secret=JBSWY3DPEHPK3PXP&issuer=Example'",
        "mfa add otpauth://totp/A:x?secret=JBSWY3DPEHPK3PXPJB&issuer=B&digits=9 --codes --at 59",
        "mfa add steam://JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        "mfa add steam://JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP --name gaming",
        "mfa list",
    ]));
}

#[test]
fn what_is_no_usable_account_is_refused() {
    let sandbox = Sandbox::with_aws();
    let uri = |query: &str| format!("mfa add 'otpauth://{query}'");
    let lines = [
        uri("totp/x?secret=JBSWY3DP0"),
        uri("totp/x?secret="),
        uri("totp/x"),
        uri("totp/x?secret=JBSWY3DP&secret=GEZDGNBV"),
        uri("totp/x?secret=JBSWY3DP&algorithm=SHA384"),
        uri("totp/x?secret=JBSWY3DP&digits=11"),
        uri("totp/x?secret=JBSWY3DP&digits=six"),
        uri("totp/x?secret=JBSWY3DP&period=0"),
        uri("hotp/x?secret=JBSWY3DP"),
        uri("push/x?secret=JBSWY3DP"),
        "mfa add motp://motp:me?secret=30edcc8edae50a60".to_owned(),
        "mfa add https://example.com".to_owned(),
        "mfa add aws.png".to_owned(),
        "mfa add JBSWY3DPEHPK3PXP".to_owned(),
        "mfa add otpauth-migration://offline?data=AAAA".to_owned(),
        "mfa add".to_owned(),
        "mfa list".to_owned(),
    ];
    snapshot!(sandbox.transcript(&lines.each_ref().map(String::as_str)));
}

#[test]
fn a_key_comes_from_stdin_and_options_say_the_rest() {
    let sandbox = Sandbox::with_aws();
    let key = b"jbsw y3dp-ehpk 3pxp JBSWY3DPEHPK3PXP====\n";
    let mut text = sandbox.fed("mfa add --secret plain --codes --at 59", key);
    text += &sandbox.fed(
        "mfa add --secret full --issuer X --algorithm sha512 --digits 8 --period 60 --codes --at 59",
        key,
    );
    text += &sandbox.fed("mfa add --secret h --type hotp", key);
    text += &sandbox.fed("mfa add --secret h --type hotp --counter 4", key);
    text += &sandbox.fed("mfa add --secret s --type steam --codes --at 59", key);
    text += &sandbox.fed("mfa add --secret s2 --type steam --digits 6", key);
    text += &sandbox.fed("mfa add --secret bad --digits 0", key);
    text += &sandbox.fed("mfa add --secret bad --counter 3", key);
    text += &sandbox.fed("mfa add --secret bad", b"not base32!");
    text += &sandbox.fed("mfa add --secret bad", b"");
    text += &sandbox.fed(
        "mfa add --secret bad",
        &[&key[..], b"\n", &key[..]].concat(),
    );
    text += &sandbox.transcript(&["mfa list --codes --at 59"]);
    snapshot!(text);
}

#[test]
fn an_export_of_google_authenticator_says_what_is_missing() {
    // Made for this test: three accounts, one of them with MD5; part 2 of 3 of batch -7.
    let export = "otpauth-migration://offline?data=\
        CjMKFDEyMzQ1Njc4OTAxMjM0NTY3ODkwEg1HaXRIdWI6IGFsaWNlGgZHaXRIdWIgASgBMAIKJwoUMTIzNDU2Nzg5MDEy\
        MzQ1Njc4OTASB2NvdW50ZWQgASgCMAE4BAonChQxMjM0NTY3ODkwMTIzNDU2Nzg5MBIDb2xkGgRTaXRlIAQoATACEAEY\
        AyABKPn%2F%2F%2F%2F%2F%2F%2F%2F%2F%2FwE%3D";
    let sandbox = Sandbox::with_aws();
    let mut text = sandbox.fed("mfa add -", export.as_bytes());
    text += &sandbox.transcript(&["mfa code alice --at 59", "mfa code counted", "mfa list"]);
    snapshot!(text);
}

/// A replaced account keeps its id, under which the codes shown are remembered.
#[test]
fn codes_shown_by_a_replacement_are_not_given_again() {
    let sandbox = Sandbox::with_aws();
    let uri = b"otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&period=2&digits=10";
    assert!(sandbox.run("mfa add - --name my", uri).status.success());
    let replace = "mfa add - --name my --replace --codes";
    let shown = sandbox.run(replace, uri).stdout;
    let shown = String::from_utf8(shown).unwrap();
    let fresh = sandbox.stdout("mfa code my --fresh");
    assert!(
        fresh.len() == 11 && !shown.contains(fresh.trim()),
        "{shown}{fresh}"
    );
}

#[test]
fn a_file_in_place_of_a_uri_is_said_to_be_one() {
    let sandbox = Sandbox::with_aws();
    snapshot!(sandbox.transcript(&[
        "mfa add 'my shot.PNG' b.heic",
        "mfa add tests/data/aws.png",
        "mfa add Cargo.toml",
        "mfa add tests",
        "mfa add github",
    ]));
}

/// `ISSUER:NAME` means the same wherever a name is given.
#[test]
fn a_name_with_a_colon_has_an_issuer() {
    let sandbox = Sandbox::with_aws();
    let uri = b"otpauth://totp/Old:old?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    let key = b"KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU";
    let mut text = sandbox.fed("mfa add --secret GitHub:work2", key);
    text += &sandbox.fed("mfa add - --name 'Acme: a:b'", uri);
    text += &sandbox.fed("mfa add - --name Acme:b --issuer Other --replace", uri);
    text += &sandbox.fed("mfa add --secret ''", key);
    text += &sandbox.fed("mfa add --secret GitHub:", key);
    text += &sandbox.transcript(&[
        "mfa edit GitHub:work2 --name GitLab:work",
        "mfa rename GitLab:work :work",
        "mfa rename work Bitbucket:work",
        "mfa list --json",
    ]);
    snapshot!(text);
}

#[test]
fn what_is_there_is_said_to_be_there() {
    let sandbox = Sandbox::with_aws();
    let uri = |label: &str, more: &str| {
        let uri = format!("otpauth://{label}?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ{more}");
        uri.into_bytes()
    };
    let mut text = sandbox.transcript(&[AWS]);
    text += &sandbox.fed("mfa add -", &uri("totp/AWS:x", ""));
    text += &sandbox.fed("mfa add -", &uri("totp/AWS:x", ""));
    text += &sandbox.fed("mfa add -", &uri("totp/AWS:x", "&digits=8"));
    text += &sandbox.fed("mfa add -", &uri("totp/AWS:z", "&digits=8"));
    text += &sandbox.fed("mfa add -", &uri("totp/AWS:y", ""));
    // Of two names for a key, the one that is given counts.
    text += &sandbox.fed("mfa add -", &uri("totp/AWS:y", ""));
    text += &sandbox.fed("mfa add - --replace", &uri("totp/AWS:y", ""));
    text += &sandbox.fed("mfa add -", &uri("hotp/h", "&counter=3"));
    text += &sandbox.fed("mfa add -", &uri("hotp/h", "&counter=2"));
    text += &sandbox.fed("mfa add -", &uri("hotp/h", "&counter=9"));
    text += &sandbox.transcript(&[
        "mfa add --qr tests/data/aws.png tests/data/two-accounts.png",
        "mfa list",
    ]);
    snapshot!(text);
}
