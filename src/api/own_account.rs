//! The account that the API is of, and what there is one of in each: there before any story tells of it.

use std::collections::BTreeSet;

use super::request::ApiRequest;
use super::store::ApiStore;
use super::stories::companion_state;
use crate::event::id::Seed;
use crate::event::plot::Plot;
use crate::event::{Catalogue, StoryObjects, StoryShapes, StorySource};
use crate::protocol::Moment;

/// The paths of what there is one of in every account.
const PATHS: [&str; 4] = ["/v1/account", "/v1/balance", "/v1/balance_settings", "/v1/tax/settings"];

impl ApiStore {
    /// Tells of the own account where a request is about it, or made in its name, and nothing has told of it; whether
    /// that is so.
    pub(super) fn tell_of_own_account(&mut self, request: &ApiRequest) -> bool {
        let is_asked = PATHS.contains(&request.path.as_str())
            || request.path.starts_with("/v1/accounts/acct_")
            || request.account().is_some();
        if !is_asked || self.has_own_account() {
            return false;
        }
        let Some(told) = objects(request.second) else { return false };
        self.own.extend(told.own_account);
        let version = Catalogue::api_version().into();
        for companion in told.companions {
            self.show(&None, companion_state(companion, &version), None);
        }
        true
    }

    fn has_own_account(&self) -> bool {
        let Some(objects) = self.objects(&None) else { return false };
        self.own.iter().any(|id| objects.find(&["account".to_owned()], id).is_some())
    }
}

/// The objects of a story in which nothing happens.
fn objects(second: i64) -> Option<StoryObjects> {
    let plot = Plot::plain("own_account", Seed(0), Moment::from_seconds(second));
    let catalogue = Catalogue::embedded().ok()?;
    let source = StorySource { catalogue, plot, scenes: Vec::new(), accounts: BTreeSet::new() };
    source.objects(StoryShapes::All).ok()
}
