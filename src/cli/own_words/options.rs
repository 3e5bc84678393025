//! Options that devtool does not have: its own in their place, or what to type.

use super::line::{Line, LinePart, Typed};
use super::table::{self, Instead, Meaning};
use crate::error::{Error, Kind, Result};

/// The command line with devtool's own options.
///
/// # Errors
/// Says what to type where devtool has no option for it.
pub(super) fn replace(line: Line) -> Result<Line> {
    if line.parts.iter().any(|part| lacks_value(part, &line)) {
        // clap says that a value is required.
        return Ok(with_own(&line));
    }
    let mut parts = Vec::new();
    for part in &line.parts {
        match part {
            LinePart::Option(typed) if !typed.is_known => {
                parts.extend(in_place_of(typed, part, &line)?);
            }
            _ => parts.push(part.clone()),
        }
    }
    Ok(Line { parts, ..line })
}

/// Whether it is an option in whose place one of devtool's is to be typed, without its value.
fn lacks_value(part: &LinePart, line: &Line) -> bool {
    let LinePart::Option(typed) = part else { return false };
    let row = table::option(&line.command(), &typed.name).map(|row| row.meaning);
    let takes_own = matches!(row, Some(Meaning::Other(_, Instead::Field(_) | Instead::Value(_))));
    takes_own && !typed.is_known && typed.value.is_none()
}

fn in_place_of(typed: &Typed, part: &LinePart, line: &Line) -> Result<Vec<LinePart>> {
    let Some(row) = table::option(&line.command(), &typed.name) else {
        return Ok(vec![part.clone()]);
    };
    let value = typed.value.clone();
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
        Meaning::Other(hint, instead) => return Err(error(typed, line, hint, instead)),
    })
}

fn error(typed: &Typed, line: &Line, hint: &'static str, instead: Instead) -> Error {
    let command = std::iter::once("devtool".to_owned()).chain(line.command.iter().cloned());
    let command = command.collect::<Vec<_>>().join(" ");
    let message = format!("`{command}` has no option `{}`", typed.name);
    let error = Error::new(Kind::Usage, message);
    match instead {
        Instead::Nothing => error.hinted(hint),
        Instead::Command(command) => error.hinted(hint).suggesting(command),
        Instead::Field(_) | Instead::Value(_) => with_own(line).suggested(error, hint),
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
fn with_own(line: &Line) -> Line {
    let command = line.command();
    let own = |part: &LinePart| {
        let LinePart::Option(typed) = part else { return part.clone() };
        let value = typed.value.as_ref().map(|value| value.to_string_lossy());
        match table::option(&command, &typed.name).filter(|_| !typed.is_known).map(|r| r.meaning) {
            Some(Meaning::Other(_, Instead::Field(name))) => {
                LinePart::option(name, value.map(|value| field(&value).into()))
            }
            Some(Meaning::Other(_, Instead::Value(name))) => {
                LinePart::option(name, typed.value.clone())
            }
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
