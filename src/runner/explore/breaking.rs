//! Whether a sequence breaks the app; and whether it does so still where the app has more time than it showed to need.

use super::shrink::{Breaks, Sample};
use super::trial::Trials;
use crate::error::Result;
use crate::scenario::Sequence;

impl Trials<'_> {
    /// What a sequence still breaks where the app gets more time; with the local API failing at that step's first delivery.
    pub(super) async fn confirmed(
        &mut self,
        found: Sample,
        failing: Option<usize>,
    ) -> Result<Option<Sample>> {
        if self.state.is_none() {
            return Ok(Some(found));
        }
        self.is_patient = true;
        let problems = self.repeated(&found.sequence, failing).await;
        (self.is_patient, self.failing) = (false, None);
        Ok(problems?.map(|problems| Sample { problems, ..found }))
    }

    async fn repeated(
        &mut self,
        sequence: &Sequence,
        failing: Option<usize>,
    ) -> Result<Option<Vec<String>>> {
        let in_order = sequence.in_order();
        if !self.settles.is_zero() {
            // At its end nothing of the runs before is still under way.
            self.run(&in_order, None).await?;
        }
        let Some(reference) = self.run(&in_order, None).await? else { return Ok(None) };
        self.references.insert(in_order, reference.clone());
        self.failing = failing;
        let Some(trial) = self.run(sequence, Some(&reference)).await? else { return Ok(None) };
        let problems = trial.problems_beside(&reference, &self.event_names());
        Ok((!problems.is_empty()).then_some(problems))
    }
}

impl Breaks for Trials<'_> {
    async fn breaks(&mut self, sequence: &Sequence) -> Result<Option<Vec<String>>> {
        let Some(reference) = self.reference(&sequence.in_order()).await? else { return Ok(None) };
        let Some(trial) = self.run(sequence, Some(&reference)).await? else { return Ok(None) };
        let problems = trial.problems_beside(&reference, &self.event_names());
        Ok((!problems.is_empty()).then_some(problems))
    }

    async fn confirm(&mut self, found: Sample) -> Result<Option<Sample>> {
        self.confirmed(found, None).await
    }
}
