//! The story of the next run, which is built while the events of this one are delivered: it takes a good part of the time
//! of a fast app's answers.

use std::sync::Arc;

use tokio::task::{JoinHandle, spawn_blocking};

use crate::error::{Error, Result};
use crate::event::Catalogue;
use crate::event::id::Seed;
use crate::protocol::Moment;
use crate::runner::{Job, Plan};

/// A plan that is being built.
#[derive(Debug)]
pub(super) struct PlanAhead {
    seed: Seed,
    building: JoinHandle<Result<Plan>>,
}

impl PlanAhead {
    /// Begins to build the plan of a job whose ids that seed draws.
    pub(super) fn begin(
        catalogue: &Arc<Catalogue>,
        (job, seed): (&Job, Seed),
        now: Moment,
    ) -> Self {
        let (catalogue, job) = (Arc::clone(catalogue), Job { seed, ..job.clone() });
        let building = spawn_blocking(move || Plan::within(&catalogue, job, now));
        Self { seed, building }
    }

    /// The plan, where it is that seed's.
    pub(super) async fn of(self, seed: Seed) -> Option<Result<Plan>> {
        if self.seed != seed {
            return None;
        }
        let built = self.building.await;
        Some(built.map_err(|error| Error::bug(error.to_string())).flatten())
    }
}
