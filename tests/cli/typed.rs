//! The prompts of `mfa add` on a terminal: for keys, URIs, pictures and names.

use rexpect::session::PtySession;

use crate::eyes::Screen;
use crate::sandbox::Sandbox;
use crate::terminal::{interrupted, open, rest};

const ANYTHING: &str = "otpauth URI, secret key or picture: ";
const NAME: &str = "Name (ISSUER:NAME): ";
const KEY: &str = "gezd gnbv gy3t qojq gezd gnbv gy3t qojq";
/// The last line below the two codes for AWS.
const DONE: &str = "n: next pair, Enter: done";
const URI: &str = "otpauth://totp/AWS:x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// Waits for a prompt, answers it, and returns the output before it.
fn answer(session: &mut PtySession, question: &str, text: &str) -> String {
    let before = session.exp_string(question).unwrap();
    session.send_line(text).unwrap();
    before
}

fn names(sandbox: &Sandbox) -> Vec<(String, String)> {
    let list: serde_json::Value = serde_json::from_str(&sandbox.stdout("mfa list --json")).unwrap();
    let text =
        |account: &serde_json::Value, field: &str| account[field].as_str().unwrap().to_owned();
    let accounts = list.as_array().unwrap().iter();
    accounts
        .map(|account| (text(account, "issuer"), text(account, "name")))
        .collect()
}

fn pair(issuer: &str, name: &str) -> (String, String) {
    (issuer.to_owned(), name.to_owned())
}

/// A sandbox with an empty vault.
fn empty() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.stdout("mfa vault init --key-file");
    sandbox
}

#[test]
fn a_bare_key_is_asked_for_its_name() {
    let sandbox = empty();
    let mut session = open(&sandbox, "mfa add --at 59");
    answer(&mut session, ANYTHING, KEY);
    answer(&mut session, NAME, "");
    let why = answer(&mut session, NAME, "GitHub: ");
    assert!(why.contains("the account needs a name"), "{why}");
    answer(&mut session, NAME, &"x".repeat(1025));
    let why = answer(&mut session, NAME, "GitHub: alice");
    assert!(why.contains("it is longer than 1024 bytes"), "{why}");
    let text = rest(session, 0);
    // The name is echoed, on one line with the prompt.
    assert!(
        text.contains("GitHub: alice\r\nadded GitHub:alice"),
        "{text}"
    );
    assert!(text.contains("287082") && !text.contains("gezd"), "{text}");
    assert_eq!(names(&sandbox), [pair("GitHub", "alice")]);
}

