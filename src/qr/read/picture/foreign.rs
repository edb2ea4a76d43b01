//! Pictures, documents and videos of other kinds: their names, and the commands that convert them.

/// A kind of file that is not read.
struct Foreign {
    name: &'static str,
    is: fn(&[u8]) -> bool,
    /// The command that makes `code.png`, with `{}` for the file.
    convert: &'static str,
}

const MAGICK: &str = "magick {} code.png";
const FFMPEG: &str = "ffmpeg -i {} -frames:v 1 code.png";
/// The first page, at 200 dots per inch.
const PDFTOPPM: &str = "pdftoppm -png -r 200 -f 1 -l 1 -singlefile {} code";
/// What every Mac has. It reads all of these, and the first page of a PDF.
const SIPS: &str = "sips -s format png {} --out code.png";
const OF_SIPS: &[&str] = &["HEIC", "AVIF", "JPEG XL", "JPEG 2000", "PSD", "PDF", "ICNS"];

const KINDS: &[Foreign] = &[
    kind("AVIF", |head| has_brand(head, AVIF), "avifdec {} code.png"),
    kind(
        "HEIC",
        |head| has_brand(head, HEIC),
        "heif-convert {} code.png",
    ),
    kind("MP4", |head| head.get(4..8) == Some(b"ftyp"), FFMPEG),
    kind(
        "Matroska",
        |head| head.starts_with(b"\x1A\x45\xDF\xA3"),
        FFMPEG,
    ),
    kind("JPEG XL", is_jpeg_xl, "djxl {} code.png"),
    kind(
        "JPEG 2000",
        is_jpeg_2000,
        "opj_decompress -i {} -o code.png",
    ),
    kind("JPEG XR", |head| head.starts_with(b"II\xBC"), MAGICK),
    kind("PDF", is_pdf, PDFTOPPM),
    kind("PostScript", |head| head.starts_with(b"%!PS"), MAGICK),
    kind(
        "PSD",
        |head| head.starts_with(b"8BPS"),
        "magick {}'[0]' code.png",
    ),
    kind("XCF", |head| head.starts_with(b"gimp xcf"), MAGICK),
    kind(
        "DjVu",
        |head| head.starts_with(b"AT&TFORM"),
        "ddjvu -format=tiff -page=1 {} code.tiff",
    ),
    kind("QOI", |head| head.starts_with(b"qoif"), MAGICK),
    kind("DDS", |head| head.starts_with(b"DDS "), MAGICK),
    kind(
        "OpenEXR",
        |head| head.starts_with(b"\x76\x2F\x31\x01"),
        MAGICK,
    ),
    kind(
        "Radiance HDR",
        |head| head.starts_with(b"#?RADIANCE"),
        MAGICK,
    ),
    kind("farbfeld", |head| head.starts_with(b"farbfeld"), MAGICK),
    kind("ICNS", |head| head.starts_with(b"icns"), MAGICK),
    kind("XPM", |head| head.starts_with(b"/* XPM */"), MAGICK),
    kind("WMF", |head| head.starts_with(b"\xD7\xCD\xC6\x9A"), MAGICK),
    kind(
        "EMF",
        |head| head.starts_with(b"\x01\0\0\0") && head.get(40..44) == Some(b" EMF"),
        MAGICK,
    ),
];

const fn kind(name: &'static str, is: fn(&[u8]) -> bool, convert: &'static str) -> Foreign {
    Foreign { name, is, convert }
}

/// The name of a common format that is not supported.
pub(super) fn name(bytes: &[u8]) -> Option<&'static str> {
    let known = KINDS.iter().find(|kind| (kind.is)(bytes));
    known.map(|kind| kind.name)
}

