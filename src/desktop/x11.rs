//! Pictures of the screens of an X server.

use x11rb::connection::Connection;
use x11rb::image::{Image, PixelLayout};
use x11rb::protocol::randr::ConnectionExt as _;
use x11rb::protocol::xproto::{Screen, Visualtype};

use super::pixels::Pixels;

/// A part of a screen: x, y, width and height.
type Area = (i16, i16, u16, u16);

/// Takes a picture of each monitor of each screen.
pub(super) fn screens() -> Result<Vec<Pixels>, String> {
    let (connection, _) =
        x11rb::connect(None).map_err(|_| "cannot reach the display".to_owned())?;
    let mut pictures = Vec::new();
    for screen in &connection.setup().roots {
        for area in monitors(&connection, screen) {
            pictures.push(picture(&connection, screen, area)?);
        }
    }
    Ok(pictures)
}

/// The monitors of a screen, or the whole screen if the server does not know them.
fn monitors(connection: &impl Connection, screen: &Screen) -> Vec<Area> {
    let whole = (0, 0, screen.width_in_pixels, screen.height_in_pixels);
    let asked = connection.randr_get_monitors(screen.root, true);
    let monitors = asked.ok().and_then(|cookie| cookie.reply().ok());
    let monitors = monitors.map(|reply| reply.monitors).unwrap_or_default();
    let areas = monitors
        .iter()
        .map(|one| (one.x, one.y, one.width, one.height));
    let areas: Vec<Area> = areas.filter(|area| is_within(*area, whole)).collect();
    if areas.is_empty() { vec![whole] } else { areas }
}

/// Whether the server can give the pixels of `area`.
fn is_within((x, y, width, height): Area, (.., all_width, all_height): Area) -> bool {
    let fits = |from: i16, length: u16, all: u16| {
        from >= 0 && length > 0 && i32::from(from) + i32::from(length) <= i32::from(all)
    };
    fits(x, width, all_width) && fits(y, height, all_height)
}

fn picture(
    connection: &impl Connection,
    screen: &Screen,
    (x, y, width, height): Area,
) -> Result<Pixels, String> {
    let refused = |_| "the display refuses a picture of the screen".to_owned();
    let layout = visual(screen).and_then(|visual| PixelLayout::from_visual_type(visual).ok());
    let layout = layout.ok_or("the display has too few colours")?;
    let (image, _) = Image::get(connection, screen.root, x, y, width, height).map_err(refused)?;
    let mut rgba = Vec::with_capacity(usize::from(width) * usize::from(height) * 4);
    for row in 0..height {
        for column in 0..width {
            let (red, green, blue) = layout.decode(image.get_pixel(column, row));
            let colours = [red, green, blue].map(|value| value.to_be_bytes()[0]);
            rgba.extend_from_slice(&colours);
            rgba.push(u8::MAX);
        }
    }
    Pixels::new(width.into(), height.into(), rgba).ok_or_else(|| "the screen is empty".to_owned())
}

/// How the pixels of a screen are built. Byte orders and depths are `x11rb`'s.
fn visual(screen: &Screen) -> Option<Visualtype> {
    let mut visuals = screen
        .allowed_depths
        .iter()
        .flat_map(|depth| &depth.visuals);
    let own = visuals.find(|visual| visual.visual_id == screen.root_visual);
    own.copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_monitor_lies_within_its_screen() {
        let whole = (0, 0, 1920, 1080);
        assert!(is_within((0, 0, 1920, 1080), whole));
        assert!(is_within((960, 0, 960, 1080), whole));
        for bad in [
            (-1, 0, 10, 10),
            (0, 0, 0, 10),
            (1, 0, 1920, 1080),
            (0, 0, 10, 1081),
        ] {
            assert!(!is_within(bad, whole), "{bad:?}");
        }
    }
}
