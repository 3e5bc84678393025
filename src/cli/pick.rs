//! A picker on a full screen of its own, for commands that were typed without what they are about.

use super::context::Context;
use super::out::Out;
use super::output_options::Format;
use super::ui::screen::{FullScreen, next_keys};
use crate::error::Result;
use crate::inspector::{KeyPress, Picker, PickerItem};
use crate::process::terminal;

/// What came of it.
pub(super) enum Pick {
    /// That was picked.
    Picked(String),
    /// The user left.
    Left,
    /// Ctrl-C.
    Interrupted,
}

/// Whether somebody is there who can pick.
pub(super) fn can_pick(format: Format, context: &Context) -> bool {
    let is_ci = context.environment.variable("CI").is_some();
    format == Format::Text && !is_ci && Out::can_show_screen(&context.environment)
}

/// Lets the user pick one of the choices, and says which command that makes: the one that was typed, about it.
///
/// # Errors
/// The terminal cannot be used.
pub(super) fn pick(title: &str, choices: Vec<PickerItem>, context: &mut Context) -> Result<Pick> {
    let mut screen = FullScreen::enter(context.out.layout().palette)?;
    let mut picker = Picker::new(choices);
    let pick = until_picked(&mut screen, &mut picker, title);
    drop(screen);
    let pick = pick?;
    if let Pick::Picked(name) = &pick {
        context.typed = context.typed.clone().about(name);
        context.out.note(&format!("$ {}", context.typed));
    }
    Ok(pick)
}

fn until_picked(screen: &mut FullScreen, picker: &mut Picker, title: &str) -> Result<Pick> {
    loop {
        screen.draw_picker(picker, title)?;
        // A terminal that is gone has nobody who could pick.
        let Ok(keys) = next_keys() else { return Ok(Pick::Left) };
        for key in keys {
            match key {
                KeyPress::Esc => return Ok(Pick::Left),
                KeyPress::Ctrl('c') => return Ok(Pick::Interrupted),
                // Where a system cannot suspend a program, nothing happens.
                KeyPress::Ctrl('z') => drop(screen.without(terminal::stop)?),
                key => {
                    if let Some(name) = picker.press(key) {
                        return Ok(Pick::Picked(name));
                    }
                }
            }
        }
    }
}
