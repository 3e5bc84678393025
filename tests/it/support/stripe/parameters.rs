//! Which paths there are, and which parameters each takes: anything else is refused, as Stripe does.

use super::fault::Answer;
use super::state::ApiRequest;

/// `METHOD /path/ID: name name …`, a line for each path.
const TABLE: &str = include_str!("parameters.txt");

/// The refusal of a request whose path is not there, or that has a parameter too many.
pub(crate) fn refused(request: &ApiRequest) -> Option<Answer> {
    let Some(known) = known(&request.method, &request.path) else {
        return Some(Answer::no_such_path(&request.method, &request.path));
    };
    let name = |pair: &(String, String)| pair.0.split('[').next().unwrap().to_owned();
    let unknown =
        request.parameters.iter().map(name).find(|name| !known.contains(&name.as_str()))?;
    let message = format!("Received unknown parameter: {unknown}");
    let mut answer = Answer::invalid("parameter_unknown", &message);
    answer.body["error"]["param"] = unknown.into();
    Some(answer)
}

/// The parameters of a path; of two that fit, the one with fewer ids.
fn known(method: &str, path: &str) -> Option<Vec<&'static str>> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    let rows = lines.map(|line| line.split_once(": ").unwrap());
    let fits = |template: &str| {
        let (verb, template) = template.split_once(' ').unwrap();
        let (parts, others): (Vec<&str>, Vec<&str>) =
            (template.split('/').collect(), path.split('/').collect());
        verb == method
            && parts.len() == others.len()
            && parts.iter().zip(others).all(|(part, other)| *part == "ID" || *part == other)
    };
    let found = rows.filter(|(template, _)| fits(template));
    let found = found.min_by_key(|(template, _)| template.matches("/ID").count());
    found.map(|(_, names)| names.split(' ').collect())
}

#[test]
fn what_the_api_does_not_take_is_refused() {
    let refusal = |method: &str, path: &str, name: &str| {
        let request = ApiRequest {
            method: method.to_owned(),
            path: path.to_owned(),
            parameters: vec![(name.to_owned(), "x".to_owned())],
            key: None,
            headers: std::collections::BTreeMap::new(),
        };
        refused(&request).map(|answer| (answer.status, answer.body["error"]["code"].clone()))
    };
    assert_eq!(refusal("POST", "/v1/quotes", "metadata[a]"), None);
    assert_eq!(refusal("POST", "/v1/reporting/report_runs", "report_type"), None);
    let (status, code) = refusal("POST", "/v1/quotes", "cutsomer").unwrap();
    assert_eq!((status, code), (400, "parameter_unknown".into()));
    let (status, code) = refusal("POST", "/v1/quotes/a/b/c", "x").unwrap();
    assert_eq!((status, code), (404, "url_invalid".into()));
}