#[test]
fn an_option_leaves_no_name_to_ask_for_and_a_uri_proposes_one() {
    let sandbox = empty();
    let mut session = open(&sandbox, "mfa add --name AWS:me");
    answer(&mut session, ANYTHING, KEY);
    let text = answer(&mut session, DONE, "");
    assert!(!text.contains("Name"), "{text}");
    rest(session, 0);
    let mut session = open(&sandbox, "mfa add");
    answer(
        &mut session,
        ANYTHING,
        "otpauth://totp/b?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    );
    // The URI's name is proposed.
    answer(&mut session, "Name (or press Enter for b): ", "");
    assert!(rest(session, 0).contains("added b"));
    // This kind of URI has no name.
    let mut session = open(&sandbox, "mfa add --issuer Steam");
    answer(
        &mut session,
        ANYTHING,
        "steam://KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU",
    );
    answer(&mut session, NAME, "Valve:me");
    let text = rest(session, 0);
    assert!(
        text.contains("two issuers are given, 'Valve' and 'Steam'; used 'Steam'"),
        "{text}"
    );
    assert_eq!(
        names(&sandbox),
        [pair("", "b"), pair("AWS", "me"), pair("Steam", "me")]
    );
}

#[test]
fn what_is_mistyped_is_asked_for_again() {
    let sandbox = empty();
    let mut session = open(&sandbox, "mfa add");
    answer(&mut session, ANYTHING, "gezd gnbv gy3t 0ojq");
    let why = answer(&mut session, ANYTHING, "");
    assert!(
        why.contains("character 16 is '0'") && !why.contains("gezd"),
        "{why}"
    );
    let why = answer(&mut session, ANYTHING, "otpauth://totp/x?secret=JBSWY3DP1");
    assert!(why.contains("the key is empty"), "{why}");
    let why = answer(&mut session, ANYTHING, "https://example.com");
    assert!(
        why.contains("character 9 is '1'") && !why.contains("JBSW"),
        "{why}"
    );
    let why = answer(&mut session, ANYTHING, URI);
    assert!(why.contains("this is not an otpauth:// URI"), "{why}");
    answer(&mut session, "Name (or press Enter for AWS:x): ", "");
    let text = answer(&mut session, DONE, "");
    assert!(text.contains("added AWS:x"), "{text}");
    rest(session, 0);

    let mut session = open(&sandbox, "mfa add --secret GitHub:me");
    answer(&mut session, "Secret key: ", "jbsw y3dp 8hpk");
    let why = answer(
        &mut session,
        "Secret key: ",
        "jbsw y3dp ehpk 3pxp jbsw y3dp ehpk 3pxp",
    );
    assert!(
        why.contains("character 11 is '8'") && !why.contains("y3dp"),
        "{why}"
    );
    assert!(rest(session, 0).contains("added GitHub:me"));
    assert_eq!(names(&sandbox), [pair("AWS", "x"), pair("GitHub", "me")]);
}

#[test]
fn an_interrupt_stores_nothing_wherever_it_comes() {
    let sandbox = Sandbox::with_aws();
    for (line, answers, question) in [
        ("mfa add", vec![(ANYTHING, "no key!")], ANYTHING),
        ("mfa add", vec![(ANYTHING, KEY)], NAME),
        ("mfa add", vec![(ANYTHING, KEY), (NAME, "")], NAME),
        (
            "mfa add --secret x",
            vec![("Secret key: ", "no key!")],
            "Secret key: ",
        ),
    ] {
        let mut session = open(&sandbox, line);
        for (question, text) in answers {
            answer(&mut session, question, text);
        }
        session.exp_string(question).unwrap();
        session.send_control('c').unwrap();
        interrupted(session);
    }
    let mut session = open(&sandbox, "mfa add");
    answer(&mut session, ANYTHING, KEY);
    session.exp_string(NAME).unwrap();
    session.send_control('d').unwrap();
    assert!(rest(session, 1).contains("no answer was given"));
    assert!(sandbox.stdout("mfa vault status").contains("revision    1"));
}

/// The rest of a key that is pasted in several lines is not echoed and not used as the name.
#[test]
fn the_rest_of_a_paste_is_no_name() {
    let sandbox = empty();
    let mut session = open(&sandbox, "mfa add");
    answer(
        &mut session,
        ANYTHING,
        &format!("{KEY}\nmfrg gzdf mfrg gzdf"),
    );
    answer(&mut session, NAME, "x");
    let text = rest(session, 0);
    assert!(text.contains("added x") && !text.contains("mfrg"), "{text}");
}

#[test]
fn a_picture_is_named_instead_of_a_key() {
    let sandbox = Sandbox::new();
    sandbox.stdout("mfa vault init --key-file");
    let home = sandbox.home().display();
    std::fs::copy("tests/data/aws.png", sandbox.home().join("my shot")).unwrap();
    std::fs::copy(
        "tests/data/two-accounts.png",
        sandbox.home().join("two.png"),
    )
    .unwrap();
    let mut session = open(&sandbox, "mfa add");
    answer(&mut session, ANYTHING, "~/nothing.png");
    let why = answer(&mut session, ANYTHING, "tests/data/url.png");
    assert!(why.contains("/nothing.png: No such file"), "{why}");
    let why = answer(&mut session, ANYTHING, "Cargo.toml");
    assert!(why.contains("its QR code is not an account"), "{why}");
    let why = answer(&mut session, ANYTHING, &format!("'{home}/my shot' "));
    assert!(
        why.contains("the key is not base32: character 6 is '.'"),
        "{why}"
    );
    answer(&mut session, "Name (or press Enter for Amazon", "");
    let text = answer(&mut session, DONE, "");
    assert!(
        text.contains("added Amazon Web Services:my-iam-user"),
        "{text}"
    );
    rest(session, 0);
    let mut session = open(&sandbox, "mfa add");
    answer(&mut session, ANYTHING, "~/two.png");
    assert!(rest(session, 0).contains("added GitHub:alice"));
    assert_eq!(names(&sandbox).len(), 3);
}

#[test]
fn a_key_that_is_there_under_another_name_is_asked_about() {
    let sandbox = empty();
    assert!(sandbox.run("mfa add -", URI.as_bytes()).status.success());
    for (reply, count) in [("n", 1), ("y", 2)] {
        let mut session = open(&sandbox, "mfa add --secret AWS:y");
        answer(&mut session, "Secret key: ", KEY);
        session
            .exp_string("AWS:x already has this key. Add it again? [y/N]")
            .unwrap();
        session.send(reply).unwrap();
        session.send("\r").unwrap();
        session.flush().unwrap();
        let text = rest(session, 0);
        assert_eq!(text.contains("nothing added"), count == 1, "{text}");
        assert_eq!(text.contains("added AWS:y"), count == 2, "{text}");
        assert_eq!(names(&sandbox).len(), count, "{reply}");
        let revision = format!("revision    {}", count + 1);
        assert!(
            sandbox.stdout("mfa vault status").contains(&revision),
            "{reply}"
        );
    }
}

/// No prompt appears if its answer would not help.
#[test]
fn a_name_that_is_taken_is_said_before_anything_is_asked() {
    let sandbox = empty();
    assert!(sandbox.run("mfa add -", URI.as_bytes()).status.success());
    let other = b"KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU";
    assert!(
        sandbox
            .run("mfa add --secret AWS:y", other)
            .status
            .success()
    );
    let mut session = open(&sandbox, "mfa add --secret AWS:y");
    answer(&mut session, "Secret key: ", KEY);
    let text = rest(session, 8);
    assert!(
        text.contains("an account of that name exists") && !text.contains("again"),
        "{text}"
    );
}

/// What the user confirmed is checked again under the lock.
#[test]
fn an_account_that_came_in_during_the_question_is_not_added_again() {
    let sandbox = empty();
    assert!(sandbox.run("mfa add -", URI.as_bytes()).status.success());
    let mut session = open(&sandbox, "mfa add --secret AWS:y");
    answer(&mut session, "Secret key: ", KEY);
    session.exp_string("Add it again? [y/N]").unwrap();
    let other = sandbox.run("mfa add --secret AWS:y", KEY.as_bytes());
    assert!(other.status.success(), "{other:?}");
    session.send("y").unwrap();
    session.send("\r").unwrap();
    session.flush().unwrap();
    let text = rest(session, 8);
    assert!(
        text.contains("cannot add AWS:y: already there with the same key"),
        "{text}"
    );
    assert_eq!(names(&sandbox), [pair("AWS", "x"), pair("AWS", "y")]);
}

#[test]
fn one_question_is_asked_for_all_keys_that_are_there() {
    let sandbox = empty();
    sandbox.stdout("mfa add --qr tests/data/two-accounts.png");
    let mut session = open(
        &sandbox,
        "mfa add --qr tests/data/two-accounts.png tests/data/aws.png --issuer New",
    );
    session
        .exp_string("New:alice: already there as GitHub:alice")
        .unwrap();
    session
        .exp_string("2 of 3 accounts are already there. Add all 3? [y/N]")
        .unwrap();
    session.send("n").unwrap();
    session.send("\r").unwrap();
    session.flush().unwrap();
    assert!(rest(session, 0).contains("nothing added"));
    assert_eq!(names(&sandbox).len(), 2);
}

#[test]
fn stdin_that_is_a_terminal_is_said() {
    let sandbox = empty();
    let mut session = open(&sandbox, "mfa add - --at 59");
    session
        .exp_string("reading otpauth URIs from the terminal, one per line; end with Ctrl-D")
        .unwrap();
    session.send_line(URI).unwrap();
    session.send_control('d').unwrap();
    assert!(session.exp_eof().unwrap().contains("added AWS:x"));

    let mut session = open(&sandbox, "mfa import -");
    session
        .exp_string("reading an export from the terminal; end with Ctrl-D")
        .unwrap();
    session.send_control('d').unwrap();
    rest(session, 7);

    for command in ["mfa add --qr", "mfa scan"] {
        let text = rest(open(&sandbox, &format!("{command} -")), 2);
        assert!(
            text.contains("stdin is the terminal, not a picture"),
            "{text}"
        );
        assert!(
            text.contains(&format!("try: wl-paste -t image/png | {command} -")),
            "{text}"
        );
    }
}

/// What is typed is hidden, but its mistakes are told at once, with their place. A path is no secret.
#[test]
fn a_key_is_checked_while_it_is_typed() {
    let sandbox = empty();
    let mut screen = Screen::start(sandbox.command("mfa add"), 80, 24);
    screen.shows(ANYTHING.trim_end());
    screen.keys("GEZD 1");
    let text = screen.shows("character 6 is '1', not A–Z or 2–7");
    assert!(!text.contains("GEZD"), "{text}");
    screen.keys("\u{7f}gnbv");
    screen.shows("8 characters");
    screen.keys("\u{15}./my.png");
    screen.shows(": ./my.png");
    screen.keys("\u{15}");
    screen.no_longer_shows("my.png");
    screen.keys(KEY);
    let text = screen.shows("32 characters");
    assert!(!text.contains("gezd"), "{text}");
    screen.keys("\r");
    screen.shows(NAME.trim_end());
    screen.keys("GitHub:alice\r");
    let text = screen.shows("added GitHub:alice");
    assert!(!text.contains("AWS"), "{text}");
    assert!(screen.end().ends_with(", 0)"));
}

/// AWS asks for two codes: they stay until Enter, and `n` gives the next ones.
#[test]
fn aws_gets_two_codes_with_a_countdown() {
    let sandbox = empty();
    let mut screen = Screen::start(sandbox.command("mfa add"), 80, 24);
    screen.shows(ANYTHING.trim_end());
    screen.keys(URI);
    screen.keys("\r");
    screen.shows("Name (or press Enter for AWS:x)");
    // A moment, in which the rest of a paste would be dropped.
    std::thread::sleep(std::time::Duration::from_millis(200));
    screen.keys("AWS:alice\r");
    let text = screen.shows("n: next pair, Enter: done");
    assert!(
        text.contains("added AWS:alice") && text.contains("Enter these two in AWS now:"),
        "{text}"
    );
    let second = |text: &str| {
        let line = text
            .lines()
            .find(|line| line.contains("MFA code 2"))
            .unwrap_or_default();
        line.replace("MFA code 2", "").trim().to_owned()
    };
    let before = second(&text);
    screen.keys("n");
    let text = screen.until("the next pair", |text| second(text) != before);
    assert!(text.contains(&format!("MFA code 1   {before}")), "{text}");
    screen.keys("\r");
    let text = screen.no_longer_shows("MFA code");
    assert!(text.trim_end().ends_with("added AWS:alice"), "{text}");
    assert!(screen.end().ends_with(", 0)"));
    assert_eq!(names(&sandbox), [pair("AWS", "alice")]);
}

/// A key that was typed is not lost because the name is taken.
#[test]
fn a_name_that_is_taken_is_asked_for_again() {
    let sandbox = empty();
    assert!(sandbox.run("mfa add -", URI.as_bytes()).status.success());
    let mut screen = Screen::start(sandbox.command("mfa add"), 80, 24);
    screen.shows(ANYTHING.trim_end());
    screen.keys("jbsw y3dp ehpk 3pxp jbsw y3dp ehpk 3pxp\r");
    screen.shows(NAME.trim_end());
    // A moment, in which the rest of a paste would be dropped.
    std::thread::sleep(std::time::Duration::from_millis(200));
    screen.keys("AWS:x\r");
    let text = screen.shows("Another name (ISSUER:NAME)");
    assert!(text.contains("exists"), "{text}");
    std::thread::sleep(std::time::Duration::from_millis(200));
    screen.keys("y\r");
    screen.shows("added AWS:y");
    screen.keys("\r");
    assert!(screen.end().ends_with(", 0)"));
    assert_eq!(names(&sandbox), [pair("AWS", "x"), pair("AWS", "y")]);
}
