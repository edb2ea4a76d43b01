//! `mfa add --screen`: X servers of several depths, a real browser, and a stand-in for the portal.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, CreateGCAux, Rectangle};
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};

use crate::desktops::{Server, X11, have, wait_for};
use crate::sandbox::{Sandbox, reveals_no_key};

const FIRST: &str = "otpauth://totp/ACME:one?secret=GEZDGNBVGY3TQOJQ&issuer=ACME";
const SECOND: &str = "otpauth://totp/ACME:two?secret=KRSXG5CTKRSXG5CT&issuer=ACME";

/// Draws a QR code on the root window of a screen, 4 pixels a module.
fn draw(x11: &X11, screen: usize, text: &str, x: i16, y: i16) {
    let (connection, _) = x11rb::connect(Some(&x11.display)).unwrap();
    let root = &connection.setup().roots[screen];
    let fill = |pixel: u32, rectangles: &[Rectangle]| {
        let gc = connection.generate_id().unwrap();
        let color = CreateGCAux::new().foreground(pixel);
        connection.create_gc(gc, root.root, &color).unwrap();
        connection
            .poly_fill_rectangle(root.root, gc, rectangles)
            .unwrap()
            .check()
            .unwrap();
    };
    let square = |x, y, side| Rectangle {
        x,
        y,
        width: side,
        height: side,
    };
    let code = qrcode::QrCode::new(text).unwrap();
    let width = i16::try_from(code.width()).unwrap();
    fill(
        root.white_pixel,
        &[square(x, y, u16::try_from((width + 8) * 4).unwrap())],
    );
    let dark = (0..)
        .zip(code.to_colors())
        .filter(|(_, color)| *color == qrcode::Color::Dark);
    let at = |index: i16, start: i16| start + (index + 4) * 4;
    let dark =
        dark.map(|(index, _): (i16, _)| square(at(index % width, x), at(index / width, y), 4));
    fill(root.black_pixel, &dark.collect::<Vec<_>>());
}

/// The exit code of `mfa add --screen`, and all that it printed.
fn add(sandbox: &Sandbox) -> (i32, String) {
    let output = sandbox.run("mfa add --screen", b"");
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8(told).unwrap();
    (output.status.code().unwrap(), told)
}

#[test]
fn codes_are_read_at_every_depth() {
    if !have(&["Xvfb"]) {
        return;
    }
    for depth in ["16", "24", "30"] {
        let x11 = X11::start(&format!("800x600x{depth}"));
        let sandbox = x11.variable(Sandbox::new());
        let (code, told) = add(&sandbox);
        assert_eq!(code, 7, "{depth}: {told}");
        assert!(
            told.starts_with("mfa: cannot add: no QR code found on the screen\n"),
            "{told}"
        );
        draw(&x11, 0, "https://example.com/", 20, 20);
        let (code, told) = add(&sandbox);
        assert_eq!(code, 7, "{depth}: {told}");
        assert!(
            told.contains("the screen: its QR code is not an account: found a web address"),
            "{told}"
        );
        draw(&x11, 0, FIRST, 200, 150);
        draw(&x11, 0, SECOND, 500, 300);
        let (code, told) = add(&sandbox);
        assert_eq!(code, 0, "{depth}: {told}");
        assert!(told.contains("added ACME:one\nadded ACME:two\n"), "{told}");
        let note = "a QR code on the screen is not an account: found a web address\n";
        assert_eq!(told.matches(note).count(), 1, "{told}");
        let (code, told) = add(&sandbox);
        assert_eq!(code, 8, "{told}");
    }
}

#[test]
fn every_screen_is_looked_at() {
    if !have(&["Xvfb"]) {
        return;
    }
    let x11 = X11::start_two("640x480x24");
    let sandbox = x11.variable(Sandbox::new());
    let (code, told) = add(&sandbox);
    assert!(
        code == 7 && told.contains("on any of the 2 screens"),
        "{told}"
    );
    draw(&x11, 1, FIRST, 100, 100);
    assert_eq!(sandbox.stdout("mfa add --screen"), "added ACME:one\n");
}

/// As AWS's console shows it: a page with a code of some 200 pixels in the middle of other things.
const PAGE: &str = r#"<!doctype html><meta charset="utf-8"><title>Set up device</title>
<body style="margin:0;font:14px sans-serif;background:#f2f3f3;color:#16191f">
<header style="background:#232f3e;color:#fff;padding:12px 24px">aws &nbsp; Services &nbsp; Search</header>
<main style="margin:24px auto;width:900px;background:#fff;border:1px solid #d5dbdb;padding:24px">
<h1>Set up device</h1><p><b>Authenticator app</b></p>
<p>A virtual MFA device is an application running on your device that you can configure by scanning a QR code.</p>
<div style="display:flex;align-items:center"><span style="font-size:40px;margin:20px">2</span>
<div style="border:1px solid #aab7b8"><img src="code.png" width="200" height="200"></div>
<p style="margin:24px">Open your authenticator app, choose <b>Show QR code</b> on this page, then use the app to
scan the code. Alternatively, you can type a secret key. <a href="x">Show secret key</a></p></div>
<label>MFA code 1 <input></label> <label>MFA code 2 <input></label></main>"#;

