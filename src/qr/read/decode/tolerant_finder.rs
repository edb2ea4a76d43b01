//! A tolerant search for finder patterns. It decodes nothing: its triples are for soft decoding.
//!
//! Blur shrinks the core of a finder pattern and widens its light ring. An angled view makes one
//! pattern three times as large as another. rxing refuses both, because most such things are not codes.
//! Here a place only needs five alternating runs, about symmetric, across and down. Later, the timing
//! patterns tell which triples are worth a try.

use image::GrayImage;

use super::finder_triples::{MAX_FINDERS, rank_triples};
use super::{Decoder, Detection, FinderPattern, FinderTriple};
use crate::qr::read::deadline::Deadline;
use crate::qr::read::geometry::{Point, distance, to_index};

/// The search; it expects a black and white view.
pub(crate) struct TolerantFinder;

/// The most triples that are kept.
const MAX_TRIPLES: usize = 24;

impl Decoder for TolerantFinder {
    fn name(&self) -> &'static str {
        "tolerant finder"
    }

    fn detect(&self, grey: &GrayImage, deadline: Deadline) -> Detection {
        let mut clusters = find_clusters(grey, deadline);
        clusters.sort_by_key(|cluster| std::cmp::Reverse(cluster.rows));
        clusters.truncate(MAX_FINDERS);
        let finders: Vec<FinderPattern> = clusters.iter().map(|cluster| cluster.mean).collect();
        let triples = rank_triples(&finders).into_iter().take(MAX_TRIPLES);
        let triple = |indices: [usize; 3]| FinderTriple(indices.map(|index| finders[index]));
        Detection {
            triples: triples.map(triple).collect(),
            ..Detection::default()
        }
    }
}

/// Rows that cross what may be one finder pattern.
struct Cluster {
    mean: FinderPattern,
    rows: u16,
}

impl Cluster {
    /// Adds the finder pattern as one more row sees it to the mean.
    fn add(&mut self, finder: FinderPattern) {
        self.rows += 1;
        let weight = 1.0 / f32::from(self.rows);
        let blend = |old: f32, new: f32| old + (new - old) * weight;
        let old = self.mean;
        self.mean = FinderPattern {
            centre: [0, 1].map(|axis| blend(old.centre[axis], finder.centre[axis])),
            module_size: blend(old.module_size, finder.module_size),
        };
    }
}

fn find_clusters(grey: &GrayImage, deadline: Deadline) -> Vec<Cluster> {
    let mut clusters: Vec<Cluster> = Vec::new();
    for (y, row) in (0..grey.height()).zip(grey.rows()) {
        if deadline.has_passed() {
            break;
        }
        let runs = run_lengths(row.map(|pixel| pixel.0[0] < 128));
        // Runs alternate, and the first one is light.
        for (five, end) in runs.windows(5).skip(1).step_by(2).zip(run_ends(&runs)) {
            let Some(width) = finder_width(five) else {
                continue;
            };
            let x = end - five[4] - five[3] - five[2] / 2;
            if let Some(finder) = check_column(grey, [x, y], width) {
                add_to_cluster(&mut clusters, finder);
            }
        }
    }
    clusters.retain(|cluster| cluster.rows >= 2);
    clusters
}

fn add_to_cluster(clusters: &mut Vec<Cluster>, finder: FinderPattern) {
    let is_near = |cluster: &&mut Cluster| {
        distance(cluster.mean.centre, finder.centre) < 2.0 * cluster.mean.module_size
    };
    match clusters.iter_mut().find(is_near) {
        Some(cluster) => cluster.add(finder),
        None => clusters.push(Cluster {
            mean: finder,
            rows: 1,
        }),
    }
}

/// The lengths of light and dark runs in turn, in pixels. The first one is light and may be 0.
fn run_lengths(row: impl Iterator<Item = bool>) -> Vec<u32> {
    let mut runs = vec![0];
    let mut dark = false;
    for pixel in row {
        if pixel == dark {
            if let Some(run) = runs.last_mut() {
                *run += 1;
            }
        } else {
            runs.push(1);
            dark = pixel;
        }
    }
    runs
}

