//! The event types that `devtool listen` is asked for.

use super::context::Context;
use super::events::none_fits;
use crate::error::{Error, Kind, Result};
use crate::event::{Catalogue, thin as thin_types};
use crate::text::{pattern, suggestion};

/// Stands for all types.
const ALL: &str = "*";

/// The snapshot types, patterns replaced by the types that they fit; empty for all.
///
/// # Errors
/// One cannot be a snapshot type.
pub(super) fn snapshot(given: &[String], context: &mut Context) -> Result<Vec<String>> {
    let given = separate("--events", given)?;
    let thin: Vec<&str> = thin_types::names()?.collect();
    if let Some(one) = given.iter().find(|one| thin.contains(one)) {
        return Err(Error::new(Kind::Usage, format!("`{one}` is a thin event type"))
            .hinted(format!("use `--thin-events {one}`")));
    }
    fitting(&given, &Catalogue::names().collect::<Vec<_>>(), context)
}

/// The thin types; empty for all, nothing where none is given.
///
/// # Errors
/// One cannot be a thin type.
pub(super) fn thin(given: &[String], context: &mut Context) -> Result<Option<Vec<String>>> {
    let given = separate("--thin-events", given)?;
    if given.is_empty() {
        return Ok(None);
    }
    fitting(&given, &thin_types::names()?.collect::<Vec<_>>(), context).map(Some)
}

/// The types that fit; empty for all.
fn fitting(given: &[&str], names: &[&str], context: &mut Context) -> Result<Vec<String>> {
    if given.contains(&ALL) {
        return Ok(Vec::new());
    }
    let mut types = Vec::new();
    for one in given {
        let fitting = names.iter().filter(|name| pattern::fits(one, name));
        let before = types.len();
        types.extend(fitting.map(|name| (*name).to_owned()));
        if types.len() == before {
            unknown(one, names, context)?;
            types.push((*one).to_owned());
        }
    }
    types.sort_unstable();
    types.dedup();
    Ok(types)
}

/// The types without the white space around them.
///
/// # Errors
/// Something else than commas separates them, or there is none.
fn separate<'g>(option: &str, given: &'g [String]) -> Result<Vec<&'g str>> {
    let types: Vec<&str> =
        given.iter().map(|one| one.trim()).filter(|one| !one.is_empty()).collect();
    if types.is_empty() && !given.is_empty() {
        return Err(Error::new(Kind::Usage, format!("`{option}` names no event type")).hinted(
            format!("leave `{option}` out for its default, or use `{option} '*'` for all types"),
        ));
    }
    if let Some(several) = types.iter().find(|one| one.contains(char::is_whitespace)) {
        let commas = several.split_whitespace().collect::<Vec<_>>().join(",");
        return Err(Error::new(Kind::Usage, format!("`{several}` is not one event type"))
            .hinted(format!("separate event types with commas: `{option} {commas}`")));
    }
    Ok(types)
}

/// A type that devtool does not know may be a new one of Stripe's: it is listened for, and said.
///
/// # Errors
/// It can be none: it is a pattern that fits nothing, or a known type in another case.
fn unknown(one: &str, names: &[&str], context: &mut Context) -> Result<()> {
    let near = suggestion::near(one, names.iter().copied());
    let is_same = near.iter().any(|name| suggestion::is_same(name, one));
    if one.contains('*') || is_same {
        return Err(none_fits(one, &near));
    }
    let meant = suggestion::did_you_mean(&near).map(|meant| format!("; {meant}"));
    context.out.warning(&format!(
        "devtool does not know the event type `{one}`{}",
        meant.unwrap_or_default()
    ));
    Ok(())
}
