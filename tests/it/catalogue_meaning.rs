//! What the fields of each event hold, by what its type means: the table in `catalogue_meaning.txt`.

use devtool::event::Catalogue;
use devtool::protocol::Moment;
use serde_json::Value;

use crate::catalogue::all;

const TABLE: &str = include_str!("catalogue_meaning.txt");

/// The rows of the table: a type, and its checks.
fn rows() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    let lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| {
        let (name, checks) = line.split_once(' ').expect(line);
        (name, checks.split(';').map(str::trim).collect())
    })
}

/// The value at a path; `None` where there is none.
pub(crate) fn find<'e>(event: &'e Value, path: &str) -> Option<&'e Value> {
    let (root, path) = match path.split_once('.') {
        Some(("was", path)) => (&event["data"]["previous_attributes"], path),
        Some(("event", path)) => (event, path),
        _ => (&event["data"]["object"], path),
    };
    path.split(['.', '[']).try_fold(root, |place, name| match name.strip_suffix(']') {
        Some(index) => place.get(index.parse::<usize>().unwrap()),
        None => place.get(name),
    })
}

/// Whether a check holds for an event.
pub(crate) fn holds(event: &Value, check: &str) -> bool {
    let words: Vec<&str> = check.splitn(3, ' ').collect();
    let [field, operator, expected] = words[..] else { panic!("no check: `{check}`") };
    let value = find(event, field);
    let at = event["created"].as_i64().unwrap();
    let moment = Moment::from_seconds(at);
    let other: Option<Value> = match expected {
        "absent" => None,
        "at" => Some(at.into()),
        "month" => Some(moment.month().into()),
        "year" => Some(moment.year().into()),
        path if path.starts_with('.') => find(event, &path[1..]).cloned(),
        "empty" => {
            let value = value.expect(check);
            let size =
                value.as_array().map(Vec::len).or(value.as_object().map(serde_json::Map::len));
            return (size.expect(check) == 0) == (operator == "=");
        }
        word => Some(serde_json::from_str(word).unwrap_or_else(|_| word.into())),
    };
    let number = |value: Option<&Value>| value.and_then(Value::as_i64);
    match operator {
        "=" => value == other.as_ref(),
        // A field that is not there tells nothing.
        "!=" => value.is_some() && value != other.as_ref(),
        ">" => number(value).is_some() && number(value) > number(other.as_ref()),
        "starts" => value.and_then(Value::as_str).is_some_and(|text| text.starts_with(expected)),
        "<" => number(value).is_some() && number(value) < number(other.as_ref()),
        _ => panic!("no operator: `{check}`"),
    }
}

#[test]
fn every_event_holds_what_its_type_means() {
    let mut wrong = Vec::new();
    for (name, checks) in rows() {
        let event = all().iter().find(|event| event["type"] == name).expect(name);
        for check in checks.into_iter().filter(|check| !holds(event, check)) {
            let field = check.split(' ').next().unwrap();
            wrong.push(format!("{name}: {check}: it is {:?}", find(event, field)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_type_has_its_meaning_in_the_table() {
    let named: Vec<&str> = rows().map(|(name, _)| name).collect();
    assert_eq!(named, Catalogue::names().collect::<Vec<_>>());
}

#[test]
fn the_checks_of_meaning_can_fail() {
    let event = serde_json::json!({"created": 10, "data": {
        "object": {"status": "paid", "amount": 5, "list": [{"a": null}], "at": 11},
        "previous_attributes": {"status": "open"},
    }});
    for check in
        ["status = paid", "was.status = open", "list[0].a = null", "amount > 4", "x = absent"]
    {
        assert!(holds(&event, check), "{check}");
    }
    for check in ["status = open", "was.amount = 5", "at = at", "list = empty", "x != 1", "x > 1"] {
        assert!(!holds(&event, check), "{check}");
    }
}
