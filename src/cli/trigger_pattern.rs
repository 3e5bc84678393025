//! `devtool trigger 'invoice.*'`: one story of all types that a pattern fits.

use super::context::Context;
use super::events;
use super::out::{Out, YesOrNo};
use crate::error::{Error, Kind, Result};
use crate::event::{Catalogue, rank};
use crate::scenario::Scenario;
use crate::text::{pattern, suggestion};

/// How many events are sent without asking.
const UNASKED: usize = 50;

/// Whether a word means several types.
pub(super) fn is_pattern(word: &str) -> bool {
    word.contains('*')
}

/// The story of the types that fit, causes before effects.
///
/// # Errors
/// None fits.
pub(super) fn scenario(typed: &str) -> Result<Scenario> {
    let names = Catalogue::names();
    let mut fitting: Vec<&str> = names.filter(|name| pattern::fits(typed, name)).collect();
    if fitting.is_empty() {
        return Err(events::none_fits(typed, &suggestion::near(typed, Catalogue::names())));
    }
    fitting.sort_by_key(|name| rank::of_type(name));
    Ok(Scenario::of_types(typed, fitting.into_iter()))
}

/// Whether so many events are to be sent; more than [`UNASKED`] only where the user says so.
///
/// # Errors
/// Nobody can be asked.
pub(super) fn agreed(scenario: &Scenario, is_agreed: bool, context: &mut Context) -> Result<bool> {
    let (typed, count) = (&scenario.name, scenario.steps.len());
    if count <= UNASKED || is_agreed {
        return Ok(true);
    }
    if !Out::can_ask() {
        let message = format!("`{typed}` means {count} events, and nobody can be asked");
        let (send, list) = (context.typed.clone(), context.fitted("devtool events"));
        return Err(Error::new(Kind::Usage, message).hinted(format!(
            "list them with `{list} '{typed}'`, or send them without asking{}:\n{}",
            send.to_add(),
            send.with_flag("--yes"),
        )));
    }
    let _question = context.shutdown.immediate();
    let is_agreed = Out::agrees(&format!("send {count} events?"), YesOrNo::No);
    if !is_agreed {
        context.out.note("nothing was sent");
    }
    Ok(is_agreed)
}
