//! The screens of `mfa watch`: their state, what keys do, and how they are drawn. No I/O.

mod big_digits;
mod draw;
mod screens;
mod state;

pub(crate) use draw::draw;
pub(crate) use state::{Action, State};
