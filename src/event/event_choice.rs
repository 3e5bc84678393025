//! Which events of a run a setting is for: what stands before the first colon of its path.

use std::fmt;

use crate::text::pattern;

/// Some of a run's events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventChoice {
    /// That of a step, counted from 1.
    Step(usize),
    /// Those of a type, or of the types that fit a pattern.
    Type(String),
}

impl EventChoice {
    /// Takes apart what a path begins with and the path itself; `None` where it begins with no choice. No field of
    /// Stripe's has a colon in its name; one of the user's own has, in quotes. `after` is what was typed behind the
    /// path.
    ///
    /// # Errors
    /// What stands before the colon is the Stripe CLI's, or nothing stands after it.
    pub(super) fn split<'p>(path: &'p str, after: &str) -> Result<Option<(Self, &'p str)>, String> {
        let Some((choice, field)) = path.split_once(':') else { return Ok(None) };
        if choice.is_empty() || choice.contains(['"', '[']) {
            return Ok(None);
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let step = choice.parse().ok().filter(|step| *step > 0);
        if field.is_empty() {
            return Err(format!("a path is missing after `{choice}:`"));
        }
        match step {
            Some(step) => Ok(Some((Self::Step(step), field))),
            None if choice.chars().all(|c| c.is_ascii_digit()) => {
                Err(format!("`{choice}:` is no step: steps count from 1"))
            }
            None if choice.chars().all(is_name) => {
                Err(format!("`{choice}:` names a step of the Stripe CLI's: write `{field}{after}`"))
            }
            None => Ok(Some((Self::Type(choice.to_owned()), field))),
        }
    }

    /// Whether it means the event of a step, counted from 1, and of a type.
    pub fn fits(&self, step: usize, event_type: &str) -> bool {
        match self {
            Self::Step(number) => *number == step,
            Self::Type(name) => pattern::fits(name, event_type),
        }
    }
}

impl fmt::Display for EventChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step(number) => write!(f, "{number}"),
            Self::Type(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_the_first_colon_chooses_events() {
        let split = |path| match EventChoice::split(path, "=x") {
            Ok(Some((choice, field))) => format!("{choice} | {field}"),
            Ok(None) => "none".to_owned(),
            Err(error) => error,
        };
        assert_eq!(split("invoice.paid:metadata.x"), "invoice.paid | metadata.x");
        assert_eq!(split("invoice.*:a:b"), "invoice.* | a:b");
        assert_eq!(split("*:a"), "* | a");
        assert_eq!(split("3:amount"), "3 | amount");
        assert_eq!(split("metadata[\"a:b\"]"), "none");
        assert_eq!(split("amount"), "none");
        assert_eq!(split("0:amount"), "`0:` is no step: steps count from 1");
        assert_eq!(split("invoice.paid:"), "a path is missing after `invoice.paid:`");
        assert_eq!(
            split("invoice:description"),
            "`invoice:` names a step of the Stripe CLI's: write `description=x`"
        );
    }
}
