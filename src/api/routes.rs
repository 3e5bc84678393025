//! The paths of Stripe's API, as data under `catalog/api/`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::parameters::decoded_segment;

const CALL_FILE: &str = include_str!("../../catalog/api/calls.json");

/// What a call does.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Action {
    /// It reads.
    Read(Read),
    /// It does something else, which has a name.
    Other(IgnoredAny),
    /// It is for the Stripe CLI, and no library has it.
    #[serde(skip)]
    Cli(CliCall),
}

/// A call that the Stripe CLI makes, and no library does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CliCall {
    /// An event is sent again.
    Resend,
    /// The page of a Checkout Session is looked at.
    Page,
    /// The customer pays on it.
    ConfirmPage,
}

/// Those calls, by method and path.
const CLI_CALLS: [(&str, &str, CliCall); 3] = [
    ("POST", "/v1/events/{id}/retry", CliCall::Resend),
    ("GET", "/v1/payment_pages/{session}", CliCall::Page),
    ("POST", "/v1/payment_pages/{session}/confirm", CliCall::ConfirmPage),
];

/// A call that reads.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Read {
    #[serde(flatten)]
    pub(super) what: What,
    /// Its own parameters, by which a list is filtered.
    #[serde(default)]
    pub(super) by: Vec<String>,
}

/// What is read: objects of these types.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum What {
    Retrieve(Kinds),
    List(Kinds),
    Search(Kinds),
}

/// One type, or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Kinds {
    One(String),
    Several(Vec<String>),
}

impl Kinds {
    pub(super) fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }
}

/// A call that was found by its path.
#[derive(Debug)]
pub(super) struct ApiRoute<'p> {
    pub(super) action: &'static Action,
    /// The path with the names of its variables: `/v1/customers/{customer}`.
    pub(super) pattern: &'static str,
    /// The variables of the path, in its order: `customer` is `cus_…`. What libraries encode in ids that users choose
    /// is decoded.
    pub(super) variables: Vec<(&'static str, Cow<'p, str>)>,
    /// The id that the path ends with; none for a list, and for what there is one of.
    pub(super) id: Option<Cow<'p, str>>,
}

/// Why there is no such call.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoRoute {
    /// The path is unknown, or does not take the method.
    Unknown,
    /// The embedded data has an error.
    Broken,
}

/// A folder of paths.
#[derive(Debug, Default)]
struct Folder {
    below: BTreeMap<&'static str, Folder>,
    /// What stands for any segment, and its name.
    variable: Option<(&'static str, Box<Folder>)>,
    /// The whole path.
    pattern: &'static str,
    /// What the path itself does, by method.
    actions: BTreeMap<&'static str, Action>,
}

/// The call of a method and a path.
///
/// # Errors
/// There is none.
pub(super) fn find<'p>(method: &str, path: &'p str) -> Result<ApiRoute<'p>, NoRoute> {
    let root = root().ok_or(NoRoute::Broken)?;
    let segments: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
    let mut variables = Vec::new();
    let folder = descend(root, &segments, &mut variables).ok_or(NoRoute::Unknown)?;
    let action = folder.actions.get(method).ok_or(NoRoute::Unknown)?;
    let literal = path.rsplit('/').next();
    let is_last = variables.last().is_some_and(|(_, value)| Some(*value) == literal);
    let read = |(name, value)| (name, decoded_segment(value));
    let variables: Vec<_> = variables.into_iter().map(read).collect();
    let id = variables.last().map(|(_, value)| value.clone()).filter(|_| is_last);
    Ok(ApiRoute { action, pattern: folder.pattern, variables, id })
}

fn descend<'p>(
    folder: &'static Folder,
    segments: &[&'p str],
    variables: &mut Vec<(&'static str, &'p str)>,
) -> Option<&'static Folder> {
    let Some((first, rest)) = segments.split_first() else { return Some(folder) };
    if first.is_empty() {
        return None;
    }
    if let Some(found) = folder.below.get(*first).and_then(|next| descend(next, rest, variables)) {
        return Some(found);
    }
    let (name, next) = folder.variable.as_ref()?;
    variables.push((name, first));
    let found = descend(next, rest, variables);
    if found.is_none() {
        variables.pop();
    }
    found
}

fn root() -> Option<&'static Folder> {
    static ROOT: OnceLock<Option<Folder>> = OnceLock::new();
    ROOT.get_or_init(read).as_ref()
}

fn read() -> Option<Folder> {
    type Calls = BTreeMap<&'static str, BTreeMap<&'static str, Action>>;
    let mut calls: Calls = serde_json::from_str(CALL_FILE).ok()?;
    for (method, path, call) in CLI_CALLS {
        calls.entry(path).or_default().insert(method, Action::Cli(call));
    }
    let mut root = Folder::default();
    for (path, actions) in calls {
        let mut folder = &mut root;
        for segment in path.trim_start_matches('/').split('/') {
            let variable = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            folder = match variable {
                Some(name) => &mut *folder.variable.get_or_insert_with(|| (name, Box::default())).1,
                None => folder.below.entry(segment).or_default(),
            };
        }
        (folder.pattern, folder.actions) = (path, actions);
    }
    Some(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(path: &str) -> (Vec<String>, Vec<(&'static str, Cow<'_, str>)>) {
        let route = find("GET", path).unwrap();
        let Action::Read(read) = route.action else { panic!("{path}") };
        let (What::Retrieve(kinds) | What::List(kinds) | What::Search(kinds)) = &read.what;
        (kinds.names().to_vec(), route.variables)
    }

    #[test]
    fn paths_are_found_with_their_variables() {
        assert_eq!(
            kinds("/v1/customers/cus_1"),
            (vec!["customer".to_owned()], vec![("customer", "cus_1".into())])
        );
        assert_eq!(kinds("/v1/customers/search").1, []);
        let nested = kinds("/v1/accounts/acct_1/persons/person_1");
        assert_eq!(nested.1, [("account", "acct_1".into()), ("person", "person_1".into())]);
        let encoded = find("GET", "/v1/coupons/25%25%2Foff+1").unwrap();
        assert_eq!(encoded.id.as_deref(), Some("25%/off+1"));
        assert_eq!(kinds("/v1/customers/cus_1/sources").0.len(), 4);
    }

    #[test]
    fn what_is_no_path_is_not_found() {
        for path in ["", "/", "/v1", "/v1/customers/", "/v1/customer", "/v1/customers//cards"] {
            assert_eq!(find("GET", path).unwrap_err(), NoRoute::Unknown, "{path}");
        }
        assert_eq!(find("PATCH", "/v1/customers").unwrap_err(), NoRoute::Unknown);
        assert!(matches!(find("POST", "/oauth/token").unwrap().action, Action::Other(_)));
    }
}
