//! Pictures in other forms: SVG files, web pages with pictures in them, and formats that are refused
//! with the command that converts them.

use crate::sandbox::Sandbox;

/// The code of the account in `tests/data/svg` at this time.
const CODE: &str = "81921300\n";

fn code(sandbox: &Sandbox) -> String {
    sandbox.stdout("mfa code ann --at 1700000000")
}

fn accounts(sandbox: &Sandbox) -> usize {
    let list: serde_json::Value = serde_json::from_str(&sandbox.stdout("mfa list --json")).unwrap();
    list.as_array().unwrap().len()
}

#[test]
fn an_svg_comes_in_by_every_door() {
    for line in [
        "mfa add --qr tests/data/svg/segno-mm-colours.svg",
        "mfa add --qr tests/data/svg/segno.svgz",
        "mfa import tests/data/svg/node-qrcode.svg",
    ] {
        let sandbox = Sandbox::new();
        let said = sandbox.run(line, b"");
        assert!(said.status.success(), "{line}: {said:?}");
        assert_eq!(code(&sandbox), CODE);
    }
    let sandbox = Sandbox::new();
    let svg = std::fs::read("tests/data/svg/qrencode-path.svg").unwrap();
    assert!(sandbox.run("mfa add --qr -", &svg).status.success());
    assert_eq!(code(&sandbox), CODE);
    let payload = sandbox.stdout("mfa scan tests/data/svg/segno-tiny.svg");
    assert!(payload.starts_with("otpauth://totp/Acme:ann?"));
    let said = sandbox.fed("mfa add tests/data/svg/segno.svgz", b"");
    assert!(
        said.contains("try: mfa add --qr tests/data/svg/segno.svgz"),
        "{said}"
    );
}

#[test]
fn a_folder_of_drawings_is_one_account() {
    let sandbox = Sandbox::new();
    let folder = sandbox.home().join("drawings");
    std::fs::create_dir(&folder).unwrap();
    for name in ["segno-tiny.svg", "segno.svgz", "page-inline-svg.html"] {
        std::fs::copy(format!("tests/data/svg/{name}"), folder.join(name)).unwrap();
    }
    std::fs::write(
        folder.join("logo.svg"),
        "<svg viewBox='0 0 9 9'><path d='M0 0h9v9z'/></svg>",
    )
    .unwrap();
    std::fs::write(
        folder.join("IMG 1.heic"),
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    )
    .unwrap();
    let said = sandbox.fed(&format!("mfa import {}", folder.display()), b"");
    assert!(said.contains("logo.svg: no QR code found"), "{said}");
    assert!(
        said.contains("IMG 1.heic: HEIC files are not read: convert it to PNG"),
        "{said}"
    );
    assert!(said.contains("code.png && mfa import code.png"), "{said}");
    assert_eq!((accounts(&sandbox), code(&sandbox).as_str()), (1, CODE));
}

#[test]
fn the_pictures_of_a_page_are_read() {
    for name in [
        "page-inline-svg.html",
        "page-data-svg.html",
        "qrcode-generator-page.html",
        // The same account in its text and in a picture counts once.
        "page-text-and-png.html",
    ] {
        for command in ["mfa import", "mfa add --qr"] {
            let sandbox = Sandbox::new();
            let said = sandbox.run(&format!("{command} tests/data/svg/{name}"), b"");
            assert!(said.status.success(), "{command} {name}: {said:?}");
            assert_eq!(
                (accounts(&sandbox), code(&sandbox).as_str()),
                (1, CODE),
                "{name}"
            );
        }
    }
    let sandbox = Sandbox::new();
    let page = std::fs::read("tests/data/svg/page-data-svg.html").unwrap();
    assert!(sandbox.run("mfa import -", &page).status.success());
    assert_eq!(code(&sandbox), CODE);
}

#[test]
fn a_page_with_two_accounts_has_both() {
    let sandbox = Sandbox::new();
    let page = std::fs::read_to_string("tests/data/svg/page-text-and-png.html").unwrap();
    let file = sandbox.home().join("page.html");
    std::fs::write(&file, page.replace("Acme:ann", "Acme:bob")).unwrap();
    let said = sandbox.fed(&format!("mfa import {}", file.display()), b"");
    assert_eq!(accounts(&sandbox), 2, "{said}");
}

#[test]
fn a_page_without_any_says_so() {
    let sandbox = Sandbox::new();
    let page = b"<!doctype html><img src='data:image/png;base64,AAAA'>";
    let output = sandbox.run("mfa add --qr -", page);
    assert_eq!(output.status.code(), Some(7));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("no QR code and no otpauth URI found in the page"),
        "{said}"
    );
}

/// Which command converts depends on the system.
#[test]
#[cfg(target_os = "linux")]
fn what_is_not_read_is_converted_by_a_command() {
    let sandbox = Sandbox::new();
    for (name, start, convert) in [
        (
            "IMG 1.heic",
            &b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"[..],
            "heif-convert 'IMG 1.heic' code.png",
        ),
        (
            "a.avif",
            b"\0\0\0\x18ftypmif1\0\0\0\0miafavif",
            "avifdec a.avif code.png",
        ),
        ("a.jxl", b"\0\0\0\x0CJXL \r\n\x87\n", "djxl a.jxl code.png"),
        (
            "a.jp2",
            b"\0\0\0\x0CjP  \r\n\x87\n",
            "opj_decompress -i a.jp2 -o code.png",
        ),
        ("a.psd", b"8BPS\0\x01", "magick a.psd'[0]' code.png"),
        (
            "a.pdf",
            b"%PDF-1.7\n",
            "pdftoppm -png -r 200 -f 1 -l 1 -singlefile a.pdf code",
        ),
    ] {
        std::fs::write(sandbox.home().join(name), start).unwrap();
        for command in ["add --qr", "import", "scan"] {
            let output = sandbox
                .command(&format!("mfa {command}"))
                .arg(name)
                .current_dir(sandbox.home())
                .output()
                .unwrap();
            assert_eq!(output.status.code(), Some(7), "{command} {name}");
            let said = String::from_utf8(output.stderr).unwrap();
            let hint = format!("  try: {convert} && mfa {command} code.png\n");
            assert!(said.contains(&hint), "{command} {name}: {said}");
        }
        let output = sandbox.run("mfa add --qr -", start);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            said.contains("FILE") && said.contains("&& mfa add --qr code.png"),
            "{said}"
        );
    }
    let said = sandbox.fed("mfa add --qr -", b"%PDF-1.4");
    assert!(
        said.contains("PDF files are not read: convert its first page"),
        "{said}"
    );
}
