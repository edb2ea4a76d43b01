//! `mfa code --copy`, `mfa cp` and `mfa add --clipboard`, with real clipboards.

use std::path::Path;
use std::process::Stdio;

use crate::desktops::{Wayland, X11, ends, have, helpers, wait_for};
use crate::sandbox::Sandbox;
use crate::terminal::{open, rest};

/// The code and the next code of AWS's picture at the time 59.
const CODES: &str = "140615 288013";

#[test]
fn x11_holds_the_code_marked_as_secret_until_the_time_is_over() {
    if !have(&["Xvfb", "xclip"]) {
        return;
    }
    let x11 = X11::start("640x480x24");
    let sandbox = x11.variable(Sandbox::with_aws());
    let output = sandbox.run("mfa code my --copy --clear-after 2s --at 59", b"");
    assert!(
        output.status.success() && output.stdout.is_empty(),
        "{output:?}"
    );
    assert_eq!(output.stderr, b"copied; clears in 2 s\n");
    assert_eq!(x11.paste("UTF8_STRING").as_deref(), Some("140615"));
    let targets = x11.paste("TARGETS").unwrap();
    assert!(targets.contains("x-kde-passwordManagerHint"), "{targets}");
    assert_eq!(
        x11.paste("x-kde-passwordManagerHint").as_deref(),
        Some("secret")
    );
    // Clipboard managers must not be invited to save it.
    assert!(!targets.contains("SAVE_TARGETS"), "{targets}");
    wait_for("cleared", || {
        x11.paste("UTF8_STRING").is_none().then_some(())
    });
    ends(&sandbox);
}

#[test]
fn what_was_copied_since_stays_and_ends_the_helper() {
    if !have(&["Xvfb", "xclip"]) {
        return;
    }
    let x11 = X11::start("640x480x24");
    let sandbox = x11.variable(Sandbox::with_aws());
    for clear_after in ["1m", "0"] {
        let line = format!("mfa cp my --pair --at 59 --clear-after {clear_after}");
        let told = sandbox.run(&line, b"").stderr;
        let never = String::from_utf8(told)
            .unwrap()
            .contains("stays until you copy something else");
        assert_eq!(never, clear_after == "0");
        assert_eq!(x11.paste("UTF8_STRING").as_deref(), Some(CODES));
        assert_eq!(helpers(&sandbox).len(), 1);
        x11.copy("UTF8_STRING", Path::new("LICENSE"));
        ends(&sandbox);
        assert!(x11.paste("UTF8_STRING").unwrap().contains("MIT"));
    }
}

#[test]
fn a_helper_ends_with_its_display_and_has_no_secret_around_it() {
    if !have(&["Xvfb"]) {
        return;
    }
    let mut x11 = X11::start("640x480x24");
    let sandbox = x11.variable(Sandbox::with_aws());
    let sandbox = sandbox
        .variable("MFA_PASSPHRASE", "correct horse")
        .variable("OTHER", "secret");
    sandbox.stdout("mfa code my --copy --next --at 59 --clear-after 0");
    let [helper] = &helpers(&sandbox)[..] else {
        panic!("no helper");
    };
    let read = |name| std::fs::read(Path::new(helper).join(name)).unwrap();
    let environ = String::from_utf8(read("environ")).unwrap();
    let mut names: Vec<_> = environ
        .split_terminator('\0')
        .map(|one| one.split_once('=').unwrap().0)
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["DISPLAY", "HOME", "PATH"]);
    let arguments = String::from_utf8(read("cmdline")).unwrap();
    assert!(
        arguments.ends_with("--hold-clipboard\0desktop\x000\0"),
        "{arguments}"
    );
    // Its own session (field 6 of stat), no terminal (7), no core dump.
    let stat = String::from_utf8(read("stat")).unwrap();
    let fields: Vec<_> = stat
        .rsplit_once(')')
        .unwrap()
        .1
        .split_whitespace()
        .collect();
    let pid = helper.rsplit('/').next().unwrap();
    assert_eq!((fields[3], fields[4]), (pid, "0"), "{stat}");
    let limits = String::from_utf8(read("limits")).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    x11.end();
    ends(&sandbox);
}

