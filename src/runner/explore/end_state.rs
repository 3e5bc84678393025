//! Where the app is after a run, and what is wrong there.

use std::collections::BTreeMap;

use crate::runner::app_state::StateChange;

/// Where the app is after a run.
#[derive(Clone, Debug, Default)]
pub(super) struct EndState {
    /// The steps that it does not accept, and why.
    pub(super) rejected: BTreeMap<usize, String>,
    /// The checks that it does not pass, and why.
    pub(super) failed_checks: BTreeMap<usize, String>,
    pub(super) state: Option<StateChange>,
    pub(super) is_answered: bool,
}

impl EndState {
    pub(super) fn problems(&self, events: &[String]) -> Vec<String> {
        let name = |step: &usize| events.get(*step).map_or("", String::as_str);
        let rejected = self.rejected.iter();
        let rejected = rejected.map(|(step, why)| format!("{} is not accepted: {why}", name(step)));
        rejected.chain(self.failed_checks.values().cloned()).collect()
    }

    /// What is wrong here that is right there.
    pub(super) fn problems_beside(&self, reference: &Self, events: &[String]) -> Vec<String> {
        let mut own = self.clone();
        own.rejected.retain(|step, _| !reference.rejected.contains_key(step));
        own.failed_checks.retain(|check, _| !reference.failed_checks.contains_key(check));
        let mut problems = own.problems(events);
        if let (Some(here), Some(there)) = (&self.state, &reference.state) {
            for difference in there.differences(here) {
                let (subject, query) = (difference.subject(), &difference.query);
                let told = |value: &Option<String>| value.clone().unwrap_or("nothing".to_owned());
                let (is, should) = (told(&difference.after), told(&difference.before));
                problems.push(format!("{subject} is {is}, should be {should} ({query})"));
            }
        }
        problems
    }
}
