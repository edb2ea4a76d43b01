//! Which three finder patterns may be the corners of one code, however slanted.

use super::Finder;

/// The most finder patterns that are combined: 680 combinations.
pub(crate) const MOST_FINDERS: usize = 17;

/// The indices of all combinations that may be three corners of a slanted square, the squarest
/// first; of each, the top left, the top right and the bottom left one.
pub(crate) fn triples(finders: &[Finder]) -> Vec<[usize; 3]> {
    let mut ranked: Vec<(f32, [usize; 3])> = Vec::new();
    let count = finders.len().min(MOST_FINDERS);
    for (corner, one) in (0..count).flat_map(|a| (0..count).map(move |b| (a, b))) {
        for other in one + 1..count {
            if corner != one && corner != other {
                ranked.extend(triple(finders, [corner, one, other]));
            }
        }
    }
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    ranked.into_iter().map(|(_, triple)| triple).collect()
}

/// How much larger the largest of the three is than the smallest.
pub(crate) fn growth(three: [Finder; 3]) -> f32 {
    let modules = three.map(|finder| finder.module);
    let largest = modules.iter().copied().fold(0.0, f32::max);
    largest / modules.iter().copied().fold(f32::INFINITY, f32::min)
}

/// A finder pattern as the corner between two others, in order; and how far from a square that
/// is (0 is a square).
fn triple(finders: &[Finder], indices: [usize; 3]) -> Option<(f32, [usize; 3])> {
    let three = indices.map(|index| finders[index]);
    let [corner, one, other] = three;
    let [first, second] =
        [one, other].map(|end| [0, 1].map(|axis| end.centre[axis] - corner.centre[axis]));
    let (long, short) = (first[0].hypot(first[1]), second[0].hypot(second[1]));
    let cosine = (first[0] * second[0] + first[1] * second[1]) / (long * short);
    let sides = (long / short).ln().abs();
    let growth = growth(three).ln();
    let module = three.iter().map(|finder| finder.module).sum::<f32>() / 3.0;
    let across = f32::midpoint(long, short) / module + 7.0;
    // Half to three times, 45 to 135 degrees, and a size that a version may have.
    let plausible = sides < 1.1 && growth < 1.15 && cosine.abs() < 0.7;
    if !plausible || !(17.0..230.0).contains(&across) {
        return None;
    }
    let turn = first[0] * second[1] - first[1] * second[0];
    let [corner, one, other] = indices;
    let ordered = if turn > 0.0 {
        [corner, one, other]
    } else {
        [corner, other, one]
    };
    // Small codes come about by chance less often than large ones.
    Some((
        sides + growth + 2.0 * cosine.abs() + across / 200.0,
        ordered,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finder(x: f32, y: f32, module: f32) -> Finder {
        Finder {
            centre: [x, y],
            module,
        }
    }

    #[test]
    fn a_slanted_square_is_one_and_a_line_is_none() {
        let slanted = [
            finder(324.0, 190.0, 2.0),
            finder(146.0, 142.0, 6.0),
            finder(138.0, 334.0, 5.0),
        ];
        assert_eq!(triples(&slanted)[0], [1, 0, 2]);
        let line = [0.0, 100.0, 200.0].map(|x| finder(x, 50.0, 4.0));
        assert!(triples(&line).is_empty());
    }
}
