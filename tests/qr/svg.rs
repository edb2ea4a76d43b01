//! SVG files of real generators, and hostile ones. `tests/data/svg` has what python-qrcode, segno,
//! qrencode, node-qrcode, qrcode-generator, qrcode-svg and qr-code-styling write, and drawings with
//! `use`, CSS, clips, transforms, nested SVGs and embedded pictures.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use mfa::qr::{Matrix, PictureError, read};

const TEXT: &str =
    "otpauth://totp/Acme:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme&digits=8";

#[test]
fn what_generators_write_is_read() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/svg");
    let (mut count, mut poor) = (0, Vec::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "html") {
            continue;
        }
        count += 1;
        match read(&std::fs::read(&path).unwrap()) {
            Ok(codes) if codes.len() == 1 && codes[0].payload() == TEXT => {}
            other => poor.push(format!("{}: {other:?}", path.display())),
        }
    }
    assert!(count >= 17 && poor.is_empty(), "{poor:#?}");
}

#[test]
fn our_own_drawing_is_read_where_it_is() {
    let svg = Matrix::new("hello").unwrap().to_svg();
    let codes = read(svg.as_bytes()).unwrap();
    assert_eq!(codes[0].payload(), "hello");
    // 21 modules between quiet zones of four: the corners are in units of the drawing.
    let [left, top] = codes[0].corners[0];
    let [right, bottom] = codes[0].corners[2];
    assert!(((right - left) / (bottom - top) - 1.0).abs() < 0.05);
    assert!((left / (right - left) - 4.0 / 21.0).abs() < 0.05 && (top - left).abs() < 1.0);
}

fn why(svg: &str) -> PictureError {
    read(svg.as_bytes()).unwrap_err()
}

fn svg(inner: &str) -> String {
    format!("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'>{inner}</svg>")
}

#[test]
fn a_drawing_without_a_code_has_none() {
    assert_eq!(why(&svg("<path d='M0 0h9v9z'/>")), PictureError::NoCode);
    assert_eq!(why(&svg("<text>otpauth://</text>")), PictureError::NoCode);
}

/// Files that ask for too much are refused before they get it.
#[test]
fn bombs_are_refused() {
    let laughs = |name: &str, inner: &str| {
        let level = |n: u8| {
            let inside = format!("<use href='#{name}{}'/>", n - 1).repeat(10);
            format!("<g id='{name}{n}'>{inside}</g>")
        };
        (1..=9).map(level).collect::<String>() + &format!("<g id='{name}0'>{inner}</g>")
    };
    let entities = "<!DOCTYPE svg [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;'>]>";
    let layers = "<g opacity='.5'><rect width='9' height='9'/>";
    for (what, text) in [
        (
            "use",
            svg(&(laughs("a", "<path d='M0 0h1'/>") + "<use href='#a9'/>")),
        ),
        ("itself", svg("<g id='a'><use href='#a'/></g>")),
        ("deep", svg(&"<g>".repeat(100_000))),
        ("many", svg(&"<g/>".repeat(300_000))),
        ("layers", svg(&(layers.repeat(60) + &"</g>".repeat(60)))),
        ("size", svg("").replace("0 0 9 9", "0 0 1e38 1e-38")),
        ("no size", svg("").replace("0 0 9 9", "0 0 0 0")),
        ("cut off", "<svg viewBox='0 0 9 9'><path d='M0".to_owned()),
        ("entities", format!("{entities}{}", svg("<path d='&b;'/>"))),
        (
            "outside",
            svg("<image href='/etc/passwd'/><use href='http://x/#a'/>"),
        ),
        (
            "pattern",
            svg(
                "<pattern id='p' width='1e9' height='1e9'/><rect width='9' height='9' fill='url(#p)'/>",
            ),
        ),
        (
            "filter",
            svg("<g style='filter:blur(999px)!important'><rect width='9' height='9'/></g>"),
        ),
        (
            "dashes",
            svg("<path stroke='red' stroke-dasharray='1e-9' d='M0 0h1e9'/>"),
        ),
    ] {
        let error = why(&text);
        let fits = match what {
            "use" | "itself" | "deep" | "many" | "layers" | "cut off" => {
                matches!(error, PictureError::Damaged { format: "SVG", .. })
            }
            _ => !error.to_string().is_empty(),
        };
        assert!(fits, "{what}: {error:?}");
    }
}

#[test]
fn a_gzip_bomb_is_cut_off() {
    let mut stream = GzEncoder::new(Vec::new(), Compression::best());
    stream
        .write_all(svg("").replace("</svg>", "").as_bytes())
        .unwrap();
    let zeros = vec![b' '; 1 << 20];
    (0..200).for_each(|_| stream.write_all(&zeros).unwrap());
    let error = read(&stream.finish().unwrap()).unwrap_err();
    assert_eq!(error, PictureError::NoCode);
}

#[test]
fn gzip_of_something_else_is_no_picture() {
    let mut stream = GzEncoder::new(Vec::new(), Compression::best());
    stream.write_all(b"{}").unwrap();
    assert_eq!(
        read(&stream.finish().unwrap()).unwrap_err(),
        PictureError::NotAPicture
    );
}
