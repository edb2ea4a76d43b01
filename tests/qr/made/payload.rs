//! The payloads of made pictures, and their codes.

use image::{GrayImage, Luma};
use qrcode::{Color, EcLevel, QrCode};

use super::random::Random;

const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// In AWS's form: 160 to 180 bytes, version 8 or 9.
pub fn aws(random: &mut Random) -> String {
    let users = [
        "alice",
        "root-account-mfa-device",
        "ops-bot",
        "d.smith",
        "taro.yamada",
    ];
    let user = users[random.below(users.len())];
    let account = random.text(12, "0123456789");
    let secret = random.text(64, BASE32);
    format!(
        "otpauth://totp/Amazon%20Web%20Services:{user}%40{account}?secret={secret}\
         &issuer=Amazon%20Web%20Services"
    )
}

pub fn short(random: &mut Random) -> String {
    format!("otpauth://totp/ops-bot?secret={}", random.text(16, BASE32))
}

pub fn japanese(random: &mut Random, percent: bool) -> String {
    let secret = random.text(32, BASE32);
    let label = if percent {
        "%E3%83%A1%E3%83%AB%E3%82%AB%E3%83%AA:%E5%B1%B1%E7%94%B0"
    } else {
        "メルカリ:山田太郎"
    };
    format!("otpauth://totp/{label}?secret={secret}")
}

/// As dense as an export of several accounts.
pub fn migration(random: &mut Random, accounts: usize) -> String {
    let data = random.text(
        110 * accounts,
        &format!("{BASE32}abcdefghijklmnopqrstuvwxyz"),
    );
    format!("otpauth-migration://offline?data={data}%3D")
}

/// A code, dark on light, with `scale` pixels for a module and a quiet zone of `quiet` modules.
pub fn drawn(text: &str, level: EcLevel, scale: u32, quiet: u32) -> GrayImage {
    code_picture(
        &QrCode::with_error_correction_level(text, level).unwrap(),
        scale,
        quiet,
    )
}

/// A picture of a code that is already encoded.
pub fn code_picture(code: &QrCode, scale: u32, quiet: u32) -> GrayImage {
    colours_picture(&code.to_colors(), scale, quiet)
}

/// A picture of the modules of a code, given row by row.
pub fn colours_picture(modules: &[Color], scale: u32, quiet: u32) -> GrayImage {
    let size = modules.len().isqrt() as u32;
    let side = (size + 2 * quiet) * scale;
    GrayImage::from_fn(side, side, |x, y| {
        let module = |pixel: u32| (pixel / scale).checked_sub(quiet).filter(|m| *m < size);
        let dark = module(x)
            .zip(module(y))
            .is_some_and(|(x, y)| modules[(y * size + x) as usize] == Color::Dark);
        Luma([if dark { 0 } else { 255 }])
    })
}

/// Like [`drawn`], with round dots instead of square modules, except in the finder patterns.
pub fn dotted(text: &str, scale: u32, radius: f32) -> GrayImage {
    let plain = drawn(text, EcLevel::M, scale, 4);
    let modules = plain.width() / scale;
    let inner = |m: u32| m - 4;
    GrayImage::from_fn(plain.width(), plain.height(), |x, y| {
        let (mx, my) = (x / scale, y / scale);
        let outside = |m: u32| m < 4 || m >= modules - 4;
        if outside(mx) || outside(my) {
            return Luma([255]);
        }
        let near = |m: u32| inner(m) < 7;
        let far = |m: u32| inner(m) >= modules - 8 - 7;
        let finder = (near(mx) && near(my)) || (far(mx) && near(my)) || (near(mx) && far(my));
        let off = |pixel: u32| (pixel % scale) as f32 + 0.5 - scale as f32 / 2.0;
        let round = off(x).hypot(off(y)) <= radius * scale as f32;
        let dark = plain.get_pixel(x, y).0[0] == 0 && (finder || round);
        Luma([if dark { 0 } else { 255 }])
    })
}
