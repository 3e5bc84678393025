//! Options that devtool does not have: its own in their place, or what to type.

use super::line::{Line, LinePart, Typed, known};
use super::table::{self, Instead, Meaning, OptionRow};
use crate::error::{Error, Kind, Result};

/// Commands that the Stripe CLI has, too, with the options for which it is suggested.
const OF_BOTH: [&str; 3] = ["listen", "trigger", "login"];

/// The command line with devtool's own options.
///
/// # Errors
/// Says what to type where devtool has no option for it.
pub(super) fn replace(line: Line, definition: &clap::Command) -> Result<Line> {
    let definition = line.definition(definition);
    if line.parts.iter().any(|part| lacks_value(part, &line, definition)) {
        // clap says that a value is required.
        return Ok(with_own(&line, definition));
    }
    let mut parts = Vec::new();
    for part in &line.parts {
        parts.extend(in_place_of(part, &line, definition)?);
    }
    Ok(Line { parts, ..line })
}

/// An option that devtool does not have, with what it is in devtool, where that can be typed with this command.
fn foreign<'p>(
    part: &'p LinePart,
    line: &Line,
    definition: &clap::Command,
) -> Option<(&'p Typed, &'static OptionRow)> {
    let LinePart::Option(typed) = part else { return None };
    let command = line.command();
    let row = table::option(&command, &typed.name).filter(|_| !typed.is_known)?;
    let can_be_typed = match row.meaning {
        Meaning::Other(_, Instead::Field(name) | Instead::Value(name)) => {
            known(name, definition).is_some()
        }
        Meaning::Other(_, Instead::Stripe) => OF_BOTH.contains(&command.as_str()),
        _ => true,
    };
    can_be_typed.then_some((typed, row))
}

/// Whether it is an option in whose place one of devtool's is to be typed, without its value.
fn lacks_value(part: &LinePart, line: &Line, definition: &clap::Command) -> bool {
    foreign(part, line, definition).is_some_and(|(typed, row)| {
        typed.value.is_none()
            && matches!(row.meaning, Meaning::Other(_, Instead::Field(_) | Instead::Value(_)))
    })
}

fn in_place_of(part: &LinePart, line: &Line, definition: &clap::Command) -> Result<Vec<LinePart>> {
    let Some((typed, row)) = foreign(part, line, definition) else {
        return Ok(vec![part.clone()]);
    };
    let value = typed.value.clone();
    match value.as_ref().filter(|_| !row.takes_value).map(|value| value.to_string_lossy()) {
        Some(value) if value == "false" => return Ok(Vec::new()),
        Some(value) if value != "true" => return Ok(vec![part.clone()]),
        _ => {}
    }
    Ok(match row.meaning {
        Meaning::Always => Vec::new(),
        Meaning::Named(name) => vec![LinePart::option(name, value)],
        Meaning::Option(name, "") => vec![LinePart::option(name, None)],
        Meaning::Option(name, value) => vec![LinePart::option(name, Some(value.into()))],
        Meaning::Each(name) => {
            let Some(values) = value else { return Ok(vec![LinePart::option(name, None)]) };
            let values = values.to_string_lossy().into_owned();
            let each =
                values.split(',').map(|value| LinePart::option(name, Some(value.trim().into())));
            each.collect()
        }
        Meaning::Other(hint, instead) => {
            let own = with_own(line, definition);
            return Err(error(typed, line, &own, (hint, instead)));
        }
    })
}

fn error(
    typed: &Typed,
    line: &Line,
    own: &Line,
    (hint, instead): (&'static str, Instead),
) -> Error {
    let command = std::iter::once("devtool".to_owned()).chain(line.command.iter().cloned());
    let command = command.collect::<Vec<_>>().join(" ");
    let message = format!("`{command}` has no option `{}`", typed.name);
    let error = Error::new(Kind::Usage, message);
    match instead {
        Instead::Nothing => error.hinted(hint),
        Instead::Command(command) => error.hinted(hint).suggesting(command),
        Instead::Field(_) | Instead::Value(_) => own.suggested(error, hint),
        Instead::Stripe => {
            let is_theirs =
                |part: &LinePart| !matches!(part, LinePart::Option(typed) if typed.is_known);
            let mut line = line.clone().of_stripe();
            line.parts.retain(is_theirs);
            line.suggested(error, hint)
        }
    }
}

/// The command line with devtool's own options, where they take values of another form.
fn with_own(line: &Line, definition: &clap::Command) -> Line {
    let own = |part: &LinePart| {
        let Some((typed, row)) = foreign(part, line, definition) else { return part.clone() };
        let value = typed.value.as_ref().map(|value| value.to_string_lossy());
        match row.meaning {
            Meaning::Other(_, Instead::Field(name)) => {
                LinePart::option(name, value.map(|value| field(&value).into()))
            }
            Meaning::Other(_, Instead::Value(name)) => LinePart::option(name, typed.value.clone()),
            _ => part.clone(),
        }
    };
    Line { parts: line.parts.iter().map(own).collect(), ..line.clone() }
}

/// `metadata.order=7` of the Stripe CLI's `invoice:metadata[order]=7`.
fn field(text: &str) -> String {
    let (path, value) = text.split_once('=').map_or((text, None), |(path, v)| (path, Some(v)));
    let path = path.split_once(':').map_or(path, |(_, path)| path);
    let mut own = String::new();
    for (at, part) in path.split('[').enumerate() {
        match part.split_once(']').filter(|_| at > 0) {
            Some((index, after)) if index.parse::<usize>().is_ok() => {
                own.push_str(&format!("[{index}]{after}"));
            }
            Some((name, after)) => own.push_str(&format!(".{name}{after}")),
            None => own.push_str(part),
        }
    }
    value.map_or_else(|| own.clone(), |value| format!("{own}={value}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_the_stripe_cli_are_written_as_devtool_reads_them() {
        for (theirs, own) in [
            ("invoice:description=a:b=c", "description=a:b=c"),
            ("plan:product[name]=Gold", "product.name=Gold"),
            ("invoice:lines[0][metadata][a]=1", "lines[0].metadata.a=1"),
            ("invoice:lines[0].amount=7", "lines[0].amount=7"),
            ("invoice:metadata[a].b=[]", "metadata.a.b=[]"),
            ("invoice:description", "description"),
            ("amount=5", "amount=5"),
        ] {
            assert_eq!(field(theirs), own);
        }
    }
}
