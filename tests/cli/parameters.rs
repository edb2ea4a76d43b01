//! URIs whose parameters change the code: honoured, or refused on every way in.

use crate::sandbox::{Sandbox, snapshot};

const TWO_STEPS: &str = "otpauth://totp/TOTP0001A2B3?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
    &issuer=privacyIDEA&2step_salt=8&2step_output=20&2step_difficulty=10000";

/// A picture with the QR code of a text, as PNG.
fn picture(text: &str, path: &std::path::Path) {
    const SCALE: u32 = 4;
    let code = qrcode::QrCode::new(text).unwrap();
    let width = u32::try_from(code.width()).unwrap();
    let colours = code.to_colors();
    let side = (width + 8) * SCALE;
    let image = image::GrayImage::from_fn(side, side, |x, y| {
        let (x, y) = (x / SCALE, y / SCALE);
        let is_inside = (4..width + 4).contains(&x) && (4..width + 4).contains(&y);
        let dark = is_inside && {
            let at = usize::try_from((y - 4) * width + x - 4).unwrap();
            colours[at] == qrcode::Color::Dark
        };
        image::Luma([if dark { 0 } else { 255 }])
    });
    image.save(path).unwrap();
}

/// privacyIDEA's QR code holds half a key. A vault that took it would show wrong codes for ever.
#[test]
fn half_a_key_is_refused_on_every_way_in() {
    let sandbox = Sandbox::new();
    let home = sandbox.home().to_owned();
    std::fs::write(home.join("list.txt"), TWO_STEPS).unwrap();
    picture(TWO_STEPS, &home.join("code.png"));
    let mut text = sandbox.fed("mfa add -", TWO_STEPS.as_bytes());
    text += &sandbox.transcript(&[
        &format!("mfa import {}", home.join("list.txt").display()),
        &format!("mfa import {}", home.join("code.png").display()),
        &format!("mfa add --qr {}", home.join("code.png").display()),
        &format!("mfa add '{TWO_STEPS}'"),
        "mfa list",
    ]);
    snapshot!(text);
}

#[test]
fn what_changes_the_code_is_honoured_or_refused() {
    let sandbox = Sandbox::new();
    let key = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    let mut text = String::new();
    for uri in [
        format!("otpauth://totp/Nexus:ann?secret={key}?issuer=Nexus"),
        "otpauth://totp/Hex:ann?secret=3132333435363738393031323334353637383930".to_owned(),
        format!("apple-otpauth://totp/Apple:ann?secret={key}&algorithm=&digits=&period="),
        format!("“otpauth:totp/Quoted:ann?secret={key}”"),
        format!("otpauth://totp/Steam?secret={key}&digits=5"),
        format!("otpauth://totp/Late:ann?secret={key}&epoch=1000"),
        format!("otpauth://totp/Twice:ann?secret={key}&digits=6&digits=8"),
        format!("otpauth://totp/Odd:ann?secret={key}&interval=60"),
        "phonefactor://activate_account?code=1".to_owned(),
    ] {
        text += &sandbox.fed("mfa add - --at 59 --codes", uri.as_bytes());
    }
    text += &sandbox.transcript(&["mfa list"]);
    snapshot!(text);
}
