//! The full screen over a history: its state, what keys make of it, and its frames. It touches neither the
//! terminal nor the history: whoever runs it does what the [`Effect`]s ask for, and tells it what came of that.

mod browse;
mod command;
mod compare;
mod detail;
mod effect;
mod input;
mod key;
mod list;
mod model;
mod picker;
mod prompts;
mod tone;
mod view;
mod words;

pub(crate) use effect::{ActionResult, Copied, Effect, ScreenUpdate, answer};
pub(crate) use key::KeyPress;
pub(crate) use model::{Inspector, Start};
pub(crate) use picker::{Picker, PickerItem};
pub(crate) use view::{draw, draw_picker};

#[cfg(test)]
mod tests;