/// The command that makes a picture of a file in the format `name`, and that picture.
pub(crate) fn conversion(name: &str, quoted_file: &str) -> Option<(String, &'static str)> {
    let kind = KINDS.iter().find(|kind| kind.name == name)?;
    let convert = if cfg!(target_os = "macos") && OF_SIPS.contains(&name) {
        SIPS
    } else if cfg!(windows) && kind.convert != FFMPEG {
        MAGICK
    } else {
        kind.convert
    };
    let made = if convert.contains("code.tiff") {
        "code.tiff"
    } else {
        "code.png"
    };
    Some((convert.replacen("{}", quoted_file, 1), made))
}

/// Brands of AVIF, alone and in sequences.
const AVIF: &[&[u8]] = &[b"avif", b"avis"];
/// Brands of HEIF: pictures, sequences and several layers in HEVC, and any other codec.
const HEIC: &[&[u8]] = &[
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"mif2",
    b"msf1",
];
/// The longest list of brands that is looked at, in bytes.
const BRANDS: usize = 256;

/// Whether an ISO media file names one of the brands: as its own, or as one it is compatible with.
fn has_brand(head: &[u8], brands: &[&[u8]]) -> bool {
    let Some((size, rest)) = head.split_first_chunk::<4>() else {
        return false;
    };
    let Some(listed) = rest.strip_prefix(b"ftyp") else {
        return false;
    };
    let size = usize::try_from(u32::from_be_bytes(*size)).unwrap_or(BRANDS);
    let end = size.saturating_sub(8).min(BRANDS).min(listed.len());
    // The second group of four is a version.
    let mut named = listed[..end]
        .chunks_exact(4)
        .enumerate()
        .filter(|(index, _)| *index != 1);
    named.any(|(_, brand)| brands.contains(&brand))
}

fn is_jpeg_xl(head: &[u8]) -> bool {
    head.starts_with(b"\xFF\x0A") || head.starts_with(b"\0\0\0\x0CJXL \r\n\x87\n")
}

fn is_jpeg_2000(head: &[u8]) -> bool {
    head.starts_with(b"\xFF\x4F\xFF\x51") || head.starts_with(b"\0\0\0\x0CjP  \r\n\x87\n")
}

/// Readers accept some bytes before a PDF.
fn is_pdf(head: &[u8]) -> bool {
    let head = &head[..head.len().min(1024)];
    let start = head.trim_ascii_start();
    start
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(start)
        .starts_with(b"%PDF-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iso(brands: &[&[u8; 4]]) -> Vec<u8> {
        let size = u32::try_from(12 + 4 * brands.len()).unwrap();
        let mut file = [&size.to_be_bytes()[..], b"ftyp", brands[0], b"\0\0\0\0"].concat();
        brands[1..].iter().for_each(|brand| file.extend(**brand));
        file.extend(b"\0\0\0\x08mdatavif");
        file
    }

    #[test]
    fn media_files_are_told_apart_by_all_their_brands() {
        for (brands, wanted) in [
            (&[b"heic", b"mif1", b"heic"][..], "HEIC"),
            (&[b"mif1", b"miaf", b"avif"], "AVIF"),
            (&[b"mif1", b"heic"], "HEIC"),
            (&[b"heis"], "HEIC"),
            (&[b"msf1"], "HEIC"),
            (&[b"avis"], "AVIF"),
            (&[b"isom", b"iso2", b"mp41"], "MP4"),
            (&[b"qt  "], "MP4"),
        ] {
            assert_eq!(name(&iso(brands)), Some(wanted));
        }
    }

    #[test]
    fn a_command_converts_each_kind() {
        for kind in KINDS {
            let (command, made) = conversion(kind.name, "'my code'").unwrap();
            assert!(
                command.contains("'my code'") && made.starts_with("code."),
                "{command}"
            );
        }
        assert!(conversion("PNG", "a").is_none());
    }

    #[test]
    fn what_is_no_picture_has_no_name() {
        for other in [
            &b""[..],
            b"{}",
            b"ftyp",
            b"\0\0\0\x10ftyp",
            b"text %PDF-",
            b"8BP",
        ] {
            assert!(name(other).is_none() || other.ends_with(b"ftyp"));
        }
    }
}