/// Where each window of five runs that starts dark ends.
fn run_ends(runs: &[u32]) -> impl Iterator<Item = u32> {
    let sums = runs.iter().scan(0, |sum, run| {
        *sum += run;
        Some(*sum)
    });
    sums.skip(5).step_by(2)
}

/// The total of five runs if they may cross a finder pattern.
fn finder_width(runs: &[u32]) -> Option<u32> {
    let &[a, b, core, d, e] = runs else {
        return None;
    };
    let width = a + b + core + d + e;
    let alike = |one: u32, other: u32| one <= 2 * other + 1 && other <= 2 * one + 1;
    let thin = |run: u32| 16 * run >= width && 3 * run <= width;
    let fits = alike(a, e) && alike(b, d) && [a, b, d, e].into_iter().all(thin);
    (width >= 7 && fits && 6 * core >= width && 5 * core <= 3 * width).then_some(width)
}

/// The finder pattern of this width at a pixel of its core, if the column through it agrees.
fn check_column(grey: &GrayImage, [x, y]: [u32; 2], width: u32) -> Option<FinderPattern> {
    let (middle, height) = runs_in_column(grey, x, y, width)?;
    if width > 3 * height || height > 3 * width {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "sides of a picture are small")]
    let (centre, area): (Point, f32) = ([x as f32 + 0.5, middle], width as f32 * height as f32);
    Some(FinderPattern {
        centre,
        module_size: area.sqrt() / 7.0,
    })
}

/// The middle and the height of the finder pattern in the column through a dark pixel.
fn runs_in_column(grey: &GrayImage, x: u32, y: u32, width: u32) -> Option<(f32, u32)> {
    let reach = 2 * width;
    let dark = |y: u32| {
        grey.get_pixel_checked(x, y)
            .is_some_and(|pixel| pixel.0[0] < 128)
    };
    if !dark(y) {
        return None;
    }
    let up = first_runs((0..y).rev().take(to_index(reach)).map(dark));
    let down = first_runs((y + 1..grey.height()).take(to_index(reach)).map(dark));
    let five = [up[2], up[1], up[0] + 1 + down[0], down[1], down[2]];
    let height = finder_width(&five)?;
    #[expect(clippy::cast_precision_loss, reason = "sides of a picture are small")]
    let middle = y as f32 + 0.5 + (down[0] as f32 - up[0] as f32) / 2.0;
    Some((middle, height))
}

/// The lengths of the first three runs: dark, light, dark.
fn first_runs(pixels: impl Iterator<Item = bool>) -> [u32; 3] {
    let mut runs = [0; 3];
    let mut at = 0;
    for dark in pixels {
        if dark == (at == 1) {
            at += 1;
        }
        match runs.get_mut(at) {
            Some(run) => *run += 1,
            None => break,
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::qr::read::preprocess::filter::{box_mean, mean_threshold};

    #[test]
    fn a_blurred_code_gives_a_triple() {
        let png = crate::qr::Matrix::new("hello").unwrap().to_png(8).unwrap();
        let grey = image::load_from_memory(&png).unwrap().into_luma8();
        let blurred = box_mean(&box_mean(&grey, 4), 4);
        let view = mean_threshold(&blurred, 9);
        let detection = TolerantFinder.detect(&view, Deadline::after(Duration::MAX));
        let wanted = [[60.0, 60.0], [172.0, 60.0], [60.0, 172.0]];
        let is_near = |triple: &FinderTriple| {
            let mut pairs = triple.centres().into_iter().zip(wanted);
            pairs.all(|(centre, wanted)| distance(centre, wanted) < 5.0)
        };
        assert!(detection.decoded.is_empty() && detection.triples.iter().any(is_near));
    }

    #[test]
    fn the_smallest_pictures_give_no_triples() {
        for (width, height) in [(1, 1), (7, 1), (1, 7)] {
            let grey = GrayImage::new(width, height);
            let detection = TolerantFinder.detect(&grey, Deadline::after(Duration::MAX));
            assert!(detection.triples.is_empty());
        }
    }
}
