//! Stripe's search language: `status:'active' AND metadata['plan']:'pro'`.

use serde_json::json;

use super::answer::ApiAnswer;
use super::error::RequestError;
use super::expand;
use super::filter::any;
use super::inquiry::{Inquiry, Result};
use super::object::ObjectState;
use super::packed::ValueRef;
use super::routes::Kinds;

/// How many clauses a query may have.
const MOST_CLAUSES: usize = 10;

/// A query: clauses that all hold, or of which one does.
#[derive(Debug, PartialEq)]
struct Query {
    clauses: Vec<Clause>,
    is_or: bool,
}

/// One condition.
#[derive(Debug, PartialEq)]
struct Clause {
    is_negated: bool,
    path: Vec<String>,
    operator: Operator,
    /// `None` for `null`.
    value: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Is,
    Contains,
    Above,
    AtLeast,
    Below,
    AtMost,
}

const OPERATORS: [(&str, Operator); 6] = [
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    (":", Operator::Is),
    ("~", Operator::Contains),
    (">", Operator::Above),
    ("<", Operator::Below),
];

impl Inquiry<'_> {
    /// The objects that a query finds.
    pub(super) fn search(&self, kinds: &Kinds) -> Result<ApiAnswer> {
        let text = self.parameters.get("query").filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| RequestError::missing_parameter("query"))?;
        let query = Query::parse(text).map_err(|why| {
            RequestError::invalid(
                "query",
                format!("We were unable to parse your search query: {why}."),
            )
        })?;
        let mut found = self.found(kinds.names())?;
        found.retain(|state| self.fits(&query, state));
        let limit = self.limit()?;
        let start = match self.parameters.get("page") {
            None => 0,
            Some(page) => start_of(page, found.len())?,
        };
        let end = found.len().min(start + limit);
        let has_more = end < found.len();
        let data = self.all_seen(found.drain(start..end));
        let mut result = json!({
            "object": "search_result",
            "data": data,
            "has_more": has_more,
            "next_page": has_more.then(|| page_name(end)),
            "url": self.request.path,
        });
        expand::expand(self, (&mut result, true), &[])?;
        Ok(ApiAnswer::json(200, &result))
    }

    /// Whether a query fits an object as this request sees it. Most are seen as they are.
    fn fits(&self, query: &Query, state: &ObjectState) -> bool {
        if Self::is_made(state) {
            return self.seen(state).is_some_and(|value| query.fits((&value).into()));
        }
        query.fits(state.at(&self.version))
    }

    /// All of these types, cancelled subscriptions too.
    fn found(&self, kinds: &[String]) -> Result<Vec<&ObjectState>> {
        if kinds.iter().all(|kind| kind == "subscription") {
            let states = self.states("subscription").filter(|state| !state.is_deleted);
            let mut all: Vec<&ObjectState> = states.collect();
            all.reverse();
            return Ok(all);
        }
        self.all(kinds, &[])
    }
}

/// Where the page of that name begins.
pub(super) fn start_of(page: &str, count: usize) -> Result<usize> {
    let start = page.strip_prefix("page_").and_then(|number| number.parse().ok());
    start
        .filter(|start| *start <= count)
        .ok_or_else(|| RequestError::invalid("page", format!("Invalid page: {page}")))
}

pub(super) fn page_name(start: usize) -> String {
    format!("page_{start}")
}

impl Query {
    fn parse(text: &str) -> std::result::Result<Self, String> {
        let mut rest = text.trim();
        let (mut clauses, mut is_or) = (Vec::new(), None);
        loop {
            let (clause, after) = Clause::parse(rest)?;
            clauses.push(clause);
            let after = after.trim_start();
            if after.is_empty() {
                return Ok(Self { clauses, is_or: is_or.unwrap_or(false) });
            }
            let (word, next) = after.split_once(char::is_whitespace).unwrap_or((after, ""));
            let this = match word.to_ascii_uppercase().as_str() {
                "AND" => false,
                "OR" => true,
                // Without a word between them, all have to hold.
                _ => {
                    rest = after;
                    is_or.get_or_insert(false);
                    continue;
                }
            };
            if *is_or.get_or_insert(this) != this {
                return Err("AND and OR cannot be mixed in one query".to_owned());
            }
            if clauses.len() == MOST_CLAUSES {
                return Err(format!("it has more than {MOST_CLAUSES} clauses"));
            }
            rest = next.trim_start();
        }
    }

