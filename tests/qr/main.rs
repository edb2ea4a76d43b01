//! The picture decoder on whole pictures: made ones of many categories, and the fixtures.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::many_single_char_names,
    clippy::similar_names,
    reason = "sizes of pictures and points in them are small"
)]
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests look for the fixtures, and fail by panicking"
)]

mod fixtures;
mod formats;
mod made;
mod rates;
mod read;
mod svg;
mod time;