fn revision(sandbox: &Sandbox) -> String {
    let status = sandbox.stdout("mfa vault status");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("revision"));
    line.unwrap().trim().to_owned()
}

#[test]
fn without_a_clipboard_it_says_so_and_moves_no_counter() {
    let sandbox = Sandbox::new();
    sandbox.stdout("mfa add otpauth://hotp/ACME:me?secret=GEZDGNBVGY3TQOJQ&counter=0");
    let try_to_copy = |sandbox: &Sandbox| {
        let output = sandbox.run("mfa cp me", b"");
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.starts_with("mfa: no clipboard: "), "{told}");
        assert!(told.contains("  try: mfa code "), "{told}");
        assert!(helpers(sandbox).is_empty());
    };
    // No display: nothing was changed. One that is gone is seen only later.
    try_to_copy(&sandbox);
    assert_eq!(revision(&sandbox), "1");
    let sandbox = sandbox.variable("DISPLAY", ":4711");
    try_to_copy(&sandbox);
    assert_eq!(revision(&sandbox), "2");
    let output = sandbox.run("mfa add --clipboard", b"");
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.starts_with("mfa: no clipboard: "), "{told}");
}

#[test]
fn a_copied_code_is_not_given_again() {
    if !have(&["Xvfb", "xclip"]) {
        return;
    }
    let x11 = X11::start("640x480x24");
    let sandbox = x11.variable(Sandbox::with_aws());
    // A period so long that the test sees one step.
    sandbox.stdout(
        "mfa add otpauth://totp/Slow:me?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&period=86400",
    );
    let given = |period: &str| {
        let steps = std::fs::read_dir(sandbox.home().join(".local/state/mfa/steps"));
        let steps = steps
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path());
        let mut of_period = steps.filter(|path| path.to_str().unwrap().ends_with(period));
        let step = of_period
            .next()
            .map(|path| std::fs::read_to_string(path).unwrap());
        step.map(|step| step.trim().parse::<u64>().unwrap())
    };
    sandbox.stdout("mfa cp Slow:me");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let today = now.unwrap().as_secs() / 86400;
    // Midnight may pass meanwhile.
    assert!(given("-86400").is_some_and(|day| day == today || day + 1 == today));
    sandbox.stdout("mfa cp Slow:me --next");
    assert!(given("-86400").is_some_and(|day| day > today));
    // A code for another time was not given.
    sandbox.stdout("mfa cp my --at 59");
    assert_eq!(given("-30"), None);
}

#[test]
fn a_terminal_shows_the_account_but_not_the_code() {
    if !have(&["Xvfb", "xclip"]) {
        return;
    }
    let x11 = X11::start("640x480x24");
    let sandbox = x11.variable(Sandbox::with_aws());
    let text = rest(open(&sandbox, "mfa cp my --at 59"), 0);
    assert!(
        !text.contains("140615") && !text.contains("288013"),
        "{text}"
    );
    assert!(
        text.contains("my-iam-user@123456789012   1 s left"),
        "{text}"
    );
    assert!(text.contains("copied; clears in 45 s"), "{text}");
    assert_eq!(x11.paste("UTF8_STRING").as_deref(), Some("140615"));
}

#[test]
fn wayland_holds_the_code_until_the_time_is_over() {
    if !have(&["sway", "wl-copy", "wl-paste", "setpriv"]) {
        return;
    }
    let wayland = Wayland::start();
    let sandbox = wayland.variables(Sandbox::with_aws());
    let paste = |arguments: &[&str]| wayland.run("wl-paste", arguments, Stdio::null());
    sandbox.stdout("mfa cp my --at 59 --clear-after 2");
    assert_eq!(paste(&["-n"]).as_deref(), Some("140615"));
    assert_eq!(
        paste(&["-t", "x-kde-passwordManagerHint"]).as_deref(),
        Some("secret")
    );
    wait_for("cleared", || paste(&["-n"]).is_none().then_some(()));
    ends(&sandbox);
    sandbox.stdout("mfa cp my --at 59 --clear-after 1m");
    wayland.run("wl-copy", &["other"], Stdio::null()).unwrap();
    ends(&sandbox);
    assert_eq!(paste(&["-n"]).as_deref(), Some("other"));
    // What another program copied is read, too.
    let picture = std::fs::File::open("tests/data/two-accounts.png").unwrap();
    wayland
        .run("wl-copy", &["-t", "image/png"], picture.into())
        .unwrap();
    assert_eq!(sandbox.stdout("mfa add --clipboard").lines().count(), 2);
}

