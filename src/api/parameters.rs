//! Parameters as Stripe's libraries write them, in a query or a form: `expand[0]=customer`, `created[gte]=1`,
//! `metadata[k]=v`.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// How many a request may have; no library sends that many.
pub(super) const MOST_PARAMETERS: usize = 1_000;
/// How deep their names go.
const MOST_DEPTH: usize = 12;

/// The parameters of one request, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RequestParameters(Vec<Parameter>);

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parameter {
    /// Its name, by segments: `created[gte]` has two.
    pub(super) name: Vec<String>,
    pub(super) value: String,
}

impl RequestParameters {
    /// Reads a query, or the body of a form.
    pub(super) fn parse(text: &str) -> Self {
        // One more shows that there are too many.
        let parts = text.split('&').filter(|part| !part.is_empty()).take(MOST_PARAMETERS + 1);
        Self(parts.map(parameter).collect())
    }

    pub(super) const fn of(parameters: Vec<Parameter>) -> Self {
        Self(parameters)
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(super) const fn are_too_many(&self) -> bool {
        self.0.len() > MOST_PARAMETERS
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Parameter> {
        self.0.iter()
    }

    /// The value of a parameter without brackets; of several the last.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let is_it = |parameter: &&Parameter| parameter.name.len() == 1 && parameter.name[0] == name;
        self.0.iter().rfind(is_it).map(|parameter| parameter.value.as_str())
    }

    /// The parameters below a name, without it.
    pub(super) fn below<'p>(
        &'p self,
        name: &'p str,
    ) -> impl Iterator<Item = (&'p [String], &'p str)> {
        let below =
            move |parameter: &&Parameter| parameter.name.len() > 1 && parameter.name[0] == name;
        self.0
            .iter()
            .filter(below)
            .map(|parameter| (&parameter.name[1..], parameter.value.as_str()))
    }

    /// The entries of an array, whether they are numbered or not.
    pub(super) fn list<'p>(&'p self, name: &'p str) -> impl Iterator<Item = &'p str> {
        self.below(name).filter(|(rest, _)| rest.len() == 1 && is_index(&rest[0])).map(|(_, v)| v)
    }
}

impl Parameter {
    /// The name as it is written: `created[gte]`.
    pub(super) fn shown(&self) -> String {
        let mut shown = self.name[0].clone();
        for segment in &self.name[1..] {
            shown.extend(["[", segment, "]"]);
        }
        shown
    }
}

/// Whether a segment stands for an entry of an array: `[]` or `[0]`.
pub(super) fn is_index(segment: &str) -> bool {
    segment.bytes().all(|byte| byte.is_ascii_digit())
}

fn parameter(text: &str) -> Parameter {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    Parameter { name: segments(&decoded(name)), value: decoded(value).into_owned() }
}

fn segments(name: &str) -> Vec<String> {
    let Some((first, rest)) = name.split_once('[').filter(|_| name.ends_with(']')) else {
        return vec![name.to_owned()];
    };
    let rest = rest.strip_suffix(']').unwrap_or(rest).splitn(MOST_DEPTH, "][");
    std::iter::once(first).chain(rest).map(str::to_owned).collect()
}

/// The text that a part of a query stands for.
pub(super) fn decoded(text: &str) -> Cow<'_, str> {
    let spaced =
        if text.contains('+') { text.replace('+', " ").into() } else { Cow::Borrowed(text) };
    match spaced {
        Cow::Borrowed(text) => percent_decode_str(text).decode_utf8_lossy(),
        Cow::Owned(text) => percent_decode_str(&text).decode_utf8_lossy().into_owned().into(),
    }
}

/// The text that a segment of a path stands for.
pub(super) fn decoded_segment(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_brackets_encoded_or_not() {
        let text = "expand%5B0%5D=a.b&expand[]=c&created[gte]=5&metadata[a+b]=x%20y&limit=3&flag";
        let parameters = RequestParameters::parse(text);
        assert_eq!(parameters.list("expand").collect::<Vec<_>>(), ["a.b", "c"]);
        assert_eq!(parameters.get("limit"), Some("3"));
        assert_eq!(parameters.get("flag"), Some(""));
        let below: Vec<_> = parameters.below("metadata").collect();
        assert_eq!(below, [(&["a b".to_owned()][..], "x y")]);
        let names: Vec<String> = parameters.iter().map(Parameter::shown).collect();
        let expected = ["expand[0]", "expand[]", "created[gte]", "metadata[a b]", "limit", "flag"];
        assert_eq!(names, expected);
    }

    #[test]
    fn strange_names_are_read_as_they_stand() {
        for (text, name) in [("[", "["), ("a]", "a]"), ("[]=1", "[]"), ("a[[b]", "a[[b]"), ("", "")]
        {
            let first = RequestParameters::parse(text).iter().next().map(Parameter::shown);
            assert_eq!(first.unwrap_or_default(), name);
        }
    }
}