    fn fits(&self, value: ValueRef<'_>) -> bool {
        let mut fits = self.clauses.iter().map(|clause| clause.fits(value));
        if self.is_or { fits.any(|fits| fits) } else { fits.all(|fits| fits) }
    }
}

impl Clause {
    fn parse(text: &str) -> std::result::Result<(Self, &str), String> {
        let (is_negated, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (path, rest) = field(text)?;
        let operator = OPERATORS.iter().find_map(|(sign, operator)| {
            rest.trim_start().strip_prefix(sign).map(|rest| (*operator, rest))
        });
        let (operator, rest) = operator.ok_or("an operator such as `:` is missing")?;
        let (value, rest) = value(rest.trim_start())?;
        Ok((Self { is_negated, path, operator, value }, rest))
    }

    fn fits(&self, object: ValueRef<'_>) -> bool {
        let is_there = any(object, &self.path, &mut |value| self.holds(value));
        let is_null =
            self.value.is_none() && !any(object, &self.path, &mut |value| !value.is_null());
        (is_there || is_null) != self.is_negated
    }

    fn holds(&self, value: ValueRef<'_>) -> bool {
        let Some(wanted) = &self.value else { return value.is_null() };
        let text = value.compared();
        let number = || Some((text.parse::<f64>().ok()?, wanted.parse::<f64>().ok()?));
        match self.operator {
            Operator::Is => text.eq_ignore_ascii_case(wanted),
            Operator::Contains => text.to_lowercase().contains(&wanted.to_lowercase()),
            Operator::Above => number().is_some_and(|(a, b)| a > b),
            Operator::AtLeast => number().is_some_and(|(a, b)| a >= b),
            Operator::Below => number().is_some_and(|(a, b)| a < b),
            Operator::AtMost => number().is_some_and(|(a, b)| a <= b),
        }
    }
}

/// A field, which may be one of the metadata: `metadata['plan']`.
fn field(text: &str) -> std::result::Result<(Vec<String>, &str), String> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'));
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    if name.is_empty() {
        return Err("a field is missing".to_owned());
    }
    let mut path: Vec<String> = name.split('.').map(str::to_owned).collect();
    let Some(inner) = rest.strip_prefix('[') else { return Ok((path, rest)) };
    let (key, rest) = value(inner)?;
    path.push(key.ok_or("a key is missing")?);
    Ok((path, rest.strip_prefix(']').ok_or("a `]` is missing")?))
}

/// A value: a quoted text, a number or `null`.
fn value(text: &str) -> std::result::Result<(Option<String>, &str), String> {
    let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        let end = text.find(|c: char| c.is_whitespace() || c == ']').unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        return match word {
            "" => Err("a value is missing".to_owned()),
            "null" | "NULL" => Ok((None, rest)),
            word => Ok((Some(word.to_owned()), rest)),
        };
    };
    let (mut found, mut is_escaped) = (String::new(), false);
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => {
                found.push(c);
                is_escaped = false;
            }
            '\\' => is_escaped = true,
            c if c == quote => return Ok((Some(found), &text[at + c.len_utf8()..])),
            c => found.push(c),
        }
    }
    Err(format!("the closing {quote} is missing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_find_what_they_say() {
        let value = json!({
            "status": "active", "amount": 500, "email": "a@b.example", "name": null,
            "metadata": {"plan": "pro's", "k": "v"}, "customer": {"id": "cus_1"},
        });
        for query in [
            "status:'active'",
            "status:\"active\" AND amount>499",
            "amount>=500 amount<=500",
            "status:'past_due' OR amount:500",
            "-status:'canceled'",
            "email~'B.EXAMPLE'",
            r"metadata['plan']:'pro\'s'",
            "metadata[\"k\"]:'v' AND customer:'cus_1'",
            "name:null AND -email:null AND -metadata['x']:'y'",
            "metadata['none']:null",
        ] {
            assert!(Query::parse(query).unwrap().fits((&value).into()), "{query}");
        }
        for query in
            ["status:'past_due'", "amount<500", "-status:'active'", "name:'x'", "-name:null"]
        {
            assert!(!Query::parse(query).unwrap().fits((&value).into()), "{query}");
        }
    }

    #[test]
    fn what_is_no_query_is_refused() {
        for query in [
            "",
            "status",
            "status:",
            ":'x'",
            "status:'x",
            "a:1 AND b:2 OR c:3",
            "metadata[:'x'",
            "a:1 AND",
        ] {
            assert!(Query::parse(query).is_err(), "{query}");
        }
    }
}