#[test]
fn a_picture_a_file_or_a_uri_is_added_from_the_clipboard() {
    if !have(&["Xvfb", "xclip"]) {
        return;
    }
    let x11 = X11::start("640x480x24");
    let sandbox = x11.variable(Sandbox::new());
    x11.copy("image/png", Path::new("tests/data/aws.png"));
    let added = sandbox.stdout("mfa add --clipboard --at 59 --codes");
    assert_eq!(
        added,
        format!("added Amazon Web Services:my-iam-user@123456789012\n{CODES}\n")
    );
    let file = sandbox.home().join("copied");
    let copy = |text: &str, target: &str| {
        std::fs::write(&file, text).unwrap();
        x11.copy(target, &file);
        let output = sandbox.run("mfa add --clipboard", b"");
        let told = [output.stdout, output.stderr].concat();
        (
            output.status.code().unwrap(),
            String::from_utf8(told).unwrap(),
        )
    };
    let uris = "otpauth://totp/A:one?secret=GEZDGNBVGY3TQOJQ\notpauth://totp/A:two?secret=KRSXG5CTKRSXG5CT\n";
    let (code, told) = copy(uris, "UTF8_STRING");
    assert!(
        code == 0 && told.contains("added A:one\nadded A:two\n"),
        "{told}"
    );
    let folder = env!("CARGO_MANIFEST_DIR");
    let files = format!("file://{folder}/tests/data/two-accounts.png\r\n");
    let (code, told) = copy(&files, "text/uri-list");
    assert!(code == 0 && told.matches("added ").count() == 2, "{told}");
    for (text, target, why) in [
        (
            "a plain text",
            "UTF8_STRING",
            "the clipboard has a text without an otpauth URI",
        ),
        ("JBSWY3DPEHPK3PXP", "UTF8_STRING", "perhaps a secret key"),
        (
            "  \n",
            "UTF8_STRING",
            "the clipboard is empty, or has neither",
        ),
        (
            "<b>x</b>",
            "text/html",
            "the clipboard is empty, or has neither",
        ),
        (
            "otpauth://totp/x?secret=1",
            "UTF8_STRING",
            "the clipboard: line 1: ",
        ),
    ] {
        let (code, told) = copy(text, target);
        assert_eq!(code, 7, "{told}");
        assert!(
            told.starts_with("mfa: cannot add: ") && told.contains(why),
            "{told}"
        );
    }
    x11.copy("image/png", Path::new("tests/data/no-code.png"));
    let output = sandbox.run("mfa add --clipboard", b"");
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(7));
    assert!(told.contains("the clipboard: no QR code found"), "{told}");
}

#[test]
fn a_desktop_that_hangs_is_said() {
    if !have(&["Xvfb"]) {
        return;
    }
    let mut x11 = X11::start("640x480x24");
    let sandbox = x11.variable(Sandbox::with_aws());
    x11.stop();
    let check = |line: &str, why: &str| {
        let output = sandbox.run(line, b"");
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.starts_with(&format!("mfa: {why}\n")), "{told}");
    };
    // They wait at the same time.
    std::thread::scope(|scope| {
        scope.spawn(|| check("mfa cp my", "no clipboard: the desktop does not answer"));
        scope.spawn(|| {
            check(
                "mfa add --clipboard",
                "no clipboard: the desktop does not answer",
            );
        });
        let why = "cannot see the screen: the display does not answer";
        scope.spawn(|| check("mfa add --screen", why));
    });
    x11.end();
    ends(&sandbox);
}
