//! The catalogue's templates: JSON whose strings hold expressions in braces.
//!
//! `"{customer}"` is the id of the story's customer, `"{created(invoice)+1mo}"` a moment. A string
//! that is one expression takes the value's own type; expressions among other text become text.

use serde_json::{Map, Value};

use super::error::{EventError, Result};
use super::path::Path;
use crate::protocol::moment::Offset;

/// What stands between braces.
#[derive(Debug, PartialEq)]
pub(super) enum Expression<'t> {
    /// `absent`: the member is left out.
    Absent,
    /// `id`: the object's own id.
    OwnId,
    /// `amount`, `currency`, `email`: a parameter of the story.
    Parameter(&'t str),
    /// `text(amount)`, `text(percent(50))`: the same as text.
    Text(Box<Expression<'t>>),
    /// `shown(amount)`: the same as a reader sees it, such as `$29.00`.
    Shown,
    /// `short(invoice)`: the first 25 characters of the id of the story's object of that name.
    Short(&'t str),
    /// `percent(25)`: that part of the amount, rounded towards zero; `percent(-100)` is money out, and
    /// `percent(-100, -1500)` money out and a fee.
    Percent(i32, i64),
    /// `code(customer)`: eight capitals and digits that belong to an object.
    Code(&'t str),
    /// `random(25)`: that many characters that belong to the own object.
    Random(usize),
    /// `whole(issuing.card)`: the story's object of that name itself, in its first state;
    /// `whole(source, chargeable)` in another one.
    Whole(&'t str, Option<&'t str>),
    /// `metadata(subscription)`: that of the story's objects of that type.
    Metadata(&'t str),
    /// `month`, `year`: those of the event's moment.
    Calendar(&'t str),
    /// A point in time.
    Moment(MomentExpression<'t>),
    /// `written(created)`: a point in time as text, as `/v2` has it.
    Written(MomentExpression<'t>),
    /// `milliseconds(at)`: a point in time in the one unit that is not Stripe's usual one.
    Milliseconds(MomentExpression<'t>),
    /// `own(line_item)`: the id of the thing of that name that belongs to the own object alone.
    Own(&'t str),
    /// Any other name: the id of the story's object of that name.
    Id(&'t str),
}

/// A point in time: an anchor and the way from it.
#[derive(Debug, PartialEq)]
pub(super) struct MomentExpression<'t> {
    pub(super) anchor: Anchor<'t>,
    pub(super) offsets: Vec<Offset>,
}

/// What a moment is counted from.
#[derive(Debug, PartialEq)]
pub(super) enum Anchor<'t> {
    /// `at`: the event's own moment.
    At,
    /// `at(invoice.finalized)`: the moment of that event about the own object.
    Event(&'t str),
    /// `first`: the first event of the story.
    First,
    /// `created` and `created(invoice)`: the creation of the own object, or of another.
    Created(Option<&'t str>),
}

/// Gives expressions their values.
pub(super) trait Evaluate {
    /// The value, `None` for one that is left out.
    fn value(&self, expression: &Expression<'_>) -> Result<Option<Value>>;
    /// The error for an expression that is none.
    fn error(&self, text: &str) -> EventError;
}

/// Makes changes in a template, by path.
pub(super) fn apply(template: &mut Value, changes: &Map<String, Value>) -> Result<()> {
    for (path, value) in changes {
        let error = |why: &str| EventError::at_words(path, format!("path `{path}`: {why}"));
        let parsed = Path::parse(path).map_err(|why| error(&why))?;
        if !parsed.set(template, value.clone()) {
            return Err(error("it leads nowhere"));
        }
    }
    Ok(())
}

/// The template with every expression replaced; `None` where the whole is left out.
pub(super) fn render(mut template: Value, facts: &dyn Evaluate) -> Result<Option<Value>> {
    Ok(fill(&mut template, facts)?.then_some(template))
}

/// Replaces in place, because a copied object keeps its table of keys and one put together anew has to
/// hash each of them. Returns whether there is a value, and not one that is left out.
fn fill(template: &mut Value, facts: &dyn Evaluate) -> Result<bool> {
    match template {
        Value::String(text) if text.as_bytes().contains(&b'{') => match string(text, facts)? {
            Some(value) => *template = value,
            None => return Ok(false),
        },
        Value::Array(list) => {
            let mut left_out = Vec::new();
            for (at, item) in list.iter_mut().enumerate() {
                if !fill(item, facts)? {
                    left_out.push(at);
                }
            }
            for at in left_out.into_iter().rev() {
                list.remove(at);
            }
        }
        Value::Object(members) => {
            let mut left_out = Vec::new();
            for (name, member) in members.iter_mut() {
                if !fill(member, facts)? {
                    left_out.push(name.clone());
                }
            }
            for name in left_out {
                members.shift_remove(&name);
            }
        }
        _ => {}
    }
    Ok(true)
}

fn string(text: &str, facts: &dyn Evaluate) -> Result<Option<Value>> {
    let evaluate = |inner: &str| match parse(inner) {
        Some(expression) => facts.value(&expression),
        None => Err(facts.error(inner)),
    };
    let whole = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    if let Some(inner) = whole.filter(|inner| !inner.contains(['{', '}'])) {
        return evaluate(inner);
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (inner, after) = after.split_once('}').ok_or_else(|| facts.error(text))?;
        out.push_str(before);
        match evaluate(inner)? {
            Some(Value::String(value)) => out.push_str(&value),
            Some(value) => out.push_str(&value.to_string()),
            None => return Err(facts.error(text)),
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(Some(Value::String(out)))
}

/// Reads what stands between braces; `None` where it is no expression.
pub(super) fn parse(text: &str) -> Option<Expression<'_>> {
    if let Some(moment) = parse_moment(text) {
        return Some(Expression::Moment(moment));
    }
    let (name, argument) = call(text)?;
    Some(match (name, argument) {
        ("absent", None) => Expression::Absent,
        ("id", None) => Expression::OwnId,
        ("amount" | "currency" | "email", None) => Expression::Parameter(name),
        ("text", Some(number)) => match parse(number)? {
            number @ (Expression::Parameter(_) | Expression::Percent(..)) => {
                Expression::Text(Box::new(number))
            }
            _ => return None,
        },
        ("shown", Some("amount")) => Expression::Shown,
        ("short", Some(object)) if is_name(object) => Expression::Short(object),
        ("percent", Some(share)) => match share.split_once(", ") {
            None => Expression::Percent(share.parse().ok()?, 0),
            Some((share, more)) => Expression::Percent(share.parse().ok()?, more.parse().ok()?),
        },
        ("code", Some(object)) => Expression::Code(object),
        ("own", Some(object)) if is_name(object) => Expression::Own(object),
        ("whole", Some(object)) => match object.split_once(", ") {
            None => Expression::Whole(object, None),
            Some((object, state)) => Expression::Whole(object, Some(state)),
        },
        ("written", Some(moment)) => Expression::Written(parse_moment(moment)?),
        ("metadata", Some(object)) if is_name(object) => Expression::Metadata(object),
        ("milliseconds", Some(moment)) => Expression::Milliseconds(parse_moment(moment)?),
        ("month" | "year", None) => Expression::Calendar(name),
        ("random", Some(count)) => Expression::Random(count.parse().ok()?),
        (object, None) if is_name(object) => Expression::Id(object),
        _ => return None,
    })
}

/// Reads a point in time, such as `first-2h` or `created(invoice)-1mo`.
pub(super) fn parse_moment(text: &str) -> Option<MomentExpression<'_>> {
    let head_end = text.find(['+', '-']).unwrap_or(text.len());
    let (head, tail) = text.split_at(head_end);
    let anchor = match call(head)? {
        ("at", None) => Anchor::At,
        ("at", Some(event)) => Anchor::Event(event),
        ("first", None) => Anchor::First,
        ("created", object) => Anchor::Created(object),
        _ => return None,
    };
    Some(MomentExpression { anchor, offsets: offsets(tail)? })
}

/// Reads `+7d-1mo`.
fn offsets(mut tail: &str) -> Option<Vec<Offset>> {
    let mut offsets = Vec::new();
    while !tail.is_empty() {
        let end = tail[1..].find(['+', '-']).map_or(tail.len(), |at| at + 1);
        let (one, rest) = tail.split_at(end);
        offsets.push(one.parse().ok()?);
        tail = rest;
    }
    Some(offsets)
}

/// A name, or a name with an argument in parentheses.
fn call(text: &str) -> Option<(&str, Option<&str>)> {
    match text.split_once('(') {
        None => Some((text, None)),
        Some((name, rest)) => Some((name, Some(rest.strip_suffix(')')?))),
    }
}

fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_./".contains(c);
    !text.is_empty() && text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_read() {
        assert_eq!(parse("customer"), Some(Expression::Id("customer")));
        assert_eq!(parse("invoice/second"), Some(Expression::Id("invoice/second")));
        assert_eq!(parse("own(line_item)"), Some(Expression::Own("line_item")));
        assert_eq!(parse("random(25)"), Some(Expression::Random(25)));
        assert_eq!(parse("whole(card)"), Some(Expression::Whole("card", None)));
        assert_eq!(parse("whole(card, new)"), Some(Expression::Whole("card", Some("new"))));
        assert_eq!(parse("percent(-100)"), Some(Expression::Percent(-100, 0)));
        assert_eq!(parse("percent(-100, -15)"), Some(Expression::Percent(-100, -15)));
        assert_eq!(
            parse("text(amount)"),
            Some(Expression::Text(Box::new(Expression::Parameter("amount"))))
        );
        let moment = MomentExpression {
            anchor: Anchor::Created(Some("invoice")),
            offsets: vec!["+7d".parse().unwrap(), "-1mo".parse().unwrap()],
        };
        assert_eq!(parse("created(invoice)+7d-1mo"), Some(Expression::Moment(moment)));
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for text in [
            "",
            "random(x)",
            "milliseconds(x)",
            "created(invoice",
            "at+",
            "at+5",
            "Customer",
            "a b",
            "x(y)",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
