//! Parameters in the order of their brackets: `items[0][price]=x` lies in `items`, in `0`.

use crate::api::parameters::{RequestParameters, is_index};

/// A value, and what lies below it.
#[derive(Debug, Default)]
pub(super) struct ParameterNode<'p> {
    pub(super) value: Option<&'p str>,
    pub(super) below: Vec<(&'p str, ParameterNode<'p>)>,
}

impl<'p> ParameterNode<'p> {
    pub(super) fn of(parameters: &'p RequestParameters) -> Self {
        let mut root = Self::default();
        for parameter in parameters.iter() {
            let names: Vec<&str> = parameter.name.iter().map(String::as_str).collect();
            root.put(&names, &parameter.value);
        }
        root
    }

    /// Of several values of one name, the last counts.
    fn put(&mut self, names: &[&'p str], value: &'p str) {
        let Some((first, rest)) = names.split_first() else {
            self.value = Some(value);
            return;
        };
        let known = self.below.iter().rposition(|(name, _)| name == first);
        // `items[]` begins another element with what the last one has already.
        let known = known.filter(|at| !first.is_empty() || !self.below[*at].1.has(rest));
        let at = known.unwrap_or_else(|| {
            self.below.push((first, ParameterNode::default()));
            self.below.len() - 1
        });
        self.below[at].1.put(rest, value);
    }

    fn has(&self, names: &[&str]) -> bool {
        let Some((first, rest)) = names.split_first() else { return self.value.is_some() };
        self.below.iter().any(|(name, node)| name == first && node.has(rest))
    }

    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        self.below.iter().rfind(|(known, _)| *known == name).map(|(_, node)| node)
    }

    /// Whether all that lies below are elements of a list.
    pub(super) fn is_list(&self) -> bool {
        self.below.iter().all(|(name, _)| is_index(name))
    }
}
