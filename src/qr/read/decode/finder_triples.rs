//! Which three finder patterns may be the corners of one code, even if it is seen at an angle.

use super::FinderPattern;
use crate::qr::read::geometry::length;

/// The most finder patterns that are combined, which gives 680 triples.
pub(crate) const MAX_FINDERS: usize = 17;

/// All triples that may be corners of a square seen at an angle, as indices: top left, top right,
/// bottom left. The most plausible triple comes first.
pub(crate) fn rank_triples(finders: &[FinderPattern]) -> Vec<[usize; 3]> {
    let mut ranked: Vec<(f32, [usize; 3])> = Vec::new();
    let count = finders.len().min(MAX_FINDERS);
    for (corner, one) in (0..count).flat_map(|a| (0..count).map(move |b| (a, b))) {
        for other in one + 1..count {
            if corner != one && corner != other {
                ranked.extend(score_triple(finders, [corner, one, other]));
            }
        }
    }
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    ranked.into_iter().map(|(_, triple)| triple).collect()
}

/// The module size of the largest of the three over that of the smallest.
pub(crate) fn size_ratio(three: [FinderPattern; 3]) -> f32 {
    let modules = three.map(|finder| finder.module_size);
    let largest = modules.iter().copied().fold(0.0, f32::max);
    largest / modules.iter().copied().fold(f32::INFINITY, f32::min)
}

/// Takes the first of three as the corner between the others. Gives a penalty (0 for a small
/// square) and the indices in order; none if the three cannot belong to one code.
fn score_triple(finders: &[FinderPattern], indices: [usize; 3]) -> Option<(f32, [usize; 3])> {
    let three = indices.map(|index| finders[index]);
    let [corner, one, other] = three;
    let [first, second] =
        [one, other].map(|end| [0, 1].map(|axis| end.centre[axis] - corner.centre[axis]));
    let (long, short) = (length(first), length(second));
    let cosine = (first[0] * second[0] + first[1] * second[1]) / (long * short);
    let sides = (long / short).ln().abs();
    let growth = size_ratio(three).ln();
    let module = three.iter().map(|finder| finder.module_size).sum::<f32>() / 3.0;
    let across = f32::midpoint(long, short) / module + 7.0;
    // Sides of a third to three times each other, 45 to 135 degrees, and the size of some version.
    let plausible = sides < 1.1 && growth < 1.15 && cosine.abs() < 0.7;
    if !plausible || !(17.0..230.0).contains(&across) {
        return None;
    }
    let cross = first[0] * second[1] - first[1] * second[0];
    let [corner, one, other] = indices;
    let ordered = if cross > 0.0 {
        [corner, one, other]
    } else {
        [corner, other, one]
    };
    // Chance makes large triples more often than small ones.
    Some((
        sides + growth + 2.0 * cosine.abs() + across / 200.0,
        ordered,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finder(x: f32, y: f32, module_size: f32) -> FinderPattern {
        FinderPattern {
            centre: [x, y],
            module_size,
        }
    }

    #[test]
    fn a_slanted_square_is_a_triple_and_a_line_is_not() {
        let slanted = [
            finder(324.0, 190.0, 2.0),
            finder(146.0, 142.0, 6.0),
            finder(138.0, 334.0, 5.0),
        ];
        assert_eq!(rank_triples(&slanted)[0], [1, 0, 2]);
        let line = [0.0, 100.0, 200.0].map(|x| finder(x, 50.0, 4.0));
        assert!(rank_triples(&line).is_empty());
    }
}
