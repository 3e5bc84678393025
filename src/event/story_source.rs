//! What the objects of a story are made of, for whoever makes them later or not at all.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::catalogue::Catalogue;
use super::error::Result;
use super::plot::Plot;
use super::story::Story;
use super::timeline::Scene;
use super::told::{StoryObjects, StoryShapes};

/// What the objects of a story are made of.
#[derive(Clone)]
pub struct StorySource {
    pub catalogue: Arc<Catalogue>,
    pub plot: Plot,
    pub scenes: Vec<Scene>,
    /// The connected accounts that its events come from.
    pub accounts: BTreeSet<String>,
}

impl StorySource {
    /// The story's objects.
    ///
    /// # Errors
    /// The catalogue has an error.
    pub fn objects(&self, shapes: StoryShapes) -> Result<StoryObjects> {
        let story = Story::new(&self.catalogue, self.plot.clone(), self.scenes.clone())?;
        story.told(&self.accounts, shapes)
    }
}

impl std::fmt::Debug for StorySource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StorySource").field("plot", &self.plot).finish_non_exhaustive()
    }
}