#[test]
fn the_code_on_a_web_page_is_added() {
    if !have(&["Xvfb", "chromium"]) {
        return;
    }
    let x11 = X11::start("1280x800x24");
    let sandbox = x11.variable(Sandbox::with_aws());
    let page = sandbox.home().join("page.html");
    let picture = page.with_file_name("code.png");
    sandbox.stdout(&format!("mfa qr my --output {}", picture.display()));
    sandbox.stdout("mfa remove 'Amazon Web Services:my-iam-user@123456789012' --yes");
    std::fs::write(&page, PAGE).unwrap();
    let browser = Command::new("chromium")
        .args([
            "--no-sandbox",
            "--kiosk",
            "--no-first-run",
            "--disable-gpu",
            "--window-size=1280,800",
        ])
        .arg(format!(
            "--user-data-dir={}",
            sandbox.home().join("browser").display()
        ))
        .arg(format!("file://{}", page.display()))
        .env("DISPLAY", &x11.display)
        .env("HOME", sandbox.home())
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _browser = Server(browser);
    let added = wait_for("the page is shown", || {
        let (code, told) = add(&sandbox);
        assert!(code == 0 || code == 7, "{told}");
        (code == 0).then_some(told)
    });
    assert!(
        added.starts_with("added Amazon Web Services:my-iam-user@123456789012\n"),
        "{added}"
    );
    assert_eq!(sandbox.stdout("mfa code my --at 59"), "140615\n");
}

/// What the stand-in for the portal answers: its number, and a copy of this file.
struct Portal {
    outcome: u32,
    picture: PathBuf,
}

#[zbus::interface(name = "org.freedesktop.portal.Screenshot")]
impl Portal {
    async fn screenshot(
        &self,
        parent: &str,
        options: HashMap<String, OwnedValue>,
        #[zbus(header)] header: zbus::message::Header<'_>,
        #[zbus(connection)] connection: &zbus::Connection,
    ) -> zbus::fdo::Result<OwnedObjectPath> {
        assert_eq!(parent, "");
        let sender = header
            .sender()
            .unwrap()
            .trim_start_matches(':')
            .replace('.', "_");
        let token: &str = options["handle_token"].downcast_ref().unwrap();
        let path = format!("/org/freedesktop/portal/desktop/request/{sender}/{token}");
        let path = OwnedObjectPath::try_from(path).unwrap();
        let uri = format!("file://{}", self.picture.display()).replace(' ', "%20");
        let results = HashMap::from([("uri", Value::from(uri))]);
        // Earlier than the answer to the call, which a careless caller misses.
        let interface = "org.freedesktop.portal.Request";
        let body = (self.outcome, results);
        connection
            .emit_signal(
                header.sender().map(zbus::names::UniqueName::as_str),
                &path,
                interface,
                "Response",
                &body,
            )
            .await?;
        Ok(path)
    }
}

#[test]
fn on_wayland_the_portal_takes_the_picture_and_its_file_is_deleted() {
    if !have(&["dbus-daemon"]) {
        return;
    }
    let mut bus = Command::new("dbus-daemon")
        .args(["--session", "--nofork", "--print-address"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut address = String::new();
    BufReader::new(bus.stdout.take().unwrap())
        .read_line(&mut address)
        .unwrap();
    let address = address.trim();
    let _bus = Server(bus);
    let sandbox = Sandbox::new().variable("WAYLAND_DISPLAY", "wayland-9");
    let sandbox = sandbox.variable("DBUS_SESSION_BUS_ADDRESS", address);
    let (code, told) = add(&sandbox);
    assert!(
        code == 1 && told.contains("no desktop portal answers on D-Bus"),
        "{told}"
    );
    let picture = sandbox.home().join("a screen.png");
    for (outcome, code, why) in [
        (
            1,
            1,
            "cannot see the screen: the screenshot was not allowed",
        ),
        (2, 1, "cannot see the screen: the desktop's portal failed"),
        (0, 1, "cannot read the portal's file"),
        (0, 0, "added Amazon Web Services:my-iam-user@123456789012\n"),
    ] {
        let portal = Portal {
            outcome,
            picture: picture.clone(),
        };
        let _portal = zbus::blocking::connection::Builder::address(address)
            .unwrap()
            .name("org.freedesktop.portal.Desktop")
            .unwrap()
            .serve_at("/org/freedesktop/portal/desktop", portal)
            .unwrap()
            .build()
            .unwrap();
        if code == 0 {
            std::fs::copy("tests/data/aws.png", &picture).unwrap();
        }
        let (exit, told) = add(&sandbox);
        assert!(exit == code && told.contains(why), "{told}");
        reveals_no_key(&told);
        assert!(!picture.exists());
    }
}
