//! Which stages of the pipeline run: all of them, except in the ablation benchmark.

use super::attempts::{Attempt, PICTURE};
use super::picture::Plane;

/// The stages of a run, by name: planes, ways of preprocessing, decoders, and the names below.
#[derive(Clone, Copy, Default)]
pub(crate) struct Stages {
    without: Option<&'static str>,
}

/// Soft decoding, wherever it is tried.
pub(crate) const SOFT_DECODING: &str = "soft decoding";
/// The search of large pages by the tile.
pub(crate) const TILES: &str = "tiles";
/// What no run can do without.
const REQUIRED: [&str; 3] = ["white background", "original", "rxing"];

impl Stages {
    /// All stages but one.
    pub(crate) fn without(stage: &'static str) -> Self {
        Self {
            without: Some(stage),
        }
    }

    pub(crate) fn contains(self, stage: &str) -> bool {
        self.without != Some(stage)
    }
}

/// The names of all stages of [`PICTURE`] that can be left out, in the order of their attempts.
pub(crate) fn optional_stages() -> Vec<&'static str> {
    let mut stages: Vec<&'static str> = Vec::new();
    for attempt in PICTURE.quick.iter().chain(PICTURE.thorough) {
        match attempt {
            Attempt::Decode(plane, preprocess, decoders) => {
                stages.extend([Plane::name(*plane), preprocess.name]);
                stages.extend(decoders.iter().map(|decoder| decoder.name()));
            }
            Attempt::Tiles(_) => stages.push(TILES),
            Attempt::SoftDecode(_) => stages.push(SOFT_DECODING),
        }
    }
    let mut seen: Vec<&str> = REQUIRED.to_vec();
    stages.retain(|stage| {
        let new = !seen.contains(stage);
        seen.push(stage);
        new
    });
    stages
}
