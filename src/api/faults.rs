//! Faults that the user asked for: what happens to a call before anything is done.

use crate::protocol::{ApiFault, ApiFaultKind};

/// The faults that may still befall calls.
#[derive(Debug, Default)]
pub(super) struct ApiFaults {
    /// Those of the whole run.
    run: Vec<ApiFault>,
    /// Those of the step that is under way: they go first.
    step: Vec<ApiFault>,
}

impl ApiFaults {
    pub(super) fn set_run(&mut self, faults: Vec<ApiFault>) {
        self.run = faults;
    }

    pub(super) fn set_step(&mut self, faults: Vec<ApiFault>) {
        self.step = faults;
    }

    /// What happens to a call. The first fault that fits it counts, and has befallen one more.
    pub(super) fn befalls(&mut self, method: &str, path: &str) -> Option<ApiFaultKind> {
        let fits = |fault: &&mut ApiFault| fault.times != Some(0) && fault.calls.fits(method, path);
        let fault = self.step.iter_mut().chain(&mut self.run).find(fits)?;
        fault.times = fault.times.map(|times| times - 1);
        Some(fault.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_befalls_as_many_calls_as_it_says_and_those_of_a_step_go_first() {
        let mut faults = ApiFaults::default();
        faults.set_run(vec!["GET /v1/a*=500*2".parse().unwrap(), "* *=close*1".parse().unwrap()]);
        faults.set_step(vec!["GET /v1/a=404*1".parse().unwrap()]);
        let mut next = || faults.befalls("GET", "/v1/a");
        let found: Vec<_> = (0..5).map(|_| next()).collect();
        assert_eq!(
            found,
            [
                Some(ApiFaultKind::Status(404)),
                Some(ApiFaultKind::Status(500)),
                Some(ApiFaultKind::Status(500)),
                Some(ApiFaultKind::Close),
                None
            ]
        );
    }
}
